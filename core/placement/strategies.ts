// Which instance types to launch for waiting jobs, first choice first, by AWS Batch's allocation strategies.
// Pure and in one order only: the same types, demands and prices always give the same answer, in whatever order the demands
// come. Source of the rules: AWS Batch User Guide, "Allocation strategies"; where it is vague, the comment says what we do.
import type { ContainerDemand } from '../job/spec.ts';
import type { AllocationStrategy } from './compute-environment.ts';
import { groupInstanceTypes } from './instances/instance-types.ts';
import type { InstanceType } from './instances/instance-type.ts';

/** What the Spot market says now. A type that is missing has its On-Demand price and the worst known capacity. */
export interface SpotMarket {
  readonly usdPerHour?: ReadonlyMap<string, number>;
  /** EC2's Spot placement score: 1 (scarce) to 10 (ample). */
  readonly capacityScore?: ReadonlyMap<string, number>;
}

export interface InstanceRequest {
  readonly strategy: AllocationStrategy;
  /** Types, families and bundles as the environment's owner gave them. */
  readonly instanceTypes: readonly string[];
  readonly demands: readonly ContainerDemand[];
  /** Highest Spot price in percent of the On-Demand price. */
  readonly bidPercentage?: number;
  readonly market?: SpotMarket;
  /** What an instance of a type has for jobs; by default all that the type has. */
  readonly sizeOf?: (type: InstanceType) => InstanceType;
}

export interface InstanceChoice {
  /** Empty when no allowed type can hold any of the demands. BEST_FIT: at most one. */
  readonly types: readonly InstanceType[];
  /** Demands that no allowed type can hold, in the order they were given. */
  readonly unplaceable: readonly ContainerDemand[];
}

const LOWEST_SCORE = 1;
/** Pools whose scores differ by no more than this count as similarly available. */
const SIMILAR_SCORES = 2;

export function chooseInstances(request: InstanceRequest): InstanceChoice {
  const { sizeOf } = request;
  const groups = groupInstanceTypes(request.instanceTypes)
    .map((group) => affordable(request, group))
    .map((group) => (sizeOf ? group.map(sizeOf) : group));
  const types = groups.flat();
  const isPlaceable = (demand: ContainerDemand): boolean => types.some((type) => holds(type, demand));
  const placeable = request.demands.filter(isPlaceable);
  const unplaceable = request.demands.filter((demand) => !isPlaceable(demand));
  if (placeable.length === 0) return { types: [], unplaceable };
  const suits = suitability(types, placeable);
  const suitable = groups.map((group) => group.filter((type) => suits.has(type.name)));
  // Types that hold more of the demands come first whatever the strategy says: a cheap type that is too small for the
  // largest job would leave it waiting for ever.
  const ordered = orderByStrategy(request, suitable, placeable).toSorted(
    (left, right) => (suits.get(right.name) ?? 0) - (suits.get(left.name) ?? 0),
  );
  return { types: request.strategy === 'BEST_FIT' ? ordered.slice(0, 1) : ordered, unplaceable };
}

/** How many of these demands one instance holds when it is given nothing else; 0 when none fits. */
export function perInstance(type: ContainerDemand, demand: ContainerDemand): number {
  const fits = [
    demand.vcpus > 0 ? type.vcpus / demand.vcpus : Infinity,
    demand.memoryMiB > 0 ? type.memoryMiB / demand.memoryMiB : Infinity,
    demand.gpus > 0 ? type.gpus / demand.gpus : Infinity,
  ];
  // 0.3 / 0.1 is a hair below 3.
  return Math.floor(Math.min(...fits) + 1e-9);
}

/**
 * Instances of this type that the demands need, when each demand takes its share of an instance. Exact for demands of one
 * size; an estimate for mixed ones, in time linear in their number.
 */
export function instancesNeeded(type: InstanceType, demands: readonly ContainerDemand[]): number {
  const shares = demands.map((demand) => 1 / perInstance(type, demand));
  // Sorted, so that the sum does not depend on the order in which the demands came; rounded, so that 3 thirds make one.
  const sum = shares.toSorted((left, right) => left - right).reduce((total, share) => total + share, 0);
  return Math.ceil(Math.round(sum * 1e6) / 1e6);
}

function holds(type: InstanceType, demand: ContainerDemand): boolean {
  return perInstance(type, demand) >= 1;
}

