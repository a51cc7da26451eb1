// The stages of an attempt's way, from its place in line to its end. Invariant: the stages of an attempt follow one another
// without a gap, so they add up to the whole; what a runtime does not tell apart is part of the next stage that it tells.
import type { EpochMs } from '../ids.ts';
import type { LaunchTimes } from './launch-times.ts';

/**
 * `queued`: in line, until it was placed. `placed`: until its runtime took it over. `provisioned`: until the images were asked
 * for. `pulled`: until they were there. `started`: until it ran. `ran`: until it ended.
 */
export const STAGES = ['queued', 'placed', 'provisioned', 'pulled', 'started', 'ran'] as const;
export type Stage = (typeof STAGES)[number];

export interface StageTime {
  readonly stage: Stage;
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
}

/** What is known of an attempt; what has not happened is absent. */
export interface AttemptTimes {
  readonly runnableAtMs?: EpochMs;
  readonly placedAtMs?: EpochMs;
  readonly launch?: LaunchTimes;
  readonly startedAtMs?: EpochMs;
  readonly stoppedAtMs?: EpochMs;
}

/** The stages that are over, in order. An attempt that never ran has no time in which it ran. */
export function stagesOf(attempt: AttemptTimes): readonly StageTime[] {
  const { placedAtMs, launch = {}, startedAtMs, stoppedAtMs } = attempt;
  const ends: Readonly<Record<Stage, EpochMs | undefined>> = {
    queued: placedAtMs,
    placed: launch.createdAtMs,
    provisioned: launch.pullStartedAtMs,
    pulled: launch.pullStoppedAtMs,
    started: startedAtMs,
    ran: startedAtMs === undefined ? undefined : stoppedAtMs,
  };
  const stages: StageTime[] = [];
  let fromMs = attempt.runnableAtMs;
  for (const stage of STAGES) {
    const toMs = ends[stage];
    if (toMs === undefined) continue;
    if (fromMs !== undefined) stages.push({ stage, fromMs, toMs });
    fromMs = toMs;
  }
  return stages;
}
