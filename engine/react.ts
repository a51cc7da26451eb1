// Carries out what follows from committed changes. Every reaction is safe to repeat: a batch is delivered again when the
// process died, or any of its reactions failed, before all were done.
import type { Job } from '../core/job/job.ts';
import { endOfWait, progressFrom } from '../core/job/progress.ts';
import type { Reaction } from '../core/job/reaction.ts';
import { reactionsTo } from '../core/job/reactions.ts';
import type { EpochMs, JobId, QueueArn } from '../core/ids.ts';
import { expandArray, foldChildMoves, stopChildren } from './array-reactions.ts';
import { jobStateChange, queueBlocked } from './job-events.ts';
import { alignChildren } from './queued-jobs.ts';
import { endIfQueueGone, evaluateDependencies, settleAllDependents } from './settle-dependents.ts';
import type { Clock, EventSink, SlipwayEvent, Workflows } from './ports.ts';
import type { Launcher } from './launch-ports.ts';
import type { Change } from './table-ports.ts';
import type { JobStore } from './store/jobs.ts';
import { jobsOfChange } from './store/jobs.ts';

export interface ReactDeps {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly events: EventSink;
  readonly workflows: Workflows;
  readonly launcher: Launcher;
  /** Resolves when the wake cannot get lost (in a cloud: is queued). */
  readonly wakeScheduler: (wake: SchedulerWake) => Promise<void>;
  readonly stopGraceSeconds: number;
}

/** What a scheduler is told of a batch of changes: where to look, and what to give back first. */
export interface SchedulerWake {
  /** Where something may be placeable, or is given back; each once. */
  readonly queueArns: readonly QueueArn[];
  /** Placements that hold capacity no longer, by their identity: mostly that of their attempt. */
  readonly ended: readonly { readonly attemptId: string; readonly queueArn: QueueArn }[];
  /** The newest job that came into line, per queue: an index that does not show it yet lags behind this wake. */
  readonly arrived: readonly { readonly jobId: JobId; readonly queueArn: QueueArn }[];
}

type ReactionOf<K extends Reaction['kind']> = Extract<Reaction, { kind: K }>;

export async function react(deps: ReactDeps, batch: readonly Change[]): Promise<void> {
  const reactions: Reaction[] = [];
  const events: SlipwayEvent[] = [];
  for (const change of batch) {
    const jobs = await jobsOfChange(deps.store, change);
    if (!jobs) continue;
    for (const reaction of reactionsTo(jobs.before, jobs.after, change)) {
      reactions.push(reaction);
      events.push(...eventsOf(reaction, change, deps.clock.now()));
    }
  }
  // Sorted once: there are many kinds, and a batch holds a thousand reactions, mostly of two or three of them.
  const kinds = Map.groupBy(reactions, ({ kind }) => kind);
  const of = <K extends Reaction['kind']>(kind: K): readonly ReactionOf<K>[] =>
    (kinds.get(kind) ?? []) as ReactionOf<K>[]; // grouped by it
  const wake = wakeOf(reactions);
  await Promise.all([
    events.length > 0 ? deps.events.publish(events) : undefined,
    foldChildMoves(deps, of('fold')),
    settleAllDependents(
      deps,
      of('settle-dependents').map((reaction) => reaction.job),
    ),
    wake ? deps.wakeScheduler(wake) : undefined,
    ...of('evaluate-dependencies').map((reaction) => evaluateDependencies(deps, reaction.job)),
    ...of('check-queue').map((reaction) => endIfQueueGone(deps, reaction.job)),
    ...of('expand').map((reaction) => expandArray(deps, reaction.job)),
    ...of('drive').map((reaction) => drive(deps, reaction.job)),
    ...of('wake').map((reaction) => wakeExecution(deps, reaction.job)),
    ...of('stop-container').map((reaction) => deps.launcher.stop(reaction.attemptId, deps.stopGraceSeconds)),
    ...of('stop-children').map((reaction) => stopChildren(deps, reaction.job)),
    ...of('align-children').map(({ parentId, member }) => alignChildren(deps, parentId, member)),
    ...of('forget').map((reaction) => deps.launcher.forget(reaction.attemptId, reaction.taskId)),
  ]);
}

/** `undefined` when no scheduler has to look. */
function wakeOf(reactions: readonly Reaction[]): SchedulerWake | undefined {
  const queueArns = new Set<QueueArn>();
  const ended: SchedulerWake['ended'][number][] = [];
  const newest = new Map<QueueArn, JobId>();
  for (const reaction of reactions) {
    if (reaction.kind !== 'schedule' && reaction.kind !== 'release') continue;
    const { queueArn } = reaction;
    queueArns.add(queueArn);
    if (reaction.kind === 'release') ended.push({ attemptId: reaction.placementId, queueArn });
    else if (reaction.arrived !== undefined) newest.set(queueArn, reaction.arrived);
  }
  if (queueArns.size === 0) return undefined;
  const arrived = [...newest].map(([queueArn, jobId]) => ({ jobId, queueArn }));
  return { queueArns: [...queueArns], ended, arrived };
}

function eventsOf(reaction: Reaction, change: Change, nowMs: EpochMs): SlipwayEvent[] {
  if (reaction.kind === 'publish') return [jobStateChange(reaction.job, change, nowMs)];
  return reaction.kind === 'publish-blocked' ? queueBlocked(reaction.job, change) : [];
}

async function wakeExecution({ workflows, clock }: ReactDeps, job: Job): Promise<void> {
  const progress = progressFrom(job, clock.now());
  await workflows.wake(job.jobId, (wait) => endOfWait(wait, progress));
}

export async function drive(deps: Pick<ReactDeps, 'workflows'>, job: Job): Promise<void> {
  if (job.status !== 'STARTING' && job.status !== 'RUNNING') return;
  const machine = job.kind === 'multinode' ? 'multi-node-job' : 'job';
  await deps.workflows.ensure(machine, job.jobId, { jobId: job.jobId, attempt: job.attempt.number });
}
