import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobId } from '../../../core/ids.ts';
import type { Job } from '../../../core/job/job.ts';
import { isPlaced, isTerminal, JOB_STATUSES } from '../../../core/job/job.ts';
import { jobDetail } from '../../../core/job/job-detail.ts';
import { onExit, onRunning } from '../../../core/job/attempt-steps.ts';
import {
  fail,
  onDependenciesKnown,
  onDependencyEnded,
  onHeadBlocked,
  onHeadFree,
  onPlaceabilityKnown,
  onPlaced,
  onStopRequested,
  TIMED_OUT,
} from '../../../core/job/lifecycle.ts';
import { aJob, anArray, anAttempt } from './a-job.ts';

const OTHER = '00000000-0000-4000-8000-000000000002' as JobId;
const exit = (exitCode: number) => ({ cause: 'exited' as const, exitCode });

describe('a job without dependencies', () => {
  it('goes from SUBMITTED into line', () => {
    expect(onDependenciesKnown(aJob('SUBMITTED'), [], false, 1_100)).toMatchObject({
      status: 'RUNNABLE',
      runnableAtMs: 1_100,
    });
  });

  it('fails instead of starting when its overrides are too long', () => {
    const job = aJob('SUBMITTED', { failsAtStart: 'Container Overrides length must be at most 8192' });
    expect(onDependenciesKnown(job, [], false, 1_100)).toMatchObject({
      status: 'FAILED',
      statusReason: 'Container Overrides length must be at most 8192',
    });
  });
});

describe('a job with dependencies', () => {
  it('waits in PENDING for all of them', () => {
    const waiting = onDependenciesKnown(aJob('SUBMITTED'), [OTHER], false, 1_100);
    expect(waiting).toMatchObject({ status: 'PENDING', awaiting: [OTHER] });
    expect(onDependencyEnded(waiting as Job, OTHER, true, 1_200)).toMatchObject({
      status: 'RUNNABLE',
      awaiting: [],
    });
  });

  it('fails with the first dependency that fails', () => {
    expect(onDependencyEnded(aJob('PENDING', { awaiting: [OTHER] }), OTHER, false, 1_200)).toMatchObject({
      status: 'FAILED',
      statusReason: 'Dependent Job failed',
    });
  });

  it('ignores the end of a job it does not wait for', () => {
    expect(onDependencyEnded(aJob('PENDING', { awaiting: [OTHER] }), 'x' as JobId, false, 1)).toBeUndefined();
  });

  it('fails once they are complete when it was cancelled meanwhile', () => {
    const cancelled = onStopRequested(aJob('PENDING', { awaiting: [OTHER] }), {
      kind: 'cancel',
      reason: 'no',
      atMs: 5,
    });
    expect(cancelled).toMatchObject({ status: 'PENDING', stopRequest: { kind: 'cancel' } });
    expect(onDependencyEnded(cancelled as Job, OTHER, true, 2_000)).toMatchObject({
      status: 'FAILED',
      statusReason: 'no',
    });
  });
});

