// From what a user types to a job id: a full id or ARN as it is; else a prefix of an id, or a job's name, when only one
// job fits. `:3` and `#1` after either choose an array's child and a multi-node job's node.
import type { Batch, JobSummary } from '@aws-sdk/client-batch';
import { CliError, usageError } from './cli-error.ts';
import { listQueueNames, newestJobs } from './list-jobs.ts';
import { formatDuration, shortId } from './wording.ts';

const fullId = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?:[:#]\d+)?$/;
const jobArn = /^arn:[^:]+:batch:[^:]*:[^:]*:job\/(.+)$/;
const idPrefix = /^[0-9a-f][0-9a-f-]{2,35}$/;

/** How far back a prefix is looked for, in each queue. */
const searchedJobs = 5_000;

export async function resolveJob(batch: Batch, typed: string): Promise<string> {
  const id = jobArn.exec(typed)?.[1] ?? typed;
  if (fullId.test(id)) return id;
  const [, stem = '', suffix = ''] = /^(.+?)([:#]\d+)?$/.exec(typed) ?? [];
  if (!stem) throw usageError('JOB is empty.', 'Give a job id, the start of one, or a job name.');
  const queues = await listQueueNames(batch);
  const found = await Promise.all(queues.map((queue) => candidates(batch, queue, stem)));
  const jobs = [...new Map(found.flat().map((job) => [job.jobId, job])).values()];
  const [only, ...others] = jobs;
  if (only?.jobId === undefined) {
    throw new CliError(`No job has an id that starts with "${stem}", or that name.`, {
      hint: 'List the jobs with: slipway ps --all',
    });
  }
  if (others.length === 0) return only.jobId + suffix;
  throw new CliError(`"${stem}" fits ${jobs.length} jobs; say which by its id.`, {
    hint: describeCandidates(jobs),
  });
}

async function candidates(batch: Batch, jobQueue: string, stem: string): Promise<JobSummary[]> {
  const named = newestJobs(
    batch,
    { jobQueue, filters: [{ name: 'JOB_NAME', values: [stem] }] },
    searchedJobs,
  );
  const prefixed = idPrefix.test(stem)
    ? newestJobs(batch, { jobQueue, filters: [{ name: 'AFTER_CREATED_AT', values: ['0'] }] }, searchedJobs)
    : undefined;
  const withPrefix = (await prefixed)?.jobs.filter((job) => job.jobId?.startsWith(stem)) ?? [];
  return [...(await named).jobs, ...withPrefix];
}

function describeCandidates(jobs: readonly JobSummary[]): string {
  const newest = jobs.toSorted((left, right) => (right.createdAt ?? 0) - (left.createdAt ?? 0)).slice(0, 5);
  const lines = newest.map((job) => {
    const age = job.createdAt === undefined ? '' : `, ${formatDuration(Date.now() - job.createdAt)} old`;
    return `  ${shortId(job.jobId ?? '')}  ${job.jobName ?? ''}  ${job.status ?? ''}${age}`;
  });
  if (jobs.length > newest.length) lines.push(`  … and ${jobs.length - newest.length} older`);
  return lines.join('\n');
}
