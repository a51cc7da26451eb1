// EC2 instance types: vCPUs, memory, GPUs and On-Demand price. Source: public AWS figures for Linux in us-east-1, as of
// November 2025 (after the GPU price cut of June 2025). Prices only rank types and estimate cost; nothing is billed by them.
// Families that are not here are left out on purpose: a missing figure is better than a wrong one.
import { ACCELERATED } from './accelerated.ts';
import { GENERAL, SIZE_SETS } from './general.ts';
import type { Architecture, InstanceType, LinearFamily, ListedFamily } from './instance-type.ts';

/** Whole types by family, smallest first, bare metal last among equals. */
export const FAMILIES: ReadonlyMap<string, readonly InstanceType[]> = new Map(
  [...GENERAL.linear.map(expandLinear), ...[...GENERAL.listed, ...ACCELERATED].map(expandListed)].map(
    (types) => [types[0]?.family ?? '', types],
  ),
);

function expandLinear([
  family,
  architecture,
  gibPerVcpu,
  usdPerVcpuHour,
  sizes,
]: LinearFamily): InstanceType[] {
  const list = SIZE_SETS[sizes] ?? sizes;
  return list.split(' ').map((entry) => {
    const [size = '', metalVcpus] = entry.split(':');
    const vcpus = metalVcpus === undefined ? vcpusOfSize(size) : Number(metalVcpus);
    return instance(family, architecture, [size, vcpus, vcpus * gibPerVcpu, vcpus * usdPerVcpuHour]);
  });
}

function expandListed(listed: ListedFamily): InstanceType[] {
  return listed.sizes.map((size) => instance(listed.family, listed.architecture, size, listed.gpuModel));
}

function instance(
  family: string,
  architecture: Architecture,
  [size, vcpus, memoryGiB, usdPerHour, gpus = 0]: ListedFamily['sizes'][number],
  gpuModel?: string,
): InstanceType {
  return {
    name: `${family}.${size}`,
    family,
    architecture,
    vcpus,
    memoryMiB: Math.round(memoryGiB * 1024),
    gpus,
    ...(gpus > 0 && gpuModel !== undefined ? { gpuModel } : {}),
    bareMetal: size.startsWith('metal'),
    usdPerHour: Math.round(usdPerHour * 1e5) / 1e5,
  };
}

/** medium has 1 vCPU, large 2, Nxlarge 4N: EC2's rule for the families of the linear form. */
function vcpusOfSize(size: string): number {
  if (size === 'medium') return 1;
  if (size === 'large') return 2;
  return 4 * Number(size.replace('xlarge', '') || '1');
}
