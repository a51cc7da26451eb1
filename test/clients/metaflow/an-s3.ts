// An S3 for Metaflow's data: moto's server on a free port of this machine, with one bucket.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface AnS3 {
  readonly endpoint: string;
  stop(): Promise<void>;
}

const START_LIMIT_MS = 60_000;

export async function anS3(bin: string, bucket: string): Promise<AnS3> {
  const child = spawn(join(bin, 'moto_server'), ['-H', '127.0.0.1', '-p', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const ready = Promise.withResolvers<string>();
  const listen = (chunk: Buffer): void => {
    printed += chunk.toString();
    const endpoint = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(printed)?.[1];
    if (endpoint !== undefined) ready.resolve(endpoint);
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  child.once('error', ready.reject);
  const gone = once(child, 'exit').then(([code]) => {
    ready.reject(new Error(`moto_server ended with ${code}: ${printed}`));
  });
  const late = setTimeout(
    () => ready.reject(new Error(`moto_server is not ready: ${printed}`)),
    START_LIMIT_MS,
  );
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  try {
    const endpoint = await ready.promise;
    const made = await fetch(`${endpoint}/${bucket}`, { method: 'PUT' });
    if (!made.ok) throw new Error(`moto_server made no bucket: ${made.status} ${await made.text()}`);
    return { endpoint, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(late);
  }
}
