// The Docker Engine that the emulator runs functions and tasks on: the one that the docker command reaches, else one of ours,
// with the default bridge, because containers must reach the emulator.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram } from './run-program.ts';

export interface ADocker {
  /** What a program needs in its environment for its docker command to reach this Engine. */
  readonly env: Readonly<Record<string, string>>;
  /** The host's address on the containers' default bridge. */
  readonly hostAddress: string;
  readonly docker: (args: readonly string[], input?: string) => Promise<string>;
  stop(): Promise<void>;
}

const START_LIMIT_MS = 60_000;

export async function startDocker(): Promise<ADocker> {
  if (await answers({})) return withEngine({}, () => Promise.resolve());
  const folder = await mkdtemp(join(tmpdir(), 'slipway-dockerd-'));
  const socket = join(folder, 'docker.sock');
  const env = { DOCKER_HOST: `unix://${socket}` };
  const logFile = join(folder, 'dockerd.log');
  const log = openSync(logFile, 'a');
  const daemon = spawn(
    'dockerd',
    [
      `--host=unix://${socket}`,
      `--data-root=${join(folder, 'data')}`,
      `--exec-root=${join(folder, 'exec')}`,
      `--pidfile=${join(folder, 'dockerd.pid')}`,
      // Containers talk to the host and are called through its loopback: neither needs a rule.
      '--iptables=false',
      '--ip-masq=false',
      // A network for every task, and one for all functions: the default pools hold thirty.
      '--default-address-pool=base=10.213.0.0/16,size=24',
    ],
    { stdio: ['ignore', log, log] },
  );
  const ended = once(daemon, 'exit');
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(await answers(env))) {
    if (daemon.exitCode !== null || Date.now() > deadline) {
      daemon.kill('SIGKILL');
      throw new Error(`dockerd did not start:\n${await readFile(logFile, 'utf8')}`);
    }
    await sleep(200);
  }
  return withEngine(env, async () => {
    daemon.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
}

async function withEngine(
  env: Readonly<Record<string, string>>,
  stop: () => Promise<void>,
): Promise<ADocker> {
  const docker: ADocker['docker'] = (args, input) =>
    runProgram('docker', args, { env, ...(input === undefined ? {} : { input }) });
  return { env, hostAddress: await bridgeAddress(docker), docker, stop };
}

/** The host has the first address of the bridge's network, unless the Engine names another. */
async function bridgeAddress(docker: ADocker['docker']): Promise<string> {
  const said = await docker(['network', 'inspect', '--format', '{{json (index .IPAM.Config 0)}}', 'bridge']);
  const { Gateway, Subnet } = JSON.parse(said) as { Gateway?: string; Subnet: string }; // the Engine's own words
  if (Gateway) return Gateway;
  const [network = ''] = Subnet.split('/');
  return network.replace(/\d+$/, (last) => String(Number(last) + 1));
}

async function answers(env: Readonly<Record<string, string>>): Promise<boolean> {
  try {
    await runProgram('docker', ['version', '--format', '{{.Server.Version}}'], { env, limitMs: 10_000 });
    return true;
  } catch {
    return false; // whatever the reason: a daemon of ours will tell it better
  }
}
