// What must hold when everything has come to rest: nothing is under way, nothing is due, and no container ends by itself any
// more. Whatever has not ended by then waits, and must say truthfully for what.
import type { Job } from '../../core/job/job.ts';
import { attemptId, isPlaced, isTerminal } from '../../core/job/job.ts';
import type { ComputeEnvironmentArn, JobId, QueueArn } from '../../core/ids.ts';
import { childJobId } from '../../core/ids.ts';
import { maxVcpusOf, takesPlacements } from '../../core/placement/compute-environment.ts';
import { placesJobs } from '../../core/queue/job-queue.ts';
import { dispatchOrder } from '../../engine/store/job-rows.ts';
import { whyWaiting } from '../../engine/why.ts';
import type { Table } from '../../engine/table-ports.ts';
import type { ScheduleDeps } from '../../engine/schedule-deps.ts';
import { holderOf } from './capacity-invariants.ts';
import type { Watched } from './invariants.ts';
import { dependenciesOf, hasFailed } from './job-invariants.ts';
import { isLiveAttempt, ownerOf } from './node-invariants.ts';

/** A timeout is counted in whole seconds. */
const OVERDUE_MS = 1_000;

/** What a home knows beside its rows. */
export interface RestingHome {
  readonly behind: Pick<Table, 'get'>;
  /** Whether an execution drives this job. */
  readonly isDriven: (jobId: JobId) => boolean;
  /** What the scheduler of this queue sees. */
  readonly scheduleOf: (queueArn: QueueArn) => ScheduleDeps;
}

export async function checkRest(watched: Watched, home: RestingHome): Promise<void> {
  await checkStored(watched, home);
  for (const job of watched.rows.jobs.values()) {
    if (isTerminal(job)) checkEnded(watched, home, job);
    else if (isPlaced(job)) checkPlaced(watched, home, job);
    else await checkWaiting(watched, home, job);
  }
  checkHeads(watched);
  checkHolders(watched);
}

/** The rows in the database are the ones that the commits made. */
async function checkStored({ rows, violated, nowMs }: Watched, { behind }: RestingHome): Promise<void> {
  for (const row of rows.all()) {
    if ((row.expiresAtS ?? Number.POSITIVE_INFINITY) * 1_000 <= nowMs()) continue;
    const stored = await behind.get(row.table, row);
    const same = stored?.version === row.version && JSON.stringify(stored.body) === JSON.stringify(row.body);
    if (!same)
      violated(
        '1 not lost',
        `${row.pk} ${row.sk} is stored as version ${stored?.version}, not ${row.version}`,
      );
  }
}

/** Its execution may only be one that has yet to see a row that moved on; at rest there is none. */
function checkEnded({ rows, violated }: Watched, home: RestingHome, job: Job): void {
  if (home.isDriven(job.jobId))
    violated('1 not lost', `${job.jobId} is ${job.status}, and its execution still runs`);
  if (job.kind !== 'array' || job.children === undefined) return;
  for (let index = 0; index < (job.spec.arraySize ?? 0); index += 1) {
    const child = rows.jobs.get(childJobId(job.jobId, index));
    if (child && !isTerminal(child)) violated('1 not lost', `${child.jobId} outlives its parent`);
  }
}

function checkPlaced({ host, violated, nowMs, skewMs }: Watched, home: RestingHome, job: Job): void {
  if (!isPlaced(job)) return;
  const id = attemptId(job.jobId, job.attempt.number);
  const isLive = host.live().some((container) => isLiveAttempt(job, container.attemptId));
  if (job.status === 'STARTING') violated('1 not lost', `${id} is STARTING for ever`);
  if (!isLive) violated('1 not lost', `${id} is ${job.status}, and nothing of it runs`);
  if (job.stopRequest) violated('1 not lost', `${id} was to stop (${job.stopRequest.kind}), and runs on`);
  if (!home.isDriven(job.jobId)) violated('1 not lost', `${id} is driven by no execution`);
  const { timeoutSeconds } = job.spec;
  if (job.status !== 'RUNNING' || timeoutSeconds === undefined) return;
  const overdueMs = nowMs() - job.startedAtMs - timeoutSeconds * 1_000 - skewMs - OVERDUE_MS;
  if (overdueMs > 0) violated('1 not lost', `${id} is ${overdueMs} ms past its timeout`);
}

async function checkWaiting(watched: Watched, home: RestingHome, job: Job): Promise<void> {
  const { rows, violated } = watched;
  const { jobId, status } = job;
  const answer = await whyWaiting(home.scheduleOf(job.spec.queueArn), jobId);
  const code = answer?.reason?.code;
  if (!answer?.reason || answer.reason.message === '' || code === 'JUST_ARRIVED')
    violated('1 not lost', `${jobId} is ${status} for ever, and why is ${code ?? 'not said'}`);
  if (status === 'SUBMITTED') violated('1 not lost', `${jobId} is SUBMITTED for ever`);
  if (status !== 'PENDING') return;
  const isParent = job.kind === 'array' && job.expanded === true;
  const children = Array.from({ length: job.spec.arraySize ?? 0 }, (_, index) => childJobId(jobId, index));
  if (isParent) checkChildren(watched, job, children);
  const awaited = isParent ? children : dependenciesOf(job);
  const outstanding = awaited.filter((id) => {
    const other = rows.jobs.get(id);
    return other ? !isTerminal(other) : !hasFailed(rows.jobs, id);
  });
  if (outstanding.length === 0)
    violated('4 dependencies', `${jobId} waits for something that has ended: ${code}`);
  else if (job.kind !== 'array' && awaited.some((id) => hasFailed(rows.jobs, id)))
    violated('4 dependencies', `${jobId} waits, though a dependency has failed`);
}

