import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Job, PlacedJob } from '../../../core/job/job.ts';
import { isPlaced, isTerminal, JOB_STATUSES } from '../../../core/job/job.ts';
import {
  fail,
  onDependenciesKnown,
  onPlaced,
  onStopRequested,
  TIMED_OUT,
} from '../../../core/job/lifecycle.ts';
import { onNodeStopRequested } from '../../../core/job/stop-node.ts';
import { MAIN_NODE_EXITED, onNodeExit, onNodeRunning } from '../../../core/job/multi-node.ts';
import { isEndedNode, isLiveNode, isMultiNode, mustNodeStop, nodesOf } from '../../../core/job/node.ts';
import type { NodeState } from '../../../core/job/node-state.ts';
import { nodeView, nodeViews } from '../../../core/job/node-view.ts';
import { endOfWait, progressFrom } from '../../../core/job/progress.ts';
import { anAttempt } from './a-job.ts';
import { aMultiNodeJob } from './a-multi-node-job.ts';
import type { MultiNodeGiven } from './a-multi-node-job.ts';

const exit = (exitCode: number) => ({ cause: 'exited' as const, exitCode });
const terminate = { kind: 'terminate' as const, reason: 'enough', atMs: 4_000 };
const cancel = { kind: 'cancel' as const, reason: 'not wanted', atMs: 4_000 };

/** Applies steps in turn; each must change something. */
function after(job: Job, ...steps: readonly ((job: Job) => Job | undefined)[]): Job {
  return steps.reduce((now, step, index) => {
    const next = step(now);
    if (!next) throw new Error(`step ${index} changed nothing`);
    return next;
  }, job);
}
const place = (job: Job): Job | undefined =>
  job.status === 'RUNNABLE' ? onPlaced(job, anAttempt(job.attempts.length + 1)) : undefined;
const runs =
  (index: number, atMs = 3_000, attempt = 1) =>
  (job: Job) =>
    onNodeRunning(job, index, attempt, atMs);
const exits =
  (index: number, code: number, atMs = 5_000, attempt = 1) =>
  (job: Job) =>
    onNodeExit(job, index, attempt, exit(code), atMs);

const placed = (given: MultiNodeGiven = {}): Job => after(aMultiNodeJob('RUNNABLE', given), place);
const allRunning = (given: MultiNodeGiven = {}): Job => {
  const { numNodes = 3, mainNode = 0 } = given;
  const others = Array.from({ length: numNodes }, (_, index) => index).filter((index) => index !== mainNode);
  return after(placed(given), runs(mainNode), ...others.map((index) => runs(index, 3_100)));
};
const statuses = (job: Job): string[] => (isMultiNode(job) ? nodesOf(job).map(({ status }) => status) : []);

describe('a placed multi-node job', () => {
  it('starts its main node alone', () => {
    const job = placed({ mainNode: 1 });
    expect(job.status).toBe('STARTING');
    expect(statuses(job)).toEqual(['RUNNABLE', 'STARTING', 'RUNNABLE']);
  });

  it('is RUNNING from the moment its main node runs, which lets the others start', () => {
    const job = after(placed(), (now) => onNodeRunning(now, 0, 1, 3_000, { address: '10.0.0.7', note: 'n' }));
    expect(job).toMatchObject({
      status: 'RUNNING',
      startedAtMs: 3_000,
      attempt: { note: 'n' },
      nodes: [{ status: 'RUNNING', address: '10.0.0.7' }, { status: 'STARTING' }, { status: 'STARTING' }],
    });
  });

  it('keeps the runtime’s own ids of its nodes’ tasks, and is known by its main node’s', () => {
    const job = after(
      placed(),
      (now) => onNodeRunning(now, 0, 1, 3_000, { runtimeTaskId: 'main' }),
      (now) => onNodeRunning(now, 1, 1, 3_100, { runtimeTaskId: 'other' }),
    );
    expect(job).toMatchObject({
      attempt: { runtimeTaskId: 'main' },
      nodes: [{ runtimeTaskId: 'main' }, { runtimeTaskId: 'other' }, {}],
    });
    expect(nodeView(job, 1)).toMatchObject({ attempt: { runtimeTaskId: 'other' } });
    const ended = onNodeExit(job, 1, 1, { cause: 'exited', exitCode: 0 }, 4_000) as Job;
    expect(nodeView(ended, 1)?.attempts[0]).toMatchObject({ runtimeTaskId: 'other' });
  });

  it('takes no other node for running before its main node runs', () => {
    expect(runs(1)(placed())).toBeUndefined();
  });

  it('has no node that runs before the main one did, whatever the clocks say', () => {
    const job = after(placed(), runs(0, 3_000), runs(1, 2_500));
    expect(job.nodes?.[1]).toMatchObject({ status: 'RUNNING', startedAtMs: 3_000 });
  });

  it.each([
    ['a node that is not there', (job: Job) => onNodeRunning(job, 3, 1, 3_000)],
    ['another attempt', (job: Job) => onNodeRunning(job, 0, 2, 3_000)],
    ['an exit of a node that was not started', exits(1, 0)],
    ['an exit in another attempt', exits(0, 0, 5_000, 2)],
    ['a cancellation', (job: Job) => onStopRequested(job, cancel)],
  ])('is not changed by %s', (_name, step) => {
    expect(step(placed())).toBeUndefined();
  });
});

