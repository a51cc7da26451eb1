import { beforeEach, describe, expect, it } from 'vitest';
import {
  deleteCluster,
  describeCluster,
  ensureCluster,
  launchTypeOfUnmanaged,
  setCapacityProviders,
} from '../../../adapters/ecs/clusters.ts';
import type { EcsCalls } from '../../../adapters/ecs/clusters.ts';
import type { FakeEcs } from './a-fake-ecs.ts';
import { aFakeEcs, CLUSTER_ARN, ecsError, SERVER_FAILED, THROTTLED } from './a-fake-ecs.ts';

const OTHER = CLUSTER_ARN.replace('AWSBatch-ce-1', 'AWSBatch-other');
let ecs: FakeEcs;
let calls: EcsCalls;

beforeEach(() => {
  ecs = aFakeEcs();
  calls = { client: ecs.client, retry: { maxAttempts: 3, firstWaitMs: 1, maxWaitMs: 1 } };
});

describe('a cluster', () => {
  it('is made under the name that its environment has for it, with Fargate’s providers', async () => {
    const made = await ensureCluster(calls, {
      clusterArn: OTHER,
      containerInsights: 'enhanced',
      tags: { a: 'b' },
    });
    expect(made).toMatchObject({
      clusterArn: OTHER,
      clusterName: 'AWSBatch-other',
      status: 'ACTIVE',
      tasks: 0,
    });
    expect(ecs.clusters.get(OTHER)).toMatchObject({
      capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
      settings: [{ name: 'containerInsights', value: 'enhanced' }],
      tags: [{ key: 'a', value: 'b' }],
    });
  });

  it('that is there is left as it is', async () => {
    const before = ecs.clusters.get(CLUSTER_ARN);
    await ensureCluster(calls, { clusterArn: CLUSTER_ARN, tags: { a: 'b' } });
    expect(ecs.clusters.get(CLUSTER_ARN)).toBe(before);
    expect(ecs.count('CreateCluster')).toBe(0);
  });

  it('is made once, also when answers are lost or refused for the moment', async () => {
    ecs.faults.push(
      { operation: 'CreateCluster', error: SERVER_FAILED, when: 'after' },
      { operation: 'DescribeClusters', error: THROTTLED },
    );
    expect(await ensureCluster(calls, { clusterArn: OTHER })).toMatchObject({ clusterArn: OTHER });
  });

  it('of an EC2 fleet gets its provider when that is there', async () => {
    await ensureCluster(calls, { clusterArn: OTHER, capacityProviders: [] });
    ecs.faults.push({
      operation: 'PutClusterCapacityProviders',
      error: ecsError('UpdateInProgressException'),
    });
    expect(await setCapacityProviders(calls, OTHER, ['own'])).toBe('in-progress');
    expect(await setCapacityProviders(calls, OTHER, ['own'])).toBe('set');
    expect((await describeCluster(calls, OTHER))?.capacityProviders).toEqual(['own']);
  });

  it('is deleted when nothing uses it any more, and not before', async () => {
    const busy = { clusterArn: CLUSTER_ARN, status: 'ACTIVE' };
    ecs.clusters.set(CLUSTER_ARN, { ...busy, pendingTasksCount: 1 });
    expect(await deleteCluster(calls, CLUSTER_ARN)).toBe('in-progress');
    ecs.clusters.set(CLUSTER_ARN, { ...busy, registeredContainerInstancesCount: 1 });
    expect(await deleteCluster(calls, CLUSTER_ARN)).toBe('in-progress');
    ecs.clusters.set(CLUSTER_ARN, busy);
    ecs.faults.push({ operation: 'DeleteCluster', error: ecsError('ClusterContainsTasksException') });
    expect(await deleteCluster(calls, CLUSTER_ARN)).toBe('in-progress');
    expect(await deleteCluster(calls, CLUSTER_ARN)).toBe('deleted');
    expect(await deleteCluster(calls, CLUSTER_ARN)).toBe('deleted');
    expect(await describeCluster(calls, CLUSTER_ARN)).toBeUndefined();
  });

  it('tells a refusal on', async () => {
    ecs.faults.push({
      operation: 'DeleteCluster',
      error: ecsError('AccessDeniedException', 'not authorized'),
    });
    await expect(deleteCluster(calls, CLUSTER_ARN)).rejects.toThrow('not authorized');
  });

  it.each([
    [['ec2', 'external'], 'EC2'],
    [['external'], 'EXTERNAL'],
    [[], 'EC2'],
  ] as const)('of an unmanaged environment with instances %j launches as %s', async (kinds, expected) => {
    ecs.clusters.set(CLUSTER_ARN, {
      clusterArn: CLUSTER_ARN,
      status: 'ACTIVE',
      statistics: kinds.map((name) => ({ name })),
    });
    expect(await launchTypeOfUnmanaged(calls, CLUSTER_ARN)).toBe(expected);
  });
});
