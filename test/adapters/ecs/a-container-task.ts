// Builders for what a launcher is given: a test states only what matters to it.
import type { EcsEnvironment } from '../../../adapters/ecs/ecs-environment.ts';
import type { ContainerTask } from '../../../engine/launch-ports.ts';
import { TASK_ORIGIN } from '../task-origin.ts';
import { CLUSTER_ARN } from './a-fake-ecs.ts';

export const JOB_ID = '11111111-2222-4333-8444-555555555555';
export const LOGS = { logGroup: '/aws/batch/job', region: 'us-east-1' };

export function aContainerTask(given: Partial<ContainerTask> = {}): ContainerTask {
  return {
    ...TASK_ORIGIN,
    attemptId: `${JOB_ID}/1`,
    taskId: '11000000111111111222243338444555',
    placedAtMs: 1_760_000_000_000,
    spec: { image: 'busybox', executionRoleArn: 'arn:aws:iam::123456789012:role/exec' },
    command: ['echo', 'hello'],
    environment: { NAME: 'value', AWS_BATCH_JOB_ID: JOB_ID, AWS_BATCH_JOB_ATTEMPT: '1' },
    demand: { vcpus: 0.5, memoryMiB: 1_024, gpus: 0 },
    gpuIds: [],
    ...given,
  };
}

export const NETWORK = {
  clusterArn: CLUSTER_ARN,
  subnets: ['subnet-1', 'subnet-2'],
  securityGroupIds: ['sg-1'],
};
export const FARGATE: EcsEnvironment = { ...NETWORK, kind: 'FARGATE' };
export const FARGATE_SPOT: EcsEnvironment = { ...NETWORK, kind: 'FARGATE_SPOT', assignPublicIp: 'ENABLED' };
export const EC2: EcsEnvironment = { ...NETWORK, kind: 'EC2', capacityProvider: 'slipway-ce' };
export const EXTERNAL: EcsEnvironment = { ...NETWORK, kind: 'UNMANAGED', launchType: 'EXTERNAL' };