describe('the exit of another node', () => {
  it.each([
    [0, 'SUCCEEDED'],
    [3, 'FAILED'],
  ])('with %i changes only that node, to %s', (code, status) => {
    const before = allRunning();
    const job = after(before, exits(2, code));
    expect(job).toEqual({ ...before, nodes: [before.nodes?.[0], before.nodes?.[1], expect.anything()] });
    expect(job.nodes?.[2]).toEqual({
      status,
      startedAtMs: 3_100,
      stoppedAtMs: 5_000,
      statusReason: 'Essential container in task exited',
      attempts: [
        {
          startedAtMs: 3_100,
          stoppedAtMs: 5_000,
          exitCode: code,
          statusReason: 'Essential container in task exited',
        },
      ],
    });
  });

  it('that could not start says why', () => {
    const failed = { cause: 'failed-to-start' as const, reason: 'CannotPullContainerError: x' };
    const job = after(placed(), runs(0), (now) => onNodeExit(now, 1, 1, failed, 4_000));
    expect(job.nodes?.[1]).toMatchObject({
      status: 'FAILED',
      statusReason: 'Task failed to start',
      attempts: [{ reason: 'CannotPullContainerError: x', stoppedAtMs: 4_000 }],
    });
  });
});

describe('the exit of the main node', () => {
  it('is the job’s once every other node has ended', () => {
    const exited = after(allRunning(), exits(0, 0, 5_000));
    expect(exited.status).toBe('RUNNING');
    expect(exited).not.toHaveProperty('stoppedAtMs');
    const job = after(exited, exits(1, 143, 5_100), exits(2, 0, 5_200));
    expect(job).toMatchObject({
      status: 'SUCCEEDED',
      startedAtMs: 3_000,
      stoppedAtMs: 5_000,
      statusReason: 'Essential container in task exited',
      attempts: [{ exitCode: 0, taskId: anAttempt().taskId }],
    });
    expect(statuses(job)).toEqual(['SUCCEEDED', 'FAILED', 'SUCCEEDED']);
    expect(job.nodes?.[1]).toMatchObject({ statusReason: MAIN_NODE_EXITED });
  });

  it('before the others started ends the job at once, and they count an attempt without a start', () => {
    const job = after(placed(), exits(0, 1));
    expect(job).toMatchObject({ status: 'FAILED', attempts: [{ exitCode: 1 }] });
    expect(job.nodes?.[1]).toEqual({
      status: 'FAILED',
      stoppedAtMs: 5_000,
      statusReason: MAIN_NODE_EXITED,
      attempts: [{ stoppedAtMs: 5_000, statusReason: MAIN_NODE_EXITED }],
    });
  });

  it('makes every node that lives one to be stopped', () => {
    const running = allRunning();
    const job = after(running, exits(1, 0), exits(0, 1));
    if (!isMultiNode(running) || !isMultiNode(job)) throw new Error('both are multi-node jobs');
    expect([0, 1, 2].map((index) => mustNodeStop(running, index))).toEqual([false, false, false]);
    expect([0, 1, 2].map((index) => mustNodeStop(job, index))).toEqual([false, false, true]);
  });

  it('that calls for a retry puts all nodes back in line with their attempts', () => {
    const spec = { retryStrategy: { attempts: 2, evaluateOnExit: [] } };
    const job = after(allRunning({ spec }), exits(2, 0), exits(0, 1), exits(1, 143, 6_000));
    expect(job).toMatchObject({ status: 'RUNNABLE', attempts: [{ exitCode: 1 }], runnableAtMs: 6_000 });
    expect(job).not.toHaveProperty('attempt');
    expect(job.nodes).toMatchObject([
      { status: 'RUNNABLE', attempts: [{ exitCode: 1 }] },
      { status: 'RUNNABLE', attempts: [{ exitCode: 143 }] },
      { status: 'RUNNABLE', attempts: [{ exitCode: 0 }] },
    ]);
    expect(job.nodes?.[0]).not.toHaveProperty('stoppedAtMs');
    const again = after(job, place, runs(0, 7_000, 2));
    expect(again).toMatchObject({ attempt: { number: 2 } });
    expect(statuses(again)).toEqual(['RUNNING', 'STARTING', 'STARTING']);
  });

  it('by the loss of its host can be retried by rule', () => {
    const evaluateOnExit = [
      { action: 'RETRY', onStatusReason: 'Host EC2*' },
      { action: 'EXIT', onReason: '*' },
    ];
    const job = after(
      allRunning({ numNodes: 1, spec: { retryStrategy: { attempts: 3, evaluateOnExit } } }),
      (now) => onNodeExit(now, 0, 1, { cause: 'host-lost' }, 5_000),
    );
    expect(job).toMatchObject({ status: 'RUNNABLE' });
  });
});