describe('an attempt', () => {
  it('runs from the moment the container runs, never before it was placed', () => {
    expect(onRunning(aJob('STARTING'), 1, 2_500)).toMatchObject({ status: 'RUNNING', startedAtMs: 2_500 });
    expect(onRunning(aJob('STARTING'), 1, 1_000)).toMatchObject({ startedAtMs: 2_000 });
  });

  it('is known by the runtime’s own id of its task, as soon as that is told', () => {
    const running = onRunning(aJob('STARTING'), 1, 2_500, { runtimeTaskId: 'a'.repeat(32) }) as Job;
    expect(running).toMatchObject({ attempt: { runtimeTaskId: 'a'.repeat(32) } });
    const ended = onExit(running, 1, exit(0), 4_000) as Job;
    expect(ended.attempts[0]).toMatchObject({ runtimeTaskId: 'a'.repeat(32) });
    expect(jobDetail(ended)).toMatchObject({
      container: {
        taskArn: `arn:aws:ecs:us-east-1:123456789012:task/cluster/${'a'.repeat(32)}`,
        logStreamName: `d/default/${'a'.repeat(32)}`,
      },
    });
  });

  it('that nobody saw run is known by the id its end was told under', () => {
    const ended = onExit(aJob('STARTING'), 1, { ...exit(0), runtimeTaskId: 'b'.repeat(32) }, 4_000);
    expect(ended?.attempts[0]).toMatchObject({ runtimeTaskId: 'b'.repeat(32) });
  });

  it('that exits with 0 makes the job SUCCEEDED', () => {
    expect(onExit(aJob('RUNNING'), 1, exit(0), 4_000)).toMatchObject({
      status: 'SUCCEEDED',
      startedAtMs: 3_000,
      stoppedAtMs: 4_000,
      statusReason: 'Essential container in task exited',
      attempts: [{ exitCode: 0, startedAtMs: 3_000, stoppedAtMs: 4_000 }],
    });
  });

  it('that fails with attempts left puts the job back in line and forgets the container', () => {
    const job = aJob('RUNNING', { spec: { retryStrategy: { attempts: 2, evaluateOnExit: [] } } });
    const retried = onExit(job, 1, exit(7), 4_000);
    expect(retried).toMatchObject({ status: 'RUNNABLE', runnableAtMs: 4_000, attempts: [{ exitCode: 7 }] });
    expect(retried).not.toHaveProperty('attempt');
    expect(retried).not.toHaveProperty('startedAtMs');
    expect(retried).not.toHaveProperty('statusReason');
  });

  it('that could not start says so and has no exit code', () => {
    const ended = onExit(
      aJob('STARTING'),
      1,
      { cause: 'failed-to-start', reason: 'CannotPullContainerError: x' },
      2_100,
    );
    expect(ended).toMatchObject({
      status: 'FAILED',
      statusReason: 'Task failed to start',
      attempts: [{ reason: 'CannotPullContainerError: x' }],
    });
    expect(ended?.attempts[0]).not.toHaveProperty('exitCode');
    expect(ended).not.toHaveProperty('startedAtMs');
  });

  it('that is told of before it was seen running keeps its start time', () => {
    expect(onExit(aJob('STARTING'), 1, { ...exit(0), startedAtMs: 2_200 }, 2_300)).toMatchObject({
      startedAtMs: 2_200,
    });
  });

  it.each([exit(0), exit(137)])('that timed out fails for good, with exit code $exitCode', (ended) => {
    const job = aJob('RUNNING', {
      spec: { retryStrategy: { attempts: 5, evaluateOnExit: [] } },
      stopRequest: { kind: 'timeout', reason: TIMED_OUT, atMs: 5_000 },
    });
    expect(onExit(job, 1, ended, 6_000)).toMatchObject({ status: 'FAILED', statusReason: TIMED_OUT });
  });

  it('of an earlier number changes nothing', () => {
    const second = aJob('RUNNING', { attempts: [anEndedAttempt()] });
    expect(second.attempt.number).toBe(2);
    expect(onExit(second, 1, exit(1), 9_000)).toBeUndefined();
    expect(onRunning(aJob('STARTING', { attempts: [anEndedAttempt()] }), 1, 9_000)).toBeUndefined();
  });
});

function anEndedAttempt() {
  const { taskId, placement } = anAttempt();
  const { ceArn, clusterName } = placement;
  return {
    taskId,
    ceArn,
    clusterName,
    stoppedAtMs: 2_500,
    exitCode: 1,
    statusReason: 'Essential container in task exited',
  };
}

describe('times', () => {
  it('stay in order when a clock steps back between two steps', () => {
    expect(onDependenciesKnown(aJob('SUBMITTED'), [], false, 900)).toMatchObject({ runnableAtMs: 1_000 });
    const retried = onExit(aJob('RUNNING', { spec: { retryStrategy: TWICE } }), 1, exit(1), 4_000);
    expect(retried).toMatchObject({ status: 'RUNNABLE', runnableAtMs: 4_000 });
    if (retried?.status !== 'RUNNABLE') return;
    // The runtime that told of the end is ahead of the server that places and stops.
    expect(onPlaced(retried, { ...anAttempt(2), placedAtMs: 3_600 }).attempt.placedAtMs).toBe(4_000);
    expect(fail(retried, 'not wanted', 3_600)).toMatchObject({ stoppedAtMs: 4_000 });
  });

  it.each([
    { spec: { dependsOn: [{ jobId: OTHER }] } },
    { spec: { after: [{ jobId: OTHER, end: 'ANY' as const }] } },
    { kind: 'child' as const, spec: { dependsOn: [{ type: 'SEQUENTIAL' as const }] } },
  ])('of what waited for others first, are remembered from its coming into line: %j', (given) => {
    const placed = onPlaced(aJob('RUNNABLE', given), anAttempt());
    expect(placed.attempt.runnableAtMs).toBe(1_500);
    const ended = onExit(placed, 1, { cause: 'exited', exitCode: 0 }, 9_000);
    expect(ended?.attempts).toMatchObject([{ runnableAtMs: 1_500, placedAtMs: 2_000, stoppedAtMs: 9_000 }]);
  });

  it('of what stood in line from the start, need not be', () => {
    const child = aJob('RUNNABLE', { kind: 'child', spec: { dependsOn: [{ jobId: OTHER }] } });
    for (const job of [aJob('RUNNABLE'), child]) {
      expect(onPlaced(job, anAttempt()).attempt).not.toHaveProperty('runnableAtMs');
    }
  });
});

