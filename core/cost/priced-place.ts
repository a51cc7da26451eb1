// Where an attempt ran, as its price needs it: from its environment, its instance's type and what it asked for. What is not
// known is assumed, and the answer says which assumption it rests on.
import type { ContainerDemand, JobSpec } from '../job/spec.ts';
import type { ComputeEnvironment } from '../placement/compute-environment.ts';
import { allowedInstanceTypes, environmentKind, isSpot } from '../placement/compute-environment.ts';
import { findInstanceType } from '../placement/instances/instance-types.ts';
import type { Architecture, InstanceType } from '../placement/instances/instance-type.ts';
import { FAMILIES } from '../placement/instances/table.ts';
import type { PricedPlace } from './attempt-cost.ts';

export interface KnownPlace {
  /** Absent: it has been deleted. */
  readonly environment?: ComputeEnvironment;
  /** Of the instance it was on; absent where nobody noted it. */
  readonly instanceType?: string;
  /** It has its instance to itself. */
  readonly isAlone?: boolean;
}

/** `assuming`: what was not known, as a sentence without its end. */
export interface FoundPlace {
  readonly place: PricedPlace;
  readonly assuming?: string;
}

type Runs = Pick<JobSpec, 'container' | 'task'>;

/** Source: Amazon ECS Developer Guide, "Task CPU and memory" for Fargate. */
const LARGEST_FARGATE_TASK = { vcpus: 16, memoryMiB: 122_880 };

/** Where AWS would run it: on a home that is one machine, what stands behind the environment does not count. */
export function pricedPlaceOf(known: KnownPlace, runs: Runs, demand: ContainerDemand): FoundPlace {
  const { environment, instanceType, isAlone = false } = known;
  if (environment?.type === 'UNMANAGED') return { place: { kind: 'OWN' } };
  const isSpotMarket = environment !== undefined && isSpot(environment);
  if (environment && environmentKind(environment) === 'FARGATE') {
    return { place: onFargate(runs, isSpotMarket) };
  }
  const onInstance = (type: InstanceType): PricedPlace => ({
    kind: 'INSTANCES',
    types: [type],
    isSpot: isSpotMarket,
    isAlone,
  });
  const noted = instanceType === undefined ? undefined : findInstanceType(instanceType);
  if (noted) return { place: onInstance(noted) };
  const allowed = environment ? cheapestThatHolds(allowedInstanceTypes(environment), demand) : undefined;
  if (allowed) {
    const assuming = 'the instance’s type was not kept: the cheapest of its environment that fits';
    return { place: onInstance(allowed), assuming };
  }
  const whyNot = environment ? 'its environment names no instance type that fits' : 'its environment is gone';
  return withoutEnvironment(runs, demand, whyNot);
}

/** What the same would cost without any environment to go by: on Fargate, or on what Fargate lacks. */
export function withoutEnvironment(runs: Runs, demand: ContainerDemand, assuming?: string): FoundPlace {
  const because = assuming === undefined ? {} : { assuming };
  const { vcpus, memoryMiB } = LARGEST_FARGATE_TASK;
  const fitsFargate = demand.gpus === 0 && demand.vcpus <= vcpus && demand.memoryMiB <= memoryMiB;
  const type = fitsFargate ? undefined : cheapestThatHolds([...FAMILIES.values()].flat(), demand);
  if (!type) return { place: onFargate(runs, false), ...because };
  return { place: { kind: 'INSTANCES', types: [type], isSpot: false, isAlone: false }, ...because };
}

function onFargate({ container, task }: Runs, isSpotMarket: boolean): PricedPlace {
  const { runtimePlatform, ephemeralStorage } = task ?? container;
  const architecture: Architecture = runtimePlatform?.cpuArchitecture === 'ARM64' ? 'arm64' : 'x86_64';
  return {
    kind: isSpotMarket ? 'FARGATE_SPOT' : 'FARGATE',
    architecture,
    ...(ephemeralStorage === undefined ? {} : { ephemeralGiB: ephemeralStorage.sizeInGiB }),
  };
}

function cheapestThatHolds(
  types: readonly InstanceType[],
  { vcpus, memoryMiB, gpus }: ContainerDemand,
): InstanceType | undefined {
  return types
    .filter((type) => type.vcpus >= vcpus && type.memoryMiB >= memoryMiB && type.gpus >= gpus)
    .reduce<InstanceType | undefined>(
      (best, type) => (best && best.usdPerHour <= type.usdPerHour ? best : type),
      undefined,
    );
}
