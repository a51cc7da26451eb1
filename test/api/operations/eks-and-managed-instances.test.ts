// Compute environments on Amazon EKS and on ECS Managed Instances as an AWS client sees them, their queues, and what is
// said to who submits to EKS.
import {
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  DescribeComputeEnvironmentsCommand,
  DescribeJobQueuesCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
  UpdateComputeEnvironmentCommand,
} from '@aws-sdk/client-batch';
import type { BatchClient, ComputeEnvironmentDetail, ComputeResource } from '@aws-sdk/client-batch';
import { afterEach, describe, expect, it } from 'vitest';
import type { EngineCalls } from './engine-calls.ts';
import { engineCalls } from './engine-calls.ts';
import { EC2_ENVIRONMENT, resourceCalls } from './resource-calls.ts';

const eksConfiguration = {
  eksClusterArn: 'arn:aws:eks:us-east-1:123456789012:cluster/pods',
  kubernetesNamespace: 'batch',
};
const computeResources = {
  ...EC2_ENVIRONMENT.computeResources,
  allocationStrategy: 'BEST_FIT_PROGRESSIVE',
} as ComputeResource; // all its required members are in the environment
const MANAGED_INSTANCES: ComputeResource = {
  type: 'ECS_MANAGED_INSTANCES',
  maxvCpus: 16,
  capacityTags: { team: 'a' },
  managedInstancesProvider: {
    infrastructureRoleArn: 'arn:aws:iam::123456789012:role/infrastructure',
    propagateTags: 'CAPACITY_PROVIDER',
    infrastructureOptimization: { scaleInAfter: 300 },
    instanceLaunchTemplate: {
      ec2InstanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/instances',
      networkConfiguration: { subnets: ['subnet-1'], securityGroups: ['sg-1'] },
      instanceRequirements: { allowedInstanceTypes: ['m5', 'm6g.large'] },
      storageConfiguration: { storageSizeGiB: 100 },
    },
  },
};

async function createOnEks(batch: BatchClient, name = 'pods', more: object = {}): Promise<void> {
  const request = { type: 'MANAGED' as const, eksConfiguration, computeResources, ...more };
  await batch.send(new CreateComputeEnvironmentCommand({ computeEnvironmentName: name, ...request }));
}

async function createManagedInstances(batch: BatchClient): Promise<void> {
  const request = { type: 'MANAGED' as const, computeResources: MANAGED_INSTANCES };
  await batch.send(new CreateComputeEnvironmentCommand({ computeEnvironmentName: 'instances', ...request }));
}

async function show(batch: BatchClient, name: string): Promise<ComputeEnvironmentDetail | undefined> {
  const asked = new DescribeComputeEnvironmentsCommand({ computeEnvironments: [name] });
  return (await batch.send(asked)).computeEnvironments?.[0];
}

async function queueTypeOver(batch: BatchClient, computeEnvironment: string): Promise<string | undefined> {
  const jobQueueName = `over-${computeEnvironment}`;
  const computeEnvironmentOrder = [{ order: 1, computeEnvironment }];
  await batch.send(new CreateJobQueueCommand({ jobQueueName, priority: 1, computeEnvironmentOrder }));
  const { jobQueues } = await batch.send(new DescribeJobQueuesCommand({ jobQueues: [jobQueueName] }));
  return jobQueues?.[0]?.jobQueueType;
}

describe('a compute environment on EKS', () => {
  it('shows its cluster and no ECS one, and has queues of type EKS', async () => {
    const { batch } = resourceCalls();
    await createOnEks(batch);
    const shown = await show(batch, 'pods');
    expect(shown).toMatchObject({
      type: 'MANAGED',
      status: 'VALID',
      containerOrchestrationType: 'EKS',
      eksConfiguration,
      computeResources: { ...computeResources, desiredvCpus: 0 },
    });
    expect(shown).not.toHaveProperty('ecsClusterArn');
    expect(await queueTypeOver(batch, 'pods')).toBe('EKS');
  });
  it('is refused with what is wrong', async () => {
    const { batch } = resourceCalls();
    const inNamespace = (kubernetesNamespace: string) => ({
      eksConfiguration: { ...eksConfiguration, kubernetesNamespace },
    });
    await expect(createOnEks(batch, 'pods', inNamespace('default'))).rejects.toMatchObject({
      name: 'ClientException',
      message: 'eksConfiguration.kubernetesNamespace must not be default, but is "default".',
    });
    const elsewhere = eksConfiguration.eksClusterArn.replace('us-east-1', 'eu-west-1');
    await expect(
      createOnEks(batch, 'pods', { eksConfiguration: { ...eksConfiguration, eksClusterArn: elsewhere } }),
    ).rejects.toThrow(
      `eksConfiguration.eksClusterArn must belong to account 123456789012 and Region us-east-1, but is "${elsewhere}".`,
    );
  });
  it('is one of at most five for its cluster', async () => {
    const { batch } = resourceCalls();
    for (let index = 0; index < 5; index += 1) await createOnEks(batch, `pods-${index}`);
    await expect(createOnEks(batch, 'pods-5')).rejects.toThrow(
      `An EKS cluster may have at most 5 compute environments, and ${eksConfiguration.eksClusterArn} has them.`,
    );
    await createOnEks(batch, 'others', {
      eksConfiguration: { ...eksConfiguration, eksClusterArn: `${eksConfiguration.eksClusterArn}-2` },
    });
  });
});