const TWICE = { attempts: 2, evaluateOnExit: [] };

describe('a request to stop', () => {
  const terminate = { kind: 'terminate' as const, reason: 'enough', atMs: 4_000 };
  it.each(['SUBMITTED', 'RUNNABLE'] as const)('ends a %s job at once with the reason given', (status) => {
    expect(onStopRequested(aJob(status), terminate)).toMatchObject({
      status: 'FAILED',
      statusReason: 'enough',
    });
  });
  it.each(['STARTING', 'RUNNING'] as const)('marks a %s job, whose container then ends it', (status) => {
    const marked = onStopRequested(aJob(status), terminate);
    expect(marked).toMatchObject({ status, stopRequest: terminate });
    expect(onExit(marked as Job, 1, exit(143), 5_000)).toMatchObject({
      status: 'FAILED',
      statusReason: 'enough',
    });
  });
  it.each(['STARTING', 'RUNNING'] as const)('cancels nothing of a %s job', (status) => {
    expect(onStopRequested(aJob(status), { ...terminate, kind: 'cancel' })).toBeUndefined();
  });
  it('stands as it was first made', () => {
    const marked = onStopRequested(aJob('RUNNING'), terminate) as Job;
    expect(onStopRequested(marked, { ...terminate, reason: 'again' })).toBeUndefined();
  });
  it('terminates an array that was cancelled, whose running children run on, and never the other way round', () => {
    const cancel = { ...terminate, kind: 'cancel' as const, reason: 'not wanted' };
    const cancelled = onStopRequested(anArray(3), cancel) as Job;
    expect(onStopRequested(cancelled, { ...cancel, reason: 'again' })).toBeUndefined();
    const terminated = onStopRequested(cancelled, terminate);
    expect(terminated).toMatchObject({ stopRequest: terminate });
    expect(onStopRequested(terminated as Job, cancel)).toBeUndefined();
  });
  it('marks the parent of an array under way, which ends with its children', () => {
    expect(onStopRequested(anArray(3), terminate)).toMatchObject({
      status: 'PENDING',
      stopRequest: terminate,
    });
  });
});

describe('placeability', () => {
  const lacks = [{ place: 'host', resource: 'VCPU' as const, wanted: 2, available: 1 }];
  const never = { code: 'NEVER_FITS' as const, message: 'can never fit: 1', lacks };
  it('is told once and taken back', () => {
    const aside = onPlaceabilityKnown(aJob('RUNNABLE'), never, 2_000);
    expect(aside?.statusReason).toMatch(/^MISCONFIGURATION:/);
    expect(onPlaceabilityKnown(aside as Job, never, 3_000)).toBeUndefined();
    const back = onPlaceabilityKnown(aside as Job, undefined, 4_000);
    expect(back).not.toHaveProperty('unplaceable');
    expect(back).not.toHaveProperty('statusReason');
  });
});

describe('a blocked job', () => {
  const TEXT = 'ACTION_REQUIRED - CE(s) associated with the job queue are disabled.';
  const never = {
    code: 'NEVER_FITS' as const,
    message: 'can never fit: 64 vCPUs',
    lacks: [{ place: 'host', resource: 'VCPU' as const, wanted: 64, available: 4 }],
  };
  it('says so, and since when, once', () => {
    const head = onHeadBlocked(aJob('RUNNABLE'), TEXT, 2_000);
    expect(head).toMatchObject({ statusReason: TEXT, blocked: { sinceMs: 2_000, reason: TEXT } });
    expect(onHeadBlocked(head as Job, TEXT, 3_000)).toBeUndefined();
    expect(onHeadBlocked(head as Job, 'OTHER - words', 3_000)).toMatchObject({ blocked: { sinceMs: 3_000 } });
  });

  it('is told when nothing holds it up any more', () => {
    const head = onHeadBlocked(aJob('RUNNABLE'), TEXT, 2_000) as Job;
    const free = onHeadFree(head);
    expect(free).not.toHaveProperty('blocked');
    expect(free).not.toHaveProperty('statusReason');
    expect(onHeadFree(free as Job)).toBeUndefined();
  });

  it('remembers since when while it is judged anew', () => {
    const aside = onPlaceabilityKnown(aJob('RUNNABLE'), never, 2_000) as Job;
    const back = onPlaceabilityKnown(aside, undefined, 3_000) as Job;
    expect(onPlaceabilityKnown(back, never, 4_000)).toMatchObject({ blocked: { sinceMs: 2_000 } });
  });

  it('leaves no trace of it when it is placed or ends', () => {
    const head = onHeadBlocked(aJob('RUNNABLE'), TEXT, 2_000) as Extract<Job, { status: 'RUNNABLE' }>;
    const placed = onPlaced(head, anAttempt());
    expect(placed).not.toHaveProperty('blocked');
    expect(placed).not.toHaveProperty('statusReason');
    expect(fail(head, 'enough', 3_000)).not.toHaveProperty('blocked');
  });
});

