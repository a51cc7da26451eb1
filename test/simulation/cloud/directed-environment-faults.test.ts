// Compute environments and one fault at a time, asked for over the wire or by a stack: whatever happens between two steps, the
// change is made once and to its end, or the environment is INVALID and says why, and can be mended.
import { describe, expect, it } from 'vitest';
import type { ComputeEnvironment } from '../../../core/placement/compute-environment.ts';
import { awsError } from '../../adapters/autoscaling/a-machine-aws.ts';
import type { Body } from './cloud-client.ts';
import {
  ask,
  askForJob,
  environmentInput,
  MACHINE_DEFINITION,
  placesOf,
  PREFIX,
  request,
} from './cloud-client.ts';
import { end, isIn, once, openClouds, statusOf } from './directed-cloud.ts';
import type { ChooseStrike, Strike } from './service-calls.ts';
import type { SimulatedCloud } from './simulated-cloud.ts';
import type { StackRequest } from './simulated-stack.ts';

const openCloud = openClouds();
const ARN = `${PREFIX}compute-environment/ce9`;

function machineCloud(runsForEver = 0): Promise<SimulatedCloud> {
  return openCloud({
    environments: [['ce0', 'EC2', 16]],
    weatherOf: ({ tasks }) => ({ tasks: { ...tasks, runsForEver } }),
  });
}

function environmentOf(cloud: SimulatedCloud, arn = ARN): ComputeEnvironment | undefined {
  return [...cloud.rows.environments].find(([own]) => own === arn)?.[1];
}

async function untilSettled(cloud: SimulatedCloud, arn = ARN): Promise<ComputeEnvironment | undefined> {
  await cloud.until(
    'the change is settled',
    () => /^(IN)?VALID$/.test(environmentOf(cloud, arn)?.status ?? ''),
    7_200_000,
  );
  return environmentOf(cloud, arn);
}

function clustersOf(cloud: SimulatedCloud, name: string): readonly string[] {
  return [...cloud.ecs.fake.clusters.values()]
    .filter(({ clusterName, status }) => clusterName?.startsWith(`AWSBatch-${name}`) && status === 'ACTIVE')
    .map(({ clusterName }) => clusterName ?? '');
}

/** Groups, templates and clusters that an environment has. */
function traces(cloud: SimulatedCloud, name: string): readonly string[] {
  const isOfIt = (one: string): boolean => one.startsWith(`slipway-${name}-`);
  return [
    ...cloud.machines
      .groups()
      .map((group) => group.name)
      .filter(isOfIt),
    ...cloud.machines.templates().filter(isOfIt),
    ...clustersOf(cloud, name),
  ];
}

const BOTH = ['killed-before', 'killed-after'] as const;
const each = (operations: readonly string[]): (readonly [string, Strike, string])[] =>
  operations.flatMap((operation) => BOTH.map((strike) => [operation, strike, strike.slice(7)] as const));

describe('a function killed between the steps', () => {
  it.each(
    each(['CreateCluster', 'CreateLaunchTemplate', 'CreateAutoScalingGroup', 'SuspendProcesses', 'write']),
  )('of a creation makes everything once: %s, %s', async (operation, strike) => {
    const cloud = await machineCloud();
    cloud.aim = once(strike, operation, 'environment');
    await ask(cloud, 'createcomputeenvironment', environmentInput('ce9', 'EC2', 4));
    expect((await untilSettled(cloud))?.status).toBe('VALID');
    expect(traces(cloud, 'ce9').length).toBe(3);
    await end(cloud);
  });

  it.each(each(['DeleteAutoScalingGroup', 'DeleteLaunchTemplate', 'DeleteCluster', 'write']))(
    'of a deletion leaves nothing: %s, %s',
    async (operation, strike) => {
      const cloud = await machineCloud();
      await ask(cloud, 'createcomputeenvironment', environmentInput('ce9', 'EC2', 4, { minvCpus: 2 }));
      await cloud.until('its machine has come', () => cloud.ecs.instances.all().length === 1, 600_000);
      await ask(cloud, 'updatecomputeenvironment', { computeEnvironment: 'ce9', state: 'DISABLED' });
      await untilSettled(cloud);
      cloud.aim = once(strike, operation, 'environment');
      await ask(cloud, 'deletecomputeenvironment', { computeEnvironment: 'ce9' });
      await cloud.until('it is gone', () => environmentOf(cloud) === undefined, 3_600_000);
      expect(traces(cloud, 'ce9')).toEqual([]);
      await end(cloud);
    },
  );
});

