// The Batch operations that the local home offers.
import { cancelJob } from '../api/operations/cancel-job.ts';
import { cancelJobs } from '../api/operations/cancel-jobs.ts';
import { createComputeEnvironment } from '../api/operations/create-compute-environment.ts';
import { createConsumableResource } from '../api/operations/create-consumable-resource.ts';
import { createJobQueue } from '../api/operations/create-job-queue.ts';
import { createSchedulingPolicy } from '../api/operations/create-scheduling-policy.ts';
import { deleteComputeEnvironment } from '../api/operations/delete-compute-environment.ts';
import { deleteConsumableResource } from '../api/operations/delete-consumable-resource.ts';
import { deleteJobQueue } from '../api/operations/delete-job-queue.ts';
import { deleteSchedulingPolicy } from '../api/operations/delete-scheduling-policy.ts';
import { deregisterJobDefinition } from '../api/operations/deregister-job-definition.ts';
import { describeComputeEnvironments } from '../api/operations/describe-compute-environments.ts';
import { describeConsumableResource } from '../api/operations/describe-consumable-resource.ts';
import { describeJobDefinitions } from '../api/operations/describe-job-definitions.ts';
import { describeJobQueues } from '../api/operations/describe-job-queues.ts';
import { describeJobs } from '../api/operations/describe-jobs.ts';
import { describeSchedulingPolicies } from '../api/operations/describe-scheduling-policies.ts';
import { getJobQueueSnapshot } from '../api/operations/get-job-queue-snapshot.ts';
import { listConsumableResources } from '../api/operations/list-consumable-resources.ts';
import { listJobs } from '../api/operations/list-jobs.ts';
import { listJobsByConsumableResource } from '../api/operations/list-jobs-by-consumable-resource.ts';
import { listSchedulingPolicies } from '../api/operations/list-scheduling-policies.ts';
import { listTagsForResource } from '../api/operations/list-tags-for-resource.ts';
import { registerJobDefinition } from '../api/operations/register-job-definition.ts';
import { submitJob } from '../api/operations/submit-job.ts';
import { tagResource } from '../api/operations/tag-resource.ts';
import { terminateJob } from '../api/operations/terminate-job.ts';
import { terminateJobs } from '../api/operations/terminate-jobs.ts';
import { untagResource } from '../api/operations/untag-resource.ts';
import { updateComputeEnvironment } from '../api/operations/update-compute-environment.ts';
import { updateConsumableResource } from '../api/operations/update-consumable-resource.ts';
import { updateJobQueue } from '../api/operations/update-job-queue.ts';
import { updateSchedulingPolicy } from '../api/operations/update-scheduling-policy.ts';

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
