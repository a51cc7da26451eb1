import { describe, expect, it } from 'vitest';
import type { ComputeEnvironment } from '../../../core/placement/compute-environment.ts';
import { fleetRulesOf, SCALE_DOWN_DELAY_MS } from '../../../core/placement/fleet-rules.ts';
import { machineInstanceId } from '../../../core/placement/fleet.ts';
import {
  anEnvironment,
  anUnmanagedEnvironment,
  ec2With,
  EKS,
  FARGATE,
  MANAGED_INSTANCES,
} from './an-environment.ts';

const ofTypes = (...instanceTypes: readonly string[]) =>
  anEnvironment({ computeResources: ec2With({ instanceTypes }) });

function managedInstances(
  scaleInAfter?: number,
  allowedInstanceTypes?: readonly string[],
): ComputeEnvironment {
  const provider = MANAGED_INSTANCES.managedInstancesProvider ?? {};
  return anEnvironment({
    computeResources: {
      ...MANAGED_INSTANCES,
      managedInstancesProvider: {
        ...provider,
        ...(scaleInAfter === undefined ? {} : { infrastructureOptimization: { scaleInAfter } }),
        instanceLaunchTemplate: {
          ...provider.instanceLaunchTemplate,
          ...(allowedInstanceTypes ? { instanceRequirements: { allowedInstanceTypes } } : {}),
        },
      },
    },
  });
}

describe('instances are simulated', () => {
  it.each([
    ['a type', ofTypes('m5.large'), true],
    ['a family', ofTypes('c5'), true],
    ['a type beside a bundle', ofTypes('optimal', 'm5.large'), true],
    ['optimal', ofTypes('optimal'), false],
    ['bundles', ofTypes('default_x86_64', 'optimal'), false],
    ['a type that the table does not know', ofTypes('q9z.large'), false],
    ['Fargate', anEnvironment({ computeResources: FARGATE }), false],
    ['EKS', anEnvironment({ eksConfiguration: EKS }), false],
    ['machines of its owner', anUnmanagedEnvironment(), false],
    ['managed instances of some types', managedInstances(undefined, ['m5']), true],
    ['managed instances of any type', managedInstances(), false],
  ])('of an environment with %s: %#', (_what, environment, expected) => {
    expect(fleetRulesOf(environment) !== undefined).toBe(expected);
  });
  it.each([
    [undefined, SCALE_DOWN_DELAY_MS],
    [0, 0],
    [300, 300_000],
    [-1, Number.POSITIVE_INFINITY],
  ])('and on ECS Managed Instances stay empty as scaleInAfter %s says: %i ms', (scaleInAfter, expected) => {
    expect(fleetRulesOf(managedInstances(scaleInAfter, ['m5']))?.scaleDownDelayMs).toBe(expected);
  });
  it('or else this machine is the one instance, under an id of the environment', () => {
    expect(machineInstanceId(anEnvironment().ecsClusterArn)).toBe('00000000111111112222433384445555');
  });
});
