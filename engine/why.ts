// Why a job waits: worked out when it is asked, from the same snapshot and plan that the scheduler uses, so that the answer
// is never older than the question and costs nothing while nobody asks.
import type { EpochMs, JobId } from '../core/ids.ts';
import type { AttemptNote } from '../core/job/attempt-notes.ts';
import { attemptNotes } from '../core/job/attempt-notes.ts';
import type { Job } from '../core/job/job.ts';
import type { Snapshot } from '../core/placement/snapshot.ts';
import { planPlacements } from '../core/placement/plan.ts';
import type { WaitingReason } from '../core/placement/waiting-reason.ts';
import { NO_USE, timeConstantMs, usedVcpuSeconds, weightsOf } from '../core/queue/fair-share.ts';
import type { FairFront } from '../core/queue/line.ts';
import { loadAccounts } from './accounts.ts';
import type { ScheduleDeps } from './schedule-deps.ts';
import { getJob } from './store/jobs.ts';
import { countAhead } from './store/lines.ts';
import { candidateOf, takeSnapshot } from './take-snapshot.ts';

export interface WhyAnswer {
  readonly jobId: JobId;
  readonly status: Job['status'];
  readonly queue: string;
  /** When it came into this state, as far as the row knows. */
  readonly since: EpochMs;
  /** From 1: its place among the jobs in line; absent for jobs that do not stand in line. */
  readonly position?: number;
  /** Absent for a job that does not wait. */
  readonly reason?: WaitingReason;
  /** What its runtime could not honour; absent when there is nothing to say. */
  readonly notes?: readonly AttemptNote[];
}

/** Positions beyond this are told as this: counting them would cost more than the answer is worth. */
const MAX_COUNTED = 100_000;

export async function whyWaiting(deps: ScheduleDeps, jobId: JobId): Promise<WhyAnswer | undefined> {
  const found = await getJob(deps.store, jobId);
  if (!found) return undefined;
  const { job } = found;
  const notes = attemptNotes(job);
  const base = {
    jobId,
    status: job.status,
    queue: job.spec.queueArn,
    ...(notes.length === 0 ? {} : { notes }),
  };
  if (job.kind === 'node' && job.parentId && job.status === 'RUNNABLE') {
    const whole = await whyWaiting(deps, job.parentId);
    // As long as its job waits, it waits with it.
    if (whole?.status === 'RUNNABLE') return { ...whole, jobId };
    const message = `waits for its main node to run, node ${job.node?.mainNode}`;
    return { ...base, since: job.runnableAtMs, reason: { code: 'MAIN_NODE', message } };
  }
  switch (job.status) {
    case 'SUBMITTED':
      return {
        ...base,
        since: job.createdAtMs,
        reason: { code: 'JUST_ARRIVED', message: 'was accepted a moment ago' },
      };
    case 'PENDING':
      return { ...base, since: job.createdAtMs, reason: pendingReason(job) };
    case 'RUNNABLE':
      return { ...base, since: job.runnableAtMs, ...(await placeInLine(deps, job)) };
    case 'STARTING':
      return { ...base, since: job.attempt.placedAtMs };
    case 'RUNNING':
      return { ...base, since: job.startedAtMs };
    case 'SUCCEEDED':
    case 'FAILED':
      return { ...base, since: job.stoppedAtMs };
  }
}

function heldReason(): WaitingReason {
  return { code: 'HELD', message: 'is held until it is released' };
}

function pendingReason(job: Job): WaitingReason {
  if (job.awaiting.length === 0) return { code: 'CHILDREN', message: 'waits for its children to end' };
  const message = `waits for ${job.awaiting.length === 1 ? 'job' : `${job.awaiting.length} jobs:`} ${job.awaiting.join(', ')}`;
  return { code: 'DEPENDENCIES', message, waitsFor: job.awaiting };
}

async function placeInLine(
  deps: ScheduleDeps,
  job: Job,
): Promise<{ readonly position?: number; readonly reason: WaitingReason }> {
  if (job.heldAtMs !== undefined) return { reason: heldReason() };
  if (job.unplaceable) return { reason: job.unplaceable };
  const position = await countAhead(deps.store, job, MAX_COUNTED);
  const domain = await deps.loadDomain();
  const accounts = await loadAccounts(deps.store.table, domain, [], deps.host !== undefined);
  const { snapshot, jobs } = await takeSnapshot(deps, domain, accounts);
  const plan = planPlacements(snapshot);
  const { queueArn, shareIdentifier } = job.spec;
  const block = plan.blocked.find((blocked) => blocked.queueArn === queueArn);
  if (block?.jobId === job.jobId) return { position, reason: block.reason };
  if (!block) {
    return {
      position,
      reason: { code: 'JUST_ARRIVED', message: 'is about to be placed by the next scheduling pass' },
    };
  }
  const never = neverFits(snapshot, job);
  if (never) return { position, reason: never };
  const turnOf = jobs.get(block.jobId)?.job.spec.shareIdentifier;
  const fair = snapshot.queues.find((queue) => queue.queueArn === queueArn)?.fair;
  if (fair && shareIdentifier !== undefined && turnOf !== undefined && turnOf !== shareIdentifier) {
    return { position, reason: shareTurn(fair, shareIdentifier, turnOf, block.reason) };
  }
  const ahead = Math.max(0, position - 1);
  const message = `${ahead} ${ahead === 1 ? 'job is' : 'jobs are'} ahead in its ${fair ? 'share' : 'queue'}; the first, ${block.jobId}, ${block.reason.message}`;
  return { position, reason: { code: 'BEHIND_OTHERS', message, ahead, head: block.reason } };
}

/** Why nothing could ever hold the job, judged by itself: it may stand too far back for the scheduler to have looked at it. */
function neverFits(snapshot: Snapshot, job: Job): WaitingReason | undefined {
  const queue = snapshot.queues.find(({ queueArn }) => queueArn === job.spec.queueArn);
  if (!queue) return undefined;
  const { fair: _shares, ...alone } = queue;
  const plan = planPlacements({ ...snapshot, queues: [{ ...alone, heads: [candidateOf(job)] }] });
  return plan.unplaceable[0]?.reason;
}

/** Another share stands before the whole of this one. */
function shareTurn(
  { policy, atMs, shares }: FairFront,
  shareIdentifier: string,
  turnOf: string,
  head: WaitingReason,
): WaitingReason {
  const constantMs = timeConstantMs(policy);
  const weightOf = weightsOf(policy);
  const used = (share: string): number => {
    const use = shares.find((front) => front.shareIdentifier === share)?.use ?? NO_USE;
    return Math.round(usedVcpuSeconds(use, atMs, constantMs));
  };
  const told = (share: string): string =>
    `share ${share} (${used(share)} vCPU-seconds, weight ${weightOf(share)})`;
  const message = `it is the turn of ${told(turnOf)} before ${told(shareIdentifier)}; its first job ${head.message}`;
  return {
    code: 'SHARE_TURN',
    message,
    shareIdentifier,
    usedVcpuSeconds: used(shareIdentifier),
    weightFactor: weightOf(shareIdentifier),
    turnOf,
    head,
  };
}
