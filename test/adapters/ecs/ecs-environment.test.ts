import { describe, expect, it } from 'vitest';
import { ecsEnvironmentOf } from '../../../adapters/ecs/ecs-environment.ts';
import type { ComputeEnvironment, ComputeResources } from '../../../core/placement/compute-environment.ts';

const CLUSTER = 'arn:aws:ecs:us-east-1:123456789012:cluster/AWSBatch-ce-1';
// Only what is read here.
const managed = (computeResources: object, more: object = {}) =>
  ({
    type: 'MANAGED',
    ecsClusterArn: CLUSTER,
    computeResources: computeResources as ComputeResources,
    ...more,
  }) as ComputeEnvironment;
const network = { subnets: ['subnet-1'], securityGroupIds: ['sg-1'] };
const common = { clusterArn: CLUSTER, ...network };

describe('an environment, as launching sees it', () => {
  it.each([
    ['Fargate', managed({ type: 'FARGATE', ...network }), {}, { kind: 'FARGATE', ...common }],
    [
      'Fargate Spot with public addresses',
      managed({ type: 'FARGATE_SPOT', ...network }),
      { assignPublicIp: 'ENABLED' as const },
      { kind: 'FARGATE_SPOT', ...common, assignPublicIp: 'ENABLED' },
    ],
    [
      'Spot instances behind their provider',
      managed({ type: 'SPOT', ...network }),
      { capacityProvider: 'cp' },
      { kind: 'SPOT', ...common, capacityProvider: 'cp' },
    ],
    ['instances without a provider', managed({ type: 'EC2', ...network }), {}, { kind: 'EC2', ...common }],
    [
      'managed instances',
      managed({
        type: 'ECS_MANAGED_INSTANCES',
        managedInstancesProvider: {
          instanceLaunchTemplate: {
            networkConfiguration: { subnets: ['subnet-1'], securityGroups: ['sg-1'] },
          },
        },
      }),
      { capacityProvider: 'mi' },
      { kind: 'MANAGED_INSTANCES', ...common, capacityProvider: 'mi' },
    ],
    [
      'the owner’s own machines',
      { type: 'UNMANAGED', ecsClusterArn: CLUSTER } as ComputeEnvironment,
      { launchType: 'EXTERNAL' as const },
      { kind: 'UNMANAGED', clusterArn: CLUSTER, subnets: [], securityGroupIds: [], launchType: 'EXTERNAL' },
    ],
  ])('is %s', (_, environment, facts, expected) => {
    expect(ecsEnvironmentOf(environment, facts)).toEqual(expected);
  });

  it('is none where ECS runs nothing: on EKS, or while managed instances have no provider', () => {
    expect(ecsEnvironmentOf(managed({ type: 'EC2', ...network }, { eksConfiguration: {} }))).toBeUndefined();
    expect(ecsEnvironmentOf(managed({ type: 'ECS_MANAGED_INSTANCES' }))).toBeUndefined();
  });
});
