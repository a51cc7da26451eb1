// The parts of a job's life, each with how long it lasted. The time until an attempt ran is told stage by stage where its runtime
// tells them apart.
import type { AttemptStage, JobStatus, TimelineStep } from '../api/console/wire.ts';

export interface TimelinePart {
  readonly status: JobStatus;
  /** Of an attempt that was placed; absent where nobody tells its stages apart. */
  readonly stage?: LaunchStage;
  readonly atMs: number;
  readonly lastedMs: number;
  readonly isNow: boolean;
}

/** What goes on between an attempt's placement and its run; the other stages are states of the job. */
export const STAGE_WORDS = {
  placed: { name: 'Placing', meaning: 'was handed to the runtime' },
  provisioned: { name: 'Provisioning', meaning: 'got its host and network' },
  pulled: { name: 'Pulling', meaning: 'had its images pulled' },
  started: { name: 'Starting', meaning: 'had its containers started' },
} as const satisfies Partial<
  Record<AttemptStage['stage'], { readonly name: string; readonly meaning: string }>
>;
export type LaunchStage = keyof typeof STAGE_WORDS;

export const isEnd = (status: JobStatus): boolean => status === 'SUCCEEDED' || status === 'FAILED';

/** `stages`: those of all attempts that are over. */
export function timelineParts(
  steps: readonly TimelineStep[],
  stages: readonly AttemptStage[],
  nowMs: number,
): readonly TimelinePart[] {
  return steps.flatMap(({ status, atMs }, place) => {
    const next = steps[place + 1];
    if (isEnd(status)) return [];
    // A state that was left within the millisecond was never waited in.
    if (next && next.atMs <= atMs && steps.length > 2) return [];
    const toMs = Math.max(atMs, next?.atMs ?? nowMs);
    const apart = status === 'STARTING' && next ? launchParts(stages, atMs, toMs) : [];
    if (apart.length > 1) return apart.filter(({ lastedMs }) => lastedMs > 0);
    return [{ status, atMs, lastedMs: toMs - atMs, isNow: next === undefined }];
  });
}

function launchParts(stages: readonly AttemptStage[], atMs: number, endMs: number): readonly TimelinePart[] {
  return stages.flatMap(({ stage, fromMs, toMs }) => {
    if (!isLaunchStage(stage) || fromMs < atMs || toMs > endMs) return [];
    return { status: 'STARTING', stage, atMs: fromMs, lastedMs: toMs - fromMs, isNow: false };
  });
}

function isLaunchStage(stage: AttemptStage['stage']): stage is LaunchStage {
  return stage in STAGE_WORDS;
}
