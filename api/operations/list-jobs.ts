// ListJobs: the jobs of a queue, or the children of an array, by state; or a queue's jobs of any state by one filter, newest
// first (contract §3.9). A filtered page looks at a bounded number of rows, so it may be short and still have a token.
import type { JobId, QueueArn } from '../../core/ids.ts';
import { parseArn, parseJobId } from '../../core/ids.ts';
import type { Job, JobStatus } from '../../core/job/job.ts';
import { jobSummary } from '../../core/job/job-detail.ts';
import { nodeViews } from '../../core/job/node-view.ts';
import { ageOrder, sortableMs } from '../../engine/store/job-rows.ts';
import type { JobStore } from '../../engine/store/jobs.ts';
import { getJob, listByAge, listByStatus } from '../../engine/store/jobs.ts';

import { ClientException } from '../errors.ts';
import type { CallContext, InputOf, Operation, OutputOf } from '../operation.ts';
import type { PageRequest } from '../paging.ts';
import { jobPageSize, pageOfList, readPage } from '../paging.ts';
import { findQueue } from './find-queue.ts';
import { isInScope } from './job-scope.ts';

interface Deps {
  readonly store: JobStore;
}
type Input = InputOf<'ListJobs'>;
type Context = CallContext<Deps>;

/** Rows that one filtered call looks at. */
const FILTER_ROWS_PER_CALL = 2_000;

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

interface Selection {
  readonly jobs: readonly Job[];
  readonly next?: string;
}

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
  return listFiltered(store, queueArn, readFilter(input), page);
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

/** Which rows a filter looks at, and which of them it keeps. */
interface Filter {
  readonly from?: string;
  readonly to?: string;
  readonly keeps: (job: Job) => boolean;
}

function readFilter(input: Input): Filter {
  const [filter, ...others] = input.filters ?? [];
  if (!filter || others.length > 0) throw new ClientException('filters must have one element.');
  const values = filter.values ?? [];
  const [first] = values;
  if (first === undefined) throw new ClientException('filters[0].values must have at least one element.');
  switch (filter.name) {
    case 'JOB_NAME':
      return {
        keeps: (job) => values.some((value) => matches(value.toLowerCase(), job.spec.jobName.toLowerCase())),
      };
    case 'JOB_DEFINITION':
      return { keeps: (job) => values.some((value) => matchesDefinition(value, job)) };
    case 'SHARE_IDENTIFIER':
      return {
        keeps: (job) =>
          values.some((value) => matches(value, job.spec.shareIdentifier ?? '')) &&
          (input.jobStatus === undefined || job.status === input.jobStatus),
      };
    case 'BEFORE_CREATED_AT':
      return { to: sortableMs(readMs(first) - 1).concat('~'), keeps: () => true };
    case 'AFTER_CREATED_AT':
      return { from: sortableMs(readMs(first) + 1), keeps: () => true };
    case undefined:
    default:
      throw new ClientException(
        `filters[0].name must be one of JOB_NAME, JOB_DEFINITION, SHARE_IDENTIFIER, BEFORE_CREATED_AT and AFTER_CREATED_AT, but is ${JSON.stringify(filter.name)}.`,
      );
  }
}

function matches(pattern: string, value: string): boolean {
  return pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : value === pattern;
}

/** A name matches every revision, an ARN only itself. */
function matchesDefinition(pattern: string, job: Job): boolean {
  const arn = job.spec.definitionArn;
  if (pattern.startsWith('arn:')) return pattern === arn;
  return matches(pattern, parseArn(arn)?.name.replace(/:\d+$/, '') ?? '');
}

function readMs(text: string): number {
  if (/^\d{1,13}$/.test(text)) return Number(text);
  throw new ClientException(
    `filters[0].values[0] must be a time in milliseconds, but is ${JSON.stringify(text)}.`,
  );
}

/** The position between calls is the last row looked at, kept or not. */
async function listFiltered(
  store: JobStore,
  queueArn: QueueArn,
  filter: Filter,
  page: PageRequest,
): Promise<Selection> {
  const jobs: Job[] = [];
  let last = page.after;
  for (let seen = 0; seen < FILTER_ROWS_PER_CALL;) {
    const to = last ?? filter.to;
    const found = await listByAge(store, queueArn, {
      limit: 500,
      descending: true,
      ...(filter.from === undefined ? {} : { from: filter.from }),
      ...(to === undefined ? {} : { to }),
    });
    const rows = found.jobs.filter(({ job }) => ageOrder(job) !== last);
    for (const { job } of rows) {
      last = ageOrder(job);
      if (filter.keeps(job)) jobs.push(job);
      if (jobs.length === page.limit) return { jobs, next: last };
    }
    if (found.next === undefined || rows.length === 0) return { jobs };
    seen += rows.length;
  }
  return { jobs, ...(last === undefined ? {} : { next: last }) };
}
