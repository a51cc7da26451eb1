// How an attempt ended, from what is known about it. Pure: the launcher and the adoption after a restart ask the same questions.
import type { EpochMs } from '../../core/ids.ts';
import type { Exit } from '../../engine/launch-ports.ts';
import type { AttemptRecord } from './attempt-record.ts';

export const OUT_OF_MEMORY = 'OutOfMemoryError: Container killed due to memory usage';
const KILLED = 137;

export interface ExitFacts {
  readonly exitCode: number;
  /** The slot shell could not set up the working folder or the ulimits. */
  readonly refused: boolean;
  /** The slot shell opens the log before it executes the command. */
  readonly hasLog: boolean;
  readonly oomKilled: boolean;
  readonly startedAtMs?: EpochMs;
}

export function exitFrom(facts: ExitFacts): Exit {
  if (facts.refused)
    return failedToStart('CannotStartContainerError: working folder or ulimits could not be set up');
  if (facts.exitCode !== 0 && !facts.hasLog)
    return failedToStart('CannotStartContainerError: the log file could not be opened');
  return {
    cause: 'exited',
    exitCode: facts.exitCode,
    // A child may have been the victim; an attempt that succeeded in spite of it did not fail for memory.
    ...(facts.oomKilled && facts.exitCode !== 0 ? { reason: OUT_OF_MEMORY } : {}),
    ...(facts.startedAtMs === undefined ? {} : { startedAtMs: facts.startedAtMs }),
  };
}

export function failedToStart(reason: string): Exit {
  return { cause: 'failed-to-start', reason };
}

export type Fate =
  | { readonly kind: 'running' }
  /** The slot shell is there and has yet to take the job, or never heard of it and is about to end. */
  | { readonly kind: 'not-yet' }
  /** It did not run, and nothing will run it: starting it again is safe. */
  | { readonly kind: 'never-ran' }
  | { readonly kind: 'ended'; readonly exit: Exit };

/** What became of an attempt whose slot shell this server does not hold, by its record and whether that shell lives. */
export function fateOf(
  record: AttemptRecord | undefined,
  shellLives: boolean,
  facts: Omit<ExitFacts, 'exitCode' | 'refused'>,
): Fate {
  if (!record) return { kind: 'never-ran' };
  if (record.failed !== undefined) return { kind: 'ended', exit: failedToStart(record.failed) };
  if (record.exitCode !== undefined)
    return {
      kind: 'ended',
      exit: exitFrom({ ...facts, exitCode: record.exitCode, refused: record.refused }),
    };
  if (shellLives) return { kind: record.ran ? 'running' : 'not-yet' };
  if (!record.ran) return { kind: 'never-ran' };
  const startedAt = facts.startedAtMs === undefined ? {} : { startedAtMs: facts.startedAtMs };
  // Only a kill takes the shell away before it writes the exit code. Ours is announced in the record; any other, or a
  // machine that went down, is nothing the job did.
  if (record.killAtMs !== undefined)
    return { kind: 'ended', exit: { cause: 'exited', exitCode: KILLED, ...startedAt } };
  if (facts.oomKilled)
    return {
      kind: 'ended',
      exit: { cause: 'exited', exitCode: KILLED, reason: OUT_OF_MEMORY, ...startedAt },
    };
  return { kind: 'ended', exit: { cause: 'host-lost', ...startedAt } };
}

/** Our own shell was killed under a command: the job shares its group and went with it (`kill -KILL 0`). */
export function killedExit(oomKilled: boolean, startedAtMs: EpochMs | undefined): Exit {
  return {
    cause: 'exited',
    exitCode: KILLED,
    ...(oomKilled ? { reason: OUT_OF_MEMORY } : {}),
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
  };
}
