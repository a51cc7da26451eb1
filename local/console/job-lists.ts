// The console's lists of jobs: a queue's by state or age, an array's children by state, chosen ones again, and a search. A page has
// a hundred rows; a search looks at a bounded number of the newest and says how many.
import type { JobId, QueueArn, Scope } from '../../core/ids.ts';
import { arnOf, parseArn, parseJobId } from '../../core/ids.ts';
import type { Job, JobStatus } from '../../core/job/job.ts';
import { JOB_STATUSES } from '../../core/job/job.ts';
import { ClientException } from '../../api/errors.ts';
import { isInScope } from '../../api/operations/job-scope.ts';
import { getQueue, listQueues } from '../../engine/store/queues.ts';
import type { JobPage, JobStore } from '../../engine/store/jobs.ts';
import { getJob, getJobs, listByAge, listByStatus } from '../../engine/store/jobs.ts';
import { BadPageTokenError } from '../../engine/ports.ts';
import { jobRowOf } from './job-rows.ts';
import type { JobsAnswer } from './wire.ts';

const PAGE = 100;
/** Rows that a search looks at in each queue, in steps of SEARCH_PAGE. */
const SEARCH_ROWS = 2_000;
const SEARCH_PAGE = 500;
const MAX_QUEUES = 100;

type Found = Omit<JobsAnswer, 'nowMs'>;

/** `query`: of `queue`, `array`, `ids` and `search` the one that is there decides. */
export async function listJobs(store: JobStore, scope: Scope, query: URLSearchParams): Promise<Found> {
  const ids = query.get('ids');
  if (ids !== null) return chosenJobs(store, scope, ids.split(','));
  const search = query.get('search')?.trim() ?? '';
  if (search !== '') return searchJobs(store, scope, search);
  const status = readStatus(query.get('status'));
  const after = query.get('after');
  const page = { limit: PAGE, descending: true, ...(after === null ? {} : { after }) };
  const array = query.get('array');
  if (array !== null) return childrenOf(store, scope, array, status, { ...page, descending: false });
  const queueArn = await findQueueArn(store, scope, query.get('queue') ?? '');
  return answerOf(
    await readPage(() =>
      status === undefined ? listByAge(store, queueArn, page) : listByStatus(store, queueArn, status, page),
    ),
  );
}

function readStatus(text: string | null): JobStatus | undefined {
  if (text === null || text === '') return undefined;
  const status = JOB_STATUSES.find((known) => known === text);
  if (status) return status;
  throw new ClientException(`status must be one of ${JOB_STATUSES.join(', ')}, but is ${quoted(text)}.`);
}

async function findQueueArn(store: JobStore, scope: Scope, name: string): Promise<QueueArn> {
  const arn = arnOf(scope, 'job-queue', name) as QueueArn; // just made of this type
  if (name !== '' && (await getQueue(store.table, arn))) return arn;
  throw new ClientException(`queue must be a job queue of ${scope.region}, but is ${quoted(name)}.`, 404);
}

async function childrenOf(
  store: JobStore,
  scope: Scope,
  array: string,
  status: JobStatus | undefined,
  page: Parameters<typeof listByStatus>[3],
): Promise<Found> {
  if (status === undefined) throw new ClientException('status must be given for the children of an array.');
  const parent = parseJobId(array)?.kind === 'job' ? await getJob(store, array as JobId) : undefined; // parsed as one
  if (!parent || !isInScope(scope, parent.job)) {
    throw new ClientException(`array must be a job of ${scope.region}, but is ${quoted(array)}.`, 404);
  }
  return answerOf(await readPage(() => listByStatus(store, parent.job.jobId, status, page)));
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

function answerOf({ jobs, next }: JobPage): Found {
  return { jobs: jobs.map(({ job }) => jobRowOf(job)), ...(next === undefined ? {} : { next }) };
}

async function chosenJobs(store: JobStore, scope: Scope, ids: readonly string[]): Promise<Found> {
  if (ids.length > PAGE)
    throw new ClientException(`ids must have at most ${PAGE} elements, but has ${ids.length}.`);
  const known = ids.filter((id) => parseJobId(id)) as JobId[]; // parsed as job ids
  const found = await getJobs(store, known);
  return {
    jobs: found.flatMap((stored) => (stored && isInScope(scope, stored.job) ? [jobRowOf(stored.job)] : [])),
  };
}

/** A whole id or ARN names one job; anything else is part of a name or the beginning of an id. */
async function searchJobs(store: JobStore, scope: Scope, text: string): Promise<Found> {
  const id = parseArn(text)?.type === 'job' ? (parseArn(text)?.name ?? '') : text.toLowerCase();
  if (parseJobId(id)) return chosenJobs(store, scope, [id]);
  const wanted = text.toLowerCase();
  const matches = (job: Job): boolean =>
    job.jobId.startsWith(wanted) || job.spec.jobName.toLowerCase().includes(wanted);
  const { records } = await listQueues(store.table, scope, { limit: MAX_QUEUES });
  const jobs: Job[] = [];
  let looked = 0;
  for (const { queue } of records) {
    for await (const page of newestOf(store, queue.queueArn)) {
      looked += page.length;
      jobs.push(...page.filter(matches));
    }
  }
  const newest = jobs.sort((left, right) => right.createdAtMs - left.createdAtMs).slice(0, PAGE);
  return { jobs: newest.map(jobRowOf), looked };
}

async function* newestOf(store: JobStore, queueArn: QueueArn): AsyncGenerator<readonly Job[]> {
  let after: string | undefined;
  for (let seen = 0; seen < SEARCH_ROWS; seen += SEARCH_PAGE) {
    const page = await listByAge(store, queueArn, {
      limit: SEARCH_PAGE,
      descending: true,
      ...(after === undefined ? {} : { after }),
    });
    yield page.jobs.map(({ job }) => job);
    after = page.next;
    if (after === undefined) return;
    await nextTurn();
  }
}

/** Lets others have the event loop: the scheduler shares it. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

export function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}
