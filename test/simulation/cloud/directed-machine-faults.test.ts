// Machines and one fault at a time: they come late, not at all or of another type, fall silent, are taken back and die under what
// runs on them. Whatever happens, jobs end, and no machine is left running for nobody.
import { describe, expect, it } from 'vitest';
import type { JobId } from '../../../core/ids.ts';
import type { Body } from './cloud-client.ts';
import { ask, askForJob, environmentInput, MACHINE_DEFINITION, PREFIX } from './cloud-client.ts';
import type { Given } from './directed-cloud.ts';
import { end, isIn, once, openClouds, statusOf, throttledFor } from './directed-cloud.ts';
import type { ChooseStrike, Service } from './service-calls.ts';
import type { SimulatedCloud } from './simulated-cloud.ts';
import type { Machine, MachineBehaviour } from './simulated-machines.ts';

const openCloud = openClouds();

interface GivenMachines extends Omit<Given, 'weatherOf'> {
  readonly type?: 'EC2' | 'SPOT';
  readonly machines?: Partial<MachineBehaviour>;
  readonly runsForEver?: 0 | 1;
}

function machineCloud({
  type = 'EC2',
  machines,
  runsForEver = 0,
  ...given
}: GivenMachines = {}): Promise<SimulatedCloud> {
  return openCloud({
    environments: [['ce0', type, 16]],
    weatherOf: (fair) => ({
      machines: { ...fair.machines, ...machines },
      tasks: { ...fair.tasks, runsForEver },
    }),
    ...given,
  });
}

function askForMachineJob(cloud: SimulatedCloud, more: Body = {}): Promise<JobId> {
  return askForJob(cloud, { jobDefinition: MACHINE_DEFINITION, ...more });
}

/** Such that a machine of the smallest type holds one. */
const LARGE: Body = {
  containerOverrides: {
    resourceRequirements: [
      { type: 'VCPU', value: '2' },
      { type: 'MEMORY', value: '4096' },
    ],
  },
};

/** A job that runs for ever on its machine. */
async function aRunningJob(
  cloud: SimulatedCloud,
  more: Body = {},
): Promise<{ readonly id: JobId; readonly machine: Machine }> {
  const id = await askForMachineJob(cloud, more);
  await cloud.until('it runs', isIn(cloud, id, 'RUNNING'), 300_000);
  const [machine] = cloud.machines.live();
  if (!machine) throw new Error('what runs has a machine');
  return { id, machine };
}

function set(cloud: SimulatedCloud, machines: Partial<MachineBehaviour>): void {
  cloud.weather.machines = { ...cloud.weather.machines, ...machines };
}

function letEnd(cloud: SimulatedCloud): void {
  cloud.weather.tasks = { ...cloud.weather.tasks, runsForEver: 0 };
}

describe('machines', () => {
  it('come for jobs, take them, and go when there are none', async () => {
    const cloud = await machineCloud();
    const ids = [await askForMachineJob(cloud), await askForMachineJob(cloud, LARGE)];
    await end(cloud);
    expect(ids.map((id) => statusOf(cloud, id))).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(cloud.lines.some((line) => line.includes('is ended'))).toBe(true);
  });

  it('that are not to be had are waited for, in AWS’s words, until there are some', async () => {
    const cloud = await machineCloud({ machines: { refuses: { EC2: 1 } } });
    const id = await askForMachineJob(cloud);
    await cloud.advance(300_000);
    expect(cloud.job(id)?.statusReason).toMatch(/CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY/);
    set(cloud, { refuses: {} });
    await end(cloud);
    expect(cloud.job(id)).toMatchObject({ status: 'SUCCEEDED', attempts: [{}] });
  });

  it('of which only some come run what they hold; the others follow', async () => {
    const cloud = await machineCloud({ machines: { refuses: { EC2: 0.6 } } });
    const ids = await Promise.all([1, 2, 3, 4].map(() => askForMachineJob(cloud, LARGE)));
    await cloud.advance(400_000);
    set(cloud, { refuses: {} });
    await end(cloud);
    expect(ids.map((id) => statusOf(cloud, id))).toEqual(ids.map(() => 'SUCCEEDED'));
  });

  it('that never join their cluster are ended, and others are asked for', async () => {
    const cloud = await machineCloud({ machines: { neverJoins: 1 } });
    const id = await askForMachineJob(cloud);
    await cloud.advance(13 * 60_000);
    expect(cloud.lines.some((line) => line.includes('is ended'))).toBe(true);
    set(cloud, { neverJoins: 0 });
    await end(cloud);
    expect(statusOf(cloud, id)).toBe('SUCCEEDED');
  });

  it('that are the minimum stay, and are replaced when they die', async () => {
    const cloud = await machineCloud();
    await ask(cloud, 'createcomputeenvironment', environmentInput('kept', 'EC2', 8, { minvCpus: 2 }));
    await cloud.until('it has its minimum', () => cloud.machines.live().length === 1, 300_000);
    const [first] = cloud.machines.live();
    if (first) cloud.machines.kill(first);
    await cloud.until('it is replaced', () => cloud.ecs.instances.all().length === 1, 900_000);
    await cloud.advance(900_000);
    expect(cloud.machines.live().length).toBe(1);
    const computeEnvironment = `${PREFIX}compute-environment/kept`;
    await ask(cloud, 'updatecomputeenvironment', { computeEnvironment, computeResources: { minvCpus: 0 } });
    await end(cloud);
  });
});