type Event = (job: Job, atMs: number) => Job | undefined;
/** Mostly the attempt under way, sometimes a late or mistaken one. */
const attemptNumbers = fc
  .constantFrom(0, 0, 0, 1, 2)
  .map((n) => (job: Job) => (n === 0 ? job.attempts.length + 1 : n));
const events: fc.Arbitrary<Event> = fc.oneof(
  fc.constant<Event>((job, at) => onDependenciesKnown(job, [], false, at)),
  fc.constant<Event>((job, at) => onDependenciesKnown(job, [OTHER], false, at)),
  fc.boolean().map(
    (ok): Event =>
      (job, at) =>
        onDependencyEnded(job, OTHER, ok, at),
  ),
  fc.constant<Event>((job, at) =>
    job.status === 'RUNNABLE'
      ? onPlaced(job, { ...anAttempt(job.attempts.length + 1), placedAtMs: at })
      : undefined,
  ),
  attemptNumbers.map(
    (n): Event =>
      (job, at) =>
        onRunning(job, n(job), at),
  ),
  fc.record({ n: attemptNumbers, code: fc.constantFrom(0, 1, 137), lost: fc.boolean() }).map(
    ({ n, code, lost }): Event =>
      (job, at) =>
        onExit(job, n(job), lost ? { cause: 'host-lost' } : exit(code), at),
  ),
  fc.constantFrom('cancel' as const, 'terminate' as const, 'timeout' as const).map(
    (kind): Event =>
      (job, atMs) =>
        onStopRequested(job, { kind, reason: kind, atMs }),
  ),
  fc.constant<Event>((job, at) => fail(job, 'gone', at)),
);

describe('any history of events', () => {
  const history = fc.array(fc.tuple(events, fc.integer({ min: 0, max: 50 })), { maxLength: 40 });
  const start = fc
    .integer({ min: 1, max: 3 })
    .map((attempts) => aJob('SUBMITTED', { spec: { retryStrategy: { attempts, evaluateOnExit: [] } } }));

  it('keeps terminal jobs as they are, attempts within the strategy, and times in order', () => {
    fc.assert(
      fc.property(start, history, (first, steps) => {
        let job: Job = first;
        let atMs = 1_000;
        for (const [event, passed] of steps) {
          atMs += passed;
          const next = event(job, atMs);
          if (isTerminal(job)) expect(next).toBeUndefined();
          if (!next) continue;
          expect(next.attempts.slice(0, job.attempts.length)).toEqual(job.attempts);
          job = next;
          const tries = job.attempts.length + (isPlaced(job) ? 1 : 0);
          expect(tries).toBeLessThanOrEqual(job.spec.retryStrategy.attempts);
          if (isTerminal(job)) expect(job.stoppedAtMs).toBeGreaterThanOrEqual(job.createdAtMs);
          for (const attempt of job.attempts) {
            expect(attempt.stoppedAtMs).toBeGreaterThanOrEqual(attempt.startedAtMs ?? job.createdAtMs);
          }
        }
      }),
    );
  });

  it('changes nothing when an event is repeated', () => {
    fc.assert(
      fc.property(start, history, (first, steps) => {
        let job: Job = first;
        for (const [event] of steps) {
          const next = event(job, 2_000);
          if (!next) continue;
          // Placing again needs RUNNABLE, which a placed job is not; every other event is recognised by its content.
          const again = event(next, 2_000);
          if (again) expect(again.status).not.toBe(next.status);
          job = next;
        }
      }),
    );
  });

  it('reaches every status', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(start, history, (first, steps) => {
        let job: Job = first;
        seen.add(job.status);
        for (const [event] of steps) {
          job = event(job, 2_000) ?? job;
          seen.add(job.status);
        }
      }),
      // A fixed seed: this asks whether the generator reaches every state, which chance may miss in one run of many.
      { numRuns: 1_000, seed: 1 },
    );
    expect([...seen].sort()).toEqual([...JOB_STATUSES].sort());
  });
});
