// Carries out what follows from committed changes. Every reaction is safe to repeat: a batch is delivered again when the
// process died, or any of its reactions failed, before all were done.
import type { ChildMove } from '../core/job/array.ts';
import { childrenOf, foldChildren } from '../core/job/array.ts';
import type { DependencyEdge } from '../core/job/dependencies.ts';
import { awaitedByJob, isSequential, judgeDependencies } from '../core/job/dependencies.ts';
import type { Job } from '../core/job/job.ts';
import { isTerminal } from '../core/job/job.ts';
import { onDependenciesKnown, onDependencyEnded, onStopRequested } from '../core/job/lifecycle.ts';
import { progressFrom } from '../core/job/progress.ts';
import type { Reaction } from '../core/job/reactions.ts';
import { reactionsTo } from '../core/job/reactions.ts';
import type { JobId } from '../core/ids.ts';
import { childJobId } from '../core/ids.ts';
import { jobStateChange } from './job-events.ts';
import type { Change, Clock, EventSink, Launcher, SlipwayEvent, Workflows } from './ports.ts';
import type { JobStore } from './store/jobs.ts';
import {
  deleteEdges,
  edgesOn,
  getJob,
  getJobs,
  insertChildren,
  jobsOfChange,
  listByStatus,
  transition,
} from './store/jobs.ts';

export interface ReactDeps {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly events: EventSink;
  readonly workflows: Workflows;
  readonly launcher: Launcher;
  /** `ended`: attempts that hold capacity no longer. Resolves when the wake cannot get lost (in a cloud: is queued). */
  readonly wakeScheduler: (ended: readonly string[]) => Promise<void>;
  readonly stopGraceSeconds: number;
}

/** Children written by one step of an expansion. */
const EXPAND_STEP = 1_000;

type ReactionOf<K extends Reaction['kind']> = Extract<Reaction, { kind: K }>;

export async function react(deps: ReactDeps, batch: readonly Change[]): Promise<void> {
  const reactions: { readonly reaction: Reaction; readonly change: Change }[] = [];
  for (const change of batch) {
    const jobs = await jobsOfChange(deps.store, change);
    if (!jobs) continue;
    for (const reaction of reactionsTo(jobs.before, jobs.after, change)) reactions.push({ reaction, change });
  }
  const of = <K extends Reaction['kind']>(kind: K): ReactionOf<K>[] =>
    reactions.flatMap(({ reaction }) => (reaction.kind === kind ? [reaction as ReactionOf<K>] : [])); // kind was compared

  const events: SlipwayEvent[] = reactions.flatMap(({ reaction, change }) =>
    reaction.kind === 'publish' ? [jobStateChange(reaction.job, change, deps.clock.now())] : [],
  );
  const ended = of('release').map((reaction) => reaction.attemptId);
  await Promise.all([
    events.length > 0 ? deps.events.publish(events) : undefined,
    foldAll(deps, of('fold')),
    settleAllDependents(
      deps,
      of('settle-dependents').map((reaction) => reaction.job),
    ),
    ended.length > 0 || of('schedule').length > 0 ? deps.wakeScheduler(ended) : undefined,
    ...of('evaluate-dependencies').map((reaction) => evaluateDependencies(deps, reaction.job)),
    ...of('expand').map((reaction) => expand(deps, reaction.job)),
    ...of('drive').map((reaction) => drive(deps, reaction.job)),
    ...of('wake').map((reaction) =>
      deps.workflows.wake(reaction.job.jobId, progressFrom(reaction.job, deps.clock.now())),
    ),
    ...of('stop-container').map((reaction) => deps.launcher.stop(reaction.attemptId, deps.stopGraceSeconds)),
    ...of('stop-children').map((reaction) => stopChildren(deps, reaction.job)),
    // The container is settled: what its runtime kept of it may go, apart from the log.
    ...of('release').map((reaction) => deps.launcher.forget(reaction.attemptId, reaction.taskId)),
  ]);
}

export async function drive(deps: Pick<ReactDeps, 'workflows'>, job: Job): Promise<void> {
  if (job.status !== 'STARTING' && job.status !== 'RUNNING') return;
  await deps.workflows.ensure('job', job.jobId, { jobId: job.jobId, attempt: job.attempt.number });
}

