// The operations that every job needs.
import { cancelJob } from '../api/operations/cancel-job.ts';
import { cancelJobs } from '../api/operations/cancel-jobs.ts';
import { describeJobs } from '../api/operations/describe-jobs.ts';
import { listJobs } from '../api/operations/list-jobs.ts';
import { submitJob } from '../api/operations/submit-job.ts';
import { terminateJob } from '../api/operations/terminate-job.ts';
import { terminateJobs } from '../api/operations/terminate-jobs.ts';

export const OPERATIONS = {
  CancelJob: cancelJob,
  CancelJobs: cancelJobs,
  DescribeJobs: describeJobs,
  ListJobs: listJobs,
  SubmitJob: submitJob,
  TerminateJob: terminateJob,
  TerminateJobs: terminateJobs,
} as const;
