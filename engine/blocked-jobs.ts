// Jobs that are blocked, in AWS's words: told on their rows once per detection, from which the event follows, and cancelled
// when a queue's time limit for that reason has passed. The rows say since when, so a restart forgets nothing; the next
// limit is handed back to whoever runs the passes, so nobody has to ask in between.
import type { EpochMs, JobId, QueueArn } from '../core/ids.ts';
import type { Job } from '../core/job/job.ts';
import { onHeadBlocked, onHeadFree, onStopRequested } from '../core/job/lifecycle.ts';
import type { Plan } from '../core/placement/planned.ts';
import { statusReasonText } from '../core/placement/waiting-reason.ts';
import type { JobStateTimeLimitAction } from '../core/queue/job-queue.ts';
import { timeLimitOf } from '../core/queue/time-limit.ts';
import type { ScheduleDeps, SchedulingDomain } from './schedule-deps.ts';
import type { StoredJob } from './store/jobs.ts';
import { getJobs, transition } from './store/jobs.ts';
import { unplaceableByReason } from './store/lines.ts';

type LookedAt = ReadonlyMap<JobId, StoredJob>;

/** Writes on the heads of blocked queues why they are, and takes it back from those that are blocked no more. */
export async function tellHeads(deps: ScheduleDeps, plan: Plan, jobs: LookedAt): Promise<void> {
  const atMs = deps.clock.now();
  const texts = new Map<JobId, string>();
  for (const { jobId, reason } of plan.blocked) {
    const text = statusReasonText(reason);
    if (text !== undefined) texts.set(jobId, text);
  }
  const settled = new Set([...plan.placements, ...plan.unplaceable].map(({ jobId }) => jobId));
  const freed = [...jobs.values()].flatMap(({ job: { jobId, blocked } }) =>
    blocked && !texts.has(jobId) && !settled.has(jobId) ? [jobId] : [],
  );
  const told = [...texts].filter(([jobId, text]) => !isTold(jobs.get(jobId)?.job, text));
  await Promise.all([
    ...told.map(([jobId, text]) => transition(deps.store, jobId, (job) => onHeadBlocked(job, text, atMs))),
    ...freed.map((jobId) => transition(deps.store, jobId, onHeadFree)),
  ]);
}

function isTold(job: Job | undefined, text: string): boolean {
  return job?.blocked?.reason === text && job.statusReason === text;
}

export interface TimeLimitSweep {
  readonly cancelled: number;
  /** The next moment at which a limit passes, of the jobs that are blocked now. */
  readonly nextAtMs?: EpochMs;
}

/** Jobs of one reason that one pass looks at; more that are due are taken by the next. */
const LOOK = 100;

/** Cancels what has been blocked too long: jobs that were set aside, and the heads of blocked queues. */
export async function enforceTimeLimits(
  deps: ScheduleDeps,
  domain: SchedulingDomain,
  plan: Plan,
): Promise<TimeLimitSweep> {
  const sweeps = await Promise.all(
    domain.queues.flatMap(({ queueArn, timeLimits }) =>
      timeLimits ? [enforceInQueue(deps, queueArn, timeLimits, plan)] : [],
    ),
  );
  const next = sweeps.flatMap(({ nextAtMs }) => nextAtMs ?? []);
  return {
    cancelled: sweeps.reduce((sum, sweep) => sum + sweep.cancelled, 0),
    ...(next.length === 0 ? {} : { nextAtMs: Math.min(...next) }),
  };
}

async function enforceInQueue(
  deps: ScheduleDeps,
  queueArn: QueueArn,
  actions: readonly JobStateTimeLimitAction[],
  plan: Plan,
): Promise<TimeLimitSweep> {
  const nowMs = deps.clock.now();
  const reasons = new Set(actions.map(({ reason }) => reason));
  const aside = await Promise.all(
    [...reasons].map((reason) => unplaceableByReason(deps.store, queueArn, reason, LOOK)),
  );
  const headIds = plan.blocked.filter((block) => block.queueArn === queueArn).map(({ jobId }) => jobId);
  const heads = (await getJobs(deps.store, headIds)).flatMap((stored) => stored ?? []);
  const due: JobId[] = [];
  let nextAtMs: EpochMs | undefined;
  for (const { job } of [...aside.flat(), ...heads]) {
    const limit = timeLimitOf(actions, waitingBlockage(job));
    if (!limit) continue;
    if (limit.atMs <= nowMs) due.push(job.jobId);
    else nextAtMs = Math.min(limit.atMs, nextAtMs ?? limit.atMs);
  }
  await Promise.all(
    due.map((jobId) => transition(deps.store, jobId, (job) => cancelOverdue(job, actions, nowMs))),
  );
  return { cancelled: due.length, ...(nextAtMs === undefined ? {} : { nextAtMs }) };
}

function waitingBlockage(job: Job): Job['blocked'] {
  return job.status === 'RUNNABLE' && job.statusReason === job.blocked?.reason ? job.blocked : undefined;
}

function cancelOverdue(
  job: Job,
  actions: readonly JobStateTimeLimitAction[],
  nowMs: EpochMs,
): Job | undefined {
  const limit = timeLimitOf(actions, waitingBlockage(job));
  if (!limit || limit.atMs > nowMs) return undefined;
  return onStopRequested(job, { kind: 'cancel', reason: limit.statusReason, atMs: nowMs });
}
