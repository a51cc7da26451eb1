// The jobs that hang together by what waits for what. What a job waits for is in its specification; who waits for it is found
// by the edges that are stored for those that still do, and for the others by a walk over the jobs that were submitted after it,
// because a dependent is always younger. All of it is bounded.
import type { JobId, QueueArn, Scope } from '../core/ids.ts';
import { parseArn, parseJobId } from '../core/ids.ts';
import type { DependencyEdge } from '../core/job/dependencies.ts';
import { edgesOf } from '../core/job/dependencies.ts';
import type { Job } from '../core/job/job.ts';
import { ageOrder, sortableMs } from './store/job-rows.ts';
import type { JobStore } from './store/jobs.ts';
import { edgesOn, getJobs, listByAge } from './store/jobs.ts';
import { listQueues } from './store/queues.ts';

/** Leads from the awaited job to the one that waits for its success, its end whatever it is, its failure, or child by child. */
export interface JobGraphEdge {
  readonly from: JobId;
  readonly to: JobId;
  readonly kind: 'SUCCESS' | 'ANY' | 'FAILURE' | 'N_TO_N';
  /** Only this child of the awaited array counts. */
  readonly child?: JobId;
}

export interface JobGraph {
  /** Whole jobs, the nearest to the one that was asked for first, which itself is the first. */
  readonly jobs: readonly Job[];
  readonly edges: readonly JobGraphEdge[];
  /** There are more jobs than these, or there may be. */
  readonly more: boolean;
}

/** As many as a person can still look at; of more, the nearest. */
const MAX_JOBS = 300;
/** Jobs that are gathered before the nearest are taken. */
const MAX_GATHERED = 3_000;
const MAX_QUEUES = 1_000;
/** Younger jobs of each queue that are looked at for dependents. */
const ROWS_PER_QUEUE = 5_000;
const CHUNK = 500;

const KINDS: Readonly<Record<DependencyEdge['type'], JobGraphEdge['kind']>> = {
  ALL: 'SUCCESS',
  AFTER_ANY: 'ANY',
  AFTER_FAILURE: 'FAILURE',
  N_TO_N: 'N_TO_N',
};

/** Of a whole job. */
export async function jobGraph(store: JobStore, job: Job): Promise<JobGraph> {
  const jobs = new Map<JobId, Job>([[job.jobId, job]]);
  await gatherAwaited(store, jobs, [job]);
  const oldest = [...jobs.values()].reduce((left, right) =>
    ageOrder(right) < ageOrder(left) ? right : left,
  );
  await gatherDependents(store, jobs, oldest);
  await gatherWaiting(store, jobs);
  await gatherAwaited(store, jobs, [...jobs.values()]);
  const edges = [...jobs.values()].flatMap(graphEdgesOf);
  const near = nearest(job.jobId, edges, MAX_JOBS);
  return {
    jobs: [...near].flatMap((id) => jobs.get(id) ?? []),
    edges: edges.filter(({ from, to }) => near.has(from) && near.has(to) && jobs.has(from)),
    more: near.size < jobs.size || jobs.size >= MAX_GATHERED,
  };
}

/** Whether there is anything to see: dependents that have been released are found by the walk, not here. */
export async function hangsTogether(store: JobStore, job: Job): Promise<boolean> {
  if (job.kind === 'child' || job.kind === 'node') return false;
  if (edgesOf(job.jobId, job.spec).length > 0) return true;
  return (await edgesOn(store, job.jobId)).edges.length > 0;
}

function graphEdgesOf(job: Job): readonly JobGraphEdge[] {
  return edgesOf(job.jobId, job.spec).map(({ on, dependent, type }) => {
    const from = wholeOf(on);
    return { from, to: dependent, kind: KINDS[type], ...(from === on ? {} : { child: on }) };
  });
}

function wholeOf(id: JobId): JobId {
  return parseJobId(id)?.root ?? id;
}

