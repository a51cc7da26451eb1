// A fair-share scheduling policy: its shape, its rules, and what create and update make of it. Quota shares are not
// offered. Source: AWS Batch API Reference, FairsharePolicy and ShareAttributes.
import {
  absentProblems,
  countProblems,
  eachProblems,
  NO_PROBLEMS,
  problem,
  wholeNumberProblems,
} from '../definition/problem.ts';
import type { Problems } from '../definition/problem.ts';
import { resourceNameProblems } from '../definition/names.ts';
import { tagsProblems } from '../definition/validate-settings.ts';
import { arnOf } from '../ids.ts';
import type { Scope } from '../ids.ts';
import type { Tags } from '../tags.ts';

export interface ShareWeight {
  /** One share, or with a final `*` all shares that begin so. */
  readonly shareIdentifier: string;
  /** Lower means more resources; absent means 1. */
  readonly weightFactor?: number;
}

export interface FairsharePolicy {
  /** 0 and absent mean the shortest window, 600 s. */
  readonly shareDecaySeconds?: number;
  /** Percent kept for shares that are not active yet, to the power of those that are. */
  readonly computeReservation?: number;
  readonly shareDistribution?: readonly ShareWeight[];
}

export interface SchedulingPolicy {
  readonly arn: string;
  readonly name: string;
  /** As it was given; absent means all defaults. */
  readonly fairsharePolicy?: FairsharePolicy;
  readonly tags: Tags;
}

export interface PolicyInput {
  readonly fairsharePolicy?: FairsharePolicy;
  readonly quotaSharePolicy?: object;
}

export interface CreatePolicyInput extends PolicyInput {
  readonly name: string;
  readonly tags?: Tags;
}

const SHARE_DECAY_SECONDS_MAX = 604_800;
const COMPUTE_RESERVATION_MAX = 99;
const WEIGHT = { min: 0.0001, max: 999.9999 } as const;
const SHARES_MAX = 500;
const SHARE_IDENTIFIER = /^[A-Za-z0-9]{1,255}\*?$/;

export function createPolicyProblems(input: CreatePolicyInput): Problems {
  return [
    ...resourceNameProblems('name', input.name),
    ...tagsProblems('tags', input.tags),
    ...policyBodyProblems(input),
  ];
}

/** What create and update share. */
export function policyBodyProblems({ fairsharePolicy, quotaSharePolicy }: PolicyInput): Problems {
  const { shareDecaySeconds, computeReservation, shareDistribution = [] } = fairsharePolicy ?? {};
  const field = 'fairsharePolicy';
  return [
    ...absentProblems('', { quotaSharePolicy }, 'here: quota shares are not offered'),
    ...wholeNumberProblems(`${field}.shareDecaySeconds`, shareDecaySeconds, {
      min: 0,
      max: SHARE_DECAY_SECONDS_MAX,
    }),
    ...wholeNumberProblems(`${field}.computeReservation`, computeReservation, {
      min: 0,
      max: COMPUTE_RESERVATION_MAX,
    }),
    ...countProblems(`${field}.shareDistribution`, shareDistribution, { max: SHARES_MAX }),
    ...eachProblems(`${field}.shareDistribution`, shareDistribution, shareProblems),
    ...overlapProblems(
      `${field}.shareDistribution[].shareIdentifier`,
      shareDistribution.map((share) => share.shareIdentifier),
    ),
  ];
}

function shareProblems(path: string, { shareIdentifier, weightFactor = 1 }: ShareWeight): Problems {
  const hasWeight = weightFactor >= WEIGHT.min && weightFactor <= WEIGHT.max;
  return [
    ...(SHARE_IDENTIFIER.test(shareIdentifier)
      ? NO_PROBLEMS
      : problem(
          `${path}.shareIdentifier`,
          'must be 1 to 255 letters or digits, then perhaps a *',
          shareIdentifier,
        )),
    ...(hasWeight
      ? NO_PROBLEMS
      : problem(`${path}.weightFactor`, `must be from ${WEIGHT.min} to ${WEIGHT.max}`, weightFactor)),
  ];
}

/** No identifier may fall under two entries. Sorted, an entry that overlaps a prefix stands right behind it. */
function overlapProblems(field: string, identifiers: readonly string[]): Problems {
  const entries = identifiers
    .map((identifier) => ({ identifier, stem: identifier.replace(/\*$/, '') }))
    .toSorted(
      (left, right) => compareText(left.stem, right.stem) || compareText(right.identifier, left.identifier),
    );
  for (const [index, entry] of entries.entries()) {
    const before = entries[index - 1];
    if (before === undefined) continue;
    const covers = before.identifier.endsWith('*') && entry.stem.startsWith(before.stem);
    if (covers || before.identifier === entry.identifier) {
      return problem(field, `must not overlap ${before.identifier}`, entry.identifier);
    }
  }
  return NO_PROBLEMS;
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

export function newPolicy(
  scope: Scope,
  { name, fairsharePolicy, tags }: CreatePolicyInput,
): SchedulingPolicy {
  return {
    arn: arnOf(scope, 'scheduling-policy', name),
    name,
    ...(fairsharePolicy === undefined ? {} : { fairsharePolicy }),
    tags: tags ?? {},
  };
}

/** The given body replaces the stored one whole; without one nothing changes. */
export function updatedPolicy(policy: SchedulingPolicy, { fairsharePolicy }: PolicyInput): SchedulingPolicy {
  return fairsharePolicy === undefined ? policy : { ...policy, fairsharePolicy };
}
