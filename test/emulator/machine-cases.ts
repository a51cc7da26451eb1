// Machines of the account's own: an EC2 environment whose Auto Scaling group grows for its jobs. The emulator starts instances
// without an agent, so the tests play the agents.
import type { Batch } from '@aws-sdk/client-batch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ADeployedSlipway } from './a-deployed-slipway.ts';
import { startEcsAgents } from './ecs-agents.ts';
import type { EcsAgents } from './ecs-agents.ts';

const GROW_LIMIT_MS = 150_000;

let slipway: ADeployedSlipway;
let batch: Batch;
let agents: EcsAgents | undefined;

export function describeMachines(deployed: () => ADeployedSlipway): void {
  beforeAll(() => {
    slipway = deployed();
    batch = slipway.batch;
    agents = startEcsAgents(slipway.emulator);
  });
  afterAll(() => agents?.stop());

  describe('an EC2 environment', () => {
    it('is made with what its machines are started from', async () => {
      await batch.createComputeEnvironment({
        computeEnvironmentName: 'machines',
        type: 'MANAGED',
        computeResources: {
          type: 'EC2',
          allocationStrategy: 'BEST_FIT_PROGRESSIVE',
          minvCpus: 0,
          maxvCpus: 8,
          instanceTypes: ['m5.large'],
          instanceRole: slipway.instanceRoleArn,
          imageId: 'ami-0123456789abcdef0',
          subnets: [...slipway.subnetIds],
          securityGroupIds: [...slipway.securityGroupIds],
          scalingPolicy: { minScaleDownDelayMinutes: 20 },
        },
      });
      await expect.poll(() => statusOf('machines'), { timeout: 60_000, interval: 500 }).toBe('VALID');
      await batch.createJobQueue({
        jobQueueName: 'machines',
        priority: 1,
        computeEnvironmentOrder: [{ order: 0, computeEnvironment: 'machines' }],
      });
    });

    it('starts a machine for a job and runs the job on it', async () => {
      const { jobDefinitionArn } = await batch.registerJobDefinition({
        jobDefinitionName: 'on-machine',
        type: 'container',
        containerProperties: {
          image: slipway.emulator.jobImage,
          command: ['echo', 'on a machine'],
          resourceRequirements: RESOURCES,
        },
      });
      const { jobId = '' } = await batch.submitJob({
        jobName: 'on-machine',
        jobQueue: 'machines',
        jobDefinition: jobDefinitionArn,
      });
      const job = await slipway.ended(jobId, GROW_LIMIT_MS);
      expect(job.status).toBe('SUCCEEDED');
      expect(job.container?.containerInstanceArn).toMatch(/:container-instance\//);
    });

    it('runs the nodes of a multi-node job on machines of their own, and ends them with the main node', async () => {
      const { jobDefinitionArn } = await batch.registerJobDefinition({
        jobDefinitionName: 'nodes',
        type: 'multinode',
        nodeProperties: {
          numNodes: 2,
          mainNode: 0,
          nodeRangeProperties: [
            {
              targetNodes: '0:',
              container: {
                image: slipway.emulator.jobImage,
                command: [
                  'sh',
                  '-c',
                  'echo node $AWS_BATCH_JOB_NODE_INDEX of $AWS_BATCH_JOB_NUM_NODES; test $AWS_BATCH_JOB_NODE_INDEX = 0 && sleep 5 || sleep 300',
                ],
                resourceRequirements: RESOURCES,
              },
            },
          ],
        },
      });
      const { jobId = '' } = await batch.submitJob({
        jobName: 'nodes',
        jobQueue: 'machines',
        jobDefinition: jobDefinitionArn,
      });
      const job = await slipway.ended(jobId, GROW_LIMIT_MS);
      expect(job.status).toBe('SUCCEEDED');
      const nodes = await Promise.all([0, 1].map((index) => slipway.describe(`${jobId}#${index}`)));
      expect(nodes.map(({ nodeDetails }) => nodeDetails?.isMainNode)).toEqual([true, false]);
      const machines = nodes.map(({ container }) => container?.containerInstanceArn);
      expect(new Set(machines).size).toBe(2);
      const [main] = nodes;
      expect(await slipway.logOf(main?.container?.logStreamName ?? '')).toContain('node 0 of 2');
    });
  });
}

async function statusOf(name: string): Promise<string | undefined> {
  const found = await batch.describeComputeEnvironments({ computeEnvironments: [name] });
  const [environment] = found.computeEnvironments ?? [];
  return environment?.status === 'INVALID' ? environment.statusReason : environment?.status;
}

const RESOURCES = [
  { type: 'VCPU' as const, value: '1' },
  { type: 'MEMORY' as const, value: '1024' },
];
