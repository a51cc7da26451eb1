// Everything the console shows of one job: its row, the time it spent in each state, its attempts and where their output is, why
// it waits, and for whom.
import type { EventLog } from '../../adapters/sqlite/event-log.ts';
import { ClientException } from '../../api/errors.ts';
import { isInScope } from '../../api/operations/job-scope.ts';
import type { JobId, Scope } from '../../core/ids.ts';
import { nameOf, parseJobId } from '../../core/ids.ts';
import { wantedEnd } from '../../core/job/dependencies.ts';
import type { EndedAttempt, Job, JobStatus } from '../../core/job/job.ts';
import { isPlaced, isTerminal, JOB_STATUSES } from '../../core/job/job.ts';
import { jobDetail } from '../../core/job/job-detail.ts';
import { nodeViews } from '../../core/job/node-view.ts';
import { LONE_CONTAINER_NAME } from '../../core/job/spec.ts';
import { containerTaskId } from '../../core/job/task-id.ts';
import { JOB_STATE_CHANGE } from '../../engine/job-events.ts';
import { hangsTogether } from '../../engine/job-graph.ts';
import type { ScheduleDeps } from '../../engine/schedule.ts';
import type { JobStore } from '../../engine/store/jobs.ts';
import { getJob, getJobs } from '../../engine/store/jobs.ts';
import { whyWaiting } from '../../engine/why.ts';
import { quoted } from './job-filter.ts';
import { jobRowOf } from './job-rows.ts';
import { machinePlaceOf } from './machines.ts';
import { readOverridden } from './overridden.ts';
import type { Attempt, JobAnswer, LogSource, NodeAnswer, TimelineStep } from './wire.ts';

/** Ten attempts have forty changes of state; a job may also be told blocked, again and again. */
const MAX_EVENTS = 200;
const MAX_DEPENDENCIES = 20;

export interface OneJobDeps {
  readonly schedule: ScheduleDeps;
  readonly events: EventLog;
}

/** The job of this Region with this id; a mistake of the caller's when there is none. */
export async function findJob(store: JobStore, scope: Scope, text: string): Promise<Job> {
  const found = parseJobId(text) ? await getJob(store, text as JobId) : undefined; // parsed as one
  if (found && isInScope(scope, found.job)) return found.job;
  throw new ClientException(`Job ${quoted(text)} does not exist in ${scope.region}.`, 404);
}

export async function readJob(deps: OneJobDeps, scope: Scope, text: string): Promise<JobAnswer> {
  const { schedule } = deps;
  const job = await findJob(schedule.store, scope, text);
  const [timeline, why, awaited, overridden, hasWorkflow] = await Promise.all([
    readTimeline(deps.events, job),
    isTerminal(job) ? undefined : whyWaiting(schedule, job.jobId),
    getJobs(schedule.store, job.awaiting.slice(0, MAX_DEPENDENCIES)),
    readOverridden(schedule.store.table, scope, job),
    hangsTogether(schedule.store, job),
  ]);
  return {
    nowMs: schedule.clock.now(),
    row: jobRowOf(job),
    queue: nameOf(job.spec.queueArn),
    ...(job.parentId === undefined ? {} : { parentId: job.parentId }),
    detail: jobDetail(job),
    timeline,
    attempts: attemptsOf(job, timeline),
    logs: logSourcesOf(job),
    ...(why
      ? {
          why: {
            sinceMs: why.since,
            ...(why.position === undefined ? {} : { position: why.position }),
            ...(why.reason ? { reason: { code: why.reason.code, message: why.reason.message } } : {}),
          },
        }
      : {}),
    waitsFor: awaited.flatMap((stored) =>
      stored ? [{ row: jobRowOf(stored.job), end: wantedEnd(job, stored.job.jobId) }] : [],
    ),
    nodes: nodeViews(job).map(nodeOf),
    hasWorkflow,
    ...(job.heldAtMs === undefined || isTerminal(job) ? {} : { heldAtMs: job.heldAtMs }),
    ...(job.priority === undefined ? {} : { priority: job.priority }),
    machine: machinePlaceOf(job, timeline),
    ...(overridden ? { overridden } : {}),
  };
}

