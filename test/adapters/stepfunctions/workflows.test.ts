import { describe, expect, it } from 'vitest';
import { createStepFunctionsWorkflows } from '../../../adapters/stepfunctions/workflows.ts';
import type { Wait, WaitEnd } from '../../../core/job/progress.ts';
import { aStore } from '../sqlite/a-store.ts';
import { anError, fakeStepFunctions } from './fake-step-functions.ts';

const machineArn = (name: string) => `arn:aws:states:us-east-1:123456789012:stateMachine:slipway-${name}`;
const ARN = (name: string) => `arn:aws:states:us-east-1:123456789012:execution:slipway-job:${name}`;
const JOB = '11111111-1111-4111-8111-111111111111';
const INPUT = { jobId: JOB, attempt: 1 };
const DAY_MS = 24 * 3_600_000;
const WAIT: Wait = { state: 'RUNNING', attempt: 1 };
const withOutput = (output: object) => (): WaitEnd => ({ kind: 'output', output });

function setUp(maxAttempts = 3) {
  const { table, clock } = aStore();
  const sfn = fakeStepFunctions(() => clock.now());
  const workflows = createStepFunctionsWorkflows({
    client: sfn.client,
    machineArns: {
      job: machineArn('job'),
      'multi-node-job': machineArn('multi-node-job'),
      'compute-environment': machineArn('compute-environment'),
    },
    table,
    clock,
    retry: { maxAttempts, firstWaitMs: 0, maxWaitMs: 0 },
    lookAgainMs: 0,
  });
  /** What Step Functions does when a state is entered: a new token, which its function parks. */
  const park = async (token: string, onSuccess?: (output: string) => void): Promise<void> => {
    sfn.openToken(token, onSuccess);
    await workflows.park(JOB, token, WAIT);
    clock.nowMs += 1;
  };
  const end = (name: string, status: 'FAILED' | 'SUCCEEDED' = 'FAILED'): void => {
    const execution = sfn.executions.get(ARN(name));
    if (!execution) throw new Error(`no execution ${name}`);
    execution.status = status;
  };
  return { ...sfn, fake: sfn, workflows, clock, table, park, end };
}

const namesOf = ({ executions }: ReturnType<typeof setUp>) =>
  [...executions.values()].map(({ name }) => name);

