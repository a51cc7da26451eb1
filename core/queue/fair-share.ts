// Fair share: which share of a queue goes next. A share's use is a moving average of the vCPUs it holds, decayed
// exponentially: its whole history is then two numbers and a time, which is exact however seldom it is brought up to date.
// Source: AWS Batch User Guide, "Fair-share scheduling policies"; contract §4.5.
import type { EpochMs } from '../ids.ts';
import type { FairsharePolicy } from './scheduling-policy.ts';

/** What one share has used and holds now. `averageVcpus` is as of `atMs`; `vcpus` have been held since then. */
export interface ShareUse {
  readonly averageVcpus: number;
  readonly vcpus: number;
  readonly atMs: EpochMs;
}

export const NO_USE: ShareUse = { averageVcpus: 0, vcpus: 0, atMs: 0 };

/** Shares of one queue that may be active at a time. */
export const ACTIVE_SHARES_MAX = 500;
const SHORTEST_WINDOW_SECONDS = 600;
const DEFAULT_WEIGHT = 1;
/** e^-3: what was used one window ago still counts a twentieth. */
const TIME_CONSTANTS_PER_WINDOW = 3;

/** After this time one vCPU that was held, and is held no more, counts 37 %. */
export function timeConstantMs(policy: FairsharePolicy): number {
  // Zero, like nothing, means the shortest window.
  const windowSeconds = policy.shareDecaySeconds || SHORTEST_WINDOW_SECONDS;
  return (windowSeconds * 1000) / TIME_CONSTANTS_PER_WINDOW;
}

/** The same use, told as of a later time. A clock that went back changes nothing. */
export function useAt(use: ShareUse, atMs: EpochMs, constantMs: number): ShareUse {
  if (atMs <= use.atMs) return use;
  const kept = Math.exp((use.atMs - atMs) / constantMs);
  return { ...use, averageVcpus: use.averageVcpus * kept + use.vcpus * (1 - kept), atMs };
}

/** `vcpus` more are held from `atMs` on; less, when negative. */
export function withVcpus(use: ShareUse, vcpus: number, atMs: EpochMs, constantMs: number): ShareUse {
  const now = useAt(use, atMs, constantMs);
  // Thousandths, so that what is taken and given back leaves exactly nothing.
  return { ...now, vcpus: Math.round((now.vcpus + vcpus) * 1000) / 1000 };
}

/** vCPU-seconds that count against a share now. */
export function usedVcpuSeconds(use: ShareUse, atMs: EpochMs, constantMs: number): number {
  return (useAt(use, atMs, constantMs).averageVcpus * constantMs) / 1000;
}

/**
 * What shares are compared by, as of one time; the lowest goes next. Past and present count alike: the average alone would hand all that
 * is free at one moment to one share, the present alone would forget who had the machine to itself before.
 */
export function weightedUse({ averageVcpus, vcpus }: ShareUse, weight: number): number {
  return weight * (averageVcpus + vcpus);
}

/** The weight of each share: its own entry, else that of its prefix (entries never overlap), else 1. */
export function weightsOf({ shareDistribution = [] }: FairsharePolicy): (shareIdentifier: string) => number {
  const exact = new Map<string, number>();
  const prefixes: { readonly stem: string; readonly weight: number }[] = [];
  for (const { shareIdentifier, weightFactor = DEFAULT_WEIGHT } of shareDistribution) {
    if (shareIdentifier.endsWith('*')) {
      prefixes.push({ stem: shareIdentifier.slice(0, -1), weight: weightFactor });
    } else exact.set(shareIdentifier, weightFactor);
  }
  return (share) =>
    exact.get(share) ?? prefixes.find(({ stem }) => share.startsWith(stem))?.weight ?? DEFAULT_WEIGHT;
}

/** vCPUs of `maxVcpus` that are kept free for shares that are not active yet. */
export function reservedVcpus(
  { computeReservation = 0 }: FairsharePolicy,
  activeShares: number,
  maxVcpus: number,
): number {
  if (computeReservation === 0 || !Number.isFinite(maxVcpus)) return 0;
  return (computeReservation / 100) ** Math.max(1, activeShares) * maxVcpus;
}
