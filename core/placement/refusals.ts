// What compute environments refused a job for want of capacity, though their limits left room: the cloud had none to sell, or
// no instance took it. An environment that refused is passed over for a while, longer each time, so that the next one of the
// queue gets its chance and nobody asks without end.
import type { ComputeEnvironmentArn, EpochMs } from '../ids.ts';

export interface Refusal {
  readonly ceArn: ComputeEnvironmentArn;
  /** The runtime's words, such as `RESOURCE:GPU`. */
  readonly reason: string;
  readonly untilMs: EpochMs;
  /** How often in a row. */
  readonly times: number;
}

export interface Refusals {
  /** All there ever were for the job: what tells the placements of one attempt apart. */
  readonly count: number;
  /** The last of each environment. */
  readonly by: readonly Refusal[];
}

export const FIRST_WAIT_MS = 30_000;
export const LONGEST_WAIT_MS = 300_000;
/** After so long without a refusal it is the first again. */
const FORGOTTEN_AFTER_MS = 600_000;

/** `asked`: how it was refused now. */
export function withRefusal(
  refusals: Refusals | undefined,
  asked: Pick<Refusal, 'ceArn' | 'reason'>,
  atMs: EpochMs,
): Refusals {
  const { count, by } = refusals ?? { count: 0, by: [] };
  const remembered = by.filter(({ untilMs }) => untilMs + FORGOTTEN_AFTER_MS > atMs);
  const before = remembered.find(({ ceArn }) => ceArn === asked.ceArn);
  const times = (before?.times ?? 0) + 1;
  const untilMs = atMs + Math.min(FIRST_WAIT_MS * 2 ** (times - 1), LONGEST_WAIT_MS);
  const others = remembered.filter((refusal) => refusal !== before);
  return { count: count + 1, by: [...others, { ...asked, untilMs, times }] };
}

/** The refusals that still hold; absent for none. */
export function refusalsAt(refusals: Refusals | undefined, atMs: EpochMs): readonly Refusal[] | undefined {
  const standing = refusals?.by.filter(({ untilMs }) => untilMs > atMs) ?? [];
  return standing.length > 0 ? standing : undefined;
}

/** When the first of several refusals ends; `undefined` for none. */
export function firstEndMs(refusals: readonly Refusal[]): EpochMs | undefined {
  return refusals.length > 0 ? Math.min(...refusals.map(({ untilMs }) => untilMs)) : undefined;
}

/** `compute environment spot refused it: RESOURCE:GPU`, for each. */
export function describeRefusals(refusals: readonly Refusal[]): string {
  return refusals
    .map(({ ceArn, reason }) => `compute environment ${ceArn.split('/').at(-1)} refused it: ${reason}`)
    .join('; ');
}