describe('stopping a multi-node job', () => {
  it('fails it for good when its nodes have ended, with the reason given', () => {
    const spec = { retryStrategy: { attempts: 5, evaluateOnExit: [] } };
    const job = after(
      allRunning({ spec }),
      (now) => onStopRequested(now, terminate),
      exits(0, 0),
      exits(1, 143),
      exits(2, 143),
    );
    expect(job).toMatchObject({
      status: 'FAILED',
      statusReason: 'enough',
      attempts: [{ statusReason: 'enough' }],
    });
    expect(statuses(job)).toEqual(['FAILED', 'FAILED', 'FAILED']);
    expect(nodeViews(job).map(({ statusReason }) => statusReason)).toEqual(['enough', 'enough', 'enough']);
  });

  it('before its main node runs lets no other start', () => {
    const stopped = after(placed(), (now) => onStopRequested(now, terminate), runs(0));
    expect(statuses(stopped)).toEqual(['RUNNING', 'RUNNABLE', 'RUNNABLE']);
    const job = after(stopped, exits(0, 143));
    expect(job).toMatchObject({ status: 'FAILED', statusReason: 'enough' });
    expect(nodeView(job, 1)).toMatchObject({ status: 'FAILED', statusReason: 'enough' });
  });

  const timeout = { kind: 'timeout' as const, reason: TIMED_OUT, atMs: 5_500 };
  it.each([terminate, timeout])(
    'by $kind changes nothing of a job whose main node has succeeded',
    (request) => {
      expect(onStopRequested(after(allRunning(), exits(0, 0)), request)).toBeUndefined();
    },
  );

  it('by timeout changes nothing of one whose main node has failed, which is retried', () => {
    const spec = { retryStrategy: { attempts: 2, evaluateOnExit: [] } };
    expect(onStopRequested(after(allRunning({ spec }), exits(0, 1)), timeout)).toBeUndefined();
  });

  it('by TerminateJob keeps one whose main node has failed from being retried', () => {
    const spec = { retryStrategy: { attempts: 2, evaluateOnExit: [] } };
    const job = after(
      allRunning({ spec }),
      exits(0, 1),
      (now) => onStopRequested(now, terminate),
      exits(1, 143),
      exits(2, 143),
    );
    expect(job).toMatchObject({ status: 'FAILED', statusReason: 'enough', attempts: [{ exitCode: 1 }] });
  });
});

describe('stopping one node', () => {
  const stopNode =
    (index: number, request = terminate as typeof terminate | typeof cancel) =>
    (job: Job) =>
      onNodeStopRequested(job, index, request);

  it('that is the main one stops the job', () => {
    expect(stopNode(0)(allRunning())).toMatchObject({ stopRequest: terminate });
  });

  it('marks it alone, and its end says why', () => {
    const job = after(allRunning(), stopNode(1));
    expect(job).not.toHaveProperty('stopRequest');
    expect(isMultiNode(job) && [0, 1, 2].map((index) => mustNodeStop(job, index))).toEqual([
      false,
      true,
      false,
    ]);
    expect(nodeView(after(job, exits(1, 0)), 1)).toMatchObject({ status: 'FAILED', statusReason: 'enough' });
  });

  it.each(['SUBMITTED', 'PENDING', 'RUNNABLE'] as const)(
    'of a %s job keeps it from ever starting',
    (status) => {
      const job = after(aMultiNodeJob(status), stopNode(2, cancel));
      expect(job.status).toBe(status);
      expect(nodeView(job, 2)).toMatchObject({ status: 'FAILED', statusReason: 'not wanted' });
      const inLine = status === 'RUNNABLE' ? job : onDependenciesKnown(job, [], false, 4_500);
      expect(statuses(after(inLine as Job, place, runs(0)))).toEqual(['RUNNING', 'STARTING', 'FAILED']);
    },
  );

  it.each([
    ['by cancelling while it runs', allRunning(), stopNode(1, cancel)],
    ['twice', after(allRunning(), stopNode(1)), stopNode(1)],
    ['that has ended', after(allRunning(), exits(1, 0)), stopNode(1)],
    ['that is not there', allRunning(), stopNode(3)],
    ['of a job that has ended', aMultiNodeJob('FAILED'), stopNode(1)],
  ])('%s changes nothing', (_name, job, step) => {
    expect(step(job)).toBeUndefined();
  });
});

