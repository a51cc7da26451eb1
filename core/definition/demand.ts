// How much capacity a container asks for. resourceRequirements win over the deprecated members, type by type; a
// value counts only in the exact spelling that registration accepts, so nothing here has to be guessed.
import type { ContainerDemand, ResourceRequirement } from '../job/spec.ts';
import { MEMORY_MIB_MIN } from './limits.ts';
import {
  NO_PROBLEMS,
  eachProblems,
  oneOfProblems,
  problem,
  uniqueProblems,
  wholeNumberProblems,
  type Problem,
  type Problems,
} from './problem.ts';
import { isFargateSize } from './fargate-sizes.ts';
import type { Platform } from './wire.ts';

export interface Resources {
  readonly resourceRequirements?: readonly ResourceRequirement[];
  readonly vcpus?: number;
  readonly memory?: number;
}

/** What a container asks for; vCPUs and memory are absent where it says nothing about them. */
export interface StatedDemand {
  readonly vcpus: number | undefined;
  readonly memoryMiB: number | undefined;
  readonly gpus: number;
}

const RESOURCE_TYPES = ['VCPU', 'MEMORY', 'GPU'];
const WHOLE = /^\d{1,9}$/;
const DECIMAL = /^\d{1,9}(?:\.\d{1,4})?$/;

export function statedDemand({ resourceRequirements, vcpus, memory }: Resources): StatedDemand {
  const amount = (type: string): number | undefined => {
    const requirement = resourceRequirements?.find((candidate) => candidate.type === type);
    return requirement && Number(requirement.value);
  };
  return {
    vcpus: amount('VCPU') ?? vcpus,
    memoryMiB: amount('MEMORY') ?? memory,
    gpus: amount('GPU') ?? 0,
  };
}

/** What containers ask for together; silent about what none of them states. */
export function totalDemand(demands: readonly StatedDemand[]): StatedDemand {
  return {
    vcpus: total(demands.map(({ vcpus }) => vcpus)),
    memoryMiB: total(demands.map(({ memoryMiB }) => memoryMiB)),
    gpus: total(demands.map(({ gpus }) => gpus)) ?? 0,
  };
}

function total(amounts: readonly (number | undefined)[]): number | undefined {
  const stated = amounts.filter((amount) => amount !== undefined);
  if (stated.length === 0) return undefined;
  // Four decimals are all that a requirement may have; sums of binary fractions have more.
  return Math.round(stated.reduce((sum, amount) => sum + amount, 0) * 1e4) / 1e4;
}

/** The rules for one requirement list, on its own: a definition's or an override's. */
export function resourceRequirementsProblems(
  field: string,
  requirements: readonly ResourceRequirement[] | undefined,
  platform: Platform,
): Problems {
  return [
    ...eachProblems(field, requirements, (path, requirement) =>
      requirementProblems(path, requirement, platform),
    ),
    ...uniqueProblems(
      `${field}.type`,
      (requirements ?? []).map(({ type }) => type),
    ),
  ];
}

function requirementProblems(
  field: string,
  { type, value }: ResourceRequirement,
  platform: Platform,
): Problems {
  const unknownType = oneOfProblems(`${field}.type`, type, RESOURCE_TYPES);
  if (unknownType.length > 0) return unknownType;
  if (type === 'GPU' && platform === 'FARGATE')
    return problem(field, 'must not ask for GPUs on Fargate', value);
  // Fractions of a vCPU exist on Fargate only; elsewhere AWS refuses even `1.0`, and so do we.
  const isFractional = type === 'VCPU' && platform === 'FARGATE';
  if (!(isFractional ? DECIMAL : WHOLE).test(value)) {
    const message = `Value ${value} for type ${type} in resourceRequirement is not valid. Please provide a numeric value.`;
    return problem(
      `${field}.value`,
      `must be a ${isFractional ? '' : 'whole '}number as text`,
      value,
      message,
    );
  }
  const least = type === 'MEMORY' ? MEMORY_MIB_MIN : type === 'GPU' || isFractional ? 0 : 1;
  return Number(value) >= least ? NO_PROBLEMS : problem(`${field}.value`, `must be at least ${least}`, value);
}

/** The rules for everything a container says about resources, including that it says enough. */
export function resourcesProblems(field: string, resources: Resources, platform: Platform): Problems {
  const given = [
    ...deprecatedProblems(field, resources, platform),
    ...resourceRequirementsProblems(
      `${field}.resourceRequirements`,
      resources.resourceRequirements,
      platform,
    ),
  ];
  return given.length > 0 ? given : sufficiencyProblems(field, statedDemand(resources), platform);
}

/** The rules for the deprecated members, of a definition or of an override. */
export function deprecatedProblems(
  field: string,
  { vcpus, memory }: Pick<Resources, 'vcpus' | 'memory'>,
  platform: Platform,
): Problems {
  if (platform !== 'FARGATE') {
    return [
      ...wholeNumberProblems(`${field}.vcpus`, vcpus, { min: 1 }),
      ...wholeNumberProblems(`${field}.memory`, memory, { min: MEMORY_MIB_MIN }),
    ];
  }
  return Object.entries({ vcpus, memory }).flatMap(([member, value]) => {
    if (value === undefined) return NO_PROBLEMS;
    const message = `${member} is not applicable for Fargate. Use resource requirements instead.`;
    return problem(`${field}.${member}`, 'is not applicable for Fargate', value, message);
  });
}

/** A demand that can be placed, or what is missing: both amounts, and on Fargate a pair that Fargate sells. */
export function settleDemand(
  field: string,
  { vcpus, memoryMiB, gpus }: StatedDemand,
  platform: Platform,
): { readonly demand: ContainerDemand } | { readonly problems: readonly [Problem] } {
  const path = `${field}.resourceRequirements`;
  if (vcpus === undefined) {
    return { problems: problem(path, 'must state VCPU', undefined, 'vCPU is not provided.') };
  }
  if (memoryMiB === undefined) {
    return { problems: problem(path, 'must state MEMORY', undefined, 'Memory is not provided.') };
  }
  if (platform !== 'FARGATE' || isFargateSize(vcpus, memoryMiB))
    return { demand: { vcpus, memoryMiB, gpus } };
  const rule = 'must be a vCPU and memory pair that Fargate offers';
  const message = `Fargate resource requirements (${vcpus.toFixed(2)} vCPU, ${memoryMiB} MiB) not valid.`;
  return { problems: problem(path, rule, { vcpus, memoryMiB }, message) };
}

export function sufficiencyProblems(field: string, demand: StatedDemand, platform: Platform): Problems {
  const settled = settleDemand(field, demand, platform);
  return 'problems' in settled ? settled.problems : NO_PROBLEMS;
}
