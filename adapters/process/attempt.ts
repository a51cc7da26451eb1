// What this server holds in memory of an attempt that has not ended. Everything that must survive it is in the record.
import type { EpochMs } from '../../core/ids.ts';
import type { LaunchOutcome } from '../../engine/launch-ports.ts';
import type { GroupLimits } from './slot-groups.ts';
import type { Stoppable } from './stops.ts';

export interface Attempt extends Stoppable {
  readonly attemptId: string;
  startedAtMs?: EpochMs;
  /** Calls off the wait for a slot. */
  cancel: (() => void) | undefined;
  /** Asked to be forgotten before it ended. */
  forgotten: boolean;
  /** Slot shells that ended under it before it ran. */
  lostSlots: number;
  /** What `start` answers. */
  launched: Promise<LaunchOutcome>;
}

export const STARTED: LaunchOutcome = { started: true };

export function newAttempt(attemptId: string, taskId: string): Attempt {
  return {
    attemptId,
    taskId,
    target: undefined,
    hasEnded: false,
    cancel: undefined,
    forgotten: false,
    lostSlots: 0,
    launched: Promise.resolve(STARTED),
  };
}

/** A job that only waits for a slot. */
export interface ReadyJob {
  readonly script: string;
  readonly limits: GroupLimits;
  /** Fields of its container that a host process cannot be given. */
  readonly unsupported: readonly string[];
}
