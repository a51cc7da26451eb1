// Compute environments and queues that the deployed API makes, changes and removes while it runs.
import type { Batch, ComputeEnvironmentDetail, JobQueueDetail } from '@aws-sdk/client-batch';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ADeployedSlipway } from './a-deployed-slipway.ts';

const CHANGE_LIMIT_MS = 60_000;

let slipway: ADeployedSlipway;
let batch: Batch;

export function describeEnvironments(deployed: () => ADeployedSlipway): void {
  beforeAll(() => {
    slipway = deployed();
    batch = slipway.batch;
  });

  describe('a compute environment', () => {
    it('has a cluster from its creation to its deletion, and can be changed between', async () => {
      const { ecsClusterArn = '' } = await createFargate('passing', 2);
      expect(await clusterExists(ecsClusterArn)).toBe(true);

      await batch.updateComputeEnvironment({
        computeEnvironment: 'passing',
        computeResources: { maxvCpus: 8 },
      });
      const changed = await environmentIs(
        'passing',
        (environment) => environment?.status === 'VALID' && environment.computeResources?.maxvCpus === 8,
      );
      expect(changed).toMatchObject({ state: 'ENABLED', tags: { purpose: 'test' } });

      await batch.updateComputeEnvironment({ computeEnvironment: 'passing', state: 'DISABLED' });
      await environmentIs(
        'passing',
        (environment) => environment?.state === 'DISABLED' && environment.status === 'VALID',
      );
      await batch.deleteComputeEnvironment({ computeEnvironment: 'passing' });
      await environmentIs(
        'passing',
        (environment) => environment === undefined || environment.status === 'DELETED',
      );
      expect(await clusterExists(ecsClusterArn)).toBe(false);
    });

    it('is not deleted while a queue uses it', async () => {
      await createFargate('used', 2);
      await createQueue('using', ['used']);
      await batch.updateComputeEnvironment({ computeEnvironment: 'used', state: 'DISABLED' });
      await environmentIs('used', (environment) => environment?.status === 'VALID');
      await expect(batch.deleteComputeEnvironment({ computeEnvironment: 'used' })).rejects.toMatchObject({
        code: 'ClientException',
        status: 400,
      });
    });
  });

  describe('a queue with two environments', () => {
    it('sends what does not fit into the first to the second', async () => {
      const first = await createFargate('small', 1);
      const second = await createFargate('spare', 4);
      await createQueue('overflowing', ['small', 'spare']);
      const whole = {
        resourceRequirements: [
          { type: 'VCPU' as const, value: '1' },
          { type: 'MEMORY' as const, value: '2048' },
        ],
      };
      const submit = async (name: string): Promise<string> =>
        slipway.submit(name, 'sleep 8', {
          jobQueue: 'overflowing',
          containerOverrides: { command: ['sleep', '8'], ...whole },
        });
      const jobIds = [await submit('one'), await submit('two')];
      const jobs = await Promise.all(jobIds.map((jobId) => slipway.ended(jobId)));
      expect(jobs.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
      const clusters = jobs.map(({ container }) => container?.taskArn?.split('/')[1]);
      expect(clusters).toEqual([first, second].map(({ ecsClusterArn }) => ecsClusterArn?.split('/')[1]));
    });
  });

  describe('a queue', () => {
    it('holds its jobs while it is disabled, and is deleted with them', async () => {
      await createQueue('closing', ['fargate']);
      await batch.updateJobQueue({ jobQueue: 'closing', state: 'DISABLED' });
      await queueIs('closing', (queue) => queue?.state === 'DISABLED' && queue.status === 'VALID');
      await expect(slipway.submit('late', 'true', { jobQueue: 'closing' })).rejects.toMatchObject({
        status: 400,
      });
      await batch.deleteJobQueue({ jobQueue: 'closing' });
      await queueIs('closing', (queue) => queue === undefined || queue.status === 'DELETED');
    });
  });
}

async function createFargate(
  computeEnvironmentName: string,
  maxvCpus: number,
): Promise<ComputeEnvironmentDetail> {
  await batch.createComputeEnvironment({
    computeEnvironmentName,
    type: 'MANAGED',
    computeResources: {
      type: 'FARGATE',
      maxvCpus,
      subnets: [...slipway.subnetIds],
      securityGroupIds: [...slipway.securityGroupIds],
    },
    tags: { purpose: 'test' },
  });
  const made = await environmentIs(computeEnvironmentName, (environment) => environment?.status === 'VALID');
  if (!made) throw new Error(`${computeEnvironmentName} is valid, but absent`);
  return made;
}

async function environmentIs(
  name: string,
  says: (environment: ComputeEnvironmentDetail | undefined) => boolean,
): Promise<ComputeEnvironmentDetail | undefined> {
  let found: ComputeEnvironmentDetail | undefined;
  await expect
    .poll(
      async () => {
        found = (await batch.describeComputeEnvironments({ computeEnvironments: [name] }))
          .computeEnvironments?.[0];
        return says(found) ? 'as expected' : (found ?? 'absent');
      },
      { timeout: CHANGE_LIMIT_MS, interval: 500 },
    )
    .toBe('as expected');
  return found;
}

async function queueIs(name: string, says: (queue: JobQueueDetail | undefined) => boolean): Promise<void> {
  await expect
    .poll(
      async () => {
        const queue = (await batch.describeJobQueues({ jobQueues: [name] })).jobQueues?.[0];
        return says(queue) ? 'as expected' : (queue ?? 'absent');
      },
      { timeout: CHANGE_LIMIT_MS, interval: 500 },
    )
    .toBe('as expected');
}

async function createQueue(jobQueueName: string, environments: readonly string[]): Promise<void> {
  await batch.createJobQueue({
    jobQueueName,
    priority: 1,
    computeEnvironmentOrder: environments.map((computeEnvironment, order) => ({ computeEnvironment, order })),
  });
  await queueIs(jobQueueName, (queue) => queue?.status === 'VALID');
}

async function clusterExists(arn: string): Promise<boolean> {
  const answer = await slipway.emulator.call('ecs', 'AmazonEC2ContainerServiceV20141113.DescribeClusters', {
    clusters: [arn],
  });
  const clusters = answer['clusters'] as readonly { readonly status: string }[]; // ECS's own shape
  return clusters.some(({ status }) => status === 'ACTIVE');
}
