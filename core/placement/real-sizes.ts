// What a real instance of a type has for jobs: its system keeps some of the memory that the type is sold with, and says how much
// only once it is there. What was seen once is known; before that there is what it may have, and what it will have at least.
import type { Fleet } from './fleet.ts';
import type { InstanceType } from './instances/instance-type.ts';

type SizeOf = (type: InstanceType) => InstanceType;

/**
 * At least so much was left to containers by Amazon Linux and the ECS agent, for types from 1 GiB to 3 TiB. Source: Amazon ECS
 * Developer Guide, "Reserving Amazon ECS Linux container instance memory", whose figures leave more.
 */
const LEFT_SHARE = 0.96;
const KEPT_MIB = 256;

/** What was seen, or all of it: what it does not suffice for can never run there. */
export function knownSize({ notes }: Pick<Fleet, 'notes'>): SizeOf {
  return (type) => withMemory(type, notes?.memoryMiB[type.name] ?? type.memoryMiB);
}

/** What was seen, or a careful guess: what it suffices for will find its room. */
export function expectedSize({ notes }: Pick<Fleet, 'notes'>): SizeOf {
  const guess = ({ memoryMiB }: InstanceType): number =>
    Math.max(0, Math.floor(memoryMiB * LEFT_SHARE) - KEPT_MIB);
  return (type) => withMemory(type, notes?.memoryMiB[type.name] ?? guess(type));
}

function withMemory(type: InstanceType, memoryMiB: number): InstanceType {
  return memoryMiB === type.memoryMiB ? type : { ...type, memoryMiB };
}