/** Everything that these wait for, and what that waits for. */
async function gatherAwaited(store: JobStore, jobs: Map<JobId, Job>, from: readonly Job[]): Promise<void> {
  let front = from;
  while (front.length > 0 && jobs.size < MAX_GATHERED) {
    front = await gather(
      store,
      jobs,
      front.flatMap((job) => graphEdgesOf(job).map((edge) => edge.from)),
    );
  }
}

/** Jobs that still wait for one of these: their edges lead to them however much younger they are. */
async function gatherWaiting(store: JobStore, jobs: Map<JobId, Job>): Promise<void> {
  let front: readonly Job[] = [...jobs.values()];
  while (front.length > 0 && jobs.size < MAX_GATHERED) {
    const pages = await Promise.all(front.map(({ jobId }) => edgesOn(store, jobId)));
    front = await gather(
      store,
      jobs,
      pages.flatMap(({ edges }) => edges.map(({ dependent }) => wholeOf(dependent))),
    );
  }
}

async function gather(
  store: JobStore,
  jobs: Map<JobId, Job>,
  ids: readonly JobId[],
): Promise<readonly Job[]> {
  const unknown = [...new Set(ids)].filter((id) => !jobs.has(id)).slice(0, MAX_GATHERED - jobs.size);
  const found = (await getJobs(store, unknown)).flatMap((stored) => (stored ? [stored.job] : []));
  for (const job of found) jobs.set(job.jobId, job);
  await nextTurn();
  return found;
}

/** Youngest last, so one pass finds what waits for what was found before it. */
async function gatherDependents(store: JobStore, jobs: Map<JobId, Job>, oldest: Job): Promise<void> {
  const young: Job[] = [];
  for (const queueArn of await queuesBeside(store, oldest)) {
    let after: string | undefined;
    for (let seen = 0; seen < ROWS_PER_QUEUE; seen += CHUNK) {
      const page = await listByAge(store, queueArn, {
        limit: CHUNK,
        from: sortableMs(oldest.createdAtMs),
        ...(after === undefined ? {} : { after }),
      });
      young.push(...page.jobs.map(({ job }) => job).filter((job) => graphEdgesOf(job).length > 0));
      after = page.next;
      if (after === undefined) break;
      await nextTurn();
    }
  }
  young.sort((left, right) => (ageOrder(left) < ageOrder(right) ? -1 : 1));
  // Again while it finds any: of two jobs of one millisecond, the one that waits may come first.
  for (let before = -1; before < jobs.size;) {
    before = jobs.size;
    for (const job of young) {
      const hangsOn = graphEdgesOf(job).some(({ from }) => jobs.has(from));
      if (hangsOn && jobs.size < MAX_GATHERED) jobs.set(job.jobId, job);
    }
  }
}

/** All queues of its Region: dependencies do not care for queues. */
async function queuesBeside(store: JobStore, { jobArn }: Job): Promise<readonly QueueArn[]> {
  const scope: Scope | undefined = parseArn(jobArn);
  if (!scope) throw new Error(`a job's ARN is one: ${jobArn}`);
  const { records } = await listQueues(store.table, scope, { limit: MAX_QUEUES });
  return records.map(({ queue }) => queue.queueArn);
}

/** Lets others have the event loop: on one machine the scheduler shares it. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** The jobs that the fewest steps lead to, in either direction. */
function nearest(start: JobId, edges: readonly JobGraphEdge[], most: number): ReadonlySet<JobId> {
  const beside = new Map<JobId, JobId[]>();
  const join = (one: JobId, other: JobId): void => {
    const known = beside.get(one);
    if (known) known.push(other);
    else beside.set(one, [other]);
  };
  for (const { from, to } of edges) {
    join(from, to);
    join(to, from);
  }
  const near = new Set<JobId>([start]);
  for (const id of near) {
    for (const next of beside.get(id) ?? []) if (near.size < most) near.add(next);
  }
  return near;
}
