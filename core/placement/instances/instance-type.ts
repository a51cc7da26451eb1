// What is known of an EC2 instance type, and the two forms in which families of them are written down.
export type Architecture = 'x86_64' | 'arm64';

/** Whole-machine figures. `usdPerHour`: On-Demand, Linux, us-east-1. */
export interface InstanceType {
  readonly name: string;
  readonly family: string;
  readonly architecture: Architecture;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly gpus: number;
  readonly gpuModel?: string;
  readonly bareMetal: boolean;
  readonly usdPerHour: number;
}

/**
 * A family whose price and memory grow with its vCPUs: [family, architecture, GiB per vCPU, USD per vCPU-hour, sizes].
 * `sizes` is the name of a size set or a list of its own in the same form.
 */
export type LinearFamily = readonly [
  family: string,
  architecture: Architecture,
  gibPerVcpu: number,
  usdPerVcpuHour: number,
  sizes: string,
];

/** A family of irregular sizes: each size is [size, vCPUs, GiB, USD per hour, GPUs]. */
export interface ListedFamily {
  readonly family: string;
  readonly architecture: Architecture;
  readonly gpuModel?: string;
  readonly sizes: readonly (readonly [
    size: string,
    vcpus: number,
    memoryGiB: number,
    usdPerHour: number,
    gpus?: number,
  ])[];
}
