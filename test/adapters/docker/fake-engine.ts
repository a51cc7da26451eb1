// A Docker Engine that lives in the test: the same calls on a real unix socket, containers as plain records, and a switch
// for each way in which the real one fails.
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface FakeContainer {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  status: 'created' | 'running' | 'exited';
  starts: number;
  exitCode: number;
  error: string;
  /** Everything written, as frames with timestamps. */
  log: Buffer;
}

type Answer = (request: IncomingMessage, response: ServerResponse, url: URL) => unknown;

export interface FakeEngine {
  readonly socketPath: string;
  readonly containers: Map<string, FakeContainer>;
  readonly images: Set<string>;
  /** `METHOD /path` of each call, without version; `/_ping` too. */
  readonly calls: string[];
  /** Answers calls whose `METHOD /path` matches before the engine does; `undefined` from it passes the call on. */
  intercept: ((call: string, ...rest: Parameters<Answer>) => unknown) | undefined;
  apiVersion: string;
  write(name: string, line: string): void;
  end(name: string, exitCode: number): void;
  /** Breaks every open connection, and refuses new ones until `up`. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

export const FAKE_IMAGE = 'image:1';

/** One frame of the log stream, on stdout. */
export function frameOf(content: string): Buffer {
  const body = Buffer.from(content);
  const head = Buffer.alloc(8);
  head[0] = 1;
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body]);
}

export async function startFakeEngine(): Promise<FakeEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-fake-engine-'));
  const state = new Fake(join(folder, 'docker.sock'));
  await state.up();
  const close = async (): Promise<void> => {
    await state.down();
    await rm(folder, { recursive: true });
  };
  return Object.assign(state, { close });
}

class Fake {
  readonly containers = new Map<string, FakeContainer>();
  readonly images = new Set([FAKE_IMAGE]);
  readonly calls: string[] = [];
  readonly socketPath: string;
  intercept: FakeEngine['intercept'];
  apiVersion = '1.41';
  readonly #changed = new Set<() => void>();
  #server: Server | undefined;

  constructor(socketPath: string) {
    this.socketPath = socketPath;
  }

  write(name: string, line: string): void {
    const container = this.#get(name);
    const frame = frameOf(`${new Date().toISOString()} ${line}\n`);
    container.log = Buffer.concat([container.log, frame]);
    this.#tell();
  }

  end(name: string, exitCode: number): void {
    Object.assign(this.#get(name), { status: 'exited', exitCode });
    this.#tell();
  }

  async up(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => {
      server.listen(this.socketPath, resolve);
    });
  }

  async down(): Promise<void> {
    const server = this.#server;
    await new Promise((resolve) => {
      server?.close(resolve);
      server?.closeAllConnections();
    });
  }

  #get(name: string): FakeContainer {
    const container = this.containers.get(name);
    if (!container) throw new Error(`The fake Engine has no container ${name}.`);
    return container;
  }

  #tell(): void {
    for (const look of this.#changed) look();
  }

  /** Calls `look` now and after each change, until it answers true or the connection closes. */
  #watch(response: ServerResponse, look: () => boolean): void {
    const again = (): void => {
      if (response.destroyed || look()) this.#changed.delete(again);
    };
    this.#changed.add(again);
    again();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://docker');
    const path = url.pathname.replace(/^\/v[0-9.]+/, '');
    const call = `${request.method ?? ''} ${path}`;
    this.calls.push(call);
    response.setHeader('api-version', this.apiVersion);
    if ((await this.intercept?.(call, request, response, url)) !== undefined) return;
    const [, kind, name = '', verb = ''] = path.split('/');
    if (path === '/_ping') return send(response, 200, 'OK');
    if (path === '/info') return send(response, 200, { NCPU: 2, DefaultRuntime: 'runc' });
    if (path === '/networks/bridge') return send(response, 404, { message: 'network bridge not found' });
    if (path === '/containers/create') return this.#create(request, response, url);
    if (kind === 'volumes') return send(response, 204);
    if (path === '/images/create') {
      this.images.add(`${url.searchParams.get('fromImage') ?? ''}:${url.searchParams.get('tag') ?? ''}`);
      return send(response, 200, { status: 'Pulled' });
    }
    const container = this.containers.get(name);
    if (!container) return send(response, 404, { message: `No such container: ${name}` });
    this.#act(container, request.method === 'DELETE' ? 'remove' : verb, response, url);
  }

  async #create(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const name = url.searchParams.get('name') ?? '';
    // The body is the launcher's own, whose shape its unit tests fix.
    const body = JSON.parse(await text(request)) as { Image: string; Labels: Record<string, string> };
    if (this.containers.has(name)) return send(response, 409, { message: 'Conflict.' });
    if (!this.images.has(body.Image)) return send(response, 404, { message: `No such image: ${body.Image}` });
    const fresh = { status: 'created' as const, starts: 0, exitCode: 0, error: '', log: Buffer.alloc(0) };
    this.containers.set(name, { name, labels: body.Labels, ...fresh });
    send(response, 201, { Id: name, Warnings: [] });
  }

  #act(container: FakeContainer, verb: string, response: ServerResponse, url: URL): void {
    switch (verb) {
      case 'json':
        return send(response, 200, inspectionOf(container));
      case 'start':
        if (container.status === 'running') return send(response, 304);
        container.starts += 1;
        container.status = 'running';
        return send(response, 204);
      case 'wait':
        response.writeHead(200).flushHeaders();
        return this.#watch(response, () => {
          if (container.status === 'running' && this.containers.has(container.name)) return false;
          response.end(JSON.stringify({ StatusCode: container.exitCode }));
          return true;
        });
      case 'logs':
        return this.#logs(container, response, url.searchParams.get('follow') === '1');
      case 'stop':
        if (container.status === 'running') this.end(container.name, 143);
        return send(response, 204);
      case 'remove':
        this.containers.delete(container.name);
        this.#tell();
        return send(response, 204);
      default:
        send(response, 404, { message: 'page not found' });
    }
  }

  /** As the real one: all that is kept, filtered by nothing, as tests of a few milliseconds lie within one second. */
  #logs(container: FakeContainer, response: ServerResponse, follow: boolean): void {
    let sent = 0;
    response.writeHead(200).flushHeaders();
    this.#watch(response, () => {
      if (container.log.length > sent) response.write(container.log.subarray(sent));
      sent = container.log.length;
      if (follow && container.status === 'running') return false;
      response.end();
      return true;
    });
  }
}

function inspectionOf(container: FakeContainer): object {
  const never = '0001-01-01T00:00:00Z';
  return {
    Id: container.name,
    Config: { Labels: container.labels },
    State: {
      Status: container.status,
      ExitCode: container.exitCode,
      OOMKilled: false,
      Error: container.error,
      StartedAt: container.starts > 0 ? '2026-11-21T20:00:00.5Z' : never,
      FinishedAt: container.status === 'exited' ? '2026-11-21T20:00:01.5Z' : never,
    },
  };
}

/** Exported for interceptors, which answer in the engine's place. */
export function send(response: ServerResponse, status: number, body?: object | string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'object' ? JSON.stringify(body) : body);
}
