// The Batch operations that both homes offer.
import { cancelJob } from './operations/cancel-job.ts';
import { cancelJobs } from './operations/cancel-jobs.ts';
import { createComputeEnvironment } from './operations/create-compute-environment.ts';
import { createConsumableResource } from './operations/create-consumable-resource.ts';
import { createJobQueue } from './operations/create-job-queue.ts';
import { createSchedulingPolicy } from './operations/create-scheduling-policy.ts';
import { deleteComputeEnvironment } from './operations/delete-compute-environment.ts';
import { deleteConsumableResource } from './operations/delete-consumable-resource.ts';
import { deleteJobQueue } from './operations/delete-job-queue.ts';
import { deleteSchedulingPolicy } from './operations/delete-scheduling-policy.ts';
import { deregisterJobDefinition } from './operations/deregister-job-definition.ts';
import { describeComputeEnvironments } from './operations/describe-compute-environments.ts';
import { describeConsumableResource } from './operations/describe-consumable-resource.ts';
import { describeJobDefinitions } from './operations/describe-job-definitions.ts';
import { describeJobQueues } from './operations/describe-job-queues.ts';
import { describeJobs } from './operations/describe-jobs.ts';
import { describeSchedulingPolicies } from './operations/describe-scheduling-policies.ts';
import { getJobQueueSnapshot } from './operations/get-job-queue-snapshot.ts';
import { listConsumableResources } from './operations/list-consumable-resources.ts';
import { listJobs } from './operations/list-jobs.ts';
import { listJobsByConsumableResource } from './operations/list-jobs-by-consumable-resource.ts';
import { listSchedulingPolicies } from './operations/list-scheduling-policies.ts';
import { listTagsForResource } from './operations/list-tags-for-resource.ts';
import { registerJobDefinition } from './operations/register-job-definition.ts';
import { submitJob } from './operations/submit-job.ts';
import { tagResource } from './operations/tag-resource.ts';
import { terminateJob } from './operations/terminate-job.ts';
import { terminateJobs } from './operations/terminate-jobs.ts';
import { untagResource } from './operations/untag-resource.ts';
import { updateComputeEnvironment } from './operations/update-compute-environment.ts';
import { updateConsumableResource } from './operations/update-consumable-resource.ts';
import { updateJobQueue } from './operations/update-job-queue.ts';
import { updateSchedulingPolicy } from './operations/update-scheduling-policy.ts';

export const OPERATIONS = {
  CancelJob: cancelJob,
  CancelJobs: cancelJobs,
  CreateComputeEnvironment: createComputeEnvironment,
  CreateConsumableResource: createConsumableResource,
  CreateJobQueue: createJobQueue,
  CreateSchedulingPolicy: createSchedulingPolicy,
  DeleteComputeEnvironment: deleteComputeEnvironment,
  DeleteConsumableResource: deleteConsumableResource,
  DeleteJobQueue: deleteJobQueue,
  DeleteSchedulingPolicy: deleteSchedulingPolicy,
  DeregisterJobDefinition: deregisterJobDefinition,
  DescribeComputeEnvironments: describeComputeEnvironments,
  DescribeConsumableResource: describeConsumableResource,
  DescribeJobDefinitions: describeJobDefinitions,
  DescribeJobQueues: describeJobQueues,
  DescribeJobs: describeJobs,
  DescribeSchedulingPolicies: describeSchedulingPolicies,
  GetJobQueueSnapshot: getJobQueueSnapshot,
  ListConsumableResources: listConsumableResources,
  ListJobs: listJobs,
  ListJobsByConsumableResource: listJobsByConsumableResource,
  ListSchedulingPolicies: listSchedulingPolicies,
  ListTagsForResource: listTagsForResource,
  RegisterJobDefinition: registerJobDefinition,
  SubmitJob: submitJob,
  TagResource: tagResource,
  TerminateJob: terminateJob,
  TerminateJobs: terminateJobs,
  UntagResource: untagResource,
  UpdateComputeEnvironment: updateComputeEnvironment,
  UpdateConsumableResource: updateConsumableResource,
  UpdateJobQueue: updateJobQueue,
  UpdateSchedulingPolicy: updateSchedulingPolicy,
} as const;
