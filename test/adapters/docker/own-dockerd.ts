// A Docker Engine of the tests' own, apart from any other on the machine: own socket, data and process ids, no default
// bridge and no firewall rules. It needs root. SLIPWAY_TEST_DOCKER_SOCKET names an Engine to use instead.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeContainer } from '../../../adapters/docker/container-calls.ts';
import { recordOf, textOf } from '../../../adapters/docker/container-state.ts';
import { createEngineClient, dockerAnswers } from '../../../adapters/docker/engine-client.ts';

export interface TestDocker {
  readonly socketPath: string;
  /** Whether the Engine is ours, to be restarted at will. */
  readonly isOwn: boolean;
  /** Ends the daemon like a crash would (SIGKILL) and starts it again on the same data. */
  crashAndRestart(): Promise<void>;
  stop(): Promise<void>;
}

const START_LIMIT_MS = 60_000;

export interface TestDockerOptions {
  /** Lets containers of one network talk, whatever the machine's own firewall does with bridges; they reach nothing else. */
  readonly isolatesNetwork?: boolean;
}

export async function startTestDocker(options: TestDockerOptions = {}): Promise<TestDocker> {
  const given = process.env['SLIPWAY_TEST_DOCKER_SOCKET'];
  if (given) {
    return {
      socketPath: given,
      isOwn: false,
      crashAndRestart: () => Promise.reject(new Error('A given Docker Engine is not ours to restart.')),
      stop: () => Promise.resolve(),
    };
  }
  const folder = await mkdtemp(join(tmpdir(), 'slipway-dockerd-'));
  const socketPath = join(folder, 'docker.sock');
  let daemon = await startDaemon(folder, socketPath, options);
  return {
    socketPath,
    isOwn: true,
    async crashAndRestart() {
      await end(daemon, 'SIGKILL');
      // Its containerd dies with it, but may stay a zombie, for which a new daemon would wait.
      await rm(join(folder, 'dockerd.pid'), { force: true });
      await rm(join(folder, 'exec/containerd/containerd.pid'), { force: true });
      daemon = await startDaemon(folder, socketPath, options);
    },
    async stop() {
      await removeContainers(socketPath);
      await end(daemon, 'SIGTERM');
      await unmountAll(folder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startDaemon(
  folder: string,
  socketPath: string,
  { isolatesNetwork = false }: TestDockerOptions,
): Promise<ChildProcess> {
  const logFile = join(folder, 'dockerd.log');
  const log = openSync(logFile, 'a');
  // `unshare` becomes the daemon, so the process is the same in both cases.
  const [command, ...before] = isolatesNetwork ? ['unshare', '--net', 'dockerd'] : ['dockerd'];
  const daemon = spawn(
    command,
    [
      ...before,
      `--host=unix://${socketPath}`,
      '--storage-driver=vfs',
      `--data-root=${join(folder, 'data')}`,
      `--exec-root=${join(folder, 'exec')}`,
      `--pidfile=${join(folder, 'dockerd.pid')}`,
      '--bridge=none',
      '--iptables=false',
      '--ip-masq=false',
      '--live-restore',
    ],
    { stdio: ['ignore', log, log] },
  );
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(await dockerAnswers(socketPath))) {
    if (daemon.exitCode !== null || Date.now() > deadline) {
      daemon.kill('SIGKILL');
      throw new Error(`dockerd did not start:\n${await readFile(logFile, 'utf8')}`);
    }
    await sleep(100);
  }
  return daemon;
}

/** Containers outlive this daemon, so those that a failed test left must not. */
async function removeContainers(socketPath: string): Promise<void> {
  const client = createEngineClient(socketPath);
  const left = await client.call({ method: 'GET', path: '/containers/json', query: { all: '1' } });
  for (const container of Array.isArray(left) ? left : []) {
    await removeContainer(client, textOf(recordOf(container)['Id']));
  }
  client.close();
}

/** A daemon that used the host's network leaves its namespace mounted. */
async function unmountAll(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  for (const path of mounts.filter((mount) => mount.startsWith(`${folder}/`)).reverse()) {
    const umount = spawn('umount', [path], { stdio: 'inherit' });
    await once(umount, 'exit');
  }
}

async function end(daemon: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const gone = once(daemon, 'exit');
  daemon.kill(signal);
  await gone;
}
