// `slipway local` as a process of its own, which a test may kill at any moment and start again on the same data.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Batch } from '@aws-sdk/client-batch';

const CLI = fileURLToPath(new URL('../../bin/slipway.ts', import.meta.url));

export interface ServerProcess {
  readonly endpoint: string;
  readonly pid: number;
  readonly startMs: number;
  batch(): Batch;
  /** SIGKILL: what a crash, an OOM killer or a power cut does. */
  kill(): Promise<void>;
  /** SIGTERM: the orderly end. Resolves with the exit code. */
  end(): Promise<number | null>;
}

/** Rejects with what the server said when it ends before it is ready. */
export async function startServerProcess(
  dataDir: string,
  flags: readonly string[] = [],
): Promise<ServerProcess> {
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [
      '--max-semi-space-size=4',
      CLI,
      'local',
      '--data-dir',
      dataDir,
      '--runtime',
      'process',
      '--port',
      '0',
      ...flags,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, AWS_REGION: 'us-east-1' } },
  );
  const endpoint = await readyEndpoint(child);
  const startMs = performance.now() - started;
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return {
    endpoint,
    pid: child.pid ?? 0,
    startMs,
    batch() {
      const file = readFileSync(join(dataDir, 'endpoint.json'), 'utf8');
      const { accessKeyId, secretAccessKey, region } = JSON.parse(file) as Record<string, string>;
      return new Batch({
        endpoint,
        region: region ?? 'us-east-1',
        credentials: { accessKeyId: accessKeyId ?? '', secretAccessKey: secretAccessKey ?? '' },
        maxAttempts: 1,
      });
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async end() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

function readyEndpoint(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const listen = (chunk: Buffer): void => {
      said += chunk.toString('utf8');
      const match = /Slipway ready: (http:\S+)/.exec(said);
      if (match?.[1]) resolve(match[1]);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', (code) => reject(new Error(`the server ended with code ${code}: ${said}`)));
  });
}
