// What the jobs wait for and what an end releases: one side looks when a dependent arrives, the other tells when a job ends.
// Whichever comes second sees the other, so nobody waits for something that has ended.
import { hasUnspawnedChildren } from '../core/job/array.ts';
import type { DependencyEdge } from '../core/job/dependencies.ts';
import { awaitedByJob, edgesOf, isSequential, judgeDependencies } from '../core/job/dependencies.ts';
import type { EndedJob, Job } from '../core/job/job.ts';
import { isTerminal } from '../core/job/job.ts';
import { fail, onDependenciesKnown, onDependencyEnded } from '../core/job/lifecycle.ts';
import { QUEUE_DELETED_REASON } from '../core/queue/job-queue.ts';
import type { JobId } from '../core/ids.ts';
import { childJobId } from '../core/ids.ts';
import type { Clock } from './ports.ts';
import type { JobStore } from './store/jobs.ts';
import { getQueue } from './store/queues.ts';
import { deleteEdges, edgesOn, getJobs, listByStatus, transition } from './store/jobs.ts';

export interface DependentsDeps {
  readonly store: JobStore;
  readonly clock: Clock;
}

/** Partitions read side by side. */
const CHILDREN_STEP = 200;

/** A job has arrived: looks at what it waits for. */
export async function evaluateDependencies(deps: DependentsDeps, job: Job): Promise<void> {
  if (job.kind !== 'child' && (await endIfQueueGone(deps, job))) return;
  const awaited = awaitedByJob(job);
  const edges = job.kind === 'child' ? [] : edgesOf(job.jobId, job.spec);
  const named = [...new Set([...awaited, ...edges.map((edge) => edge.on)])];
  const found = await getJobs(deps.store, named);
  const jobs = new Map(named.map((id, index) => [id, found[index]?.job]));
  const { outstanding, broken } = judgeDependencies(job, awaited, (id) => jobs.get(id)?.status);
  const { outcome } = await transition(deps.store, job.jobId, (now) =>
    onDependenciesKnown(now, outstanding, broken, deps.clock.now()),
  );
  // What had ended before the edge was written takes no edge away. An N_TO_N edge is left alone once children may hang on
  // it: they are told by it, and a look that is repeated after a crash comes late.
  const spent = edges.filter((edge) => {
    const on = jobs.get(edge.on);
    return (!on || isTerminal(on)) && (edge.type !== 'N_TO_N' || outcome === 'changed');
  });
  await deleteEdges(deps.store, spent);
}

/**
 * Whether its queue was deleted while it was being accepted: the deletion looked before the job was there, so it is ended
 * here. One whose queue is still there now is found by a deletion that comes later.
 */
export async function endIfQueueGone({ store, clock }: DependentsDeps, job: Job): Promise<boolean> {
  const queue = (await getQueue(store.table, job.spec.queueArn))?.record.queue;
  if (queue !== undefined && queue.status !== 'DELETING') return false;
  const atMs = clock.now();
  await transition(store, job.jobId, (now) => fail(now, QUEUE_DELETED_REASON, atMs));
  return true;
}

/** Jobs of one batch have ended: whoever waits for them is told. The array-wide edges of siblings are read once. */
export async function settleAllDependents(deps: DependentsDeps, ended: readonly Job[]): Promise<void> {
  const arrayEdges = new Map<JobId, Promise<readonly DependencyEdge[]>>();
  const pairwise = (parentId: JobId): Promise<readonly DependencyEdge[]> => {
    const known = arrayEdges.get(parentId);
    if (known) return known;
    const read = allEdges(deps, parentId).then((edges) => edges.filter((edge) => edge.type === 'N_TO_N'));
    arrayEdges.set(parentId, read);
    return read;
  };
  await Promise.all(ended.map((job) => settleDependents(deps, job, pairwise)));
}

async function settleDependents(
  deps: DependentsDeps,
  job: Job,
  pairwise: (parentId: JobId) => Promise<readonly DependencyEdge[]>,
): Promise<void> {
  if (!isTerminal(job)) return;
  const own = await allEdges(deps, job.jobId);
  const whole = own.filter((edge) => edge.type !== 'N_TO_N');
  const dependents: JobId[] = whole.map((edge) => edge.dependent);
  if (job.kind === 'child' && job.parentId && job.arrayIndex !== undefined) {
    const { arrayIndex } = job;
    dependents.push(...(await pairwise(job.parentId)).map((edge) => childJobId(edge.dependent, arrayIndex)));
    if (isSequential(job.spec) && arrayIndex + 1 < (job.spec.arraySize ?? 0)) {
      dependents.push(childJobId(job.parentId, arrayIndex + 1));
    }
  }
  await tell(deps, dependents, job.jobId, job.status === 'SUCCEEDED');
  if (job.kind === 'array') await settleChildren(deps, job, own);
  // N_TO_N edges of an array go with the array itself: its children needed them until the last had ended.
  await deleteEdges(deps.store, own);
}

async function tell(
  deps: DependentsDeps,
  dependents: readonly JobId[],
  endedId: JobId,
  succeeded: boolean,
): Promise<void> {
  await Promise.all(
    dependents.map((dependent) =>
      transition(deps.store, dependent, (now) =>
        onDependencyEnded(now, endedId, succeeded, deps.clock.now()),
      ),
    ),
  );
}

/** With an array all its children have ended, also those that never came to be and so can tell nobody themselves. */
async function settleChildren(
  deps: DependentsDeps,
  parent: EndedJob,
  edges: readonly DependencyEdge[],
): Promise<void> {
  for (const edge of edges)
    if (edge.type === 'N_TO_N') await settleCounterparts(deps, parent, edge.dependent);
  if (!hasUnspawnedChildren(parent)) return;
  const size = parent.spec.arraySize ?? 0;
  for (let from = 0; from < size; from += CHILDREN_STEP) {
    const indexes = Array.from({ length: Math.min(CHILDREN_STEP, size - from) }, (_, at) => from + at);
    await Promise.all(indexes.map((index) => settleUnspawned(deps, childJobId(parent.jobId, index))));
  }
}

/** A child's own end may be told after its parent's, and the edge goes now: whoever still waits is told here. */
async function settleCounterparts(deps: DependentsDeps, parent: EndedJob, dependent: JobId): Promise<void> {
  let after: string | undefined;
  do {
    const page = await listByStatus(deps.store, dependent, 'PENDING', {
      limit: 500,
      ...(after ? { after } : {}),
    });
    const counterparts = page.jobs.map(({ job }) => childJobId(parent.jobId, job.arrayIndex ?? 0));
    const found = await getJobs(deps.store, counterparts);
    await Promise.all(
      page.jobs.map(({ job }, index) => {
        const counterpart = counterparts[index] ?? parent.jobId;
        return tell(deps, [job.jobId], counterpart, found[index]?.job.status === 'SUCCEEDED');
      }),
    );
    after = page.next;
  } while (after !== undefined);
}

/** A child that will never be written failed with its parent, unless it was stopped before: that is a failure too. */
async function settleUnspawned(deps: DependentsDeps, childId: JobId): Promise<void> {
  const own = await allEdges(deps, childId);
  await tell(
    deps,
    own.map((edge) => edge.dependent),
    childId,
    false,
  );
  await deleteEdges(deps.store, own);
}

async function allEdges(deps: DependentsDeps, jobId: JobId): Promise<readonly DependencyEdge[]> {
  const edges: DependencyEdge[] = [];
  let after: string | undefined;
  do {
    const page = await edgesOn(deps.store, jobId, after);
    edges.push(...page.edges);
    after = page.next;
  } while (after !== undefined);
  return edges;
}
