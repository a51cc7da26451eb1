// ListJobs: the jobs of a queue, or the children of an array, by state; or a queue's jobs of any state by one filter
// (contract §3.9).
import type { JobId } from '../../core/ids.ts';
import { parseJobId } from '../../core/ids.ts';
import type { Job, JobStatus } from '../../core/job/job.ts';
import { jobSummary } from '../../core/job/job-detail.ts';
import { nodeViews } from '../../core/job/node-view.ts';
import type { JobStore } from '../../engine/store/jobs.ts';
import { getJob, listByStatus } from '../../engine/store/jobs.ts';

import { ClientException } from '../errors.ts';
import type { CallContext, InputOf, Operation, OutputOf } from '../operation.ts';
import type { PageRequest } from '../paging.ts';
import { jobPageSize, pageOfList, readPage } from '../paging.ts';
import { findQueue } from './find-queue.ts';
import { isInScope } from './job-scope.ts';
import type { Selection } from './job-selection.ts';

interface Deps {
  readonly store: JobStore;
}
type Input = InputOf<'ListJobs'>;
type Context = CallContext<Deps>;

export const listJobs: Operation<'ListJobs', Deps> = {
  name: 'ListJobs',
  async handle(context, input) {
    const selectors = (['jobQueue', 'arrayJobId', 'multiNodeJobId'] as const).filter((name) => input[name]);
    if (selectors.length !== 1) {
      throw new ClientException(
        `Exactly one of jobQueue, arrayJobId and multiNodeJobId must be given, but ${selectors.length === 0 ? 'none is' : `${selectors.join(' and ')} are`}.`,
      );
    }
    const page = readPage('ListJobs', context.scope, input, jobPageSize(input));
    const { jobs, next } = await select(context, input, page);
    // jobSummary builds JobSummary member by member; the conformance tests read it back through the SDK.
    return {
      jobSummaryList: jobs.map(jobSummary),
      ...page.tokenFor(next),
    } as unknown as OutputOf<'ListJobs'>;
  },
};

async function select(context: Context, input: Input, page: PageRequest): Promise<Selection> {
  const { store } = context.deps;
  const status: JobStatus = input.jobStatus ?? 'RUNNING';
  if (!input.jobQueue) {
    const parent = await findParent(context, input);
    if (!parent) return { jobs: [] };
    if (input.multiNodeJobId) return listNodes(parent, status, page);
    return unwrap(await listByStatus(store, parent.jobId, status, page));
  }
  const queue = await findQueue(store.table, context.scope, input.jobQueue);
  if (!queue) throw new ClientException(`JobQueue ${input.jobQueue} not found.`);
  const { queueArn } = queue;
  if (!input.filters || input.filters.length === 0) {
    return unwrap(await listByStatus(store, queueArn, status, { ...page, descending: true }));
  }
  // Few calls have filters, and a function starts faster without.
  const { listFiltered } = await import('./filtered-jobs.ts');
  return listFiltered(store, queueArn, input, page);
}

function unwrap(found: Awaited<ReturnType<typeof listByStatus>>): Selection {
  return {
    jobs: found.jobs.map(({ job }) => job),
    ...(found.next === undefined ? {} : { next: found.next }),
  };
}

/** Nodes are part of their job's row, so all of them are at hand. */
function listNodes(job: Job, status: JobStatus, page: PageRequest): Selection {
  const nodes = nodeViews(job).filter((node) => node.status === status);
  const { items, next } = pageOfList(page, nodes, (node) => String(node.node?.index ?? 0).padStart(5, '0'));
  return { jobs: items, ...(next === undefined ? {} : { next }) };
}

async function findParent({ deps, scope }: Context, input: Input): Promise<Job | undefined> {
  const text = input.arrayJobId ?? input.multiNodeJobId ?? '';
  const field = input.arrayJobId ? 'arrayJobId' : 'multiNodeJobId';
  if (parseJobId(text)?.kind !== 'job') {
    throw new ClientException(
      `${field} must be the id of a job, but is ${JSON.stringify(text.slice(0, 200))}.`,
    );
  }
  const found = await getJob(deps.store, text as JobId); // parsed as one above
  return found && isInScope(scope, found.job) ? found.job : undefined;
}
