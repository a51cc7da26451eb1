// The order in which a plan meets the jobs of one queue: first in first out, or by fair share. What a plan has placed
// counts at once, so that one plan shares out a machine that has just become free.
import type { EpochMs, JobId } from '../ids.ts';
import type { ConsumableDemand, ContainerDemand } from '../job/spec.ts';
import type { PartDemand } from '../placement/fleet-capacity.ts';
import type { Refusal } from '../placement/refusals.ts';
import type { WaitingReason } from '../placement/waiting-reason.ts';
import type { ShareUse } from './fair-share.ts';
import { reservedVcpus, timeConstantMs, useAt, weightedUse, weightsOf } from './fair-share.ts';
import type { FairsharePolicy } from './scheduling-policy.ts';

export interface Candidate {
  readonly jobId: JobId;
  readonly demand: ContainerDemand;
  /** What it takes besides; absent for nothing. */
  readonly consumables?: readonly ConsumableDemand[];
  /** Environments that had no capacity for it just now. */
  readonly refusals?: readonly Refusal[];
  /** Its demand is that of all its nodes, which are placed together or not at all. */
  readonly isMultiNode?: boolean;
  /** Then also what each of them takes, by index. */
  readonly nodes?: readonly PartDemand[];
}

/** The front of one share's line. */
export interface ShareFront<C extends Candidate = Candidate> {
  readonly shareIdentifier: string;
  readonly use: ShareUse;
  /** In dispatch order: priority, then submission. */
  readonly heads: readonly C[];
  /** Others may stand behind these. */
  readonly mayHaveMore: boolean;
}

export interface FairFront<C extends Candidate = Candidate> {
  readonly policy: FairsharePolicy;
  readonly atMs: EpochMs;
  readonly activeShares: number;
  /** All that the queue's environments may hold; `Infinity` where that is not limited. */
  readonly maxVcpus: number;
  readonly shares: readonly ShareFront<C>[];
}

export interface Line<C extends Candidate = Candidate> {
  /** Whose turn it is; the same until the line advances. */
  head(): C | undefined;
  /** Why the head may not be placed although there were room. */
  hindrance(head: C): WaitingReason | undefined;
  /** The head was placed and holds what it was given, or it is left out. */
  advance(placed?: ContainerDemand): void;
  /** Whether jobs may stand behind the last one that was looked at. */
  mayHaveMore(): boolean;
}

export function fifoLine<C extends Candidate>(heads: readonly C[], mayHaveMore: boolean): Line<C> {
  let next = 0;
  return {
    head: () => heads[next],
    hindrance: () => undefined,
    advance: () => {
      next += 1;
    },
    mayHaveMore: () => mayHaveMore && next >= heads.length,
  };
}

interface ShareState<C extends Candidate> {
  readonly front: ShareFront<C>;
  readonly weight: number;
  /** As of the time of the plan, with what the plan has placed. */
  use: ShareUse;
  next: number;
}

/** Rounding of sums must not turn away what fits exactly. */
const TOLERANCE_VCPUS = 1e-6;

/** Ties go to the share whose name sorts first, so that the same snapshot always yields the same plan. */
export function fairLine<C extends Candidate>(fair: FairFront<C>): Line<C> {
  const states = statesOf(fair);
  let held = states.reduce((sum, { use }) => sum + use.vcpus, 0);
  const reserved = reservedVcpus(fair.policy, fair.activeShares, fair.maxVcpus);

  /** The share whose turn it is, of those where somebody waits or may wait. */
  function fairest(): ShareState<C> | undefined {
    let best: ShareState<C> | undefined;
    let lowest = Number.POSITIVE_INFINITY;
    for (const state of states) {
      if (state.next >= state.front.heads.length && !state.front.mayHaveMore) continue;
      const score = weightedUse(state.use, state.weight);
      if (score < lowest) [best, lowest] = [state, score];
    }
    return best;
  }

  return {
    head() {
      const state = fairest();
      return state?.front.heads[state.next];
    },
    hindrance({ demand }) {
      // Alone it may pass: a reserve that nothing fits beside would keep the queue still for ever.
      if (reserved === 0 || held === 0) return undefined;
      if (held + demand.vcpus <= fair.maxVcpus - reserved + TOLERANCE_VCPUS) return undefined;
      const kept = Math.round(reserved * 1000) / 1000;
      const message = `waits: ${kept} of ${fair.maxVcpus} vCPUs are kept for shares that are not active yet`;
      return { code: 'RESERVED_FOR_SHARES', message, reservedVcpus: kept };
    },
    advance(placed) {
      const state = fairest();
      if (!state) return;
      state.next += 1;
      if (!placed) return;
      state.use = { ...state.use, vcpus: state.use.vcpus + placed.vcpus };
      held += placed.vcpus;
    },
    mayHaveMore() {
      const state = fairest();
      return state !== undefined && state.next >= state.front.heads.length;
    },
  };
}

function statesOf<C extends Candidate>({ policy, atMs, shares }: FairFront<C>): ShareState<C>[] {
  const constantMs = timeConstantMs(policy);
  const weightOf = weightsOf(policy);
  return shares
    .map((front) => ({
      front,
      weight: weightOf(front.shareIdentifier),
      use: useAt(front.use, atMs, constantMs),
      next: 0,
    }))
    .sort((left, right) => (left.front.shareIdentifier < right.front.shareIdentifier ? -1 : 1));
}
