import { describe, expect, it } from 'vitest';
import { isFargateSize } from '../../../core/definition/fargate-sizes.ts';

/** vCPUs, memory from and to (all steps between), step. From the table of the AWS Batch documentation. */
const SIZES = [
  [0.25, 512, 512, 512],
  [0.25, 1024, 2048, 1024],
  [0.5, 1024, 4096, 1024],
  [1, 2048, 8192, 1024],
  [2, 4096, 16_384, 1024],
  [4, 8192, 30_720, 1024],
  [8, 16_384, 61_440, 4096],
  [16, 32_768, 122_880, 8192],
  [32, 61_440, 122_880, 61_440],
  [32, 249_856, 249_856, 1],
] as const;

describe('Fargate sizes', () => {
  it.each(SIZES)('%s vCPU take %i to %i MiB in steps of %i', (vcpus, from, to, step) => {
    for (let memory = from as number; memory <= to; memory += step) {
      expect(isFargateSize(vcpus, memory), `${memory}`).toBe(true);
    }
  });

  it.each([
    [0.25, 3072],
    [0.25, 768],
    [0.5, 512],
    [0.5, 5120],
    [1, 1024],
    [1, 9216],
    [2, 17_408],
    [4, 7168],
    [4, 31_744],
    [8, 17_408],
    [16, 36_864],
    [32, 65_536],
    [3, 8192],
    [64, 249_856],
  ])('%s vCPU do not take %i MiB', (vcpus, memory) => {
    expect(isFargateSize(vcpus, memory)).toBe(false);
  });
});
