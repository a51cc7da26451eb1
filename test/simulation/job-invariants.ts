// Invariants 1 to 4, as far as one committed move of one job can break them.
import type { Job, JobStatus } from '../../core/job/job.ts';
import type { EndedAttempt } from '../../core/job/attempt.ts';
import { isPlaced, isTerminal } from '../../core/job/job.ts';
import type { JobId } from '../../core/ids.ts';
import { childJobId } from '../../core/ids.ts';
import type { JobMove } from './committed-rows.ts';
import type { Watched } from './invariants.ts';
import { witnessOf } from './node-invariants.ts';

const DEPENDENCY_FAILED = 'Dependent Job failed';

/** From a status, or from nowhere, to the statuses that may follow. */
const FOLLOWS: Readonly<Record<JobStatus | 'new', readonly JobStatus[]>> = {
  // A child is written in line or waiting; one that is stopped before it is written, ended.
  new: ['SUBMITTED', 'PENDING', 'RUNNABLE', 'FAILED'],
  // An array may count a child that was stopped before it looked at its own dependencies.
  SUBMITTED: ['SUBMITTED', 'PENDING', 'RUNNABLE', 'FAILED'],
  PENDING: ['PENDING', 'RUNNABLE', 'SUCCEEDED', 'FAILED'],
  RUNNABLE: ['RUNNABLE', 'STARTING', 'FAILED'],
  STARTING: ['STARTING', 'RUNNING', 'RUNNABLE', 'SUCCEEDED', 'FAILED'],
  RUNNING: ['RUNNING', 'RUNNABLE', 'SUCCEEDED', 'FAILED'],
  SUCCEEDED: [],
  FAILED: [],
};

export function checkJobMove(watched: Watched, move: JobMove): void {
  const { before, after } = move;
  const { violated } = watched;
  if (!after) {
    violated('1 not lost', `${before?.jobId} (${before?.status}) was deleted`);
    return;
  }
  if (before && isTerminal(before))
    violated('2 terminal', `${after.jobId} was ${before.status} and is written again`);
  else if (!FOLLOWS[before?.status ?? 'new'].includes(after.status))
    violated('2 order', `${after.jobId} went from ${before?.status ?? 'nowhere'} to ${after.status}`);
  if (JSON.stringify(before) === JSON.stringify(after))
    violated('7 messages', `${after.jobId} (${after.status}) is written again, and nothing has changed`);
  checkIdentity(watched, move);
  checkTimes(watched, after);
  checkAttempts(watched, before, after);
  checkStop(watched, before, after);
  checkDependencies(watched, before, after);
  if (after.kind === 'array') checkArray(watched, after);
}

function checkIdentity({ violated }: Watched, { before, after }: JobMove): void {
  if (!before || !after) return;
  const fixed = (job: Job): string =>
    JSON.stringify([job.jobArn, job.kind, job.parentId, job.arrayIndex, job.createdAtMs, job.spec]);
  if (fixed(before) !== fixed(after)) violated('2 order', `${after.jobId} has become another job`);
  if (!isPlaced(before) || !isPlaced(after)) return;
  const hasRestarted =
    before.status === 'RUNNING' && (after.status !== 'RUNNING' || after.startedAtMs !== before.startedAtMs);
  if (hasRestarted || before.attempt.placedAtMs !== after.attempt.placedAtMs)
    violated('2 time', `${after.jobId} has changed when its attempt began`);
}

/** What is known of a job's past, oldest first, never goes back. */
function checkTimes({ violated }: Watched, job: Job): void {
  const past: (readonly [name: string, atMs: number])[] = [['createdAt', job.createdAtMs]];
  for (const [index, attempt] of job.attempts.entries()) {
    if (attempt.startedAtMs !== undefined) past.push([`attempts[${index}].startedAt`, attempt.startedAtMs]);
    past.push([`attempts[${index}].stoppedAt`, attempt.stoppedAtMs]);
  }
  if (job.status === 'RUNNABLE') past.push(['runnableAt', job.runnableAtMs]);
  if (isPlaced(job)) past.push(['placedAt', job.attempt.placedAtMs]);
  if (job.status === 'RUNNING') past.push(['startedAt', job.startedAtMs]);
  if (isTerminal(job)) past.push(['stoppedAt', job.stoppedAtMs]);
  for (const [index, [name, atMs]] of past.entries()) {
    const [earlierName, earlierMs] = past[index - 1] ?? [name, atMs];
    if (atMs < earlierMs)
      violated('2 time', `${job.jobId}: ${name} is ${earlierMs - atMs} ms before ${earlierName}`);
  }
}

