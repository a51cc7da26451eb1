// The race between parking and waking, in every order that a scheduler finds: functions that Step Functions has given up on and
// that go on all the same, wakes that come twice and late, clocks of several hosts that disagree.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StepFunctionsParts } from '../../../adapters/stepfunctions/parts.ts';
import { createStepFunctionsWorkflows } from '../../../adapters/stepfunctions/workflows.ts';
import type { NewRow, WriteOp } from '../../../engine/table-ports.ts';
import { fakeStepFunctions } from './fake-step-functions.ts';

const SUBJECT = 'job';

/** Only what tokens need: unconditional puts, and a partition newest first. */
function memoryTable(turn: (what: string) => Promise<void>): StepFunctionsParts['table'] {
  const rows = new Map<string, NewRow>();
  return {
    async write(ops: readonly WriteOp[]) {
      await turn('write');
      for (const op of ops) if (op.kind === 'put') rows.set(`${op.row.pk}|${op.row.sk}`, op.row);
      return { ok: true };
    },
    async query({ partition, limit }) {
      await turn('query');
      const found = [...rows.values()].filter(({ pk }) => pk === partition);
      const newest = found.sort((left, right) => (left.sk < right.sk ? 1 : -1)).slice(0, limit);
      return { rows: newest.map((row) => ({ ...row, version: 1, indexes: row.indexes ?? {} })) };
    },
  };
}

interface Story {
  /** How often Step Functions gives up on the function of a state and calls it again, by state. */
  readonly repeated: readonly number[];
  /** How often each wake is delivered. */
  readonly deliveries: readonly number[];
  readonly skewsMs: readonly number[];
}

/**
 * A job that passes through as many states as the story has, and the execution that follows it by the rule of the machine's
 * functions: park, then look at the row; whoever changes the row wakes after the commit. Returns how many states short of its
 * end the execution is when nothing moves any more.
 */
async function play(scheduler: fc.Scheduler, { repeated, deliveries, skewsMs }: Story): Promise<number> {
  let parks = 0;
  const clock = { now: () => 1_800_000_000_000 + (skewsMs[parks++ % skewsMs.length] ?? 0) };
  const turn = (what: string): Promise<void> => scheduler.schedule(Promise.resolve(), what);
  const fake = fakeStepFunctions(() => 0);
  const workflows = createStepFunctionsWorkflows({
    client: {
      send: (async (command: object) => {
        await turn(command.constructor.name);
        return fake.client.send(command as never); // the fake takes every command
      }) as StepFunctionsParts['client']['send'],
    },
    machineArns: { job: 'job', 'multi-node-job': 'multi', 'compute-environment': 'ce' },
    table: memoryTable(turn),
    clock,
  });
  const last = deliveries.length;
  let row = 0;
  let reached = 0;
  let tokens = 0;
  const running: Promise<unknown>[] = [];

  const callFunction = async (state: number, token: string): Promise<void> => {
    await turn('invoke');
    await workflows.park(SUBJECT, token, { state: 'RUNNING', attempt: 1 });
    await turn('look');
    if (row !== state) await workflows.end(token, { kind: 'output', output: { row } });
  };
  const enter = (state: number): void => {
    reached = state;
    if (state === last) return;
    let live = '';
    const call = (): void => {
      fake.closeToken(live);
      live = `token ${(tokens += 1)}`;
      fake.openToken(live, (output) => enter((JSON.parse(output) as { row: number }).row));
      running.push(callFunction(state, live));
    };
    call();
    const mine = (): boolean => reached === state && tokens === Number(live.slice(6));
    for (let again = 0; again < (repeated[state] ?? 0); again += 1) {
      running.push(turn('give up').then(() => (mine() ? call() : undefined)));
    }
  };
  const change = async (): Promise<void> => {
    for (const [index, times] of deliveries.entries()) {
      await turn('commit');
      row = index + 1;
      const end = { kind: 'output', output: { row } } as const;
      for (let time = 0; time < times; time += 1) running.push(workflows.wake(SUBJECT, () => end));
    }
  };
  enter(0);
  running.push(change());
  await scheduler.waitIdle();
  // What was called meanwhile has been scheduled to its end as well.
  await Promise.all(running);
  return last - reached;
}

const story = fc.integer({ min: 1, max: 4 }).chain((states) =>
  fc.record({
    repeated: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: states, maxLength: states }),
    deliveries: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: states, maxLength: states }),
    skewsMs: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 4 }),
  }),
);

test('an execution always follows its row to the end, in whatever order parking and waking happen', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), story, async (scheduler, told) => {
      expect(await play(scheduler, told)).toBe(0);
    }),
    { numRuns: 300 },
  );
});