/** They are all there, and a stop of their parent has reached them. */
function checkChildren({ rows, violated }: Watched, parent: Job, ids: readonly JobId[]): void {
  for (const id of ids) {
    const child = rows.jobs.get(id);
    if (!child) violated('1 not lost', `${id} was never written`);
    // A cancelled array lets its running children run, also when they fail and are retried.
    const hasRun = child !== undefined && (isPlaced(child) || child.attempts.length > 0);
    const isSpared = parent.stopRequest?.kind === 'cancel' && hasRun;
    if (child && parent.stopRequest && !isTerminal(child) && !child.stopRequest && !isSpared)
      violated('1 not lost', `${id} is ${child.status}, though its parent was to stop`);
  }
}

/** The first in line of each queue finds no room, and who was set aside could really never fit. */
function checkHeads(watched: Watched): void {
  const { rows, violated } = watched;
  const lines = new Map<QueueArn, Job[]>();
  for (const job of rows.jobs.values()) {
    if (job.status !== 'RUNNABLE') continue;
    const { queueArn } = job.spec;
    const queue = rows.queues.get(queueArn);
    if (!queue || !placesJobs(queue)) violated('1 not lost', `${job.jobId} stands in a queue that is gone`);
    if (!job.unplaceable) lines.set(queueArn, [...(lines.get(queueArn) ?? []), job]);
    else if (roomFor(watched, job, 'at best') !== undefined)
      violated('1 not lost', `${job.jobId} is said to fit never, and would: ${job.unplaceable.message}`);
  }
  for (const [queueArn, line] of lines) {
    for (const head of headsOf(watched, queueArn, line)) {
      const place = roomFor(watched, head, 'now');
      if (place !== undefined) violated('1 not lost', `${head.jobId} waits, and ${place} has room`);
    }
  }
}

/** Whose turn it is by fair share is core's to say; where nothing is in use and everybody fits, though, it is somebody's. */
function headsOf(watched: Watched, queueArn: QueueArn, line: readonly Job[]): readonly Job[] {
  const { rows } = watched;
  const isFair = rows.queues.get(queueArn)?.schedulingPolicyArn !== undefined;
  const isSomebodysTurn =
    rows.placements.size === 0 && line.every((job) => roomFor(watched, job, 'now') !== undefined);
  if (isFair) return isSomebodysTurn ? line.slice(0, 1) : [];
  const [head] = line.toSorted((left, right) => (dispatchOrder(left) < dispatchOrder(right) ? -1 : 1));
  return head ? [head] : [];
}

/** A compute environment of its queue that could take the job: with what is free now, or with all that it has. */
function roomFor(watched: Watched, job: Job, when: 'now' | 'at best'): string | undefined {
  const { rows } = watched;
  const short = (job.spec.consumables ?? []).some(({ arn, quantity }) => {
    const use = rows.consumableUses.get(arn);
    const resource = rows.consumables.get(arn);
    const staysTaken = when === 'now' || resource?.resourceType === 'NON_REPLENISHABLE';
    const taken = (use?.consumed ?? 0) + (staysTaken ? (use?.inUse ?? 0) : 0);
    return quantity > (resource?.providedQuantity ?? 0) - taken;
  });
  if (short) return undefined;
  const places = rows.queues.get(job.spec.queueArn)?.computeEnvironmentOrder ?? [];
  return places.find(({ computeEnvironment }) => hasRoom(watched, computeEnvironment, job, when))
    ?.computeEnvironment;
}

function hasRoom(watched: Watched, ceArn: ComputeEnvironmentArn, job: Job, when: 'now' | 'at best'): boolean {
  const { rows, hostTotal } = watched;
  const environment = rows.environments.get(ceArn);
  if (!environment || !takesPlacements(environment)) return false;
  const ofMachines = watched.roomFor?.(environment, job, when);
  if (ofMachines !== undefined) return ofMachines;
  const { demand } = job.spec;
  const taken = when === 'now' ? [...rows.placements.values()] : [];
  const inUse = (kind: keyof typeof demand, own: typeof taken): number =>
    own.reduce((sum, record) => sum + record.demand[kind], 0);
  const here = taken.filter((record) => record.ceArn === ceArn);
  const max = maxVcpusOf(environment) ?? Number.POSITIVE_INFINITY;
  const kinds = ['vcpus', 'memoryMiB', 'gpus'] as const;
  return (
    demand.vcpus + inUse('vcpus', here) <= max &&
    kinds.every((kind) => !hostTotal || demand[kind] + inUse(kind, taken) <= hostTotal[kind])
  );
}

/** Nobody holds capacity, and nothing runs, for a job that is elsewhere. */
function checkHolders(watched: Watched): void {
  const { rows, host, violated } = watched;
  for (const id of rows.placements.keys())
    if (!holderOf(watched, id)) violated('5 capacity', `${id} holds capacity, and does not run`);
  for (const { attemptId: id, jobId } of host.live())
    if (!isLiveAttempt(rows.jobs.get(ownerOf(jobId)), id))
      violated('3 attempts', `the container of ${id} runs, and its job does not`);
}
