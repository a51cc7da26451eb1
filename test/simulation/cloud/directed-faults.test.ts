// One fault at a time, aimed: each is a sentence about what a fault does not do. Whatever happens, the job ends, once, and the
// invariants hold at every step.
import { describe, expect, it } from 'vitest';
import type { Body } from './cloud-client.ts';
import { ask, askForJob, environmentInput, placesOf, PREFIX, request } from './cloud-client.ts';
import { end, isIn, once, openClouds, statusOf, throttledFor } from './directed-cloud.ts';
import type { ChooseStrike, Service } from './service-calls.ts';

const aCloud = openClouds();

describe('a function that dies', () => {
  it.each<readonly [when: string, strike: ChooseStrike]>([
    ['launch, between RunTask and the commit that follows', once('killed-after', 'RunTask')],
    ['launch, before RunTask', once('killed-before', 'RunTask')],
    ['launch, before its token is parked', once('killed-before', 'write', 'launch', 'token#')],
    ['await, after its token is parked', once('killed-after', 'write', 'await', 'token#')],
    ['react, after its wake was sent', once('killed-after', 'SendMessage', 'react')],
    ['react, before its wake was sent', once('killed-before', 'SendMessage', 'react')],
    ['react, before its events were published', once('killed-before', 'PutEvents', 'react')],
    ['react, after the execution was started', once('killed-after', 'StartExecution')],
    ['react, before the execution was woken', once('killed-before', 'SendTaskSuccess', 'react')],
    ['react, after the execution was woken', once('killed-after', 'SendTaskSuccess', 'react')],
    ['schedule, before its placement was committed', once('killed-before', 'write', 'schedule')],
    ['schedule, after its placement was committed', once('killed-after', 'write', 'schedule')],
    ['observe, before it commits', once('killed-before', 'write', 'observe')],
    ['observe, after it committed', once('killed-after', 'write', 'observe')],
    ['api, after the job was accepted', once('killed-after', 'write', 'api')],
  ])('costs nothing but time: %s', async (_when, strike) => {
    const cloud = await aCloud();
    cloud.aim = strike;
    void request(cloud, 'submitjob', { jobName: 'job', jobQueue: 'queue0', jobDefinition: 'simulated' });
    await end(cloud);
    expect([...cloud.rows.jobs.values()].map(({ status, attempts }) => [status, attempts.length])).toEqual([
      ['SUCCEEDED', 1],
    ]);
    expect([...cloud.ecs.containers.values()].map((started) => started.length)).toEqual([1]);
    expect(cloud.lines.some((line) => line.includes('is killed'))).toBe(true);
  });
});

describe('a minute of throttling', () => {
  it.each<Service>(['dynamodb', 'states', 'sqs', 'events', 'ecs'])('by %s loses nothing', async (service) => {
    const cloud = await aCloud();
    const before = await askForJob(cloud);
    await cloud.until('it runs', isIn(cloud, before, 'RUNNING'));
    cloud.aim = throttledFor(cloud, service);
    for (let count = 0; count < 3; count += 1) {
      void request(cloud, 'submitjob', { jobName: 'job', jobQueue: 'queue0', jobDefinition: 'simulated' });
      await cloud.advance(15_000);
    }
    await end(cloud);
    expect(statusOf(cloud, before)).toBe('SUCCEEDED');
    expect(cloud.lines.some((line) => line.includes('throttled'))).toBe(true);
  });
});

describe('news of tasks', () => {
  it('that never comes of a start is found by the reconciler', async () => {
    const cloud = await aCloud({
      weatherOf: ({ tasks }) => ({ tasks: { ...tasks, longestMs: 600_000 } }),
    });
    const id = await askForJob(cloud);
    await cloud.until('its task is taken', () => cloud.ecs.live().length === 1);
    cloud.weather.news = { ...cloud.weather.news, lost: 1 };
    await cloud.advance(5_000);
    cloud.weather.news = { ...cloud.weather.news, lost: 0 };
    expect(statusOf(cloud, id)).toBe('STARTING');
    await cloud.until(
      'it is seen to run, or to have ended',
      () => statusOf(cloud, id) !== 'STARTING',
      240_000,
    );
    await end(cloud);
    expect(statusOf(cloud, id)).toBe('SUCCEEDED');
  });

  it('that never comes of an end is found by the reconciler', async () => {
    const cloud = await aCloud();
    const id = await askForJob(cloud);
    await cloud.until('it runs', isIn(cloud, id, 'RUNNING'));
    cloud.weather.news = { ...cloud.weather.news, lost: 1 };
    await cloud.until('its task is over', () => cloud.ecs.live().length === 0);
    await cloud.until('its end is known', isIn(cloud, id, 'SUCCEEDED'), 240_000);
    await end(cloud);
  });

  it('that comes twice and in the wrong order changes nothing', async () => {
    const cloud = await aCloud({
      weatherOf: ({ news }) => ({ news: { ...news, twice: 1, late: 0.7, latestMs: 20_000 } }),
    });
    const ids = [await askForJob(cloud), await askForJob(cloud), await askForJob(cloud)];
    await end(cloud);
    const commits = cloud.rows.count();
    for (const event of cloud.bus.told.toReversed()) cloud.bus.deliver(event);
    await end(cloud);
    expect(cloud.rows.count()).toBe(commits);
    expect(ids.map((id) => statusOf(cloud, id))).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
  });
});

