// What an attempt cost, or costs so far: a pure function of what it held, where and for how long. On instances that it shares
// with others it pays for the part of the machine that nobody else could use: the largest of its shares.
import type { Capacity } from '../placement/capacity.ts';
import type { Architecture, InstanceType } from '../placement/instances/instance-type.ts';
import {
  FARGATE_PRICES,
  FARGATE_SPOT_DISCOUNT,
  FREE_EPHEMERAL_GIB,
  LEAST_BILLED_SECONDS,
  USD_PER_EPHEMERAL_GIB_HOUR,
} from './fargate-prices.ts';

interface FargatePlace {
  readonly kind: 'FARGATE' | 'FARGATE_SPOT';
  readonly architecture: Architecture;
  readonly ephemeralGiB?: number;
}

/** Where an attempt ran, as far as it matters to its price. */
export type PricedPlace =
  | FargatePlace
  | {
      readonly kind: 'INSTANCES';
      /** One for each node; one for any other job. */
      readonly types: readonly InstanceType[];
      readonly isSpot: boolean;
      /** Each task has its instance to itself. */
      readonly isAlone: boolean;
    }
  /** A machine that its owner pays for anyway. */
  | { readonly kind: 'OWN' };

export interface Price {
  readonly usd: number;
  /** How the figure came about, as a sentence without its end. */
  readonly basis: string;
}

const SECONDS_PER_HOUR = 3_600;
const MIB_PER_GIB = 1_024;

/** `demand`: of the whole task; with several instances, of each node. `seconds`: from its start to its end. */
export function attemptCost(place: PricedPlace, demand: Capacity, seconds: number): Price {
  switch (place.kind) {
    case 'OWN':
      return { usd: 0, basis: 'on a machine of yours, which costs the same without it' };
    case 'FARGATE':
    case 'FARGATE_SPOT':
      return fargateCost(place, demand, seconds);
    case 'INSTANCES':
      return instancesCost(place, demand, seconds);
  }
}

function fargateCost(
  { kind, architecture, ephemeralGiB = FREE_EPHEMERAL_GIB }: FargatePlace,
  demand: Capacity,
  seconds: number,
): Price {
  const { usdPerVcpuHour, usdPerGiBHour } = FARGATE_PRICES[architecture];
  const hours = Math.max(LEAST_BILLED_SECONDS, Math.ceil(seconds)) / SECONDS_PER_HOUR;
  const usdPerHour = demand.vcpus * usdPerVcpuHour + (demand.memoryMiB / MIB_PER_GIB) * usdPerGiBHour;
  const disk = Math.max(0, ephemeralGiB - FREE_EPHEMERAL_GIB) * USD_PER_EPHEMERAL_GIB_HOUR;
  const isSpot = kind === 'FARGATE_SPOT';
  const usd = (usdPerHour * (isSpot ? 1 - FARGATE_SPOT_DISCOUNT : 1) + disk) * hours;
  return {
    usd,
    basis: isSpot
      ? 'the list price of Fargate less the usual discount of Fargate Spot'
      : 'the list price of Fargate, a minute at least',
  };
}

function instancesCost(
  { types, isSpot, isAlone }: PricedPlace & { readonly kind: 'INSTANCES' },
  demand: Capacity,
  seconds: number,
): Price {
  const usdPerHour = types.reduce(
    (sum, type) => sum + type.usdPerHour * (isAlone ? 1 : largestShare(type, demand)),
    0,
  );
  const names = [...new Set(types.map(({ name }) => name))].join(', ');
  const part = isAlone ? `the whole of ${names}` : `its part of ${names}`;
  const basis = isSpot ? `${part} at the On-Demand price: Spot costs less` : `${part} at the On-Demand price`;
  return { usd: (usdPerHour * seconds) / SECONDS_PER_HOUR, basis };
}

function largestShare(type: InstanceType, demand: Capacity): number {
  const gpus = type.gpus === 0 ? 0 : demand.gpus / type.gpus;
  return Math.min(1, Math.max(demand.vcpus / type.vcpus, demand.memoryMiB / type.memoryMiB, gpus));
}