const REFUSED = awsError('ValidationError', 'You are not authorized to use launch template: slipway');

describe('a step that AWS refuses', () => {
  it.each(['CreateLaunchTemplate', 'CreateAutoScalingGroup'])(
    'of a creation leaves it INVALID with AWS’s own sentence, and an update mends it: %s',
    async (operation) => {
      const cloud = await machineCloud();
      cloud.aim = once({ error: REFUSED }, operation);
      await ask(cloud, 'createcomputeenvironment', environmentInput('ce9', 'EC2', 4));
      expect(await untilSettled(cloud)).toMatchObject({
        status: 'INVALID',
        statusReason: `CLIENT_ERROR - ValidationError: ${REFUSED.message}`,
      });
      await ask(cloud, 'updatecomputeenvironment', { computeEnvironment: 'ce9', state: 'ENABLED' });
      expect((await untilSettled(cloud))?.status).toBe('VALID');
      expect(traces(cloud, 'ce9').length).toBe(3);
      await end(cloud);
    },
  );

  it('of an infrastructure update is not forgotten by the update that mends it', async () => {
    const cloud = await machineCloud();
    const change: Body = {
      computeEnvironment: 'ce0',
      computeResources: { securityGroupIds: ['sg-2'] },
    };
    cloud.aim = once({ error: REFUSED }, 'CreateLaunchTemplateVersion');
    await ask(cloud, 'updatecomputeenvironment', change);
    const arn = `${PREFIX}compute-environment/ce0`;
    expect((await untilSettled(cloud, arn))?.status).toBe('INVALID');
    // As its owner does who has given the missing permission: the same once more.
    await ask(cloud, 'updatecomputeenvironment', change);
    expect((await untilSettled(cloud, arn))?.status).toBe('VALID');
    expect(cloud.machines.latestOf('slipway-ce0-')).toMatchObject({ SecurityGroupIds: ['sg-2'] });
    await end(cloud);
  });

  it('of a deletion leaves it INVALID, and it can be deleted again', async () => {
    const cloud = await machineCloud();
    await ask(cloud, 'createcomputeenvironment', environmentInput('ce9', 'EC2', 4));
    await untilSettled(cloud);
    await ask(cloud, 'updatecomputeenvironment', { computeEnvironment: 'ce9', state: 'DISABLED' });
    await untilSettled(cloud);
    cloud.aim = once({ error: awsError('AccessDenied', 'not authorized') }, 'DeleteAutoScalingGroup');
    await ask(cloud, 'deletecomputeenvironment', { computeEnvironment: 'ce9' });
    expect((await untilSettled(cloud))?.statusReason).toBe('CLIENT_ERROR - AccessDenied: not authorized');
    await ask(cloud, 'deletecomputeenvironment', { computeEnvironment: 'ce9' });
    await cloud.until('it is gone', () => environmentOf(cloud) === undefined, 3_600_000);
    expect(traces(cloud, 'ce9')).toEqual([]);
    await end(cloud);
  });
});