function checkAttempts(watched: Watched, before: Job | undefined, after: Job): void {
  const { violated } = watched;
  const known = before?.attempts ?? [];
  if (JSON.stringify(after.attempts.slice(0, known.length)) !== JSON.stringify(known))
    violated('3 attempts', `${after.jobId} has rewritten an ended attempt`);
  const used = after.attempts.length + (isPlaced(after) ? 1 : 0);
  if (used > after.spec.retryStrategy.attempts)
    violated('3 attempts', `${after.jobId} has ${used} attempts of ${after.spec.retryStrategy.attempts}`);
  if (isPlaced(after) && after.attempt.number !== used)
    violated('3 attempts', `${after.jobId} calls attempt ${used} ${after.attempt.number}`);
  const ended = after.attempts.length - known.length;
  const leaves = before !== undefined && isPlaced(before) && !isPlaced(after);
  const isRefused = (after.refusals?.count ?? 0) > (before?.refusals?.count ?? 0);
  if (isRefused) checkRefused(watched, before, after);
  if (ended !== (leaves && !isRefused ? 1 : 0))
    violated(
      '3 attempts',
      `${after.jobId} went ${before?.status}→${after.status} with ${ended} ended attempts`,
    );
  const last = after.attempts.at(-1);
  if (leaves && last && !isRefused) checkAttemptEnd(watched, before, after, last);
  if (after.status === 'RUNNING' && before?.status === 'STARTING') checkRuns(watched, after, used);
}

/** An environment that has no capacity has started nothing, and costs no attempt. */
function checkRefused({ host, violated }: Watched, before: Job | undefined, after: Job): void {
  const id = witnessOf(after, after.attempts.length + 1);
  const expected = before?.stopRequest ? 'FAILED' : 'RUNNABLE';
  if (before?.status !== 'STARTING' || after.status !== expected)
    violated('3 attempts', `${id} was refused, and went ${before?.status}→${after.status}`);
  if (host.containers.has(id)) violated('3 attempts', `${id} was refused, and its container started`);
}

function checkRuns({ host, violated }: Watched, job: Job, number: number): void {
  const id = witnessOf(job, number);
  if (!host.containers.has(id))
    violated('3 attempts', `${id} is RUNNING, and no container of it ever started`);
}

/** The end that a row tells is the end that the host saw, and what follows is what the strategy says. */
function checkAttemptEnd(watched: Watched, before: Job, after: Job, last: EndedAttempt): void {
  const { host, violated } = watched;
  const id = witnessOf(after, after.attempts.length);
  const container = host.containers.get(id)?.at(-1);
  if (container && !container.end)
    violated('3 attempts', `${id} is said to have ended, and its container runs`);
  const exitCode = container?.end?.exit.exitCode;
  if (last.exitCode !== exitCode)
    violated('7 messages', `${id} is said to have exited with ${last.exitCode}; the host saw ${exitCode}`);
  const expected = outcomeOf(before, after.attempts.length, last);
  if (after.status !== expected)
    violated('3 attempts', `${id} exited with ${last.exitCode}: ${after.status} instead of ${expected}`);
}

/** The retry strategy in the forms that the workload uses: an exit code, or how a status reason begins. */
function outcomeOf(job: Job, used: number, last: EndedAttempt): JobStatus {
  if (job.stopRequest) return 'FAILED';
  if (last.exitCode === 0) return 'SUCCEEDED';
  const { attempts, evaluateOnExit } = job.spec.retryStrategy;
  if (used >= attempts) return 'FAILED';
  for (const rule of evaluateOnExit) {
    const wanted = rule.onExitCode ?? rule.onStatusReason;
    const given = rule.onExitCode === undefined ? last.statusReason : String(last.exitCode);
    const isMet = wanted?.endsWith('*') ? given.startsWith(wanted.slice(0, -1)) : wanted === given;
    if (isMet) return rule.action.toUpperCase() === 'EXIT' ? 'FAILED' : 'RUNNABLE';
  }
  return 'RUNNABLE';
}

