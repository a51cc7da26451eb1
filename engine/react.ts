// Carries out what follows from committed changes. Every reaction is safe to repeat: a batch is delivered again when the
// process died, or any of its reactions failed, before all were done.
import type { ChildMove } from '../core/job/array.ts';
import { childrenOf, foldChildren } from '../core/job/array.ts';
import type { Job } from '../core/job/job.ts';
import { onStopRequested } from '../core/job/lifecycle.ts';
import { progressFrom } from '../core/job/progress.ts';
import type { Reaction } from '../core/job/reactions.ts';
import { reactionsTo } from '../core/job/reactions.ts';
import type { EpochMs, JobId } from '../core/ids.ts';
import { jobStateChange, queueBlocked } from './job-events.ts';
import { alignChildren } from './queued-jobs.ts';
import { evaluateDependencies, settleAllDependents } from './settle-dependents.ts';
import type { Change, Clock, EventSink, Launcher, SlipwayEvent, Workflows } from './ports.ts';
import type { JobStore } from './store/jobs.ts';
import { getJob, insertChildren, jobsOfChange, listByStatus, transition } from './store/jobs.ts';

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
    eventsOf(reaction, change, deps.clock.now()),
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
    ...of('align-children').map(({ parentId, member }) => alignChildren(deps, parentId, member)),
    ...of('forget').map((reaction) => deps.launcher.forget(reaction.attemptId, reaction.taskId)),
  ]);
}

function eventsOf(reaction: Reaction, change: Change, nowMs: EpochMs): SlipwayEvent[] {
  if (reaction.kind === 'publish') return [jobStateChange(reaction.job, change, nowMs)];
  return reaction.kind === 'publish-blocked' ? queueBlocked(reaction.job, change) : [];
}

export async function drive(deps: Pick<ReactDeps, 'workflows'>, job: Job): Promise<void> {
  if (job.status !== 'STARTING' && job.status !== 'RUNNING') return;
  const machine = job.kind === 'multinode' ? 'multi-node-job' : 'job';
  await deps.workflows.ensure(machine, job.jobId, { jobId: job.jobId, attempt: job.attempt.number });
}

async function expand(deps: ReactDeps, parent: Job): Promise<void> {
  const size = parent.spec.arraySize ?? 0;
  for (let from = 0; from < size; from += EXPAND_STEP) {
    const children = childrenOf(parent, from, Math.min(size, from + EXPAND_STEP), deps.clock.now());
    await insertChildren(deps.store, parent, children);
  }
  // A stop, or anything else, that was asked for while the children were being written found only some of them.
  const now = await getJob(deps.store, parent.jobId);
  if (now?.job.stopRequest) await stopChildren(deps, now.job);
  for (const member of ['heldAtMs', 'priority'] as const)
    if (now && now.job[member] !== parent[member]) await alignChildren(deps, parent.jobId, member);
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