describe('the progress of a multi-node job', () => {
  it('waits in STARTING until its main node runs, and in RUNNING until the last node has ended', () => {
    const endIn = (state: 'STARTING' | 'RUNNING', job: Job) =>
      endOfWait({ state, attempt: 1 }, progressFrom(job, 0));
    const starting = placed();
    expect(endIn('STARTING', starting)).toBeUndefined();
    const running = after(starting, runs(0));
    expect(endIn('STARTING', running)).toMatchObject({ output: { status: 'RUNNING' } });
    const mainEnded = after(running, runs(1), runs(2), exits(0, 0));
    expect(endIn('RUNNING', mainEnded)).toBeUndefined();
    const ended = after(mainEnded, exits(1, 143), exits(2, 143));
    expect(endIn('RUNNING', ended)).toMatchObject({ output: { status: 'SUCCEEDED' } });
  });
});

// ------------------------------------------------------------------------------------------------ any history

const NODES = 3;
type Event = (job: Job, atMs: number) => Job | undefined;
const nodeIndex = fc.integer({ min: 0, max: NODES - 1 });
/** Mostly the attempt under way, sometimes a late or mistaken one. */
const attempts = fc
  .constantFrom(0, 0, 0, 0, 1, 2)
  .map((n) => (job: Job) => (n === 0 ? job.attempts.length + 1 : n));
