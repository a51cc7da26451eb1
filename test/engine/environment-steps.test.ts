import { expect, it } from 'vitest';
import type { ComputeEnvironmentArn } from '../../core/ids.ts';
import { createApplyEnvironment, takeEnvironmentStep } from '../../engine/environment-steps.ts';
import type { EnvironmentStepRequest } from '../../engine/environment-steps.ts';
import { createEnvironment } from '../../engine/environments.ts';
import type { Infrastructure, StepAnswer } from '../../engine/capacity-ports.ts';
import type { MachineName } from '../../engine/ports.ts';
import { getEnvironment } from '../../engine/store/compute-environments.ts';
import { aRequest, SCOPE } from '../core/placement/an-environment.ts';
import { aHome } from './a-home.ts';

const ARN = 'arn:aws:batch:us-east-1:123456789012:compute-environment/ce' as ComputeEnvironmentArn;
const NOW_MS = Date.UTC(2030, 0, 1);

function secondsAgo(seconds: number): string {
  return new Date(NOW_MS - seconds * 1000).toISOString();
}

/** An environment that is being created, by an infrastructure that gives one answer to everything. */
async function aChange(answer: StepAnswer = { kind: 'done' }) {
  const started: { machine: MachineName; subject: string; input: object }[] = [];
  const applyEnvironment = createApplyEnvironment({
    ensure: async (machine, subject, input) => void started.push({ machine, subject, input }),
  });
  const home = aHome({ applyEnvironment });
  await createEnvironment(home.deps, SCOPE, aRequest());
  const step = async () => answer;
  const infrastructure: Infrastructure = {
    prepare: step,
    isReady: step,
    drain: step,
    isDrained: step,
    remove: step,
  };
  const record = async () => (await getEnvironment(home.deps.table, ARN))?.record;
  const changeId = (await record())?.underWay?.changeId ?? '';
  const take = (
    state: EnvironmentStepRequest['state'],
    from: Partial<EnvironmentStepRequest['from']> = {},
    startedAt = secondsAgo(0),
  ) =>
    takeEnvironmentStep(
      { environments: home.deps, infrastructure, clock: { now: () => NOW_MS } },
      { state, startedAt, from: { ceArn: ARN, changeId, ...from } },
    );
  return { ...home, applyEnvironment, started, record, changeId, take };
}

it('starts one execution per change, under a name that fits and tells whose it is', async () => {
  const { started, changeId, applyEnvironment, record } = await aChange();
  expect(started).toEqual([
    {
      machine: 'compute-environment',
      subject: `ce-${changeId}`,
      input: { state: 'CREATING', ceArn: ARN, changeId },
    },
  ]);
  const stored = await record();
  if (!stored) throw new Error('the environment was not stored');
  const environment = { ...stored.environment, name: 'n'.repeat(128) };
  const uuid = '11111111-1111-4111-8111-111111111111';
  expect(await applyEnvironment(environment, { kind: 'delete' }, uuid)).toBe('in-progress');
  expect(started.at(-1)).toMatchObject({
    subject: `${'n'.repeat(37)}-${uuid}`,
    input: { state: 'DELETING' },
  });
});

it.each([
  ['CREATING', 'BUILDING'],
  ['UPDATING', 'BUILDING'],
  ['BUILDING', 'VALID'],
  ['DELETING', 'DRAINING'],
  ['DRAINING', 'REMOVING'],
  ['REMOVING', 'GONE'],
] as const)('goes from %s, once done, to %s', async (state, next) => {
  const { take, changeId } = await aChange();
  expect(await take(state)).toEqual({ state: next, ceArn: ARN, changeId, waitSeconds: 0, statusReason: '' });
});

it.each([
  ['as long as it was told', 15, 0, 15],
  ['a second at least', 0, 0, 1],
  ['a whole number of seconds', 1.2, 0, 2],
  ['longer, the longer it has waited', 15, 1_200, 60],
  ['five minutes at most', 900, 0, 300],
] as const)('waits %s', async (_case, seconds, ageSeconds, waitSeconds) => {
  const { take } = await aChange({ kind: 'wait', seconds, because: 'instances are starting' });
  expect(await take('BUILDING', {}, secondsAgo(ageSeconds))).toMatchObject({
    state: 'BUILDING',
    waitSeconds,
  });
});

it('cannot tell how long it has waited since a moment that is none', async () => {
  const { take } = await aChange({ kind: 'wait', seconds: 1, because: 'instances are starting' });
  await expect(take('BUILDING', {}, 'yesterday')).rejects.toThrow(/startedAt must be .* not yesterday/);
});

it('has nothing to do for a change that is not under way', async () => {
  const { take } = await aChange();
  expect(await take('CREATING', { changeId: 'another' })).toMatchObject({ state: 'SUPERSEDED' });
  expect(await take('CREATING', { ceArn: `${ARN}-2` as ComputeEnvironmentArn })).toMatchObject({
    state: 'SUPERSEDED',
  });
});

it('settles once, also when it is asked twice', async () => {
  const { take, record, settled } = await aChange();
  await take('VALID');
  await take('VALID');
  await take('INVALID', { statusReason: 'too late' });
  expect(await record()).toMatchObject({ environment: { status: 'VALID' } });
  expect(settled).toEqual([ARN]);
});

it.each([
  [{ statusReason: 'CLIENT_ERROR - No such subnet.' }, 'CLIENT_ERROR - No such subnet.'],
  [
    { failure: { Error: 'TypeError', Cause: '{"errorType":"TypeError","errorMessage":"x is undefined"}' } },
    'INTERNAL_ERROR - TypeError: x is undefined',
  ],
  [
    { failure: { Error: 'Sandbox.Timedout', Cause: '{"errorMessage":' } },
    'INTERNAL_ERROR - Sandbox.Timedout: {"errorMessage":',
  ],
  [
    { failure: { Error: 'Lambda.Unknown', Cause: 'The cause could not be determined.' } },
    'INTERNAL_ERROR - Lambda.Unknown: The cause could not be determined.',
  ],
  [{ failure: { Error: 'States.Timeout' } }, 'INTERNAL_ERROR - States.Timeout'],
  [{ failure: { Cause: 'x'.repeat(5_000) } }, `INTERNAL_ERROR - Error: ${'x'.repeat(976)}`],
])('says in words why it is INVALID: %j', async (from, statusReason) => {
  const { take, record } = await aChange();
  await take('INVALID', from);
  expect(await record()).toMatchObject({ environment: { status: 'INVALID', statusReason } });
});
