// One HTTP request to the Engine, from its first byte to the head of its answer, with the call's clock and signal.
// Invariant: neither outlives the answer's body, and an abort rejects with the signal's own reason.
import { Agent, request as httpRequest } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { EngineTimeoutError, EngineUnreachableError } from './engine-errors.ts';

export interface EngineCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Without the version, e.g. `/containers/create`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** An object travels as JSON, bytes as a tar archive. */
  readonly body?: object | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Until the whole answer is there, or only its head where the answer is a stream. Default one minute. */
  readonly timeoutMs?: number;
  /** Never sent twice: for what must not happen again when the Engine died over it. */
  readonly once?: boolean;
  /** Gives the call up. */
  readonly signal?: AbortSignal | undefined;
}

export interface Line {
  readonly agent: Agent;
  readonly socketPath: string;
  /** The answer is a stream: the clock stops at its head. */
  readonly endless: boolean;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/**
 * Sends again, on a new connection, when a kept-alive one turned out to be dead: an Engine that restarted leaves many of
 * those. It may in theory have seen the request, hence `once`.
 */
export async function exchange(line: Line, call: EngineCall): Promise<IncomingMessage> {
  try {
    return await exchangeOnce(line, call);
  } catch (error) {
    if (!(error instanceof StaleConnectionError) || call.once) throw error;
    return exchangeOnce({ ...line, agent: new Agent() }, call);
  }
}

class StaleConnectionError extends EngineUnreachableError {}

function exchangeOnce(line: Line, call: EngineCall): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    if (call.signal?.aborted) {
      reject(abortReason(call.signal));
      return;
    }
    const content = contentOf(call);
    const request = httpRequest(optionsOf(line, call, content));
    let response: IncomingMessage | undefined;
    const giveUp = (error: Error): void => {
      (response ?? request).destroy(error);
    };
    const timer = setTimeout(() => giveUp(timeoutOf(call)), call.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const onAbort = (): void => giveUp(abortReason(call.signal));
    const release = (): void => {
      clearTimeout(timer);
      call.signal?.removeEventListener('abort', onAbort);
    };
    call.signal?.addEventListener('abort', onAbort, { once: true });
    request.on('response', (head) => {
      response = head;
      head.once('close', release);
      if (line.endless) clearTimeout(timer);
      resolve(head);
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      release();
      if (call.signal?.aborted) reject(abortReason(call.signal));
      else if (error instanceof EngineTimeoutError) reject(error);
      else reject(unreachable(line, request.reusedSocket, error));
    });
    request.end(content?.bytes);
  });
}

function optionsOf(line: Line, call: EngineCall, content: Content | undefined): RequestOptions {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {}))
    if (value !== undefined) query.set(name, value);
  const search = query.size > 0 ? `?${query.toString()}` : '';
  return {
    agent: line.agent,
    socketPath: line.socketPath,
    method: call.method,
    path: call.path + search,
    headers: {
      host: 'docker',
      ...(content ? { 'content-type': content.type } : {}),
      'content-length': content?.bytes.length ?? 0,
      ...call.headers,
    },
  };
}

interface Content {
  readonly type: string;
  readonly bytes: Buffer;
}

function contentOf(call: EngineCall): Content | undefined {
  if (call.body === undefined) return undefined;
  if (Buffer.isBuffer(call.body)) return { type: 'application/x-tar', bytes: call.body };
  return { type: 'application/json', bytes: Buffer.from(JSON.stringify(call.body)) };
}

function abortReason(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error('The call was given up.', { cause: reason });
}

function timeoutOf(call: EngineCall): EngineTimeoutError {
  const seconds = (call.timeoutMs ?? DEFAULT_TIMEOUT_MS) / 1000;
  return new EngineTimeoutError(`The Docker Engine took over ${seconds} s for ${call.method} ${call.path}.`);
}

function unreachable(line: Line, reused: boolean, error: NodeJS.ErrnoException): EngineUnreachableError {
  const stale = reused && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
  const message = `No Docker Engine answers on ${line.socketPath}: ${error.message}`;
  return stale
    ? new StaleConnectionError(message, { cause: error })
    : new EngineUnreachableError(message, { cause: error });
}
