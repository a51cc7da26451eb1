// The attempts of a job with where and how long each ran: those that ended, and the one under way as far as it is.
import type { ComputeEnvironmentArn, EpochMs } from '../core/ids.ts';
import type { Job } from '../core/job/job.ts';
import type { EndedAttempt, Placement } from '../core/job/attempt.ts';
import { isPlaced } from '../core/job/job.ts';
import { instanceIdOf, instanceTypeOf } from '../core/job/attempt.ts';

export interface AttemptTime {
  /** From 1. */
  readonly attempt: number;
  readonly ceArn: ComputeEnvironmentArn;
  readonly instanceId?: string;
  readonly instanceType?: string;
  /** Absent: it never started to run. */
  readonly seconds?: number;
  readonly isUnderWay: boolean;
}

export function attemptTimesOf(job: Job, atMs: EpochMs): readonly AttemptTime[] {
  const ended = job.attempts.map((attempt, index): AttemptTime => {
    const { startedAtMs, stoppedAtMs } = attempt;
    return {
      attempt: index + 1,
      ...placeOf(attempt),
      ...(startedAtMs === undefined ? {} : { seconds: secondsBetween(startedAtMs, stoppedAtMs) }),
      isUnderWay: false,
    };
  });
  if (!isPlaced(job)) return ended;
  const { number, placement } = job.attempt;
  const live: AttemptTime = {
    attempt: number,
    ...placeOf(placement),
    ...(job.status === 'RUNNING' ? { seconds: secondsBetween(job.startedAtMs, atMs) } : {}),
    isUnderWay: true,
  };
  return [...ended, live];
}

function placeOf(
  place: Pick<EndedAttempt | Placement, 'ceArn' | 'clusterName' | 'instanceIds' | 'instanceTypes'>,
): Pick<AttemptTime, 'ceArn' | 'instanceId' | 'instanceType'> {
  const instanceId = instanceIdOf(place);
  const instanceType = instanceTypeOf(place);
  return {
    ceArn: place.ceArn,
    ...(instanceId === undefined ? {} : { instanceId }),
    ...(instanceType === undefined ? {} : { instanceType }),
  };
}

function secondsBetween(fromMs: EpochMs, toMs: EpochMs): number {
  return Math.max(0, toMs - fromMs) / 1_000;
}
