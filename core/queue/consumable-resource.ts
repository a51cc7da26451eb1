// Consumable resources: licences, tokens, anything that jobs take besides capacity. Invariant: what is in use is the sum of
// the live placements. Source: AWS Batch API Reference, CreateConsumableResource and UpdateConsumableResource; contract §4.8.
import { resourceNameProblems } from '../definition/names.ts';
import {
  NO_PROBLEMS,
  oneOfProblems,
  problem,
  requiredProblems,
  wholeNumberProblems,
} from '../definition/problem.ts';
import type { Problems } from '../definition/problem.ts';
import { tagsProblems } from '../definition/validate-settings.ts';
import { arnOf } from '../ids.ts';
import type { EpochMs, Scope } from '../ids.ts';
import type { ConsumableDemand } from '../job/spec.ts';
import type { ConsumableShortage, WaitingReason } from '../placement/waiting-reason.ts';
import type { Tags } from '../tags.ts';

export const CONSUMABLE_TYPES = ['REPLENISHABLE', 'NON_REPLENISHABLE'] as const;
export type ConsumableType = (typeof CONSUMABLE_TYPES)[number];

export interface ConsumableResource {
  readonly arn: string;
  readonly name: string;
  readonly resourceType: ConsumableType;
  /** All that was ever provided: what was used up for good is still in it, and is counted by the scheduler alone. */
  readonly providedQuantity: number;
  readonly createdAtMs: EpochMs;
  readonly tags: Tags;
}

/** What the scheduler counts. */
export interface ConsumableUse {
  readonly inUse: number;
  /** Used up by ended attempts, of a resource that does not come back. */
  readonly consumed: number;
}

export const NO_CONSUMABLE_USE: ConsumableUse = { inUse: 0, consumed: 0 };

/** AWS's quota per account and Region. */
export const CONSUMABLE_RESOURCES_MAX = 50_000;
/** How long a repeated update is recognised. */
export const UPDATE_TOKEN_MS = 8 * 3_600_000;

export interface ConsumableAmounts {
  readonly total: number;
  readonly inUse: number;
  readonly available: number;
}

/** A total that was lowered below what is in use shows nothing available until jobs have ended. */
export function amountsOf(
  { providedQuantity }: ConsumableResource,
  { inUse, consumed }: ConsumableUse,
): ConsumableAmounts {
  const total = Math.max(0, providedQuantity - consumed);
  return { total, inUse, available: Math.max(0, total - inUse) };
}

export interface CreateConsumableInput {
  readonly consumableResourceName: string;
  readonly totalQuantity?: number;
  readonly resourceType?: string;
  readonly tags?: Tags;
}

export function createConsumableProblems(input: CreateConsumableInput): Problems {
  return [
    ...resourceNameProblems('consumableResourceName', input.consumableResourceName),
    ...wholeNumberProblems('totalQuantity', input.totalQuantity, { min: 0 }),
    ...oneOfProblems('resourceType', input.resourceType, CONSUMABLE_TYPES),
    ...tagsProblems('tags', input.tags),
  ];
}

/** `use`: what is counted under this name already, of an earlier resource that was deleted. */
export function newConsumable(
  scope: Scope,
  input: CreateConsumableInput,
  use: ConsumableUse,
  atMs: EpochMs,
): ConsumableResource {
  return {
    arn: arnOf(scope, 'consumable-resource', input.consumableResourceName),
    name: input.consumableResourceName,
    resourceType: input.resourceType === 'NON_REPLENISHABLE' ? 'NON_REPLENISHABLE' : 'REPLENISHABLE',
    providedQuantity: (input.totalQuantity ?? 0) + use.consumed,
    createdAtMs: atMs,
    tags: input.tags ?? {},
  };
}

export interface UpdateConsumableInput {
  readonly operation?: string;
  readonly quantity?: number;
}

/** The resource with its new total, or what is wrong. An update without an operation sets. */
export function updateConsumable(
  resource: ConsumableResource,
  use: ConsumableUse,
  { operation = 'SET', quantity }: UpdateConsumableInput,
): { readonly resource: ConsumableResource } | { readonly problems: Problems } {
  const problems = [
    ...requiredProblems('quantity', quantity),
    ...wholeNumberProblems('quantity', quantity, { min: 0 }),
    ...oneOfProblems('operation', operation, ['SET', 'ADD', 'REMOVE']),
  ];
  if (problems.length > 0 || quantity === undefined) return { problems };
  const { total } = amountsOf(resource, use);
  const next = operation === 'SET' ? quantity : operation === 'ADD' ? total + quantity : total - quantity;
  const ofTotal = totalProblems(next, total, quantity);
  if (ofTotal.length > 0) return { problems: ofTotal };
  return { resource: { ...resource, providedQuantity: next + use.consumed } };
}

function totalProblems(next: number, total: number, quantity: number): Problems {
  if (next < 0) return problem('quantity', `must be at most the total quantity of ${total}`, quantity);
  if (Number.isSafeInteger(next)) return NO_PROBLEMS;
  return problem('quantity', 'must not lead to a total beyond 2^53', quantity);
}

/** What a plan may still hand out of one resource. */
export interface ConsumableStock {
  readonly available: number;
  /** The most there can be without anybody raising the total; 0 when the resource does not exist. */
  readonly atMost: number;
}

export const NO_STOCK: ConsumableStock = { available: 0, atMost: 0 };

export function stockOf(resource: ConsumableResource, use: ConsumableUse): ConsumableStock {
  const { total, available } = amountsOf(resource, use);
  // What is in use of a resource that does not come back is gone.
  return { available, atMost: resource.resourceType === 'REPLENISHABLE' ? total : available };
}

/** Why a job cannot take what it needs now; `undefined` when all of it is there. */
export function consumableShortage(
  wanted: readonly ConsumableDemand[],
  stockFor: (arn: string) => ConsumableStock,
): Extract<WaitingReason, { code: 'CONSUMABLE' }> | undefined {
  const lacks = wanted.flatMap(({ arn, quantity }): ConsumableShortage[] => {
    const { available, atMost } = stockFor(arn);
    return quantity <= available ? [] : [{ consumableResource: arn, wanted: quantity, available, atMost }];
  });
  if (lacks.length === 0) return undefined;
  const untilRaised = lacks.some((lack) => lack.wanted > lack.atMost);
  const message = `waits for ${lacks.map(describeLack).join('; ')}`;
  return { code: 'CONSUMABLE', message, lacks, untilRaised };
}

function describeLack({ consumableResource, wanted, available, atMost }: ConsumableShortage): string {
  const name = `consumable resource ${consumableResource.split('/').at(-1)}`;
  return wanted > atMost
    ? `${name}, of which there are ${atMost} at most and ${wanted} are wanted: its total must be raised first`
    : `${name}, of which ${available} are available and ${wanted} are wanted`;
}
