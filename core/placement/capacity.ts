// Amounts of vCPUs, memory and GPUs, and what one place lacks for a demand. vCPUs are counted in thousandths inside sums,
// so that taking 0.1 ten times and giving it back leaves exactly nothing.
import type { ContainerDemand } from '../job/spec.ts';
import type { Shortage } from './shortage.ts';

export type Capacity = ContainerDemand;

export const NOTHING: Capacity = { vcpus: 0, memoryMiB: 0, gpus: 0 };

function thousandths(vcpus: number): number {
  return Math.round(vcpus * 1000);
}

export function plus(left: Capacity, right: Capacity): Capacity {
  return {
    vcpus: (thousandths(left.vcpus) + thousandths(right.vcpus)) / 1000,
    memoryMiB: left.memoryMiB + right.memoryMiB,
    gpus: left.gpus + right.gpus,
  };
}

export function minus(left: Capacity, right: Capacity): Capacity {
  return {
    vcpus: (thousandths(left.vcpus) - thousandths(right.vcpus)) / 1000,
    memoryMiB: left.memoryMiB - right.memoryMiB,
    gpus: left.gpus - right.gpus,
  };
}

/** What `available` lacks for `wanted`; empty when it fits. */
export function shortagesOf(place: string, wanted: Capacity, available: Capacity): Shortage[] {
  const lacks: Shortage[] = [];
  if (thousandths(wanted.vcpus) > thousandths(available.vcpus)) {
    lacks.push({ place, resource: 'VCPU', wanted: wanted.vcpus, available: Math.max(0, available.vcpus) });
  }
  if (wanted.memoryMiB > available.memoryMiB) {
    lacks.push({
      place,
      resource: 'MEMORY',
      wanted: wanted.memoryMiB,
      available: Math.max(0, available.memoryMiB),
    });
  }
  if (wanted.gpus > available.gpus) {
    lacks.push({ place, resource: 'GPU', wanted: wanted.gpus, available: Math.max(0, available.gpus) });
  }
  return lacks;
}

const UNITS = { VCPU: 'vCPUs', MEMORY: 'MiB of memory', GPU: 'GPUs' } as const;

/** `the host has 2 vCPUs free, 4 wanted`: one shortage in words. */
export function describeShortage(lack: Shortage, quality: 'free' | 'at most'): string {
  const place =
    lack.place === 'host' ? 'this machine' : `compute environment ${lack.place.split('/').at(-1)}`;
  if (lack.awaited !== undefined || lack.trouble || lack.ofInstances === 0) {
    return describeAwaited(place, lack);
  }
  if (lack.instanceType !== undefined || lack.ofInstances !== undefined) {
    return describeInstanceShortage(place, lack);
  }
  return quality === 'free'
    ? `${place} has ${lack.available} ${UNITS[lack.resource]} free of ${lack.wanted} wanted`
    : `${place} has at most ${lack.available} ${UNITS[lack.resource]}, ${lack.wanted} wanted`;
}

function describeInstanceShortage(place: string, lack: Shortage): string {
  const { resource, wanted, available, instanceType, toLaunch, ofInstances } = lack;
  const unit = UNITS[resource];
  if (toLaunch) {
    return `${place} may launch instances of ${available} more vCPUs, and one of type ${instanceType} has ${wanted}`;
  }
  if (ofInstances !== undefined) {
    const whole = ofInstances === 1 ? `the one instance` : `the roomiest of ${ofInstances} instances`;
    return `${whole} of ${place} has ${available} ${unit} free of ${wanted} wanted`;
  }
  return available === 0 && resource === 'VCPU'
    ? `${place} has no instance type ${instanceType}`
    : `no instance type of ${place} is large enough: ${instanceType} has ${available} ${unit}, ${wanted} wanted`;
}

/** Machines that are not there. */
function describeAwaited(place: string, { trouble, awaited, instanceType }: Shortage): string {
  if (trouble) return `${place} gets no instance of type ${instanceType}: ${trouble.message}`;
  if (awaited === undefined) return `no instance has joined ${place}`;
  const many = awaited === 1 ? 'one instance, which has' : `${awaited} instances, which have`;
  return `${place} has asked for ${many} not joined yet`;
}
