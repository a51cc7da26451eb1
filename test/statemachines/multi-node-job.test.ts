// The life of a multi-node job as statemachines/multi-node-job.asl.json drives it, in our own engine.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLocalWorkflows } from '../../adapters/asl/local-workflows.ts';
import { parseMachine } from '../../adapters/asl/parse-machine.ts';
import type { Progress, Wait } from '../../core/job/progress.ts';
import { endOfWait } from '../../core/job/progress.ts';
import { createFakeTime } from '../adapters/asl/fake-time.ts';

const text = readFileSync(join(import.meta.dirname, '../../statemachines/multi-node-job.asl.json'), 'utf8');
const machine = parseMachine('multi-node-job', text, {
  LaunchFunctionArn: 'launch',
  LaunchNodesFunctionArn: 'launch-nodes',
  AwaitFunctionArn: 'await',
});

interface Row {
  readonly status: 'STARTING' | 'RUNNING' | 'RUNNABLE' | 'SUCCEEDED' | 'FAILED';
  readonly attempt: number;
}
type Request = Wait & { readonly taskToken: string };

/** One job in miniature; `launchNodes` decides how long the other nodes take to be launched. */
function setUp(launchNodes: () => Promise<void> = async () => undefined, timeoutSeconds = 99_999_999) {
  const time = createFakeTime();
  let row: Row = { status: 'STARTING', attempt: 1 };
  let startedAtMs = 0;
  const calls: string[] = [];
  const progress = (): Progress => {
    const leftMs =
      startedAtMs === 0 ? timeoutSeconds * 1000 : startedAtMs + timeoutSeconds * 1000 - time.clock.now();
    return { jobId: 'j', ...row, timeoutSeconds: Math.max(1, Math.ceil(leftMs / 1000)) };
  };
  const wait = async ({ state, attempt, taskToken }: Request): Promise<void> => {
    calls.push(`${state}/${attempt}`);
    await workflows.park('j', taskToken, { state, attempt });
    const end = endOfWait({ state, attempt }, progress());
    if (end) await workflows.end(taskToken, end);
  };
  const workflows = createLocalWorkflows({
    machines: { 'multi-node-job': machine },
    // The payloads are what the machine's Parameters say.
    functions: {
      launch: (payload) => wait(payload as unknown as Request),
      'launch-nodes': async (payload) => {
        calls.push(`nodes/${(payload as unknown as Request).attempt}`);
        await launchNodes();
        return progress();
      },
      await: (payload) => wait(payload as unknown as Request),
    },
    clock: time.clock,
    timer: time.timer,
    history: { maxEvents: 200 },
    keepEnded: 10,
  });
  return {
    time,
    calls,
    async start(): Promise<void> {
      await workflows.ensure('multi-node-job', 'j', { jobId: 'j', attempt: row.attempt });
      await time.settle();
    },
    async commit(next: Row): Promise<void> {
      row = next;
      if (next.status === 'RUNNING') startedAtMs = time.clock.now();
      const now = progress();
      await workflows.wake('j', (waiting) => endOfWait(waiting, now));
      await time.settle();
    },
    states: () =>
      workflows.engine
        .history('j')
        .filter(({ type }) => type.endsWith('StateEntered'))
        .map(({ stateName }) => stateName),
  };
}

test('the other nodes are launched once the main node runs', async () => {
  const home = setUp();
  await home.start();
  expect(home.calls).toEqual(['STARTING/1']);
  await home.commit({ status: 'RUNNING', attempt: 1 });
  expect(home.calls).toEqual(['STARTING/1', 'nodes/1', 'RUNNING/1']);
  await home.commit({ status: 'SUCCEEDED', attempt: 1 });
  expect(home.states()).toEqual(['STARTING', 'NODES_STARTING', 'RUNNING', 'SUCCEEDED']);
});

test('a retry starts all of it again', async () => {
  const home = setUp();
  await home.start();
  await home.commit({ status: 'RUNNING', attempt: 1 });
  await home.commit({ status: 'RUNNABLE', attempt: 1 });
  await home.commit({ status: 'STARTING', attempt: 2 });
  await home.commit({ status: 'RUNNING', attempt: 2 });
  expect(home.calls).toEqual([
    'STARTING/1',
    'nodes/1',
    'RUNNING/1',
    'RUNNABLE/1',
    'STARTING/2',
    'nodes/2',
    'RUNNING/2',
  ]);
});

test('an execution that is started again over a running job launches what was not launched', async () => {
  const home = setUp();
  await home.commit({ status: 'RUNNING', attempt: 1 });
  await home.start();
  expect(home.calls).toEqual(['STARTING/1', 'nodes/1', 'RUNNING/1']);
});

test('what launching the other nodes takes is part of the timeout', async () => {
  const launched = Promise.withResolvers<void>();
  const home = setUp(() => launched.promise, 60);
  await home.start();
  await home.commit({ status: 'RUNNING', attempt: 1 });
  await home.time.advance(40_000);
  launched.resolve();
  await home.time.settle();
  await home.time.advance(19_999);
  expect(home.states().at(-1)).toBe('RUNNING');
  await home.time.advance(1);
  expect(home.states().at(-1)).toBe('TIMED_OUT');
});

test('a timeout does not wait for nodes that are still being launched', async () => {
  const home = setUp(() => new Promise(() => undefined), 60);
  await home.start();
  await home.commit({ status: 'RUNNING', attempt: 1 });
  await home.time.advance(60_000);
  expect(home.states().slice(-2)).toEqual(['NODES_STARTING', 'TIMED_OUT']);
  expect(home.calls.at(-1)).toBe('TIMED_OUT/1');
});