describe('the change stream', () => {
  it('puts a record that nobody can read aside, and its shard goes on', async () => {
    const cloud = await aCloud();
    cloud.stream.poison(0);
    const id = await askForJob(cloud);
    await end(cloud);
    expect(cloud.stream.deadLetters).toEqual([...cloud.stream.poisoned]);
    expect(statusOf(cloud, id)).toBe('SUCCEEDED');
  });

  it('reacts to what stands behind a poisoned record in its batch', async () => {
    const cloud = await aCloud({
      weatherOf: ({ stream }) => ({ stream: { ...stream, latencyMs: 3_000 } }),
    });
    void request(cloud, 'submitjob', { jobName: 'job', jobQueue: 'queue0', jobDefinition: 'simulated' });
    cloud.stream.poison(0);
    for (let count = 0; count < 4; count += 1)
      void request(cloud, 'submitjob', { jobName: 'job', jobQueue: 'queue0', jobDefinition: 'simulated' });
    await end(cloud);
    const statuses = [...cloud.rows.jobs.values()].map(({ status }) => status);
    expect(statuses).toEqual(Array.from({ length: 5 }, () => 'SUCCEEDED'));
  });
});

describe('what is lost on the way', () => {
  it('is made up for by the next minute when it is a wake of the scheduler', async () => {
    const cloud = await aCloud();
    cloud.weather.queue = { ...cloud.weather.queue, lost: 1 };
    const id = await askForJob(cloud);
    await cloud.advance(20_000);
    expect(statusOf(cloud, id)).toBe('RUNNABLE');
    cloud.weather.queue = { ...cloud.weather.queue, lost: 0 };
    await cloud.until('it is placed', isIn(cloud, id, 'SUCCEEDED'), 90_000);
    await end(cloud);
  });

  it('is started anew when it is an execution that broke', async () => {
    const cloud = await aCloud({
      weatherOf: ({ tasks }) => ({ tasks: { ...tasks, runsForEver: 1 } }),
    });
    const id = await askForJob(cloud, { timeout: { attemptDurationSeconds: 600 } });
    await cloud.until('it runs', isIn(cloud, id, 'RUNNING'));
    await cloud.advance(5_000);
    expect(cloud.executions.breakDown(id)).toBe(true);
    await cloud.advance(1_000);
    expect(cloud.executions.isRunning(id)).toBe(false);
    await cloud.until('it is driven again', () => cloud.executions.isRunning(id), 300_000);
    await cloud.until('it has timed out', isIn(cloud, id, 'FAILED'), 700_000);
    await end(cloud);
    expect(cloud.job(id)).toMatchObject({
      status: 'FAILED',
      statusReason: 'Job attempt duration exceeded timeout',
    });
  });

  it('ends an overdue attempt when it is the timeout of Step Functions', async () => {
    const cloud = await aCloud({
      neverTimesOut: true,
      weatherOf: ({ tasks }) => ({ tasks: { ...tasks, runsForEver: 1 } }),
    });
    const id = await askForJob(cloud, { timeout: { attemptDurationSeconds: 60 } });
    await cloud.until('it runs', isIn(cloud, id, 'RUNNING'));
    await cloud.until('it has timed out', isIn(cloud, id, 'FAILED'), 300_000);
    await end(cloud);
    expect(cloud.job(id)?.statusReason).toBe('Job attempt duration exceeded timeout');
  });

  it('is passed over when it is a token that was woken late', async () => {
    const cloud = await aCloud({
      weatherOf: ({ tasks }) => ({ tasks: { ...tasks, longestMs: 40_000, succeeds: 0 } }),
    });
    // The wake from STARTING takes longer than the attempt lives.
    cloud.aim = once({ delayMs: 25_000 }, 'SendTaskSuccess', 'react');
    const id = await askForJob(cloud, { retryStrategy: { attempts: 3 } });
    await end(cloud);
    expect(cloud.job(id)).toMatchObject({ status: 'FAILED', attempts: [{}, {}, {}] });
  });
});

