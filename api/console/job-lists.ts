// The console's lists of jobs: by queue, state, name, tag and time; an array's children by state; chosen ones again. A page has a
// hundred rows and is read through an index; where rows must be looked at one by one, a call looks at a bounded number of
// them and says where to go on.
import { ClientException } from '../errors.ts';
import { isInScope } from '../operations/job-scope.ts';
import type { JobId, QueueArn, Scope } from '../../core/ids.ts';
import { arnOf, parseArn, parseJobId } from '../../core/ids.ts';
import type { Job } from '../../core/job/job.ts';
import { BadPageTokenError } from '../../engine/table-ports.ts';
import type { JobPage, JobStore } from '../../engine/store/jobs.ts';
import { getJob, getJobs, listByStatus } from '../../engine/store/jobs.ts';
import { getQueue, listQueues } from '../../engine/store/queues.ts';
import { quoted, readFilter, readStatus } from './job-filter.ts';
import { jobRowOf } from './job-rows.ts';
import { walkJobs } from './walk-jobs.ts';
import type { JobsAnswer } from './wire.ts';

const PAGE = 100;
/** What one call looks at, at most. The page asks again by itself, and shows how far it has come. */
const ROWS_PER_CALL = 10_000;
const MS_PER_CALL = 200;
const MAX_QUEUES = 1_000;

type FoundRows = Omit<JobsAnswer, 'nowMs'>;
type Found = Omit<FoundRows, 'jobs'> & { readonly jobs: readonly Job[] };

/** Jobs as they are to be shown, in the same order. */
export type AsShown = (jobs: readonly Job[]) => Promise<readonly Job[]>;

/** `query`: of `ids` and `array` the one that is there decides; else see `readFilter`. */
export async function listJobs(
  store: JobStore,
  scope: Scope,
  query: URLSearchParams,
  asShown: AsShown = async (jobs) => jobs,
): Promise<FoundRows> {
  const found = await findJobs(store, scope, query);
  return { ...found, jobs: (await asShown(found.jobs)).map(jobRowOf) };
}

async function findJobs(store: JobStore, scope: Scope, query: URLSearchParams): Promise<Found> {
  const ids = query.get('ids');
  if (ids !== null) return chosenJobs(store, scope, ids.split(','));
  const array = query.get('array');
  if (array !== null) return childrenOf(store, scope, array, query);
  const id = wholeIdIn(query.get('name')?.trim() ?? '');
  if (id !== undefined) return chosenJobs(store, scope, [id]);
  const filter = readFilter(query);
  const queues =
    filter.queue === undefined
      ? await everyQueueArn(store, scope)
      : [await findQueueArn(store, scope, filter.queue)];
  const { jobs, looked, next, reachedMs } = await walkJobs(store, queues, filter, {
    limit: PAGE,
    rows: ROWS_PER_CALL,
    ms: MS_PER_CALL,
  });
  return {
    jobs,
    ...(next === undefined ? {} : { next }),
    ...(filter.keeps ? { looked, ...(reachedMs === undefined ? {} : { reachedMs }) } : {}),
  };
}

/** A whole id or ARN names one job. */
function wholeIdIn(text: string): string | undefined {
  const arn = parseArn(text);
  const id = arn?.type === 'job' ? arn.name : text.toLowerCase();
  return parseJobId(id) ? id : undefined;
}

async function findQueueArn(store: JobStore, scope: Scope, name: string): Promise<QueueArn> {
  const arn = arnOf(scope, 'job-queue', name) as QueueArn; // just made of this type
  if (await getQueue(store.table, arn)) return arn;
  throw new ClientException(`queue must be a job queue of ${scope.region}, but is ${quoted(name)}.`, 404);
}

async function everyQueueArn(store: JobStore, scope: Scope): Promise<readonly QueueArn[]> {
  const { records } = await listQueues(store.table, scope, { limit: MAX_QUEUES });
  return records.map(({ queue }) => queue.queueArn);
}

async function childrenOf(
  store: JobStore,
  scope: Scope,
  array: string,
  query: URLSearchParams,
): Promise<Found> {
  const status = query.get('status');
  if (!status) throw new ClientException('status must be given for the children of an array.');
  const known = readStatus(status);
  const after = query.get('after');
  const parent = parseJobId(array)?.kind === 'job' ? await getJob(store, array as JobId) : undefined; // parsed as one
  if (!parent || !isInScope(scope, parent.job)) {
    throw new ClientException(`array must be a job of ${scope.region}, but is ${quoted(array)}.`, 404);
  }
  const page = { limit: PAGE, ...(after === null ? {} : { after }) };
  const { jobs, next } = await readPage(() => listByStatus(store, parent.job.jobId, known, page));
  return { jobs: jobs.map(({ job }) => job), ...(next === undefined ? {} : { next }) };
}

/** The token of a page comes back from the browser: a broken one is the caller's mistake. */
async function readPage(read: () => Promise<JobPage>): Promise<JobPage> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof BadPageTokenError)
      throw new ClientException('after must come from an earlier page.');
    throw error;
  }
}

async function chosenJobs(store: JobStore, scope: Scope, ids: readonly string[]): Promise<Found> {
  if (ids.length > PAGE)
    throw new ClientException(`ids must have at most ${PAGE} elements, but has ${ids.length}.`);
  const known = ids.filter((id) => parseJobId(id)) as JobId[]; // parsed as job ids
  const found = await getJobs(store, known);
  return {
    jobs: found.flatMap((stored) => (stored && isInScope(scope, stored.job) ? [stored.job] : [])),
  };
}