describe('the end of a machine', () => {
  it.each(['told', 'silently'] as const)(
    'under what runs on it is an end like any other: %s',
    async (how) => {
      const cloud = await machineCloud({ runsForEver: 1 });
      const { id, machine } = await aRunningJob(cloud, { retryStrategy: { attempts: 2 } });
      letEnd(cloud);
      cloud.machines.kill(machine, how);
      await end(cloud);
      expect(cloud.job(id)).toMatchObject({ status: 'SUCCEEDED', attempts: [{}, {}] });
      expect(cloud.job(id)?.attempts[0]?.statusReason).toMatch(/^Host EC2/);
    },
  );

  it('while a task is on its way to it costs that attempt alone', async () => {
    const cloud = await machineCloud();
    const id = await askForMachineJob(cloud, { retryStrategy: { attempts: 2 } });
    await cloud.until('its task is taken', () => cloud.ecs.live().length === 1, 300_000);
    const [machine] = cloud.machines.live();
    if (machine) cloud.machines.kill(machine);
    await end(cloud);
    expect(statusOf(cloud, id)).toBe('SUCCEEDED');
  });

  it('between a placement and its start sends the job back into line', async () => {
    const cloud = await machineCloud();
    cloud.aim = once({ delayMs: 10_000 }, 'RunTask');
    const id = await askForMachineJob(cloud);
    await cloud.until('it is placed', isIn(cloud, id, 'STARTING'), 300_000);
    const [machine] = cloud.machines.live();
    if (machine) cloud.machines.kill(machine);
    await end(cloud);
    expect(cloud.job(id)).toMatchObject({ status: 'SUCCEEDED', attempts: [{}], refusals: { count: 1 } });
  });

  it('that nobody tells of is found by the reconciler', async () => {
    const cloud = await machineCloud({ runsForEver: 1 });
    const { id, machine } = await aRunningJob(cloud);
    letEnd(cloud);
    cloud.weather.news = { ...cloud.weather.news, lost: 1 };
    cloud.machines.kill(machine);
    await cloud.until('its end is known', isIn(cloud, id, 'FAILED'), 600_000);
    cloud.weather.news = { ...cloud.weather.news, lost: 0 };
    await end(cloud);
  });

  it('that Spot has announced takes nothing new, and what runs has its two minutes', async () => {
    const cloud = await machineCloud({ type: 'SPOT', runsForEver: 1 });
    const { id, machine } = await aRunningJob(cloud, { retryStrategy: { attempts: 2 } });
    cloud.machines.interrupt(machine);
    await cloud.advance(10_000);
    // Not left to its agent, which a launch template of the owner's may keep from it.
    expect(cloud.services.counts.get('UpdateContainerInstancesState')).toBe(1);
    letEnd(cloud);
    const second = await askForMachineJob(cloud);
    await end(cloud);
    expect(cloud.job(id)).toMatchObject({ status: 'SUCCEEDED', attempts: [{}, {}] });
    expect(cloud.job(second)).toMatchObject({ status: 'SUCCEEDED', attempts: [{}] });
  });

  it('by its environment waits for whom was placed at the same moment', async () => {
    const cloud = await machineCloud();
    const first = await askForMachineJob(cloud);
    await cloud.until('it has ended', isIn(cloud, first, 'SUCCEEDED'), 300_000);
    cloud.aim = once({ delayMs: 8_000 }, 'UpdateContainerInstancesState');
    await cloud.until(
      'its machine is to go',
      () => cloud.services.counts.has('UpdateContainerInstancesState'),
      600_000,
    );
    const second = await askForMachineJob(cloud);
    await end(cloud);
    expect(cloud.job(second)).toMatchObject({ status: 'SUCCEEDED', attempts: [{}] });
  });
});

describe('a machine that somebody else uses as well', () => {
  it('is not ended under them, however idle it is for its environment', async () => {
    const cloud = await machineCloud();
    const id = await askForMachineJob(cloud);
    await cloud.until('its task is taken', () => cloud.ecs.live().length === 1, 300_000);
    const [machine] = cloud.machines.live();
    const [environment] = [...cloud.rows.environments.values()];
    const foreign = { vcpus: 1, memoryMiB: 128 };
    cloud.ecs.instances.take(environment?.ecsClusterArn ?? '', machine?.id, 'foreign', foreign);
    await cloud.until('it has ended', isIn(cloud, id, 'SUCCEEDED'), 300_000);
    await cloud.advance(900_000);
    expect(cloud.machines.live()).toEqual([machine]);
    cloud.ecs.instances.ended('foreign');
    await end(cloud);
  });
});