describe('ensure', () => {
  it('starts an execution named for the job, and one of a child for its index', async () => {
    const home = setUp();
    await home.workflows.ensure('job', JOB, INPUT);
    await home.workflows.ensure('job', `${JOB}:7`, { ...INPUT, jobId: `${JOB}:7` });
    expect(namesOf(home)).toEqual([JOB, `${JOB}_7`]);
    expect(home.executions.get(ARN(JOB))).toMatchObject({ input: JSON.stringify(INPUT), status: 'RUNNING' });
  });

  it('does nothing more than ask when the execution runs with the same input', async () => {
    const home = setUp();
    for (let time = 0; time < 3; time += 1) await home.workflows.ensure('job', JOB, INPUT);
    expect(namesOf(home)).toEqual([JOB]);
    expect(home.calls).toEqual(['StartExecution', 'StartExecution', 'StartExecution']);
  });

  it.each([
    ['parked its token a moment ago', 0, ['StartExecution']],
    ['waits since long', DAY_MS, ['StartExecution', 'SendTaskHeartbeat']],
  ])('spends no DescribeExecution on one of an earlier attempt that %s', async (_case, ageMs, calls) => {
    const home = setUp();
    await home.workflows.ensure('job', JOB, INPUT);
    await home.park('token');
    home.clock.nowMs += ageMs;
    home.calls.length = 0;
    await home.workflows.ensure('job', JOB, { ...INPUT, attempt: 2 });
    expect(home.calls).toEqual(calls);
    expect(namesOf(home)).toEqual([JOB]);
  });

  it('waits for the next token of an execution that was woken a moment before', async () => {
    const home = setUp();
    await home.workflows.ensure('job', JOB, INPUT);
    await home.park('old');
    home.clock.nowMs += DAY_MS;
    home.closeToken('old');
    home.calls.length = 0;
    const ensured = home.workflows.ensure('job', JOB, { ...INPUT, attempt: 2 });
    await home.park('new');
    await ensured;
    expect(home.calls).not.toContain('DescribeExecution');
    expect(namesOf(home)).toEqual([JOB]);
  });

  it('starts the next one when the last has ended, without a gap in the names', async () => {
    const home = setUp();
    const expected: string[] = [];
    for (let number = 1; number <= 20; number += 1) {
      expected.push(number === 1 ? JOB : `${JOB}-r${number}`);
      await home.workflows.ensure('job', JOB, INPUT);
      expect(namesOf(home)).toEqual(expected);
      home.end(expected.at(-1) ?? '');
    }
  });

  it('finds the hundredth in a few calls', async () => {
    const home = setUp();
    for (let number = 1; number <= 100; number += 1) {
      await home.workflows.ensure('job', JOB, INPUT);
      home.end(number === 1 ? JOB : `${JOB}-r${number}`);
    }
    home.calls.length = 0;
    await home.workflows.ensure('job', JOB, INPUT);
    expect(home.executions.has(ARN(`${JOB}-r101`))).toBe(true);
    expect(home.calls.filter((call) => call === 'DescribeExecution').length).toBeLessThan(17);
  });

  it('leaves a later execution that runs alone', async () => {
    const home = setUp();
    await home.workflows.ensure('job', JOB, INPUT);
    home.end(JOB);
    await home.workflows.ensure('job', JOB, INPUT);
    home.clock.nowMs += 1;
    await home.workflows.ensure('job', JOB, { ...INPUT, attempt: 2 });
    expect(namesOf(home)).toEqual([JOB, `${JOB}-r2`]);
  });

  it('starts one execution when many ensure the same at once', async () => {
    const home = setUp();
    await home.workflows.ensure('job', JOB, INPUT);
    home.end(JOB);
    await Promise.all(
      [1, 2, 3, 4].map((attempt) => home.workflows.ensure('job', JOB, { ...INPUT, attempt })),
    );
    expect(namesOf(home)).toEqual([JOB, `${JOB}-r2`]);
  });

  it('takes one that does not show yet for started', async () => {
    const home = setUp();
    home.failNext('StartExecution', [anError('ExecutionAlreadyExists')]);
    await home.workflows.ensure('job', JOB, INPUT);
    expect(home.calls).toEqual(['StartExecution', 'DescribeExecution']);
  });

  it('replaces one that nothing can wake any more, because its tokens are gone', async () => {
    const home = setUp();
    await home.workflows.ensure('job', JOB, INPUT);
    await home.park('token');
    home.clock.nowMs += 91 * DAY_MS;
    await home.workflows.ensure('job', JOB, { ...INPUT, attempt: 2 });
    expect(home.executions.get(ARN(JOB))?.status).toBe('ABORTED');
    expect(home.executions.get(ARN(`${JOB}-r2`))?.status).toBe('RUNNING');
  });

  it('leaves one alone that has just begun and has not parked a token', async () => {
    const home = setUp();
    await home.workflows.ensure('job', JOB, INPUT);
    await home.workflows.ensure('job', JOB, { ...INPUT, attempt: 2 });
    expect(home.executions.get(ARN(JOB))?.status).toBe('RUNNING');
    expect(namesOf(home)).toEqual([JOB]);
  });

  it('does not look for tokens of a machine that waits for none', async () => {
    const home = setUp();
    const subject = 'ce-22222222-2222-4222-8222-222222222222';
    await home.workflows.ensure('compute-environment', subject, { state: 'CREATING' });
    home.clock.nowMs += 91 * DAY_MS;
    await home.workflows.ensure('compute-environment', subject, { state: 'UPDATING' });
    expect([...home.executions.values()]).toMatchObject([{ name: subject, status: 'RUNNING' }]);
  });

  it('refuses a subject that no execution can be named for', async () => {
    const home = setUp();
    await expect(home.workflows.ensure('job', `${JOB}#1`, INPUT)).rejects.toThrow(/subject must be .* not /);
    await expect(home.workflows.ensure('job', 'x'.repeat(75), INPUT)).rejects.toThrow(RangeError);
  });
});