describe('a change while jobs run', () => {
  it.each<readonly [what: string, terminates: boolean, attempts: number]>([
    ['ends them at once where its owner says so', true, 2],
    ['gives them the time that its owner says', false, 1],
  ])('of the infrastructure %s', async (_what, terminateJobsOnUpdate, attempts) => {
    const cloud = await machineCloud(1);
    const id = await askForJob(cloud, {
      jobDefinition: MACHINE_DEFINITION,
      retryStrategy: { attempts: 2 },
      timeout: { attemptDurationSeconds: 240 },
    });
    await cloud.until('it runs', isIn(cloud, id, 'RUNNING'), 600_000);
    cloud.weather.tasks = { ...cloud.weather.tasks, runsForEver: 0 };
    await ask(cloud, 'updatecomputeenvironment', {
      computeEnvironment: 'ce0',
      computeResources: { securityGroupIds: ['sg-2'] },
      updatePolicy: { terminateJobsOnUpdate, jobExecutionTimeoutMinutes: 30 },
    });
    await end(cloud);
    expect(cloud.job(id)?.attempts.length).toBe(attempts);
    expect(statusOf(cloud, id)).toBe(attempts === 2 ? 'SUCCEEDED' : 'FAILED');
  });

  it('of its maximum lets them run, and takes no more than it says', async () => {
    const cloud = await machineCloud(1);
    const ask2 = (): Promise<string> => askForJob(cloud, { jobDefinition: MACHINE_DEFINITION });
    const ids = [await ask2(), await ask2(), await ask2()];
    await cloud.until('all run', () => cloud.ecs.live().length === 3, 600_000);
    await ask(cloud, 'updatecomputeenvironment', {
      computeEnvironment: 'ce0',
      computeResources: { maxvCpus: 1 },
    });
    ids.push(await ask2());
    await cloud.advance(300_000);
    expect(cloud.ecs.live().length).toBe(3);
    for (const jobId of ids) await ask(cloud, 'terminatejob', { jobId, reason: 'enough' });
    await end(cloud);
  });

  it('that deletes it waits for them, and leaves nothing', async () => {
    const cloud = await machineCloud(1);
    const id = await askForJob(cloud, {
      jobDefinition: MACHINE_DEFINITION,
      timeout: { attemptDurationSeconds: 900 },
    });
    await cloud.until('it runs', isIn(cloud, id, 'RUNNING'), 600_000);
    await ask(cloud, 'createcomputeenvironment', environmentInput('ce9', 'EC2', 4));
    await untilSettled(cloud);
    await ask(cloud, 'updatejobqueue', { jobQueue: 'queue0', computeEnvironmentOrder: placesOf(['ce9']) });
    const computeEnvironment = 'ce0';
    await ask(cloud, 'updatecomputeenvironment', { computeEnvironment, state: 'DISABLED' });
    await cloud.advance(30_000);
    await ask(cloud, 'deletecomputeenvironment', { computeEnvironment });
    await cloud.advance(300_000);
    expect(statusOf(cloud, id)).toBe('RUNNING');
    const arn = `${PREFIX}compute-environment/ce0`;
    await cloud.until('it is gone', () => environmentOf(cloud, arn) === undefined, 3_600_000);
    expect(traces(cloud, 'ce0')).toEqual([]);
    await end(cloud);
  });
});

const CREATE: StackRequest = {
  RequestType: 'Create',
  ResourceType: 'Custom::SlipwayComputeEnvironment',
  LogicalResourceId: 'Environment',
  input: environmentInput('ce9', 'EC2', 4),
};
const DELETE: StackRequest = { ...CREATE, RequestType: 'Delete', PhysicalResourceId: ARN };

