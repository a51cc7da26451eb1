// The cloud home with a Fargate environment, a queue and a definition: ready for jobs.
import { expect } from 'vitest';
import type { JobId } from '../../core/ids.ts';
import { settleEnvironment } from '../../engine/environments.ts';
import { getEnvironment } from '../../engine/store/compute-environments.ts';
import type { ACloudHome } from './a-cloud-home.ts';
import { aCloudHome } from './a-cloud-home.ts';

const PREFIX = 'arn:aws:batch:us-east-1:123456789012:';
const CE_ARN = `${PREFIX}compute-environment/fargate` as Parameters<typeof getEnvironment>[1]; // of this type

export async function aReadyHome(): Promise<ACloudHome> {
  const home = aCloudHome();
  await home.post('/v1/createcomputeenvironment', {
    computeEnvironmentName: 'fargate',
    type: 'MANAGED',
    serviceRole: 'arn:aws:iam::123456789012:role/batch',
    computeResources: { type: 'FARGATE', maxvCpus: 16, subnets: ['subnet-1'], securityGroupIds: ['sg-1'] },
  });
  const underWay = (await getEnvironment(home.table, CE_ARN))?.record.underWay;
  expect([...home.executions.keys()]).toEqual([`compute-environment fargate-${underWay?.changeId}`]);
  await settleEnvironment(home.resources, CE_ARN, underWay?.changeId ?? '', {
    status: 'VALID',
    statusReason: 'ok',
  });
  await home.post('/v1/createjobqueue', {
    jobQueueName: 'default',
    priority: 1,
    computeEnvironmentOrder: [{ order: 1, computeEnvironment: CE_ARN }],
  });
  await home.post('/v1/registerjobdefinition', {
    jobDefinitionName: 'hello',
    type: 'container',
    platformCapabilities: ['FARGATE'],
    containerProperties: {
      image: 'busybox',
      command: ['true'],
      executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
      resourceRequirements: [
        { type: 'VCPU', value: '0.25' },
        { type: 'MEMORY', value: '512' },
      ],
    },
  });
  const clusterArn = (await getEnvironment(home.table, CE_ARN))?.record.environment.ecsClusterArn ?? '';
  home.ecs.clusters.set(clusterArn, { clusterArn, status: 'ACTIVE' });
  return home;
}

export async function submit(home: ACloudHome, more: object = {}): Promise<JobId> {
  const body = { jobName: 'first', jobQueue: 'default', jobDefinition: 'hello', ...more };
  return (await home.post('/v1/submitjob', body))['jobId'] as JobId;
}
