// What stands between containers and clients on one side and the emulator on the other, on the same port of the bridge's
// address as the emulator has on loopback. It closes one gap (the emulator reads the service from the signature, so a call
// signed for `batch` would never reach an HTTP API), notes every AWS call, and answers some with an error where told to.
import { Agent, createServer, request as send } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { once } from 'node:events';
import { askedOf } from './call-resource.ts';
import { CLIENT_AUTHORIZATION } from './lambda-runtime/event-sources.ts';

export interface AwsCall {
  /** As in IAM: `ecs`, `states`, `dynamodb`. */
  readonly service: string;
  /** The operation where the protocol names it, else method and path. */
  readonly operation: string;
  readonly accessKeyId: string;
  /** What it acts on, and the condition keys that its service adds. */
  readonly resource: string;
  readonly context: Readonly<Record<string, string>>;
  readonly status: number;
}

export interface Fault {
  /** Which calls it hits: `service:operation`. */
  readonly calls: RegExp;
  /** The share of them that fail. */
  readonly share: number;
  readonly status: number;
  readonly code: string;
}

export interface Front {
  readonly calls: readonly AwsCall[];
  /** Until given others. */
  setFaults(faults: readonly Fault[]): void;
  stop(): Promise<void>;
}

/** Operations of Query services that change nothing which the emulator has. */
const UNKNOWN_TO_THE_EMULATOR = new Set(['SuspendProcesses', 'ResumeProcesses']);
const API_HOST = /^[a-z0-9]+\.execute-api\./;

export async function startFront(address: string, port: number): Promise<Front> {
  const calls: AwsCall[] = [];
  let faults: readonly Fault[] = [];
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const body = await bodyOf(incoming);
      if (API_HOST.test(incoming.headers.host ?? '')) {
        await forward({ agent, port, incoming, outgoing, body, headers: pastTheEmulator(incoming) });
        return;
      }
      const call = callOf(incoming, body);
      const fault = faults.find(({ calls: hit }) => hit.test(`${call.service}:${call.operation}`));
      const status =
        fault && Math.random() < fault.share
          ? refuse(outgoing, fault)
          : UNKNOWN_TO_THE_EMULATOR.has(call.operation)
            ? accept(outgoing, call.operation)
            : await forward({ agent, port, incoming, outgoing, body, headers: incoming.headers });
      calls.push({ ...call, status });
    })();
  });
  server.requestTimeout = 0;
  // A container that is idle for longer than Node's five seconds must not find its connections closed.
  server.keepAliveTimeout = 0;
  server.listen(port, address);
  await once(server, 'listening');
  return {
    calls,
    setFaults: (given) => {
      faults = given;
    },
    stop: () => close(server, agent),
  };
}

async function close(server: Server, agent: Agent): Promise<void> {
  agent.destroy();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer); // a request without an encoding yields buffers
  return Buffer.concat(chunks);
}

type Headers = IncomingMessage['headers'];

function pastTheEmulator(incoming: IncomingMessage): Headers {
  const { authorization, ...others } = incoming.headers;
  return authorization === undefined ? others : { ...others, [CLIENT_AUTHORIZATION]: authorization };
}

interface Forwarding {
  readonly agent: Agent;
  readonly port: number;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly body: Buffer;
  readonly headers: Headers;
}

/** The status that was answered: 502 when the emulator is gone. */
function forward({ agent, port, incoming, outgoing, body, headers }: Forwarding): Promise<number> {
  return new Promise((resolve) => {
    const outward = send(
      {
        agent,
        host: '127.0.0.1',
        port,
        method: incoming.method,
        // A client that was told of a proxy sends the whole address.
        path: (incoming.url ?? '/').replace(/^http:\/\/[^/]+/, ''),
        // As behind AWS's own endpoints: policies that insist on TLS are met.
        headers: { ...headers, 'x-forwarded-proto': 'https', 'content-length': String(body.length) },
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
        answer.once('end', () => resolve(answer.statusCode ?? 502));
      },
    );
    outward.once('error', () => {
      if (!outgoing.headersSent) outgoing.writeHead(502);
      outgoing.end();
      resolve(502);
    });
    outward.end(body);
  });
}

function callOf(incoming: IncomingMessage, body: Buffer): Omit<AwsCall, 'status'> {
  const credential = /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\//.exec(incoming.headers.authorization ?? '');
  const service = credential?.[2] ?? 'unknown';
  const operation = operationOf(incoming, body);
  return { service, operation, accessKeyId: credential?.[1] ?? '', ...askedOf(service, operation, body) };
}

function operationOf(incoming: IncomingMessage, body: Buffer): string {
  const target = incoming.headers['x-amz-target'];
  if (typeof target === 'string') return target.split('.').at(-1) ?? target;
  const path = (incoming.url ?? '/').replace(/^http:\/\/[^/]+/, '').split('?')[0] ?? '/';
  const rpc = /^\/service\/\w+\/operation\/(\w+)$/.exec(path);
  const action = /(?:^|&)Action=(\w+)/.exec(body.toString('utf8', 0, 2_000));
  return rpc?.[1] ?? action?.[1] ?? `${incoming.method} ${path}`;
}

function accept(outgoing: ServerResponse, operation: string): number {
  outgoing.writeHead(200, { 'content-type': 'text/xml' });
  const metadata = '<ResponseMetadata><RequestId>front</RequestId></ResponseMetadata>';
  outgoing.end(`<${operation}Response>${metadata}</${operation}Response>`);
  return 200;
}

function refuse(outgoing: ServerResponse, { status, code }: Fault): number {
  outgoing.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-errortype': code });
  outgoing.end(JSON.stringify({ __type: code, message: 'Injected by the test.' }));
  return status;
}
