import { describe, expect, it } from 'vitest';
import {
  allowedInstanceTypes,
  architectureOf,
  environmentKind,
  isSpot,
  maxVcpusOf,
  takesPlacements,
} from '../../../core/placement/compute-environment.ts';
import { anEnvironment, anUnmanagedEnvironment, ec2With, FARGATE, fargateWith } from './an-environment.ts';

const ec2 = anEnvironment();
const spot = anEnvironment({ computeResources: ec2With({ type: 'SPOT', instanceTypes: ['m6g'] }) });
const fargate = anEnvironment({ computeResources: FARGATE });
const fargateSpot = anEnvironment({ computeResources: fargateWith({ type: 'FARGATE_SPOT' }) });
const unmanaged = anUnmanagedEnvironment({ unmanagedvCpus: 64 });

describe('a compute environment', () => {
  it.each([
    ['ENABLED', 'VALID', true],
    ['DISABLED', 'VALID', false],
    ['ENABLED', 'INVALID', false],
    ['ENABLED', 'CREATING', false],
    ['ENABLED', 'UPDATING', false],
    ['ENABLED', 'DELETING', false],
  ] as const)('that is %s and %s takes placements: %s', (state, status, expected) => {
    expect(takesPlacements(anEnvironment({}, { state, status }))).toBe(expected);
  });
  it.each([
    ['EC2', ec2, 'EC2', false, 16, 'x86_64'],
    ['SPOT', spot, 'EC2', true, 16, 'arm64'],
    ['FARGATE', fargate, 'FARGATE', false, 16, undefined],
    ['FARGATE_SPOT', fargateSpot, 'FARGATE', true, 16, undefined],
    ['UNMANAGED', unmanaged, 'EC2', false, undefined, undefined],
  ] as const)(
    'of type %s has its kind, market, limit and architecture',
    (_type, environment, kind, market, max, architecture) => {
      expect(environmentKind(environment)).toBe(kind);
      expect(isSpot(environment)).toBe(market);
      expect(maxVcpusOf(environment)).toBe(max);
      expect(architectureOf(environment)).toBe(architecture);
    },
  );
  it('may launch the types its owner listed, and none where there are no instances to launch', () => {
    expect(allowedInstanceTypes(ec2).map((type) => type.family)).toContain('m5');
    expect(allowedInstanceTypes(fargate)).toEqual([]);
    expect(allowedInstanceTypes(unmanaged)).toEqual([]);
  });
  it('of types that the table does not know has no architecture', () => {
    expect(
      architectureOf(anEnvironment({ computeResources: ec2With({ instanceTypes: ['q9z'] }) })),
    ).toBeUndefined();
  });
});
