// The life of a compute environment as statemachines/compute-environment.asl.json drives it, in our own engine, from the call
// that asks for a change to the row that tells its end.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AslError } from '../../adapters/asl/asl-error.ts';
import type { ExecutionResult } from '../../adapters/asl/execution.ts';
import type { LocalWorkflows } from '../../adapters/asl/local-workflows.ts';
import { createLocalWorkflows } from '../../adapters/asl/local-workflows.ts';
import { parseMachine } from '../../adapters/asl/parse-machine.ts';
import type { ComputeEnvironmentArn } from '../../core/ids.ts';
import type { EnvironmentStepRequest } from '../../engine/environment-steps.ts';
import { createApplyEnvironment, takeEnvironmentStep } from '../../engine/environment-steps.ts';
import {
  createEnvironment,
  deleteEnvironment,
  resumeEnvironments,
  updateEnvironment,
} from '../../engine/environments.ts';
import type { EnvironmentWork, Infrastructure, StepAnswer } from '../../engine/capacity-ports.ts';
import { getEnvironment } from '../../engine/store/compute-environments.ts';
import { createFakeTime } from '../adapters/asl/fake-time.ts';
import { aRequest, SCOPE } from '../core/placement/an-environment.ts';
import { aHome } from '../engine/a-home.ts';

const ARN = 'arn:aws:batch:us-east-1:123456789012:compute-environment/ce' as ComputeEnvironmentArn;
const DONE: StepAnswer = { kind: 'done' };
const BUSY: StepAnswer = { kind: 'wait', seconds: 30, because: '2 container instances are still registered' };
const REFUSED: StepAnswer = { kind: 'refused', reason: 'The subnet subnet-1 does not exist.' };
const HEALTHY = { status: 'VALID', statusReason: 'ComputeEnvironment Healthy' };
const MINUTE_MS = 60_000;

type Step = keyof Infrastructure;
/** What the infrastructure answers, step by step; done where nothing is said. A function may throw. */
type Script = Partial<Record<Step, (asked: number) => StepAnswer>>;

function scriptedInfrastructure(script: Script) {
  const asked: Step[] = [];
  const works: EnvironmentWork[] = [];
  const step = (name: Step) => async (work: EnvironmentWork) => {
    asked.push(name);
    works.push(work);
    return script[name]?.(asked.filter((earlier) => earlier === name).length) ?? DONE;
  };
  const infrastructure: Infrastructure = {
    prepare: step('prepare'),
    isReady: step('isReady'),
    drain: step('drain'),
    isDrained: step('isDrained'),
    remove: step('remove'),
  };
  return { infrastructure, asked, works };
}

function setUp(script: Script = {}, beforeEach: () => void = () => undefined) {
  const time = createFakeTime();
  const built = scriptedInfrastructure(script);
  const ended: ExecutionResult[] = [];
  const home = aHome({ applyEnvironment: (...given) => createApplyEnvironment(workflows)(...given) });
  const text = readFileSync(
    join(import.meta.dirname, '../../statemachines/compute-environment.asl.json'),
    'utf8',
  );
  const workflows: LocalWorkflows = createLocalWorkflows({
    machines: {
      'compute-environment': parseMachine('compute-environment', text, { EnvironmentFunctionArn: 'steps' }),
    },
    functions: {
      steps: async (payload) => {
        beforeEach();
        return takeEnvironmentStep(
          { environments: home.deps, infrastructure: built.infrastructure, clock: time.clock },
          payload as unknown as EnvironmentStepRequest, // what the machine's Parameters say
        );
      },
    },
    clock: time.clock,
    timer: time.timer,
    history: { maxEvents: 500 },
    keepEnded: 10,
    onEnded: (_subject, result) => void ended.push(result),
  });
  return {
    ...home,
    ...built,
    script,
    time,
    ended,
    workflows,
    async create(request = aRequest({ state: 'DISABLED' })) {
      await createEnvironment(home.deps, SCOPE, request);
      await time.settle();
    },
    async update(input: Parameters<typeof updateEnvironment>[2]) {
      await updateEnvironment(home.deps, ARN, input);
      await time.settle();
    },
    async remove() {
      expect(await deleteEnvironment(home.deps, ARN)).toEqual([]);
      await time.settle();
    },
    stored: async () => (await getEnvironment(home.deps.table, ARN))?.record,
    /** The states that the latest change has been in, without the two between them. */
    async states() {
      const changeId = built.works.at(-1)?.changeId ?? '';
      return workflows.engine
        .history(`ce-${changeId}`)
        .flatMap(({ type, stateName }) => (type.endsWith('StateEntered') ? [stateName] : []))
        .filter((state) => state !== 'Progress' && state !== 'Pause');
    },
  };
}

