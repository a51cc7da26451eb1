// DescribeJobs: up to 100 jobs in the order asked for; ids that name no job here are left out.
import type { JobId } from '../../core/ids.ts';
import { parseArn, parseJobId } from '../../core/ids.ts';
import { jobDetail } from '../../core/job/job-detail.ts';
import { withChildrenCounted } from '../../engine/store/child-counts.ts';
import type { JobStore } from '../../engine/store/jobs.ts';
import { getJobs } from '../../engine/store/jobs.ts';
import { ClientException } from '../errors.ts';
import type { Operation, OutputOf } from '../operation.ts';
import { isInScope } from './job-scope.ts';

const MAX_JOBS = 100;

export interface DescribeJobsDeps {
  readonly store: JobStore;
  /** Of a store where counting costs little: arrays under way show what their children are at this moment. */
  readonly countsChildren?: boolean;
}

export const describeJobs: Operation<'DescribeJobs', DescribeJobsDeps> = {
  name: 'DescribeJobs',
  async handle({ deps, scope }, input) {
    // AWS's own words, spaces included; clients match them.
    if (input.jobs.length > MAX_JOBS)
      throw new ClientException(`Maximum number of jobs supported is  ${MAX_JOBS} .`);
    const ids = input.jobs.map(readJobReference).filter((id) => id !== undefined);
    const found = await getJobs(deps.store, ids);
    const here = found.flatMap((stored) => (stored && isInScope(scope, stored.job) ? [stored.job] : []));
    const current = deps.countsChildren
      ? await Promise.all(here.map((job) => withChildrenCounted(deps.store, job)))
      : here;
    const jobs = current.map((job) => jobDetail(job));
    // jobDetail builds JobDetail member by member; the conformance tests read it back through the SDK.
    return { jobs } as unknown as OutputOf<'DescribeJobs'>;
  },
};

/** A bare id or a job's ARN; anything else names no job and is left out like an unknown id. */
function readJobReference(text: string): JobId | undefined {
  const arn = parseArn(text);
  const id = arn?.type === 'job' ? arn.name : text;
  return parseJobId(id) ? (id as JobId) : undefined; // parsed as a job id
}