async function evaluateDependencies(deps: ReactDeps, job: Job): Promise<void> {
  const awaited = awaitedByJob(job);
  const found = await getJobs(deps.store, awaited);
  const statuses = new Map(awaited.map((id, index) => [id, found[index]?.job.status]));
  const { outstanding, failed } = judgeDependencies(awaited, (id) => statuses.get(id));
  await transition(deps.store, job.jobId, (now) =>
    onDependenciesKnown(now, outstanding, failed, deps.clock.now()),
  );
}

async function expand(deps: ReactDeps, parent: Job): Promise<void> {
  const size = parent.spec.arraySize ?? 0;
  for (let from = 0; from < size; from += EXPAND_STEP) {
    const children = childrenOf(parent, from, Math.min(size, from + EXPAND_STEP), deps.clock.now());
    await insertChildren(deps.store, parent, children);
  }
  // A stop that was asked for while the children were being written found only some of them.
  const now = await getJob(deps.store, parent.jobId);
  if (now?.job.stopRequest) await stopChildren(deps, now.job);
}

async function stopChildren(deps: ReactDeps, parent: Job): Promise<void> {
  const request = parent.stopRequest;
  if (!request) return;
  for (const status of ['PENDING', 'RUNNABLE', 'STARTING', 'RUNNING'] as const) {
    let after: string | undefined;
    do {
      const page = await listByStatus(deps.store, parent.jobId, status, {
        limit: 500,
        ...(after ? { after } : {}),
      });
      await Promise.all(
        page.jobs.map(({ job }) =>
          transition(deps.store, job.jobId, (child) => onStopRequested(child, request)),
        ),
      );
      after = page.next;
    } while (after !== undefined);
  }
}

async function foldAll(deps: ReactDeps, folds: readonly ReactionOf<'fold'>[]): Promise<void> {
  const moves = new Map<JobId, ChildMove[]>();
  for (const { parentId, move } of folds) {
    const known = moves.get(parentId);
    if (known) known.push(move);
    else moves.set(parentId, [move]);
  }
  await Promise.all(
    [...moves].map(([parentId, list]) =>
      transition(deps.store, parentId, (parent) => foldChildren(parent, list, deps.clock.now())),
    ),
  );
}

/** The ends of a batch together: the array-wide edges of siblings are read once. */
async function settleAllDependents(deps: ReactDeps, ended: readonly Job[]): Promise<void> {
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
  deps: ReactDeps,
  job: Job,
  pairwise: (parentId: JobId) => Promise<readonly DependencyEdge[]>,
): Promise<void> {
  if (!isTerminal(job)) return;
  const own = await allEdges(deps, job.jobId);
  const whole = own.filter((edge) => edge.type === 'ALL');
  const released: JobId[] = whole.map((edge) => edge.dependent);
  if (job.kind === 'child' && job.parentId && job.arrayIndex !== undefined) {
    const { arrayIndex } = job;
    released.push(...(await pairwise(job.parentId)).map((edge) => childJobId(edge.dependent, arrayIndex)));
    if (isSequential(job.spec) && arrayIndex + 1 < (job.spec.arraySize ?? 0)) {
      released.push(childJobId(job.parentId, arrayIndex + 1));
    }
  }
  const succeeded = job.status === 'SUCCEEDED';
  await Promise.all(
    released.map((dependent) =>
      transition(deps.store, dependent, (now) =>
        onDependencyEnded(now, job.jobId, succeeded, deps.clock.now()),
      ),
    ),
  );
  // N_TO_N edges of an array go with the array itself: its children needed them until the last had ended.
  if (own.length > 0) await deleteEdges(deps.store, own);
}

async function allEdges(deps: ReactDeps, jobId: JobId): Promise<readonly DependencyEdge[]> {
  const edges: DependencyEdge[] = [];
  let after: string | undefined;
  do {
    const page = await edgesOn(deps.store, jobId, after);
    edges.push(...page.edges);
    after = page.next;
  } while (after !== undefined);
  return edges;
}