describe('capacity that is not there', () => {
  it('of the first environment lets the next one of the queue try, and costs no attempt', async () => {
    const cloud = await aCloud({
      environments: [
        ['ce0', 'FARGATE_SPOT', 4],
        ['ce1', 'FARGATE', 4],
      ],
      queues: [['ce0', 'ce1']],
      weatherOf: ({ tasks }) => ({ tasks: { ...tasks, refuses: { FARGATE_SPOT: 1 } } }),
    });
    const id = await askForJob(cloud);
    await cloud.until('it has ended', isIn(cloud, id, 'SUCCEEDED'), 30_000);
    await end(cloud);
    expect(cloud.job(id)).toMatchObject({
      attempts: [{ ceArn: `${PREFIX}compute-environment/ce1` }],
      refusals: { count: 1 },
    });
  });

  it('of any environment leaves the job in line, saying why, until there is some', async () => {
    const cloud = await aCloud({
      weatherOf: ({ tasks }) => ({ tasks: { ...tasks, refuses: { FARGATE: 1 } } }),
    });
    const id = await askForJob(cloud);
    await cloud.advance(120_000);
    expect(cloud.job(id)?.statusReason).toMatch(/CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY/);
    cloud.weather.tasks = { ...cloud.weather.tasks, refuses: {} };
    await cloud.until('it has ended', isIn(cloud, id, 'SUCCEEDED'), 600_000);
    await end(cloud);
  });

  it('any more, after a Spot interruption, is followed by a retry as the strategy says', async () => {
    const cloud = await aCloud({
      environments: [['ce0', 'FARGATE_SPOT', 4]],
      weatherOf: ({ tasks }) => ({ tasks: { ...tasks, runsForEver: 1 } }),
    });
    const id = await askForJob(cloud, { retryStrategy: { attempts: 2 } });
    await cloud.until('it runs', isIn(cloud, id, 'RUNNING'));
    cloud.weather.tasks = { ...cloud.weather.tasks, runsForEver: 0 };
    const [container] = cloud.ecs.live();
    if (container) cloud.ecs.interrupt(container);
    await end(cloud);
    expect(cloud.job(id)).toMatchObject({ status: 'SUCCEEDED', attempts: [{}, {}] });
  });
});

describe('a step of an environment', () => {
  it('that fails for good leaves it INVALID with a reason', async () => {
    const cloud = await aCloud();
    cloud.aim = (call) => (call.operation === 'CreateCluster' ? 'refused' : undefined);
    await ask(cloud, 'createcomputeenvironment', environmentInput('ce9', 'FARGATE', 4));
    const arn = `${PREFIX}compute-environment/ce9`;
    const environment = () => [...cloud.rows.environments].find(([own]) => own === arn)?.[1];
    await cloud.until('it is settled', () => environment()?.status === 'INVALID', 3_600_000);
    expect(environment()?.statusReason).toMatch(/^INTERNAL_ERROR - .*CreateCluster/);
    await end(cloud);
  });

  it('that fails now and then is taken again', async () => {
    const cloud = await aCloud();
    let left = 12;
    cloud.aim = (call) => (call.operation === 'CreateCluster' && (left -= 1) > 0 ? 'lost' : undefined);
    await ask(cloud, 'createcomputeenvironment', environmentInput('ce9', 'FARGATE', 4));
    const arn = `${PREFIX}compute-environment/ce9`;
    await cloud.until('it is VALID', () => {
      const [, environment] = [...cloud.rows.environments].find(([own]) => own === arn) ?? [];
      return environment?.status === 'VALID';
    });
    await end(cloud);
  });
});

