// The functions that statemachines/job.asl.json and multi-node-job.asl.json call. Each parks its task token before it reads the row, and whoever
// changes the row wakes the token after the commit: one of the two always sees the other.
import type { JobId } from '../core/ids.ts';
import type { Job, StartingJob } from '../core/job/job.ts';
import { attemptId } from '../core/job/job.ts';
import { onExit } from '../core/job/attempt-steps.ts';
import { onStopRequested, TIMED_OUT } from '../core/job/lifecycle.ts';
import { isMultiNode } from '../core/job/node.ts';
import type { Wait, WaitingState } from '../core/job/progress.ts';
import { endOfWait, goneProgress, progressFrom } from '../core/job/progress.ts';
import { launchNode } from './launch-nodes.ts';
import { returnToLine } from './return-to-line.ts';
import { stopStarted } from './stop-started.ts';
import type { MachineDeps } from './machine-deps.ts';
import { getJob, transition } from './store/jobs.ts';

export interface WaitRequest {
  readonly jobId: JobId;
  readonly attempt: number;
  readonly state: WaitingState;
  readonly taskToken: string;
}

/** STARTING: starts the attempt's container (of a multi-node job its main node's), unless the job has moved on; the token waits for RUNNING or the end. */
export async function launchAttempt(deps: MachineDeps, request: WaitRequest): Promise<void> {
  const job = await parkAndLook(deps, request);
  if (job?.status === 'STARTING' && job.attempt.number === request.attempt) await launchPlaced(deps, job);
}

/** Starts what a placed job starts with. Repeatable: a launcher starts an attempt once. */
export async function launchPlaced(deps: MachineDeps, job: StartingJob): Promise<void> {
  if (isMultiNode(job)) {
    await launchNode(deps, job, job.spec.nodes.mainNode);
    return;
  }
  if (job.stopRequest) {
    if (!(await stopStarted(deps, job))) await failStart(deps, job);
    return;
  }
  const outcome = await deps.launcher.start(deps.taskOf(job));
  if (!outcome.started) {
    if (outcome.kind === 'no-capacity') await returnToLine(deps, job, outcome.reason);
    else await failStart(deps, job, outcome.reason);
    return;
  }
  // A stop that came between the look at the row and the start found no container yet.
  const now = await getJob(deps.store, job.jobId);
  if (now?.job.stopRequest) {
    await deps.launcher.stop(attemptId(job.jobId, job.attempt.number), deps.stopGraceSeconds);
  }
}

async function failStart(deps: MachineDeps, job: StartingJob, reason?: string): Promise<void> {
  const exit = { cause: 'failed-to-start' as const, ...(reason === undefined ? {} : { reason }) };
  await transition(deps.store, job.jobId, (now) =>
    now.status === 'STARTING' ? onExit(now, job.attempt.number, exit, deps.clock.now()) : undefined,
  );
}

/** RUNNING, RUNNABLE: waits for the row to leave the state. TIMED_OUT: asks for the end of the attempt first. */
export async function awaitProgress(deps: MachineDeps, request: WaitRequest): Promise<void> {
  const job = await parkAndLook(deps, request);
  if (!job || request.state !== 'TIMED_OUT') return;
  const atMs = deps.clock.now();
  await transition(deps.store, job.jobId, (now) => {
    if (now.status !== 'RUNNING' || now.attempt.number !== request.attempt) return undefined;
    return onStopRequested(now, { kind: 'timeout', reason: TIMED_OUT, atMs });
  });
}

/** The job when the state still has to wait; `undefined` when the token was answered at once. */
async function parkAndLook(
  { store, clock, workflows }: MachineDeps,
  { jobId, attempt, state, taskToken }: WaitRequest,
): Promise<Job | undefined> {
  const wait: Wait = { state, attempt };
  await workflows.park(jobId, taskToken, wait);
  const found = await getJob(store, jobId);
  const progress = found ? progressFrom(found.job, clock.now()) : goneProgress(jobId, attempt);
  const end = endOfWait(wait, progress);
  if (!end) return found?.job;
  await workflows.end(taskToken, end);
  return undefined;
}