/** How many of the demands each type can hold; types that hold none are left out. */
function suitability(
  types: readonly InstanceType[],
  demands: readonly ContainerDemand[],
): ReadonlyMap<string, number> {
  const counted = types.map(
    (type) => [type.name, demands.filter((demand) => holds(type, demand)).length] as const,
  );
  return new Map(counted.filter(([, count]) => count > 0));
}

/** Types whose Spot price is above the owner's ceiling are not launched. */
function affordable(request: InstanceRequest, types: readonly InstanceType[]): readonly InstanceType[] {
  const { bidPercentage, market } = request;
  if (bidPercentage === undefined || market?.usdPerHour === undefined) return types;
  return types.filter((type) => priceOf(request, type) <= (type.usdPerHour * bidPercentage) / 100);
}

function priceOf({ market }: InstanceRequest, type: InstanceType): number {
  return market?.usdPerHour?.get(type.name) ?? type.usdPerHour;
}

function scoreOf({ market }: InstanceRequest, type: InstanceType): number {
  return market?.capacityScore?.get(type.name) ?? LOWEST_SCORE;
}

function orderByStrategy(
  request: InstanceRequest,
  groups: readonly (readonly InstanceType[])[],
  demands: readonly ContainerDemand[],
): readonly InstanceType[] {
  const types = groups.flat();
  const byPrice = byPricePerVcpu(request, demands);
  switch (request.strategy) {
    case 'BEST_FIT':
      return types.toSorted(byCostOfAll(request, demands));
    case 'BEST_FIT_PROGRESSIVE':
      return types.toSorted(byPrice);
    case 'BEST_FIT_PROGRESSIVE_ORDERED':
      return groups.flatMap((group) => group.toSorted(byPrice));
    case 'SPOT_CAPACITY_OPTIMIZED':
      return types.toSorted(
        (left, right) => scoreOf(request, right) - scoreOf(request, left) || byPrice(left, right),
      );
    case 'SPOT_PRICE_CAPACITY_OPTIMIZED':
      return bySimilarScore(request, types.toSorted(byPrice));
    case 'SPOT_CAPACITY_OPTIMIZED_PRIORITIZED':
      return bySimilarScore(
        request,
        groups.flatMap((group) => group.toSorted(byPrice)),
      );
  }
}

/** Best capacity first, but among pools that are similarly available the order they come in stands. */
function bySimilarScore(request: InstanceRequest, ranked: readonly InstanceType[]): readonly InstanceType[] {
  const left = [...ranked];
  const ordered: InstanceType[] = [];
  while (left.length > 0) {
    const best = Math.max(...left.map((type) => scoreOf(request, type)));
    const next = left.findIndex((type) => scoreOf(request, type) >= best - SIMILAR_SCORES);
    ordered.push(...left.splice(next, 1));
  }
  return ordered;
}

type Comparison = (left: InstanceType, right: InstanceType) => number;

/** The lowest price for running everything at once; among equals fewer vCPUs bought, then the smaller instance. */
function byCostOfAll(request: InstanceRequest, demands: readonly ContainerDemand[]): Comparison {
  const costs = new Map<string, number>();
  const costOf = (type: InstanceType): number => {
    const known = costs.get(type.name);
    if (known !== undefined) return known;
    const held = demands.filter((demand) => holds(type, demand));
    const cost = instancesNeeded(type, held) * priceOf(request, type);
    costs.set(type.name, cost);
    return cost;
  };
  return (left, right) => comparePrices(costOf(left), costOf(right)) || bySize(left, right);
}

/**
 * Cheaper vCPUs first. Whole families cost the same per vCPU, so what their sizes would cost for these demands decides
 * next: the size that fits best. Bare metal is last among equals, as it takes longest to start.
 */
function byPricePerVcpu(request: InstanceRequest, demands: readonly ContainerDemand[]): Comparison {
  const byCost = byCostOfAll(request, demands);
  return (left, right) =>
    comparePrices(priceOf(request, left) / left.vcpus, priceOf(request, right) / right.vcpus) ||
    byCost(left, right);
}

/** Prices that differ only by how they were rounded are equal. */
function comparePrices(left: number, right: number): number {
  return Math.round(left * 1e4) - Math.round(right * 1e4);
}

function bySize(left: InstanceType, right: InstanceType): number {
  return (
    Number(left.bareMetal) - Number(right.bareMetal) ||
    left.vcpus - right.vcpus ||
    left.memoryMiB - right.memoryMiB ||
    compareNames(left.name, right.name)
  );
}

function compareNames(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
