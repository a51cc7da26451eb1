// Everything the console shows of one job: its row, the time it spent in each state, its attempts and where their output is, why
// it waits, and for whom.
import type { Scope } from '../../core/ids.ts';
import { nameOf } from '../../core/ids.ts';
import { wantedEnd } from '../../core/job/dependencies.ts';
import type { Job, JobStatus } from '../../core/job/job.ts';
import type { EndedAttempt } from '../../core/job/attempt.ts';
import { stagesOf } from '../../core/job/attempt-stages.ts';
import { isPlaced, isTerminal } from '../../core/job/job.ts';
import { jobDetail } from '../../core/job/job-detail.ts';
import { nodeViews } from '../../core/job/node-view.ts';
import { hangsTogether } from '../../engine/job-graph.ts';
import type { ScheduleDeps } from '../../engine/schedule-deps.ts';
import { getJobs } from '../../engine/store/jobs.ts';
import { whyWaiting } from '../../engine/why.ts';
import { jobRowOf } from './job-rows.ts';
import { logSourcesOf } from './log-sources.ts';
import { machinePlaceOf } from './machine-place.ts';
import { readOverridden } from './overridden.ts';
import type { Step } from './timeline.ts';
import { stepsOfRow, timelineOf } from './timeline.ts';
import type { Attempt, JobAnswer, NodeAnswer } from './wire.ts';

const MAX_DEPENDENCIES = 20;

export interface OneJobDeps {
  readonly schedule: ScheduleDeps;
  /** Where more is known of its way than its row tells. */
  readonly stepsOf?: (job: Job) => Promise<readonly Step[]>;
}

export async function readJob(deps: OneJobDeps, scope: Scope, job: Job): Promise<JobAnswer> {
  const { schedule } = deps;
  const [steps, why, awaited, overridden, hasWorkflow] = await Promise.all([
    deps.stepsOf ? deps.stepsOf(job) : stepsOfRow(job),
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
    timeline: timelineOf(steps),
    attempts: attemptsOf(job, steps),
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
    machine: machinePlaceOf(
      job,
      steps.map(({ status }) => status),
    ),
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

function attemptsOf(job: Job, steps: readonly Step[]): readonly Attempt[] {
  const timesOf = (wanted: JobStatus): readonly (number | undefined)[] =>
    steps.filter(({ status }) => status === wanted).map(({ atMs }) => atMs);
  const [runnable, placed] = [timesOf('RUNNABLE'), timesOf('STARTING')];
  const inLine = (index: number): Pick<Attempt, 'runnableAtMs' | 'placedAtMs'> => ({
    ...(runnable[index] === undefined ? {} : { runnableAtMs: runnable[index] }),
    ...(placed[index] === undefined ? {} : { placedAtMs: placed[index] }),
  });
  const ended = job.attempts.map((attempt, index) => ({
    ...endedAttempt(attempt, index + 1),
    ...inLine(index),
    stages: stagesOf({ ...attempt, ...inLine(index) }),
  }));
  if (!isPlaced(job)) return ended;
  const { number, placement, note } = job.attempt;
  const times = {
    ...inLine(number - 1),
    placedAtMs: job.attempt.placedAtMs,
    ...(job.status === 'RUNNING' ? { startedAtMs: job.startedAtMs } : {}),
  };
  const live: Attempt = {
    ...times,
    number,
    environment: nameOf(placement.ceArn),
    stages: stagesOf({ ...job.attempt, ...times }),
    ...(note === undefined ? {} : { note }),
  };
  return [...ended, live];
}

function endedAttempt(attempt: EndedAttempt, number: number): Omit<Attempt, 'stages'> {
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
