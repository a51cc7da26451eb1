// When a runtime took the steps between an attempt's placement and its run, as far as it tells. Invariant: what an attempt keeps
// of that lies in order between the two.
import type { EpochMs } from '../ids.ts';

/** A step that is not told of is absent; its time is then part of the next one's. */
export interface LaunchTimes {
  /** The runtime took the task over. */
  readonly createdAtMs?: EpochMs;
  readonly pullStartedAtMs?: EpochMs;
  /** Every image was there. */
  readonly pullStoppedAtMs?: EpochMs;
}

const STEPS = ['createdAtMs', 'pullStartedAtMs', 'pullStoppedAtMs'] as const;

/** How far the clocks of a runtime and of the server may be apart. */
const CLOCKS_APART_MS = 60_000;

/**
 * What an attempt keeps of the told times, given when it was placed and when it ran or ended. Clocks differ by a little: a time
 * that is just out of order is moved into it. One that is far out is nonsense and left out.
 */
export function launchMember(
  told: LaunchTimes | undefined,
  fromMs: EpochMs,
  toMs: EpochMs,
): { readonly launch?: LaunchTimes } {
  const kept: { -readonly [step in keyof LaunchTimes]: LaunchTimes[step] } = {};
  let earliestMs = fromMs;
  for (const step of STEPS) {
    const atMs = told?.[step] ?? Number.NaN;
    // Not so of what is no number either.
    if (atMs >= earliestMs - CLOCKS_APART_MS && atMs <= toMs + CLOCKS_APART_MS) {
      earliestMs = Math.min(Math.max(atMs, earliestMs), toMs);
      kept[step] = earliestMs;
    }
  }
  return Object.keys(kept).length > 0 ? { launch: kept } : {};
}
