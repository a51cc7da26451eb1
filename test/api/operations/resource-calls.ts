// The operations on queues, compute environments, policies and tags behind a router and a real SDK client, over storage in
// memory; what a home would do behind them is under the test's control.
import type { BatchClient, CreateComputeEnvironmentRequest } from '@aws-sdk/client-batch';
import { createComputeEnvironment } from '../../../api/operations/create-compute-environment.ts';
import { createJobQueue } from '../../../api/operations/create-job-queue.ts';
import { createSchedulingPolicy } from '../../../api/operations/create-scheduling-policy.ts';
import { deleteComputeEnvironment } from '../../../api/operations/delete-compute-environment.ts';
import { deleteJobQueue } from '../../../api/operations/delete-job-queue.ts';
import { deleteSchedulingPolicy } from '../../../api/operations/delete-scheduling-policy.ts';
import { describeComputeEnvironments } from '../../../api/operations/describe-compute-environments.ts';
import { describeJobQueues } from '../../../api/operations/describe-job-queues.ts';
import { describeSchedulingPolicies } from '../../../api/operations/describe-scheduling-policies.ts';
import { listSchedulingPolicies } from '../../../api/operations/list-scheduling-policies.ts';
import { listTagsForResource } from '../../../api/operations/list-tags-for-resource.ts';
import { tagResource } from '../../../api/operations/tag-resource.ts';
import type { TagDeps } from '../../../api/operations/tagged-resource.ts';
import { untagResource } from '../../../api/operations/untag-resource.ts';
import { updateComputeEnvironment } from '../../../api/operations/update-compute-environment.ts';
import { updateJobQueue } from '../../../api/operations/update-job-queue.ts';
import { updateSchedulingPolicy } from '../../../api/operations/update-scheduling-policy.ts';
import { createRouter } from '../../../api/router.ts';
import type { EnvironmentDeps } from '../../../engine/environments.ts';
import type { QueueDeps } from '../../../engine/queues.ts';
import { queueTableTags } from '../../../engine/store/tags.ts';
import { aHome } from '../../engine/a-home.ts';
import type { Home } from '../../engine/a-home.ts';
import { batchClient, IDENTITY, routerOptions } from '../sdk-roundtrip.ts';

export interface ResourceCalls extends Home {
  readonly batch: BatchClient;
}

type Deps = EnvironmentDeps & QueueDeps & TagDeps;

export function resourceCalls(overrides: Partial<Deps> = {}): ResourceCalls {
  const home = aHome(overrides);
  const deps: Deps = { tagTargets: queueTableTags(home.deps.table), ...home.deps, ...overrides };
  const options = routerOptions();
  const router = createRouter<Deps>({
    ...options,
    deps,
    operations: {
      CreateComputeEnvironment: createComputeEnvironment,
      UpdateComputeEnvironment: updateComputeEnvironment,
      DeleteComputeEnvironment: deleteComputeEnvironment,
      DescribeComputeEnvironments: describeComputeEnvironments,
      CreateJobQueue: createJobQueue,
      UpdateJobQueue: updateJobQueue,
      DeleteJobQueue: deleteJobQueue,
      DescribeJobQueues: describeJobQueues,
      CreateSchedulingPolicy: createSchedulingPolicy,
      UpdateSchedulingPolicy: updateSchedulingPolicy,
      DeleteSchedulingPolicy: deleteSchedulingPolicy,
      DescribeSchedulingPolicies: describeSchedulingPolicies,
      ListSchedulingPolicies: listSchedulingPolicies,
      ListTagsForResource: listTagsForResource,
      TagResource: tagResource,
      UntagResource: untagResource,
    },
  });
  return { ...home, batch: batchClient(router) };
}

export const arnOfType = (type: string, name: string): string =>
  `arn:aws:batch:us-east-1:${IDENTITY.accountId}:${type}/${name}`;

/** A managed EC2 environment, as a caller asks for it. */
export const EC2_ENVIRONMENT: Omit<CreateComputeEnvironmentRequest, 'computeEnvironmentName'> = {
  type: 'MANAGED',
  computeResources: {
    type: 'EC2',
    minvCpus: 0,
    maxvCpus: 16,
    instanceTypes: ['m5'],
    subnets: ['subnet-1'],
    securityGroupIds: ['sg-1'],
    instanceRole: 'ecsInstanceRole',
  },
};