describe('wake', () => {
  it('ends the wait of the parked token with what was said, once', async () => {
    const home = setUp();
    const outputs: string[] = [];
    await home.park('token', (output) => outputs.push(output));
    expect(await home.workflows.wake(JOB, withOutput({ status: 'RUNNING' }))).toBe(1);
    expect(await home.workflows.wake(JOB, withOutput({ status: 'RUNNING' }))).toBe(0);
    expect(outputs).toEqual(['{"status":"RUNNING"}']);
  });

  it('finds nobody under a subject that never waited', async () => {
    expect(await setUp().workflows.wake(JOB, withOutput({}))).toBe(0);
  });

  it('asks once for a job whose newest token lives', async () => {
    const home = setUp();
    for (const token of ['a', 'b', 'c']) await home.park(token);
    expect(await home.workflows.wake(JOB, withOutput({}))).toBe(1);
    expect(home.calls).toEqual(['SendTaskSuccess']);
  });

  it('finds the living token under dead ones that were parked after it', async () => {
    const home = setUp();
    const woken: string[] = [];
    await home.park('living', () => woken.push('living'));
    for (let zombie = 1; zombie <= 6; zombie += 1) {
      await home.park(`zombie ${zombie}`);
      home.closeToken(`zombie ${zombie}`);
    }
    expect(await home.workflows.wake(JOB, withOutput({}))).toBe(1);
    expect(woken).toEqual(['living']);
  });

  it.each(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'])(
    'takes %s for nobody waiting',
    async (name) => {
      const home = setUp();
      await home.park('token');
      home.failNext('SendTaskSuccess', [anError(name)]);
      expect(await home.workflows.wake(JOB, withOutput({}))).toBe(0);
      home.failNext('SendTaskSuccess', [anError(name)]);
      await expect(home.workflows.end('token', withOutput({})())).resolves.toBeUndefined();
    },
  );

  it('fails the task where the wait ends with an error', async () => {
    const home = setUp();
    const outputs: string[] = [];
    await home.park('token', (output) => outputs.push(output));
    const moved: WaitEnd = { kind: 'error', error: 'Batch.Moved', cause: 'The job is RUNNABLE.' };
    expect(await home.workflows.wake(JOB, () => moved)).toBe(1);
    expect(home.calls).toEqual(['SendTaskFailure']);
    expect(outputs).toEqual(['Batch.Moved: The job is RUNNABLE.']);
    await expect(home.workflows.end('token', moved)).resolves.toBeUndefined();
  });

  it('asks nothing of Step Functions while the wait goes on, and passes on what the token waits for', async () => {
    const home = setUp();
    await home.park('token');
    const seen: Wait[] = [];
    expect(await home.workflows.wake(JOB, (wait) => void seen.push(wait))).toBe(0);
    expect(seen).toEqual([WAIT]);
    expect(home.calls).toEqual([]);
  });

  it('does not hide what is wrong with an output', async () => {
    const home = setUp();
    await home.park('token');
    home.failNext('SendTaskSuccess', [anError('InvalidOutput')]);
    await expect(home.workflows.wake(JOB, withOutput({}))).rejects.toThrow('InvalidOutput');
  });
});

describe('a token', () => {
  it('is one row, which expires by itself', async () => {
    const { park, table, clock } = setUp();
    await park('token');
    const { rows } = await table.query({ table: 'queues', partition: `token#${JOB}`, limit: 10 });
    expect(rows).toMatchObject([{ body: { token: 'token', wait: WAIT }, indexes: {} }]);
    expect(rows[0]?.expiresAtS).toBe(Math.floor(clock.now() / 1000) + 90 * 24 * 3_600);
  });

  it('that is parked again is still woken once', async () => {
    const home = setUp();
    const woken: string[] = [];
    await home.park('token', () => woken.push('token'));
    await home.workflows.park(JOB, 'token', WAIT);
    expect(await home.workflows.wake(JOB, withOutput({}))).toBe(1);
    expect(woken).toEqual(['token']);
  });
});