async function aValidEnvironment(script: Script = {}) {
  const home = setUp({});
  await home.create();
  expect(await home.stored()).toMatchObject({ environment: HEALTHY });
  Object.assign(home.script, script);
  home.asked.length = 0;
  return home;
}

describe('creating', () => {
  test('asks for everything, waits until it is there, and the environment is VALID', async () => {
    const home = setUp({ isReady: (asked) => (asked < 3 ? BUSY : DONE) });
    await home.create();
    expect(await home.stored()).toMatchObject({
      environment: { status: 'CREATING' },
      underWay: { change: { kind: 'create' } },
    });
    await home.time.advance(MINUTE_MS);
    expect(home.asked).toEqual(['prepare', 'isReady', 'isReady', 'isReady']);
    expect(await home.states()).toEqual(['CREATING', 'BUILDING', 'BUILDING', 'BUILDING', 'VALID']);
    const stored = await home.stored();
    expect(stored).toMatchObject({ environment: HEALTHY });
    expect(stored).not.toHaveProperty('underWay');
    expect(home.settled).toEqual([ARN]);
    expect(home.ended).toMatchObject([{ status: 'SUCCEEDED' }]);
  });

  test('tells the owner why AWS refused, and can be mended by an update', async () => {
    const home = setUp({ prepare: (asked) => (asked === 1 ? REFUSED : DONE) });
    await home.create();
    expect(await home.stored()).toMatchObject({
      environment: {
        status: 'INVALID',
        statusReason: 'CLIENT_ERROR - The subnet subnet-1 does not exist.',
      },
    });
    expect(home.ended).toMatchObject([{ status: 'SUCCEEDED' }]);
    await home.update({ computeResources: { maxvCpus: 32 } });
    expect(await home.stored()).toMatchObject({ environment: HEALTHY });
  });

  test('gives up after an hour, and says on what it waited', async () => {
    const home = setUp({ isReady: () => BUSY });
    await home.create();
    await home.time.advance(59 * MINUTE_MS);
    expect(await home.stored()).toMatchObject({ environment: { status: 'CREATING' } });
    await home.time.advance(10 * MINUTE_MS);
    expect(await home.stored()).toMatchObject({
      environment: {
        status: 'INVALID',
        statusReason:
          'INTERNAL_ERROR - Not finished after 60 minutes: 2 container instances are still registered',
      },
    });
  });
});

describe('updating', () => {
  test('goes its own way into BUILDING and knows what is to be replaced', async () => {
    const home = await aValidEnvironment();
    await home.update({ computeResources: { maxvCpus: 32 } });
    expect(home.asked).toEqual(['prepare', 'isReady']);
    expect(await home.states()).toEqual(['UPDATING', 'BUILDING', 'VALID']);
    expect(home.works.at(-1)).toMatchObject({
      environment: { computeResources: { maxvCpus: 32 } },
      change: { kind: 'update', infrastructure: false },
    });
  });

  test('leaves the jobs on replaced instances the time that the policy gives them', async () => {
    const home = await aValidEnvironment({ isReady: () => BUSY });
    await home.update({
      computeResources: { instanceTypes: ['c5.large'] },
      updatePolicy: { terminateJobsOnUpdate: false, jobExecutionTimeoutMinutes: 120 },
    });
    expect(home.works.at(-1)?.change).toMatchObject({ kind: 'update', infrastructure: true });
    await home.time.advance(179 * MINUTE_MS);
    expect(await home.stored()).toMatchObject({ environment: { status: 'UPDATING' } });
    await home.time.advance(10 * MINUTE_MS);
    expect(await home.stored()).toMatchObject({ environment: { status: 'INVALID' } });
  });
});

