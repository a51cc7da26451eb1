// A small HTTP client of the Docker Engine on its unix socket. Invariant: every failure is one of the errors below or the
// caller's own abort, so that "the Engine said no" and "nobody answered", which alone is worth repeating, are told apart.
import { Agent } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { EngineError, EngineTimeoutError, EngineUnreachableError } from './engine-errors.ts';
import { exchange } from './engine-exchange.ts';
import type { EngineCall } from './engine-exchange.ts';

export interface EngineClient {
  /** The parsed JSON answer; `undefined` for an empty one, the text when it is not JSON. */
  call(call: EngineCall): Promise<unknown>;
  /** The answer's bytes as they come; resolves when the Engine has answered with success. Leaving the loop ends it. */
  stream(call: EngineCall): Promise<AsyncIterable<Buffer>>;
  /** Cuts all connections: calls under way fail as unanswered. */
  close(): void;
}

/**
 * The newest API this adapter knows; an older Engine is spoken to in its own version. Engines accept every version from
 * their minimum to their own, so the smaller of the two is right for all that exist.
 */
const NEWEST_API = '1.51';
const ANSWER_LIMIT_BYTES = 32 * 1024 * 1024;

export function createEngineClient(socketPath: string): EngineClient {
  // No ceiling on connections: each live container holds two streams, and a queue of them would hide exits.
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 32 });
  let version: Promise<string> | undefined;

  const send = async (call: EngineCall, endless: boolean): Promise<IncomingMessage> => {
    try {
      version ??= negotiate(agent, socketPath);
      const path = `/v${await version}${call.path}`;
      return await accepted(await exchange({ agent, socketPath, endless }, { ...call, path }), call);
    } catch (error) {
      // After a restart another Engine may be there: its version is asked anew.
      if (!(error instanceof EngineError)) version = undefined;
      throw error;
    }
  };
  return {
    async call(call) {
      return parsed(await wholeBody(await send(call, false), call));
    },
    async stream(call) {
      return chunksOf(await send(call, true), call);
    },
    close() {
      agent.destroy();
    },
  };
}

/** Whether a Docker Engine answers on this socket; never throws. */
export async function dockerAnswers(socketPath: string, timeoutMs = 2_000): Promise<boolean> {
  const agent = new Agent();
  try {
    const ping: EngineCall = { method: 'GET', path: '/_ping', timeoutMs };
    const response = await exchange({ agent, socketPath, endless: false }, ping);
    response.resume();
    return response.statusCode === 200;
  } catch {
    return false; // the question is only whether it answers
  } finally {
    agent.destroy();
  }
}

/** The socket behind a `DOCKER_HOST`; `undefined` for hosts that are no unix socket (tcp, ssh, npipe). */
export function socketPathOf(dockerHost: string | undefined): string | undefined {
  if (dockerHost === undefined || dockerHost === '') return '/var/run/docker.sock';
  return dockerHost.startsWith('unix://') ? dockerHost.slice('unix://'.length) : undefined;
}

/** The smaller of two `major.minor` versions. */
export function olderVersion(a: string, b: string): string {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA < majorB || (majorA === majorB && minorA <= minorB) ? a : b;
}

async function negotiate(agent: Agent, socketPath: string): Promise<string> {
  const ping: EngineCall = { method: 'GET', path: '/_ping', timeoutMs: 10_000 };
  const response = await accepted(await exchange({ agent, socketPath, endless: false }, ping), ping);
  await wholeBody(response, ping);
  return olderVersion(String(response.headers['api-version'] ?? NEWEST_API), NEWEST_API);
}

/** Passes an answer of success on (304 says that it was so already) and throws the Engine's words for any other. */
async function accepted(response: IncomingMessage, call: EngineCall): Promise<IncomingMessage> {
  const status = response.statusCode ?? 0;
  if ((status >= 200 && status < 300) || status === 304) return response;
  const body = parsed(await wholeBody(response, call));
  throw new EngineError(status, messageOf(body) ?? `The Docker Engine answered with HTTP status ${status}.`);
}

function messageOf(body: unknown): string | undefined {
  if (typeof body === 'string') return body.trim() === '' ? undefined : body.trim();
  if (typeof body !== 'object' || body === null || !('message' in body)) return undefined;
  return typeof body.message === 'string' ? body.message : undefined;
}

async function wholeBody(response: IncomingMessage, call: EngineCall): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(response, call)) {
    bytes += chunk.length;
    if (bytes > ANSWER_LIMIT_BYTES) {
      throw new EngineError(200, `The answer to ${call.path} is over ${ANSWER_LIMIT_BYTES} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text; // `/_ping` and proxies in front of the Engine answer in plain text
  }
}

async function* chunksOf(response: IncomingMessage, call: EngineCall): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of response) {
      yield chunk as Buffer; // no encoding is set on the response, so its chunks are buffers
    }
  } catch (error) {
    if (call.signal?.aborted) throw call.signal.reason;
    if (error instanceof EngineTimeoutError) throw error;
    const message = `The Docker Engine broke off its answer to ${call.method} ${call.path}.`;
    throw new EngineUnreachableError(message, { cause: error });
  }
}
