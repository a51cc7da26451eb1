// boto3 as the client of a deployed API: the tests say what is called, an unmodified boto3 calls it, with access keys alone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Batch } from '@aws-sdk/client-batch';
import { pythonEnvironment } from '../clients/python-environment.ts';
import { REGION } from './a-fakecloud.ts';

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Boto3Batch {
  /** The operations by the names of AWS's other SDK; what goes in and comes out has the same members in both. */
  readonly batch: Batch;
  stop(): Promise<void>;
}

/** A refusal, as boto3 tells it. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: string;
  readonly status: number;

  constructor(method: string, { code, message, status }: Refusal) {
    super(`${method}: ${code}: ${message}`);
    this.code = code;
    this.status = status;
  }
}

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly status: number;
}

/** A line of boto3-bridge.py. */
interface Said {
  readonly id: number;
  readonly output?: unknown;
  readonly error?: Refusal;
}

/** `proxyUrl` is where the emulator's front listens: the endpoint's own name resolves to the real AWS. */
export async function startBoto3(endpoint: string, keys: Keys, proxyUrl: string): Promise<Boto3Batch> {
  const { python } = await pythonEnvironment();
  const child = spawn(python, [join(import.meta.dirname, 'boto3-bridge.py'), endpoint], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      HTTP_PROXY: proxyUrl,
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      AWS_DEFAULT_REGION: REGION,
    },
  });
  const waiting = new Map<number, (said: Said) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = JSON.parse(line) as Said; // written by the bridge in this shape
    waiting.get(said.id)?.(said);
    waiting.delete(said.id);
  });
  let calls = 0;
  const call = async (name: string, input: unknown): Promise<unknown> => {
    const id = (calls += 1);
    const method = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const { promise, resolve } = Promise.withResolvers<Said>();
    waiting.set(id, resolve);
    child.stdin.write(`${JSON.stringify({ id, method, input })}\n`);
    const { output, error } = await promise;
    if (error) throw new CallError(method, error);
    return output;
  };
  // Not a thenable, though an async function asks.
  const operations = new Proxy(
    {},
    {
      get: (_target, name) =>
        typeof name === 'string' && name !== 'then' ? (input: unknown) => call(name, input ?? {}) : undefined,
    },
  );
  return {
    batch: operations as Batch, // every operation that a test calls is there, by name
    async stop() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