describe('deleting', () => {
  test('drains, waits for the last instance, removes what is left, and the row is gone', async () => {
    const home = await aValidEnvironment({
      isDrained: (asked) => (asked < 2 ? BUSY : DONE),
      remove: (asked) => (asked < 2 ? BUSY : DONE),
    });
    await home.remove();
    expect(await home.stored()).toMatchObject({ environment: { status: 'DELETING' } });
    await home.time.advance(2 * MINUTE_MS);
    expect(home.asked).toEqual(['drain', 'isDrained', 'isDrained', 'remove', 'remove']);
    expect(await home.states()).toEqual(['DELETING', 'DRAINING', 'DRAINING', 'REMOVING', 'REMOVING', 'GONE']);
    expect(await home.stored()).toBeUndefined();
    expect(home.settled).toEqual([ARN, ARN]);
    await home.create();
    expect(await home.stored()).toMatchObject({ environment: HEALTHY });
  });

  test('that is refused leaves the environment INVALID with the reason, and may be asked for again', async () => {
    const home = await aValidEnvironment({ remove: (asked) => (asked === 1 ? REFUSED : DONE) });
    await home.remove();
    expect(await home.stored()).toMatchObject({
      environment: { status: 'INVALID', statusReason: expect.stringMatching(/^CLIENT_ERROR - The subnet/) },
    });
    await home.remove();
    expect(await home.stored()).toBeUndefined();
  });

  test('waits days for jobs that still run, looking ever more rarely, within the history of an execution', async () => {
    const home = await aValidEnvironment({ isDrained: () => BUSY });
    await home.remove();
    await home.time.advance(6.9 * 24 * 60 * MINUTE_MS);
    expect(await home.stored()).toMatchObject({ environment: { status: 'DELETING' } });
    expect(home.asked.length * 10).toBeLessThan(25_000);
    await home.time.advance(24 * 60 * MINUTE_MS);
    expect(await home.stored()).toMatchObject({
      environment: { status: 'INVALID', statusReason: expect.stringMatching(/after 10080 minutes/) },
    });
  });
});

describe('a function that fails', () => {
  const failing = (names: string[]) => () => {
    const name = names.shift();
    if (name !== undefined) throw new AslError(name, JSON.stringify({ errorMessage: 'Rate exceeded' }));
  };

  test.each(['Lambda.TooManyRequestsException', 'ThrottlingException', 'EcsUnavailableError'])(
    'with %s is called again, and the change goes on',
    async (name) => {
      const home = setUp({}, failing([name, name, name]));
      await home.create();
      await home.time.advance(5 * MINUTE_MS);
      expect(await home.stored()).toMatchObject({ environment: HEALTHY });
      expect(home.asked).toEqual(['prepare', 'isReady']);
    },
  );

  test('again and again leaves the environment INVALID, with its error in words', async () => {
    const home = setUp({
      prepare: () => {
        throw new AslError(
          'EcsUnavailableError',
          JSON.stringify({ errorMessage: 'ECS CreateCluster failed' }),
        );
      },
    });
    await home.create();
    await home.time.advance(60 * MINUTE_MS);
    expect(await home.stored()).toMatchObject({
      environment: {
        status: 'INVALID',
        statusReason: 'INTERNAL_ERROR - EcsUnavailableError: ECS CreateCluster failed',
      },
    });
    expect(home.asked.length).toBeGreaterThan(5);
  });

  test('for good breaks the execution; the change stays under way, and is taken up again', async () => {
    let broken = true;
    const home = setUp({}, () => {
      if (broken) throw new TypeError('no such table');
    });
    await home.create();
    await home.time.advance(60 * MINUTE_MS);
    expect(home.ended).toMatchObject([{ status: 'FAILED', error: 'TypeError' }]);
    expect(await home.stored()).toMatchObject({ environment: { status: 'CREATING' } });
    broken = false;
    expect(await resumeEnvironments(home.deps)).toBe(1);
    await home.time.settle();
    expect(await home.stored()).toMatchObject({ environment: HEALTHY });
  });
});

test('a change that was settled meanwhile ends its execution and touches nothing', async () => {
  const home = setUp({ isReady: () => BUSY });
  await home.create();
  const changeId = home.works.at(-1)?.changeId ?? '';
  await home.workflows.ensure('compute-environment', `ce-late-${changeId}`, {
    state: 'DELETING',
    ceArn: ARN,
    changeId: 'an earlier change',
  });
  await home.time.settle();
  expect(home.asked).toEqual(['prepare', 'isReady']);
  expect(home.ended).toMatchObject([{ status: 'SUCCEEDED', output: { state: 'SUPERSEDED' } }]);
});