const request = fc.constantFrom('cancel' as const, 'terminate' as const, 'timeout' as const);
const events: fc.Arbitrary<Event> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Event>((job, at) => onDependenciesKnown(job, [], false, at)) },
  {
    weight: 4,
    arbitrary: fc.constant<Event>((job, at) =>
      job.status === 'RUNNABLE'
        ? onPlaced(job, { ...anAttempt(job.attempts.length + 1), placedAtMs: at })
        : undefined,
    ),
  },
  {
    weight: 8,
    arbitrary: fc.tuple(nodeIndex, attempts).map(
      ([index, n]): Event =>
        (job, at) =>
          onNodeRunning(job, index, n(job), at),
    ),
  },
  {
    weight: 5,
    arbitrary: fc.tuple(nodeIndex, attempts, fc.constantFrom(0, 1, 137), fc.boolean()).map(
      ([index, n, code, lost]): Event =>
        (job, at) =>
          onNodeExit(job, index, n(job), lost ? { cause: 'host-lost' } : exit(code), at),
    ),
  },
  {
    weight: 1,
    arbitrary: request.map(
      (kind): Event =>
        (job, atMs) =>
          onStopRequested(job, { kind, reason: kind, atMs }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(nodeIndex, fc.constantFrom('cancel' as const, 'terminate' as const)).map(
      ([index, kind]): Event =>
        (job, atMs) =>
          onNodeStopRequested(job, index, { kind, reason: kind, atMs }),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Event>((job, at) => fail(job, 'gone', at)) },
);
const history = fc.array(fc.tuple(events, fc.integer({ min: 0, max: 50 })), { maxLength: 60, size: 'max' });
const start = fc.tuple(fc.integer({ min: 1, max: 3 }), nodeIndex).map(([tries, mainNode]) =>
  aMultiNodeJob('SUBMITTED', {
    mainNode,
    spec: { retryStrategy: { attempts: tries, evaluateOnExit: [] } },
  }),
);

/** Every job that such a history leads through, with the one before it. */
function walk(
  first: Job,
  steps: readonly (readonly [Event, number])[],
  look: (before: Job, now: Job) => void,
): Job {
  let job = first;
  let atMs = 1_000;
  for (const [event, passed] of steps) {
    atMs += passed;
    const next = event(job, atMs);
    if (isTerminal(job)) expect(next).toBeUndefined();
    if (!next) continue;
    look(job, next);
    job = next;
  }
  return job;
}

const nodesIn = (job: Job): readonly NodeState[] => (isMultiNode(job) ? nodesOf(job) : []);

/** What must hold of every job, wherever it came from. */
function expectConsistent(job: Job & { readonly spec: Job['spec'] }): void {
  const main = job.spec.nodes?.mainNode ?? -1;
  const nodes = nodesIn(job);
  const live = nodes.filter(isLiveNode);
  if (!isPlaced(job)) {
    expect(live).toEqual([]);
    if (job.attempts.length > 0) {
      expect(nodes.map((node) => node.attempts.length)).toEqual(nodes.map(() => job.attempts.length));
    }
  } else {
    // A placed job has something left to wait for, and only its main node makes it RUNNING.
    expect(live.length).toBeGreaterThan(0);
    if (job.status === 'STARTING') {
      expect(nodes.flatMap((node, index) => (isLiveNode(node) ? [index] : []))).toEqual([main]);
    }
  }
  for (const node of nodes) {
    const tries = node.attempts.length + (isLiveNode(node) ? 1 : 0);
    expect(tries).toBeLessThanOrEqual(job.spec.retryStrategy.attempts);
    for (const attempt of node.attempts) {
      expect(attempt.stoppedAtMs).toBeGreaterThanOrEqual(attempt.startedAtMs ?? job.createdAtMs);
    }
  }
}

describe('any history of a multi-node job', () => {
  it('keeps it consistent, its attempts within the strategy, and what has ended as it is', () => {
    fc.assert(
      fc.property(start, history, (first, steps) => {
        walk(first, steps, (before, now) => {
          expect(now.attempts.slice(0, before.attempts.length)).toEqual(before.attempts);
          const earlier = nodesIn(before);
          for (const [index, node] of nodesIn(now).entries()) {
            const known = earlier[index]?.attempts ?? [];
            expect(node.attempts.slice(0, known.length)).toEqual(known);
          }
          expectConsistent(now);
        });
      }),
      { numRuns: 400 },
    );
  });

  it('starts no other node unless the main node runs', () => {
    fc.assert(
      fc.property(start, history, (first, steps) => {
        walk(first, steps, (before, now) => {
          const main = nodesIn(now)[first.spec.nodes?.mainNode ?? -1];
          for (const [index, node] of nodesIn(now).entries()) {
            const wasWaiting = nodesIn(before)[index]?.status === 'RUNNABLE';
            if (!wasWaiting || !isLiveNode(node) || index === first.spec.nodes?.mainNode) continue;
            expect(main?.status).toBe('RUNNING');
          }
        });
      }),
    );
  });

  it('ends once every node that lives has exited', () => {
    fc.assert(
      fc.property(start, history, (first, steps) => {
        let job: Job = walk(first, steps, () => undefined);
        for (let round = 0; isPlaced(job) && round < 2; round += 1) {
          const { attempt }: PlacedJob = job;
          // The main node first: its end stops the others.
          const main = first.spec.nodes?.mainNode ?? 0;
          for (const index of [main, ...Array.from({ length: NODES }, (_, at) => at)]) {
            job = onNodeExit(job, index, attempt.number, exit(0), 99_000) ?? job;
          }
        }
        expect(isPlaced(job)).toBe(false);
      }),
    );
  });

  it('settles with its main node’s result', () => {
    fc.assert(
      fc.property(start, history, (first, steps) => {
        walk(first, steps, (before, now) => {
          if (!isPlaced(before) || isPlaced(now)) return;
          const main = nodesIn(now)[first.spec.nodes?.mainNode ?? -1];
          expect(now.attempts.at(-1)).toMatchObject(main?.attempts.at(-1) ?? {});
          if (now.status === 'SUCCEEDED') expect(main?.status).toBe('SUCCEEDED');
          if (isTerminal(now)) expect(nodesIn(now).every(isEndedNode)).toBe(true);
        });
      }),
    );
  });

  it('reaches every status of the job and of its nodes', () => {
    const seen = new Set<string>();
    const seenOfNodes = new Set<string>();
    fc.assert(
      fc.property(start, history, (first, steps) => {
        seen.add(first.status);
        walk(first, steps, (_before, now) => {
          seen.add(now.status);
          for (const node of nodesIn(now)) seenOfNodes.add(node.status);
        });
      }),
      { numRuns: 1_000 },
    );
    expect([...seen, 'PENDING'].toSorted()).toEqual([...JOB_STATUSES].toSorted());
    expect(seenOfNodes).toEqual(new Set(['RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED', 'FAILED']));
  });
});
