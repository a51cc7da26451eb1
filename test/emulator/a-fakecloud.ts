// The emulator as a process: on loopback for this machine's programs, reached by containers through the front.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ADocker } from './a-docker.ts';
import { installFakecloud } from './install-fakecloud.ts';

export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';

export interface AFakecloud {
  readonly port: number;
  /** For programs on this machine. */
  readonly url: string;
  /** What it logged, a line each; decisions of IAM are among them. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

const START_LIMIT_MS = 30_000;
const END_LIMIT_MS = 20_000;
const DOCKER_COMMAND = join(import.meta.dirname, 'docker-when-ready.sh');

export async function startFakecloud(docker: ADocker): Promise<AFakecloud> {
  const program = await installFakecloud();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    program,
    ['--addr', `127.0.0.1:${port}`, '--account-id', ACCOUNT, '--region', REGION, '--iam', 'soft'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...docker.env,
        NO_COLOR: '1',
        FAKECLOUD_LAMBDA_MAX_CONCURRENCY: '4',
        FAKECLOUD_CONTAINER_CLI: DOCKER_COMMAND,
      },
    },
  );
  const log: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => log.push(line));
  }
  await ready(child, url, log);
  return {
    port,
    url,
    log,
    async stop() {
      await end(child);
      await removeContainers(docker, child.pid ?? 0);
    },
  };
}

async function ready(child: ChildProcess, url: string, log: readonly string[]): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  for (;;) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`fakecloud did not start:\n${log.join('\n')}`);
    }
    const answer = await fetch(`${url}/_fakecloud/health`).catch(() => undefined); // not listening yet
    // Its container runtimes are found a moment later; without them functions would be refused.
    if (answer?.ok && log.some((line) => line.includes('ECS task execution enabled'))) return;
    await sleep(100);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const inTime = await Promise.race([gone.then(() => true), sleep(END_LIMIT_MS, false, { ref: false })]);
  if (inTime) return;
  child.kill('SIGKILL');
  await gone;
}

/** Those of functions and tasks that it had no time to remove; each carries its maker's process id. */
async function removeContainers({ docker }: ADocker, pid: number): Promise<void> {
  const label = `label=fakecloud-instance=fakecloud-${pid}`;
  const listed = async (what: readonly string[]): Promise<string[]> =>
    (await docker([...what, '--quiet', '--filter', label])).split('\n').filter(Boolean);
  const deadline = Date.now() + END_LIMIT_MS;
  for (;;) {
    const [containers, networks] = [await listed(['ps', '--all']), await listed(['network', 'ls'])];
    if (containers.length + networks.length === 0) return;
    if (Date.now() > deadline) throw new Error(`left behind: ${[...containers, ...networks].join(' ')}`);
    // What its last commands are removing at this moment is refused, and gone at the next look.
    await Promise.allSettled(containers.map((id) => docker(['rm', '--force', '--volumes', id])));
    await Promise.allSettled(networks.map((id) => docker(['network', 'rm', id])));
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port could be had on loopback');
  return address.port;
}
