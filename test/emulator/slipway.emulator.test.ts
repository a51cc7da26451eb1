// The service deployed by the CDK CLI into an AWS that none of us wrote, and used by boto3: the functions are containers, the jobs
// ECS tasks. One deployment serves all cases, in the order in which they disturb each other least.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deploySlipway, STACK } from './a-deployed-slipway.ts';
import type { ADeployedSlipway } from './a-deployed-slipway.ts';
import { describeAccess } from './access-cases.ts';
import { describeCost } from './cost-cases.ts';
import { describeEnvironments } from './environment-cases.ts';
import { describeEventLog } from './event-log-cases.ts';
import { describeFaults, loseAnEvent } from './fault-cases.ts';
import { deniedToOurRoles, loggedDenials, simulatedDenials } from './iam-audit.ts';
import { describeJobs, submitJobs } from './job-cases.ts';
import type { SubmittedJobs } from './job-cases.ts';
import { describeMachines } from './machine-cases.ts';
import { functionRoles, takePolicies } from './role-policies.ts';

/** Bundling, synthesizing, deploying, and the first invocation of everything, on a machine that does more than that. */
const START_LIMIT_MS = 300_000;

let slipway: ADeployedSlipway;
let unheardJob: string;
let submitted: SubmittedJobs;

beforeAll(async () => {
  slipway = await deploySlipway();
  unheardJob = await loseAnEvent(slipway);
  submitted = await submitJobs(slipway);
}, START_LIMIT_MS);
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.error(await slipway.functionFailures());
});
afterAll(() => slipway?.stop());

describe('access', () => describeAccess(() => slipway));
describe('the event log', () => describeEventLog(() => slipway));
describe('environments', () => describeEnvironments(() => slipway));
describe('machines', () => describeMachines(() => slipway));
describe('faults', () =>
  describeFaults(
    () => slipway,
    () => unheardJob,
  ));

describe('jobs', () =>
  describeJobs(
    () => slipway,
    () => submitted,
  ));

describe('cost', () => describeCost(() => slipway));

describe('the roles of the functions', () => {
  it('allow all that was done', async () => {
    expect(await deniedToOurRoles(slipway.emulator)).toEqual([]);
  });

  it('are missed by the tests when a permission is', async () => {
    const { emulator } = slipway;
    const roles = await functionRoles(emulator, `${STACK}-`);
    const [launch, react] = [/FunctionsLaunchFunctionRole/, /FunctionsReactFunctionRole/].map(
      (name) => roles.find((role) => name.test(role)) ?? '',
    );
    const restore = [await takePolicies(emulator, launch ?? ''), await takePolicies(emulator, react ?? '')];
    const [logged, called] = [emulator.fakecloud.log.length, emulator.front.calls.length];
    await slipway.ended(await slipway.submit('unpermitted', 'true'));
    const byLog = loggedDenials(emulator.fakecloud.log.slice(logged), `${STACK}-`);
    const bySimulation = await simulatedDenials(emulator, emulator.front.calls.slice(called), `${STACK}-`);
    expect(byLog).toContainEqual(
      expect.objectContaining({ role: react, action: expect.stringMatching(/^dynamodb:/) }),
    );
    expect(bySimulation).toContainEqual(expect.objectContaining({ role: launch, action: 'ecs:RunTask' }));
    for (const give of restore) await give();
  });
});
