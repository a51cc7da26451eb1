// Which jobs a caller's Region and account hold: one server serves every Region, and they never see each other's jobs.
import type { JobId, Scope } from '../../core/ids.ts';
import { parseArn, parseJobId } from '../../core/ids.ts';
import type { Job } from '../../core/job/job.ts';
import { ClientException } from '../errors.ts';

export function isInScope(scope: Scope, job: Job): boolean {
  const arn = parseArn(job.jobArn);
  return arn?.region === scope.region && arn.account === scope.account;
}

/** The `jobId` of CancelJob and TerminateJob: a malformed one is the caller's mistake, an unknown one is not. */
export function readJobId(text: string, field = 'jobId'): JobId {
  const arn = parseArn(text);
  const id = arn?.type === 'job' ? arn.name : text;
  if (parseJobId(id)) return id as JobId; // parsed as a job id
  throw new ClientException(
    `${field} must be a job id such as <uuid>, <uuid>:<index> or <uuid>#<node>, but is ${JSON.stringify(text.slice(0, 200))}.`,
  );
}