describe('what Step Functions refuses for the moment', () => {
  const THROTTLED = anError('ThrottlingException', 'Rate exceeded', { $metadata: { httpStatusCode: 400 } });
  const BROKEN = anError('InternalServerError', 'oh', { $metadata: { httpStatusCode: 500 } });
  const RESET = anError('Error', 'read ECONNRESET', { code: 'ECONNRESET' });

  it.each([THROTTLED, BROKEN, RESET])('is asked again after %s', async (error) => {
    const home = setUp();
    home.failNext('StartExecution', [error, error]);
    await home.workflows.ensure('job', JOB, INPUT);
    expect(namesOf(home)).toEqual([JOB]);
    await home.park('token');
    home.failNext('SendTaskSuccess', [error, error]);
    expect(await home.workflows.wake(JOB, withOutput({}))).toBe(1);
  });

  it('is told with its cause when patience ends', async () => {
    const home = setUp();
    home.failNext('StartExecution', [THROTTLED, THROTTLED, THROTTLED]);
    await expect(home.workflows.ensure('job', JOB, INPUT)).rejects.toMatchObject({
      name: 'StepFunctionsUnavailableError',
      message: expect.stringMatching(/StartExecution failed after 3 attempt\(s\): ThrottlingException/),
      cause: THROTTLED,
    });
  });

  it('may have been done all the same: a start or a wake whose answer was lost is one', async () => {
    const home = setUp();
    home.failNext('StartExecution', [RESET], true);
    await home.workflows.ensure('job', JOB, INPUT);
    expect(namesOf(home)).toEqual([JOB]);
    const outputs: string[] = [];
    await home.park('token', (output) => outputs.push(output));
    home.failNext('SendTaskSuccess', [RESET], true);
    await home.workflows.wake(JOB, withOutput({ status: 'RUNNING' }));
    expect(outputs).toHaveLength(1);
  });

  it('is not tried again where that cures nothing', async () => {
    const home = setUp();
    home.failNext('StartExecution', [
      anError('StateMachineDoesNotExist', 'x', { $metadata: { httpStatusCode: 400 } }),
    ]);
    await expect(home.workflows.ensure('job', JOB, INPUT)).rejects.toThrow('x');
    expect(home.calls).toEqual(['StartExecution']);
  });
});

describe('an execution', () => {
  it('is described by the latest of its subject, with its end', async () => {
    const home = setUp();
    expect(await home.workflows.describeExecution('job', JOB)).toBeUndefined();
    await home.workflows.ensure('job', JOB, INPUT);
    home.end(JOB);
    await home.workflows.ensure('job', JOB, INPUT);
    expect(await home.workflows.describeExecution('job', JOB)).toEqual({
      name: `${JOB}-r2`,
      arn: ARN(`${JOB}-r2`),
      number: 2,
      status: 'RUNNING',
      startedAtMs: home.clock.now(),
    });
  });

  it('tells its history page by page', async () => {
    const home = setUp();
    expect(await home.workflows.history('job', JOB, { limit: 10 })).toBeUndefined();
    await home.workflows.ensure('job', JOB, INPUT);
    home.end(JOB);
    const page = await home.workflows.history('job', JOB, { limit: 10 });
    const atMs = home.clock.now();
    expect(page).toEqual({
      events: [
        { id: 1, atMs, type: 'ExecutionStarted' },
        { id: 2, atMs, type: 'TaskStateEntered', stateName: 'STARTING' },
        { id: 3, atMs, type: 'ExecutionFailed', error: 'Batch.JobFailed', cause: 'The job has failed.' },
      ],
      next: 'more',
    });
  });
});