function checkStop({ violated, nowMs, skewMs }: Watched, before: Job | undefined, after: Job): void {
  const request = after.stopRequest;
  // Only an array may be terminated after it was cancelled: that let its running children run.
  const goesFurther =
    after.kind === 'array' && before?.stopRequest?.kind === 'cancel' && request?.kind === 'terminate';
  if (before?.stopRequest && !goesFurther && JSON.stringify(request) !== JSON.stringify(before.stopRequest))
    violated('2 order', `${after.jobId} has forgotten why it is to stop`);
  if (after.status === 'RUNNABLE' && request)
    violated('2 order', `${after.jobId} is in line though it was stopped`);
  if (request?.kind !== 'timeout' || before?.stopRequest || before?.status !== 'RUNNING') return;
  const ranMs = nowMs() - before.startedAtMs + skewMs;
  const timeoutMs = (after.spec.timeoutSeconds ?? Number.POSITIVE_INFINITY) * 1_000;
  if (ranMs < timeoutMs) violated('3 attempts', `${after.jobId} timed out after ${ranMs} ms of ${timeoutMs}`);
}

/** Every job that this one waits for, worked out from what was submitted. */
export function dependenciesOf(job: Job): readonly JobId[] {
  const named = job.spec.dependsOn;
  const whole = named.flatMap(({ jobId, type }) => (jobId !== undefined && type !== 'N_TO_N' ? [jobId] : []));
  const { arrayIndex, parentId } = job;
  if (arrayIndex === undefined || parentId === undefined) return whole;
  const pairs = named.flatMap(({ jobId, type }) =>
    jobId !== undefined && type === 'N_TO_N' ? [childJobId(jobId, arrayIndex)] : [],
  );
  const isSequential = named.some(({ type }) => type === 'SEQUENTIAL');
  return [
    ...whole,
    ...pairs,
    ...(isSequential && arrayIndex > 0 ? [childJobId(parentId, arrayIndex - 1)] : []),
  ];
}

function checkDependencies({ rows, violated }: Watched, before: Job | undefined, after: Job): void {
  if (after.status === before?.status) return;
  const awaited = dependenciesOf(after);
  const startsNow =
    after.status === 'STARTING' || (after.status === 'RUNNABLE' && after.attempts.length === 0);
  if (startsNow) {
    for (const id of awaited) {
      const status = rows.jobs.get(id)?.status;
      if (status !== 'SUCCEEDED')
        violated(
          '4 dependencies',
          `${after.jobId} is ${after.status}, and ${id} is ${status ?? 'unwritten'}`,
        );
    }
  }
  if (after.status === 'FAILED' && after.statusReason === DEPENDENCY_FAILED) {
    const guilty = awaited.some((id) => hasFailed(rows.jobs, id));
    if (!guilty) violated('4 dependencies', `${after.jobId} failed for a dependency, and none has failed`);
  }
}

/** A child that was never written ends with its parent. */
export function hasFailed(jobs: ReadonlyMap<JobId, Job>, id: JobId): boolean {
  const job = jobs.get(id) ?? jobs.get(id.split(':')[0] as JobId); // a child's id begins with its parent's
  return job?.status === 'FAILED';
}

function checkArray({ rows, violated }: Watched, parent: Job): void {
  const size = parent.spec.arraySize ?? 0;
  const { updatedAtMs: _time, ...counts } = parent.children ?? { updatedAtMs: 0 };
  const numbers: readonly number[] = Object.values(counts);
  const sum = numbers.reduce((total, count) => total + count, 0);
  if (sum !== size || numbers.some((count) => count < 0))
    violated('1 not lost', `${parent.jobId} counts ${JSON.stringify(counts)} of ${size} children`);
  if (!isTerminal(parent)) return;
  const children = Array.from({ length: size }, (_, index) => rows.jobs.get(childJobId(parent.jobId, index)));
  const written = children.filter((child) => child !== undefined);
  const living = written.find((child) => !isTerminal(child));
  if (living)
    violated('4 dependencies', `${parent.jobId} has ended, and ${living.jobId} is ${living.status}`);
  const failed = written.some((child) => child.status === 'FAILED');
  if (parent.status === 'SUCCEEDED' && (failed || written.length < size))
    violated('4 dependencies', `${parent.jobId} succeeded without its children`);
}
