// What this machine offers a local server: the looks behind `slipway doctor`, each a finding with a way to mend it. Nothing is
// changed by looking.
import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { dockerAnswers } from '../adapters/docker/engine-client.ts';
import type { Hierarchy } from '../adapters/process/cgroup-hierarchies.ts';
import { CONTROLLERS, hostHierarchy } from '../adapters/process/cgroup-hierarchies.ts';
import { dockerSocketPath } from './runtime.ts';

/** `note`: it works, but with less than there could be. */
export type Verdict = 'ok' | 'note' | 'wrong';

export interface Finding {
  readonly about: string;
  readonly verdict: Verdict;
  readonly found: string;
  /** What to do about it; absent when nothing is to be done. */
  readonly mend?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Below this a store and the logs of jobs soon have no room. */
const LEAST_FREE_BYTES = 2 ** 30;
const PORT_WAIT_MS = 1_000;

export async function examineDocker(environment: Environment): Promise<Finding> {
  const socketPath = dockerSocketPath(environment);
  if (await dockerAnswers(socketPath)) {
    return {
      about: 'Docker',
      verdict: 'ok',
      found: `an Engine answers at ${socketPath}; jobs run in containers`,
    };
  }
  return {
    about: 'Docker',
    verdict: 'note',
    found: `no Engine answers at ${socketPath}; jobs run as processes of this machine`,
    mend: 'Start Docker, or name its socket with DOCKER_HOST=unix:///…, if jobs are to run in containers.',
  };
}

/** Limits of processes; containers have Docker's. */
export function examineLimits(hierarchy: Hierarchy | undefined): Finding {
  const about = 'cgroups';
  const limited = hierarchy === undefined ? [] : controllersOf(hierarchy);
  const missing = CONTROLLERS.filter((controller) => !limited.includes(controller));
  if (missing.length === 0) {
    return { about, verdict: 'ok', found: `v${hierarchy?.version}: memory, CPUs and processes are limited` };
  }
  const mend = 'Start the server as root, or with: systemd-run --user --scope -p Delegate=yes slipway local';
  const words = limited.length === 0 ? 'none that this user may use' : `${limited.join(', ')} only`;
  const found = `${words}; jobs that run as processes are not held to their ${missing.join(', ')}`;
  return { about, verdict: 'note', found, mend };
}

export function examineHostLimits(): Finding {
  return examineLimits(hostHierarchy());
}

function controllersOf(hierarchy: Hierarchy): readonly string[] {
  return hierarchy.version === 1 ? Object.keys(hierarchy.parents) : hierarchy.controllers;
}

/** The folder need not be there yet; then it has to be possible to make it. */
export async function examineDataFolder(folder: string): Promise<Finding> {
  const about = 'Data folder';
  let place = folder;
  for (;;) {
    try {
      await access(place, constants.W_OK);
      break;
    } catch (error) {
      const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT'; // access rejects with errno errors
      if (!isAbsent || dirname(place) === place) {
        const mend = 'Choose a folder of yours with --data-dir.';
        return { about, verdict: 'wrong', found: `${place} cannot be written`, mend };
      }
      place = dirname(place);
    }
  }
  const { bavail, bsize } = await statfs(place);
  const freeBytes = bavail * bsize;
  const free = `${(freeBytes / 2 ** 30).toFixed(1)} GiB free`;
  return freeBytes >= LEAST_FREE_BYTES
    ? { about, verdict: 'ok', found: `${folder}, ${free}` }
    : {
        about,
        verdict: 'wrong',
        found: `${folder}, only ${free}`,
        mend: 'Free some room, or use --data-dir.',
      };
}

/** Whether a server of ours could have the port. `isOurs`: one of ours is known to have it. */
export async function examinePort(port: number, isOurs: boolean): Promise<Finding> {
  const about = `Port ${port}`;
  if (isOurs) return { about, verdict: 'ok', found: 'a Slipway server has it' };
  if (!(await isTaken(port))) return { about, verdict: 'ok', found: 'free on 127.0.0.1' };
  return {
    about,
    verdict: 'note',
    found: 'another program has it',
    mend: 'Start the server on another: slipway local --port 7412',
  };
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const answer = (taken: boolean): void => {
      socket.destroy();
      resolve(taken);
    };
    socket.setTimeout(PORT_WAIT_MS, () => answer(true));
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