describe('a change that makes room for who was set aside', () => {
  const wanting = (vcpus: string, memoryMiB: string): Body => ({
    containerOverrides: {
      resourceRequirements: [
        { type: 'VCPU', value: vcpus },
        { type: 'MEMORY', value: memoryMiB },
      ],
    },
  });

  it.each<readonly [what: string, strike: ChooseStrike]>([
    ['told', () => undefined],
    ['committed by a function that then dies', once('killed-before', 'SendMessage', 'environment')],
    ['answered by a function that then dies', once('killed-after', 'write', 'environment')],
  ])('of an environment is %s', async (_what, strike) => {
    const cloud = await aCloud({ environments: [['ce0', 'FARGATE', 2]] });
    const id = await askForJob(cloud, wanting('4', '8192'));
    await cloud.until('it is set aside', () => cloud.job(id)?.unplaceable !== undefined, 20_000);
    cloud.aim = strike;
    const change = { computeEnvironment: 'ce0', computeResources: { maxvCpus: 8 } };
    await ask(cloud, 'updatecomputeenvironment', change);
    await end(cloud);
    expect(statusOf(cloud, id)).toBe('SUCCEEDED');
  });

  it.each<readonly [what: string, strike: ChooseStrike]>([
    ['told', () => undefined],
    ['committed by a function that then dies', once('killed-before', 'SendMessage', 'api')],
  ])('of a consumable resource is %s', async (_what, strike) => {
    const cloud = await aCloud();
    const consumableResource = 'licence';
    await ask(cloud, 'createconsumableresource', {
      consumableResourceName: consumableResource,
      resourceType: 'REPLENISHABLE',
      totalQuantity: 0,
    });
    const consumableResourceList = [{ consumableResource, quantity: 1 }];
    const id = await askForJob(cloud, {
      consumableResourcePropertiesOverride: { consumableResourceList },
    });
    await cloud.until('it is set aside', () => cloud.job(id)?.unplaceable !== undefined, 20_000);
    cloud.aim = strike;
    const change = { consumableResource, operation: 'SET', quantity: 1 };
    void request(cloud, 'updateconsumableresource', change);
    await end(cloud);
    expect(statusOf(cloud, id)).toBe('SUCCEEDED');
  });

  it.each<readonly [what: string, strike: ChooseStrike]>([
    ['told', () => undefined],
    ['committed by a function that then dies', once('killed-before', 'SendMessage', 'api')],
  ])('of a queue is %s', async (_what, strike) => {
    const cloud = await aCloud({
      environments: [
        ['ce0', 'FARGATE', 2],
        ['ce1', 'FARGATE', 8],
      ],
    });
    const id = await askForJob(cloud, wanting('4', '8192'));
    await cloud.until('it is set aside', () => cloud.job(id)?.unplaceable !== undefined, 20_000);
    cloud.aim = strike;
    const computeEnvironmentOrder = placesOf(['ce0', 'ce1']);
    void request(cloud, 'updatejobqueue', { jobQueue: 'queue0', computeEnvironmentOrder });
    await end(cloud);
    expect(statusOf(cloud, id)).toBe('SUCCEEDED');
  });
});

describe('a stop', () => {
  it('that comes while its container is being started ends it at once, not by the safety net', async () => {
    const cloud = await aCloud({
      weatherOf: ({ tasks }) => ({ tasks: { ...tasks, runsForEver: 1 } }),
    });
    cloud.aim = once({ delayMs: 6_000 }, 'RunTask');
    const id = await askForJob(cloud);
    await cloud.until('it is placed', isIn(cloud, id, 'STARTING'));
    await cloud.advance(500);
    await ask(cloud, 'terminatejob', { jobId: id, reason: 'enough' });
    expect(cloud.ecs.live()).toEqual([]);
    await cloud.until('it has ended', isIn(cloud, id, 'FAILED'), 60_000);
    await end(cloud);
    expect(cloud.job(id)?.statusReason).toBe('enough');
  });
});

describe('two schedulers', () => {
  it('that meet in one domain, as while its queues are changed, keep its ledger exact', async () => {
    const cloud = await aCloud();
    const first = await askForJob(cloud);
    await cloud.until('it runs', isIn(cloud, first, 'RUNNING'));
    cloud.aim = once({ delayMs: 8_000 }, 'write', 'schedule', 'delete placements');
    await cloud.until('it has ended', isIn(cloud, first, 'SUCCEEDED'));
    await cloud.advance(1_000);
    const second = await askForJob(cloud);
    // In a group of its own, so that another function takes it.
    cloud.queue.sendAgain(cloud.queue.all.slice(-1));
    await cloud.until('the other is placed', () => statusOf(cloud, second) !== 'RUNNABLE', 5_000);
    expect(cloud.rows.placements.size).toBe(2);
    await end(cloud);
  });
});