describe('a resource of a stack', () => {
  it.each<readonly [when: string, strike: ChooseStrike]>([
    ['nothing goes wrong', () => undefined],
    ['both look before either has made it', once({ delayMs: 1_000 }, 'write', 'resource')],
    ['the function dies before it is made', once('killed-before', 'write', 'resource')],
    ['the function dies after it was made', once('killed-after', 'write', 'resource')],
    [
      'the function dies before its execution is started',
      once('killed-before', 'StartExecution', 'resource'),
    ],
    ['the function dies before the answer', once('killed-before', 'PutAnswer')],
    ['the function dies after the answer', once('killed-after', 'PutAnswer')],
    ['CloudFormation cannot be told at first', once('lost', 'PutAnswer')],
  ])('is made once though its event comes twice, and deleted so: %s', async (_when, strike) => {
    const cloud = await openCloud();
    cloud.weather.stack = { twice: 1 };
    cloud.aim = strike;
    const made = cloud.stack.ask(CREATE);
    await cloud.until('the stack is answered', () => made.told() !== undefined, 3_000_000);
    expect(made.told()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: ARN });
    expect(environmentOf(cloud)?.status).toBe('VALID');
    expect(traces(cloud, 'ce9').length).toBe(3);
    await cloud.advance(300_000);
    const deleted = cloud.stack.ask(DELETE);
    await cloud.until('the stack is answered', () => deleted.told() !== undefined, 3_000_000);
    expect(deleted.told()?.Status).toBe('SUCCESS');
    expect(environmentOf(cloud)).toBe(undefined);
    expect(traces(cloud, 'ce9')).toEqual([]);
    await end(cloud);
  });

  it('that AWS refuses fails with its sentence, and the way back deletes what there is', async () => {
    const cloud = await openCloud();
    cloud.aim = once({ error: REFUSED }, 'CreateAutoScalingGroup');
    const made = cloud.stack.ask(CREATE);
    await cloud.until('the stack is answered', () => made.told() !== undefined, 3_000_000);
    expect(made.told()?.Status).toBe('FAILED');
    expect(made.told()?.Reason).toContain(REFUSED.message);
    const deleted = cloud.stack.ask({ ...DELETE, PhysicalResourceId: made.told()?.PhysicalResourceId ?? '' });
    await cloud.until('the stack is answered', () => deleted.told() !== undefined, 3_000_000);
    expect(traces(cloud, 'ce9')).toEqual([]);
    await end(cloud);
  });

  it('waits for what it names, which the same stack makes beside it', async () => {
    const cloud = await openCloud();
    const queue = cloud.stack.ask({
      RequestType: 'Create',
      ResourceType: 'Custom::SlipwayJobQueue',
      LogicalResourceId: 'Queue',
      input: { jobQueueName: 'queue9', priority: 1, computeEnvironmentOrder: placesOf(['ce9']) },
    });
    await cloud.advance(40_000);
    cloud.stack.ask(CREATE);
    await cloud.until('the stack is answered', () => queue.told() !== undefined, 3_000_000);
    expect(queue.told()?.Status).toBe('SUCCESS');
    await end(cloud);
  });

  it('that somebody else has under that name is left alone', async () => {
    const cloud = await openCloud();
    await ask(cloud, 'createcomputeenvironment', environmentInput('ce9', 'EC2', 4));
    await untilSettled(cloud);
    const made = cloud.stack.ask(CREATE);
    await cloud.until('the stack is answered', () => made.told() !== undefined, 3_000_000);
    expect(made.told()?.Status).toBe('FAILED');
    // The way back: there is nothing of its own to delete.
    const deleted = cloud.stack.ask({ ...DELETE, PhysicalResourceId: made.told()?.PhysicalResourceId ?? '' });
    await cloud.until('the stack is answered', () => deleted.told() !== undefined, 3_000_000);
    expect(environmentOf(cloud)?.status).toBe('VALID');
    await end(cloud);
  });

  it('is changed once by an update that comes twice, also while jobs run', async () => {
    const cloud = await openCloud({
      weatherOf: ({ tasks }) => ({ tasks: { ...tasks, longestMs: 200_000 } }),
    });
    const made = cloud.stack.ask(CREATE);
    await cloud.until('the stack is answered', () => made.told() !== undefined, 3_000_000);
    cloud.weather.stack = { twice: 1 };
    // Both have looked before either changes it, and the change takes its time.
    const late = once({ delayMs: 500 }, 'write', 'resource');
    const slow = once({ delayMs: 3_000 }, 'DescribeClusters', 'environment');
    cloud.aim = (...call) => late(...call) ?? slow(...call);
    const input = environmentInput('ce9', 'EC2', 8);
    const changed = cloud.stack.ask({
      ...CREATE,
      RequestType: 'Update',
      PhysicalResourceId: ARN,
      input,
      oldInput: CREATE.input,
    });
    void request(cloud, 'submitjob', { jobName: 'job', jobQueue: 'queue0', jobDefinition: 'simulated' });
    await cloud.until('the stack is answered', () => changed.told() !== undefined, 3_000_000);
    expect(changed.told()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: ARN });
    expect(environmentOf(cloud)).toMatchObject({ status: 'VALID', computeResources: { maxvCpus: 8 } });
    await end(cloud);
  });
});