describe('an agent out of reach', () => {
  it('takes nothing until it is back, and what it runs goes on', async () => {
    const cloud = await machineCloud({ runsForEver: 1 });
    const { id, machine } = await aRunningJob(cloud);
    letEnd(cloud);
    cloud.machines.fall(machine, 200_000);
    await cloud.advance(5_000);
    const second = await askForMachineJob(cloud);
    await cloud.until('another has come for it', isIn(cloud, second, 'SUCCEEDED'), 600_000);
    expect(statusOf(cloud, id)).toBe('RUNNING');
    await ask(cloud, 'terminatejob', { jobId: id, reason: 'enough' });
    await end(cloud);
  });
});

describe('news of machines', () => {
  it.each<readonly [how: string, news: object]>([
    ['never', { lost: 1 }],
    ['twice and in any order', { twice: 1, late: 0.7, latestMs: 90_000 }],
  ])('that comes %s delays, and loses nothing', async (_how, news) => {
    const cloud = await machineCloud({ machines: { dies: 0.3, diesSilently: 0.5 } });
    cloud.weather.news = { ...cloud.weather.news, ...news };
    const retryStrategy = { attempts: 5 };
    const ids = await Promise.all([1, 2, 3].map(() => askForMachineJob(cloud, { ...LARGE, retryStrategy })));
    await cloud.advance(900_000);
    set(cloud, { dies: 0 });
    await end(cloud);
    expect(ids.map((id) => statusOf(cloud, id))).toEqual(ids.map(() => 'SUCCEEDED'));
  });
});

describe('old news', () => {
  const known = (cloud: SimulatedCloud): readonly string[] =>
    cloud.rows
      .all()
      .flatMap(({ pk, sk, body }) => (pk.startsWith('machines#') && 'instance' in body ? [sk] : []));

  it.each<readonly [how: string, lost: 0 | 1]>([
    ['its agent', 0],
    ['only a look at its cluster', 1],
  ])('of a machine brings it back to nobody’s mind when %s told that it is gone', async (_how, lost) => {
    const cloud = await machineCloud();
    const id = await askForMachineJob(cloud);
    await cloud.until('it has ended', isIn(cloud, id, 'SUCCEEDED'), 300_000);
    cloud.weather.news = { ...cloud.weather.news, lost };
    await end(cloud);
    cloud.weather.news = { ...cloud.weather.news, lost: 0 };
    expect(known(cloud)).toEqual([]);
    const old = cloud.bus.told.filter((event) => !JSON.stringify(event).includes('INACTIVE'));
    for (const event of old) cloud.bus.deliver(event);
    await cloud.advance(2_000);
    expect(known(cloud)).toEqual([]);
    await end(cloud);
  });
});

describe('a minute of throttling', () => {
  it.each<Service>(['autoscaling', 'ec2', 'ecs', 'ssm'])('by %s loses nothing', async (service) => {
    const cloud = await machineCloud({ runsForEver: 1 });
    const { id, machine } = await aRunningJob(cloud, { retryStrategy: { attempts: 2 } });
    letEnd(cloud);
    cloud.aim = throttledFor(cloud, service);
    await ask(cloud, 'createcomputeenvironment', environmentInput('other', 'EC2', 4));
    const second = await askForMachineJob(cloud, LARGE);
    await cloud.advance(20_000);
    cloud.machines.kill(machine, 'silently');
    await end(cloud);
    expect([id, second].map((one) => statusOf(cloud, one))).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(cloud.rows.environments.get(`${PREFIX}compute-environment/other` as never)?.status).toBe('VALID');
  });
});

describe('a function that dies', () => {
  it.each<readonly [when: string, strike: ChooseStrike]>([
    ['schedule, before it resizes the group', once('killed-before', 'UpdateAutoScalingGroup', 'schedule')],
    ['schedule, after it has resized the group', once('killed-after', 'UpdateAutoScalingGroup', 'schedule')],
    ['schedule, after its fleet was committed', once('killed-after', 'write', 'schedule', 'ledger')],
    ['instances, before it writes what it heard', once('killed-before', 'write', 'instances')],
    ['instances, after it has written', once('killed-after', 'write', 'instances')],
    ['instances, before it wakes the scheduler', once('killed-before', 'SendMessage', 'instances')],
    ['reconcile, after it drained a machine', once('killed-after', 'UpdateContainerInstancesState')],
    ['whoever ends a machine, before', once('killed-before', 'TerminateInstanceInAutoScalingGroup')],
    ['whoever ends a machine, after', once('killed-after', 'TerminateInstanceInAutoScalingGroup')],
    ['launch, after RunTask', once('killed-after', 'RunTask')],
  ])('costs nothing but time: %s', async (_when, strike) => {
    const cloud = await machineCloud();
    cloud.aim = strike;
    const id = await askForMachineJob(cloud);
    await end(cloud);
    expect(cloud.job(id)).toMatchObject({ status: 'SUCCEEDED', attempts: [{}] });
    expect(cloud.lines.some((line) => line.includes('is killed'))).toBe(true);
  });
});