describe('a compute environment on ECS Managed Instances', () => {
  it('is shown as it was made and updated, and has queues of its type', async () => {
    const { batch } = resourceCalls();
    await createManagedInstances(batch);
    expect(await show(batch, 'instances')).toMatchObject({
      containerOrchestrationType: 'ECS',
      computeResources: MANAGED_INSTANCES,
    });
    const update = {
      maxvCpus: 4,
      managedInstancesProvider: { instanceLaunchTemplate: { monitoring: 'DETAILED' } },
    };
    await batch.send(
      new UpdateComputeEnvironmentCommand({ computeEnvironment: 'instances', computeResources: update }),
    );
    const { managedInstancesProvider: provider } = MANAGED_INSTANCES;
    expect((await show(batch, 'instances'))?.computeResources).toEqual({
      ...MANAGED_INSTANCES,
      maxvCpus: 4,
      managedInstancesProvider: {
        ...provider,
        instanceLaunchTemplate: { ...provider?.instanceLaunchTemplate, monitoring: 'DETAILED' },
      },
    });
    expect(await queueTypeOver(batch, 'instances')).toBe('ECS_MANAGED_INSTANCES');
  });
  it('is updated under the rules of its creation', async () => {
    const { batch } = resourceCalls();
    await createManagedInstances(batch);
    const update = { managedInstancesProvider: { infrastructureRoleArn: '' } };
    await expect(
      batch.send(
        new UpdateComputeEnvironmentCommand({ computeEnvironment: 'instances', computeResources: update }),
      ),
    ).rejects.toThrow('computeResources.managedInstancesProvider.infrastructureRoleArn is required.');
  });
});

describe('an unmanaged compute environment', () => {
  it('names the cluster that its owner registers instances into', async () => {
    const { batch } = resourceCalls();
    await batch.send(
      new CreateComputeEnvironmentCommand({
        computeEnvironmentName: 'mine',
        type: 'UNMANAGED',
        serviceRole: 'arn:aws:iam::123456789012:role/mine',
      }),
    );
    expect((await show(batch, 'mine'))?.ecsClusterArn).toMatch(
      /^arn:aws:ecs:us-east-1:123456789012:cluster\/AWSBatch-mine-[0-9a-f-]{36}$/,
    );
  });
});

describe('a submission to EKS', () => {
  let home: EngineCalls | undefined;
  afterEach(async () => home?.close());

  it('is told what is missing: pods in the definition, or running them at all', async () => {
    home = await engineCalls();
    const { batch } = home;
    await createOnEks(batch);
    await queueTypeOver(batch, 'pods');
    const containers = [{ image: 'busybox', resources: { limits: { cpu: '1', memory: '128Mi' } } }];
    await batch.send(
      new RegisterJobDefinitionCommand({
        jobDefinitionName: 'pod',
        type: 'container',
        eksProperties: { podProperties: { containers } },
      }),
    );
    const submit = (jobDefinition: string) =>
      batch.send(new SubmitJobCommand({ jobName: 'job', jobQueue: 'over-pods', jobDefinition }));
    await expect(submit('shell')).rejects.toThrow(
      'job-definition/shell:1 must have eksProperties: JobQueue over-pods is of type EKS.',
    );
    await expect(submit('pod')).rejects.toThrow(
      'job-definition/pod:1 has eksProperties: running jobs on Amazon EKS is not there yet.',
    );
  });
});