function nodeOf(job: Job): NodeAnswer {
  const { node } = job;
  return {
    row: { ...jobRowOf(job), ...(node ? { index: node.index } : {}) },
    isMain: node !== undefined && node.index === node.mainNode,
    ...(node?.address === undefined ? {} : { address: node.address }),
    logs: logSourcesOf(job),
  };
}

/** From its events; what has none (the submission, an event not yet written) is told from the row. */
async function readTimeline(events: EventLog, job: Job): Promise<readonly TimelineStep[]> {
  const stored = await events.read({ afterSeq: 0, limit: MAX_EVENTS, jobId: job.jobId });
  const steps: TimelineStep[] = [{ status: 'SUBMITTED', atMs: job.createdAtMs }];
  for (const { detailType, atMs, detail } of stored) {
    const status = detailType === JOB_STATE_CHANGE ? statusIn(detail) : undefined;
    if (status && status !== steps.at(-1)?.status) steps.push({ status, atMs });
  }
  const now = stepNow(job);
  if (now && steps.at(-1)?.status !== now.status) steps.push(now);
  return steps;
}

function statusIn(detail: object): JobStatus | undefined {
  const { status } = detail as { readonly status?: unknown }; // any object
  return JOB_STATUSES.find((known) => known === status);
}

function stepNow(job: Job): TimelineStep | undefined {
  const { status } = job;
  switch (status) {
    case 'SUBMITTED':
      return undefined;
    case 'PENDING':
      return { status, atMs: job.createdAtMs };
    case 'RUNNABLE':
      return { status, atMs: job.runnableAtMs };
    case 'STARTING':
      return { status, atMs: job.attempt.placedAtMs };
    case 'RUNNING':
      return { status, atMs: job.startedAtMs };
    case 'SUCCEEDED':
    case 'FAILED':
      return { status, atMs: job.stoppedAtMs };
  }
}

function attemptsOf(job: Job, timeline: readonly TimelineStep[]): readonly Attempt[] {
  const timesOf = (wanted: JobStatus): readonly number[] =>
    timeline.filter(({ status }) => status === wanted).map(({ atMs }) => atMs);
  const [runnable, placed] = [timesOf('RUNNABLE'), timesOf('STARTING')];
  const inLine = (index: number): Pick<Attempt, 'runnableAtMs' | 'placedAtMs'> => ({
    ...(runnable[index] === undefined ? {} : { runnableAtMs: runnable[index] }),
    ...(placed[index] === undefined ? {} : { placedAtMs: placed[index] }),
  });
  const ended = job.attempts.map((attempt, index) => ({
    ...endedAttempt(attempt, index + 1),
    ...inLine(index),
  }));
  if (!isPlaced(job)) return ended;
  const { number, placement, note } = job.attempt;
  const live: Attempt = {
    ...inLine(number - 1),
    number,
    environment: nameOf(placement.ceArn),
    placedAtMs: job.attempt.placedAtMs,
    ...(job.status === 'RUNNING' ? { startedAtMs: job.startedAtMs } : {}),
    ...(note === undefined ? {} : { note }),
  };
  return [...ended, live];
}

function endedAttempt(attempt: EndedAttempt, number: number): Attempt {
  const { ceArn, startedAtMs, stoppedAtMs, exitCode, reason, statusReason, note } = attempt;
  return {
    number,
    environment: nameOf(ceArn),
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    stoppedAtMs,
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(reason === undefined ? {} : { reason }),
    statusReason,
    ...(note === undefined ? {} : { note }),
  };
}

/** Newest attempt last; a multi-node job has none, its nodes have. */
export function logSourcesOf(job: Job): readonly LogSource[] {
  if (job.kind === 'multinode') return [];
  const tasks = job.attempts.map(({ taskId }, index) => ({ attempt: index + 1, taskId }));
  if (isPlaced(job)) tasks.push({ attempt: job.attempt.number, taskId: job.attempt.taskId });
  const { containers } = job.spec;
  if (!containers) return tasks.map((task) => ({ ...task, container: LONE_CONTAINER_NAME }));
  return tasks.flatMap(({ attempt, taskId }) =>
    containers.map(({ name }, index) => ({
      attempt,
      container: name,
      taskId: containerTaskId(taskId, index + 1),
    })),
  );
}
