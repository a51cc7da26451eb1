// Fair share over hours of pretended time: the plan of the scheduler, and nothing else, decides what runs; jobs end when
// their time is over. What each share got is compared with what its weight promises.
import { describe, expect, it } from 'vitest';
import type { ComputeEnvironmentArn, JobId, QueueArn } from '../../core/ids.ts';
import { NOTHING, plus } from '../../core/placement/capacity.ts';
import { planPlacements } from '../../core/placement/plan.ts';
import type { ShareUse } from '../../core/queue/fair-share.ts';
import { NO_USE, timeConstantMs, withVcpus } from '../../core/queue/fair-share.ts';
import type { FairsharePolicy } from '../../core/queue/scheduling-policy.ts';

const CE = 'arn:aws:batch:us-east-1:123456789012:compute-environment/ce' as ComputeEnvironmentArn;
const QUEUE = 'arn:aws:batch:us-east-1:123456789012:job-queue/q' as QueueArn;

interface Share {
  readonly name: string;
  readonly weight: number;
  readonly vcpus: number;
  readonly seconds: readonly [number, number];
  /** When it begins to submit; it never runs out of jobs from then on. */
  readonly fromMs?: number;
}

interface Running {
  readonly share: string;
  readonly vcpus: number;
  readonly endsAtMs: number;
}

/** A small generator of numbers in [0, 1): the same run every time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** vCPU-milliseconds each share held between `countFromMs` and `untilMs`. */
function simulate(
  shares: readonly Share[],
  options: {
    readonly vcpus: number;
    readonly untilMs: number;
    readonly countFromMs: number;
    readonly policy?: FairsharePolicy;
  },
): Map<string, number> {
  const policy: FairsharePolicy = {
    ...options.policy,
    shareDistribution: shares.map(({ name, weight }) => ({ shareIdentifier: name, weightFactor: weight })),
  };
  const constantMs = timeConstantMs(policy);
  const next = numbers(7);
  const uses = new Map<string, ShareUse>();
  const held = new Map(shares.map(({ name }) => [name, 0]));
  let running: Running[] = [];
  let made = 0;
  for (let nowMs = 0; nowMs < options.untilMs;) {
    const used = running.reduce((sum, { vcpus }) => plus(sum, { ...NOTHING, vcpus }), NOTHING);
    const active = shares.filter(({ fromMs = 0 }) => fromMs <= nowMs);
    const fronts = active.map(({ name, vcpus }) => ({
      shareIdentifier: name,
      use: uses.get(name) ?? NO_USE,
      heads: Array.from({ length: 40 }, () => ({
        jobId: `${name}/${(made += 1)}` as JobId,
        demand: { ...NOTHING, vcpus },
      })),
      mayHaveMore: true,
    }));
    const max = { ...NOTHING, vcpus: options.vcpus };
    const plan = planPlacements({
      environments: new Map([[CE, { ceArn: CE, clusterName: 'ce', usable: true, max, used }]]),
      queues: [
        {
          queueArn: QUEUE,
          priority: 1,
          environments: [CE],
          heads: [],
          fair: { policy, atMs: nowMs, activeShares: active.length, maxVcpus: options.vcpus, shares: fronts },
        },
      ],
    });
    for (const { jobId, demand } of plan.placements) {
      const name = jobId.split('/')[0] ?? '';
      const [least = 0, most = 0] = shares.find((share) => share.name === name)?.seconds ?? [];
      const endsAtMs = nowMs + 1_000 * (least + next() * (most - least));
      running.push({ share: name, vcpus: demand.vcpus, endsAtMs });
      uses.set(name, withVcpus(uses.get(name) ?? NO_USE, demand.vcpus, nowMs, constantMs));
    }
    const until = Math.min(...running.map(({ endsAtMs }) => endsAtMs));
    for (const { share, vcpus } of running) {
      const counted = Math.max(0, until - Math.max(nowMs, options.countFromMs));
      held.set(share, (held.get(share) ?? 0) + vcpus * counted);
    }
    nowMs = until;
    for (const { share, vcpus } of running.filter(({ endsAtMs }) => endsAtMs <= nowMs)) {
      uses.set(share, withVcpus(uses.get(share) ?? NO_USE, -vcpus, nowMs, constantMs));
    }
    running = running.filter(({ endsAtMs }) => endsAtMs > nowMs);
  }
  return held;
}

/** What a share got of all, over what its weight promises. */
function fulfilment(shares: readonly Share[], held: ReadonlyMap<string, number>): number[] {
  const total = [...held.values()].reduce((sum, amount) => sum + amount, 0);
  const claims = shares.reduce((sum, { weight }) => sum + 1 / weight, 0);
  return shares.map(({ name, weight }) => (held.get(name) ?? 0) / total / (1 / weight / claims));
}

const HOUR = 3_600_000;

describe('over hours, shares get what their weights promise, within 5 %,', () => {
  it.each<[string, readonly Share[]]>([
    [
      'with jobs of one kind',
      [
        { name: 'one', weight: 1, vcpus: 1, seconds: [30, 90] },
        { name: 'half', weight: 0.5, vcpus: 1, seconds: [30, 90] },
        { name: 'eighth', weight: 0.125, vcpus: 1, seconds: [30, 90] },
      ],
    ],
    [
      'with short jobs in one share and long ones in another',
      [
        { name: 'short', weight: 1, vcpus: 1, seconds: [5, 15] },
        { name: 'long', weight: 1, vcpus: 1, seconds: [200, 600] },
        { name: 'middle', weight: 0.5, vcpus: 1, seconds: [60, 60] },
      ],
    ],
    [
      'with wide jobs in one share and narrow ones in another',
      [
        { name: 'wide', weight: 1, vcpus: 4, seconds: [30, 90] },
        { name: 'narrow', weight: 1, vcpus: 1, seconds: [30, 90] },
      ],
    ],
  ])('%s', (_, shares) => {
    const held = simulate(shares, { vcpus: 44, untilMs: 6 * HOUR, countFromMs: HOUR });
    for (const part of fulfilment(shares, held)) {
      expect(part).toBeGreaterThan(0.95);
      expect(part).toBeLessThan(1.05);
    }
  });

  it('also when one of them comes late', () => {
    const shares: readonly Share[] = [
      { name: 'early', weight: 1, vcpus: 1, seconds: [30, 90] },
      { name: 'late', weight: 1, vcpus: 1, seconds: [30, 90], fromMs: HOUR },
    ];
    const held = simulate(shares, { vcpus: 16, untilMs: 5 * HOUR, countFromMs: 2 * HOUR });
    for (const part of fulfilment(shares, held)) expect(Math.abs(part - 1)).toBeLessThan(0.05);
  });
});

describe('a share that comes late', () => {
  it('finds its reserve free', () => {
    const shares: readonly Share[] = [
      { name: 'early', weight: 1, vcpus: 1, seconds: [1_000, 2_000] },
      { name: 'late', weight: 1, vcpus: 1, seconds: [1_000, 2_000], fromMs: HOUR },
    ];
    const early = simulate(shares, {
      vcpus: 16,
      untilMs: HOUR,
      countFromMs: 0,
      policy: { computeReservation: 25 },
    });
    // 4 of 16 vCPUs stay free while one share is active.
    expect((early.get('early') ?? 0) / HOUR).toBeCloseTo(12, 0);
  });
});
