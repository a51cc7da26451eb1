import { describe, expect, it } from 'vitest';
import { FAMILIES } from '../../../../core/placement/instances/table.ts';

const types = [...FAMILIES.values()].flat();

describe('the table of instance types', () => {
  it('has every family once, under its own name and of one architecture', () => {
    for (const [family, members] of FAMILIES) {
      expect(members.length, family).toBeGreaterThan(0);
      expect(new Set(members.map((type) => type.name)).size, family).toBe(members.length);
      expect(new Set(members.map((type) => type.architecture)).size, family).toBe(1);
      expect(
        members.every((type) => type.name.startsWith(`${family}.`)),
        family,
      ).toBe(true);
    }
  });
  it('has plausible figures for every type', () => {
    for (const type of types) {
      const usdPerVcpu = type.usdPerHour / type.vcpus;
      const mibPerVcpu = type.memoryMiB / type.vcpus;
      expect(usdPerVcpu, type.name).toBeGreaterThan(0.002);
      expect(usdPerVcpu, type.name).toBeLessThan(0.5);
      expect(mibPerVcpu, type.name).toBeGreaterThanOrEqual(256);
      expect(mibPerVcpu, type.name).toBeLessThanOrEqual(32 * 1024);
      expect(Number.isInteger(type.vcpus) && Number.isInteger(type.memoryMiB), type.name).toBe(true);
      expect(type.gpus > 0, type.name).toBe(type.gpuModel !== undefined);
    }
  });
  it('lists the sizes of a family from small to large', () => {
    for (const [family, members] of FAMILIES) {
      const sizes = members.filter((type) => !type.bareMetal).map((type) => type.memoryMiB);
      expect(sizes, family).toEqual(sizes.toSorted((left, right) => left - right));
    }
  });
  // Public figures, written out by hand once more, so that a slip in the compact form shows.
  it.each([
    ['m5.large', 2, 8, 0, 0.096],
    ['m5.24xlarge', 96, 384, 0, 4.608],
    ['m5.metal', 96, 384, 0, 4.608],
    ['c5.9xlarge', 36, 72, 0, 1.53],
    ['c5.18xlarge', 72, 144, 0, 3.06],
    ['c6g.medium', 1, 2, 0, 0.034],
    ['c7i.metal-24xl', 96, 192, 0, 4.284],
    ['r5.4xlarge', 16, 128, 0, 1.008],
    ['m6a.48xlarge', 192, 768, 0, 8.2944],
    ['r6i.32xlarge', 128, 1024, 0, 8.064],
    ['x1.32xlarge', 128, 1952, 0, 13.338],
    ['i3.metal', 72, 512, 0, 4.992],
    ['p2.16xlarge', 64, 732, 16, 14.4],
    ['g4dn.12xlarge', 48, 192, 4, 3.912],
    ['g5.48xlarge', 192, 768, 8, 16.288],
    ['p4d.24xlarge', 96, 1152, 8, 21.95764],
    ['p5.48xlarge', 192, 2048, 8, 55.04],
    ['trn1.32xlarge', 128, 512, 0, 21.5],
  ])('gives %s %i vCPUs, %d GiB, %i GPUs, $%d an hour', (name, vcpus, memoryGiB, gpus, usdPerHour) => {
    expect(types.find((type) => type.name === name)).toMatchObject({
      vcpus,
      memoryMiB: memoryGiB * 1024,
      gpus,
      usdPerHour,
    });
  });
});
