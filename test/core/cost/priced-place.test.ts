import { describe, expect, it } from 'vitest';
import { pricedPlaceOf, withoutEnvironment } from '../../../core/cost/priced-place.ts';
import type { ComputeEnvironment } from '../../../core/placement/compute-environment.ts';
import { aSpec } from '../job/a-job.ts';
import {
  anEnvironment,
  anUnmanagedEnvironment,
  ec2With,
  fargateWith,
  MANAGED_INSTANCES,
} from '../placement/an-environment.ts';

const small = { vcpus: 1, memoryMiB: 512, gpus: 0 };
const on = (environment: ComputeEnvironment, more: object = {}) =>
  pricedPlaceOf({ environment, ...more }, aSpec(), small);
const typesOf = (found: ReturnType<typeof pricedPlaceOf>): readonly string[] =>
  found.place.kind === 'INSTANCES' ? found.place.types.map(({ name }) => name) : [found.place.kind];

describe('an attempt is priced', () => {
  it('on Fargate by what its job asks for', () => {
    const environment = anEnvironment({ computeResources: fargateWith({ type: 'FARGATE_SPOT' }) });
    const container = { runtimePlatform: { cpuArchitecture: 'ARM64' }, ephemeralStorage: { sizeInGiB: 50 } };
    expect(pricedPlaceOf({ environment }, aSpec({ container }), small)).toEqual({
      place: { kind: 'FARGATE_SPOT', architecture: 'arm64', ephemeralGiB: 50 },
    });
  });

  it('on the instance that it is known to have been on', () => {
    const found = on(anEnvironment(), { instanceType: 'm5.4xlarge', isAlone: true });
    expect(typesOf(found)).toEqual(['m5.4xlarge']);
    expect(found).toMatchObject({ place: { isAlone: true, isSpot: false } });
    expect(found).not.toHaveProperty('assuming');
  });

  it('on the cheapest type of its environment that fits when nobody noted which, and says so', () => {
    const environment = anEnvironment({
      computeResources: ec2With({ type: 'SPOT', instanceTypes: ['m5.4xlarge', 'm5.large', 'm5.xlarge'] }),
    });
    const found = pricedPlaceOf({ environment }, aSpec(), { vcpus: 3, memoryMiB: 512, gpus: 0 });
    expect(typesOf(found)).toEqual(['m5.xlarge']);
    expect(found).toMatchObject({ place: { isSpot: true }, assuming: expect.stringContaining('cheapest') });
  });

  it.each([
    ['of an owner’s own machines at nothing', on(anUnmanagedEnvironment()), ['OWN'], undefined],
    [
      'whose environment is gone as on Fargate',
      pricedPlaceOf({}, aSpec(), small),
      ['FARGATE'],
      'its environment is gone',
    ],
    [
      'whose environment names no types as on Fargate',
      on(anEnvironment({ computeResources: MANAGED_INSTANCES })),
      ['FARGATE'],
      'its environment names no instance type that fits',
    ],
  ])('%s', (_name, found, kinds, assuming) => {
    expect(typesOf(found)).toEqual(kinds);
    expect(found.assuming).toBe(assuming);
  });
});

describe('without an environment', () => {
  it.each([
    ['what Fargate has is on Fargate', { vcpus: 16, memoryMiB: 122_880, gpus: 0 }, 'FARGATE'],
    ['more than Fargate has is on an instance', { vcpus: 17, memoryMiB: 512, gpus: 0 }, 'INSTANCES'],
    ['a GPU is on an instance', { vcpus: 1, memoryMiB: 512, gpus: 1 }, 'INSTANCES'],
    ['more than anything has is as on Fargate', { vcpus: 10_000, memoryMiB: 512, gpus: 0 }, 'FARGATE'],
  ])('%s', (_name, demand, kind) => {
    const { place } = withoutEnvironment(aSpec(), demand);
    expect(place.kind).toBe(kind);
    if (place.kind !== 'INSTANCES') return;
    for (const type of place.types) {
      expect(type.vcpus).toBeGreaterThanOrEqual(demand.vcpus);
      expect(type.gpus).toBeGreaterThanOrEqual(demand.gpus);
    }
  });
});
