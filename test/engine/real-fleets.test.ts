import { describe, expect, it } from 'vitest';
import type { ComputeEnvironmentArn, JobId, QueueArn } from '../../core/ids.ts';
import { REAL_SCALE_DOWN_DELAY_MS } from '../../core/placement/fleet-rules.ts';
import { ARRIVAL_MS } from '../../core/placement/real-fleet-upkeep.ts';
import { createEnvironment } from '../../engine/environments.ts';
import type { FollowDeps } from '../../engine/follow-fleets.ts';
import { followFleet } from '../../engine/follow-fleets.ts';
import { hearOfMachines, lookAtMachines } from '../../engine/hear-of-machines.ts';
import { createQueue } from '../../engine/queues.ts';
import type { Pass } from '../../engine/schedule.ts';
import { schedule } from '../../engine/schedule.ts';
import { loadDomainOf, loadUnqueuedFleets } from '../../engine/scheduling-domain.ts';
import { getEnvironment } from '../../engine/store/compute-environments.ts';
import { createJobStore, getJob, putOp } from '../../engine/store/jobs.ts';
import { Ledgers } from '../../engine/store/ledger.ts';
import { beginReplacement, loadMachinery } from '../../engine/store/machinery.ts';
import { aJob } from '../core/job/a-job.ts';
import { EC2 } from '../core/placement/an-environment.ts';
import { shownReal } from '../core/placement/a-real-fleet.ts';
import { aHome } from './a-home.ts';
import { SCOPE } from './a-local-engine.ts';
import { realMachines } from './real-machines.ts';

const CE = 'arn:aws:batch:us-east-1:123456789012:compute-environment/ce' as ComputeEnvironmentArn; // of this type
const QUEUE = 'arn:aws:batch:us-east-1:123456789012:job-queue/q' as QueueArn; // of this type
/** Later than the clock of the store, which lets rows expire. */
const START_MS = 4_000_000_000_000;

async function open({ isQueued = true, minvCpus = 0 } = {}) {
  const { deps } = aHome();
  const { table } = deps;
  let nowMs = START_MS;
  const clock = { now: () => nowMs };
  const machines = realMachines();
  const woken: QueueArn[] = [];
  const wakeScheduler = async (queueArns: readonly QueueArn[]) => void woken.push(...queueArns);
  const follow: FollowDeps = { table, clock, machines, wakeScheduler };
  const created = await createEnvironment(deps, SCOPE, {
    computeEnvironmentName: 'ce',
    type: 'MANAGED',
    state: 'ENABLED',
    computeResources: { ...EC2, minvCpus, instanceTypes: ['m5.large'] },
  });
  if ('problems' in created) throw new Error(JSON.stringify(created.problems));
  const computeEnvironmentOrder = [{ order: 1, computeEnvironment: CE }];
  if (isQueued) await createQueue(deps, SCOPE, { jobQueueName: 'q', priority: 1, computeEnvironmentOrder });
  const store = createJobStore(table, 86_400_000);
  const loadDomain = () => (isQueued ? loadDomainOf(table, QUEUE) : loadUnqueuedFleets(table));
  let jobCount = 0;
  return {
    table,
    machines,
    woken,
    follow,
    clusterArn: created.environment.ecsClusterArn,
    uuid: created.environment.uuid,
    advance: (ms: number) => void (nowMs += ms),
    async submit(vcpus = 2) {
      const jobId = `00000000-0000-4000-8000-${String((jobCount += 1)).padStart(12, '0')}` as JobId; // a UUID
      const job = aJob('RUNNABLE', {
        jobId,
        spec: { queueArn: QUEUE, demand: { vcpus, memoryMiB: 128, gpus: 0 } },
      });
      await table.write([putOp(store, job, 0)]);
      return jobId;
    },
    job: async (jobId: JobId) => (await getJob(store, jobId))?.job,
    /** A pass, and what follows from it. */
    async pass(ended: readonly string[] = []): Promise<Pass> {
      const pass = await schedule({ store, clock, loadDomain }, ended);
      for (const ceArn of pass.changedFleets) await followFleet(follow, ceArn);
      return pass;
    },
    fleet: async () => (await Ledgers.load(table, [CE])).entry(CE).fleet ?? { launched: 0, instances: [] },
    desired: async () => {
      const environment = (await getEnvironment(table, CE))?.record.environment;
      if (environment?.type !== 'MANAGED' || environment.computeResources.type !== 'EC2')
        throw new Error('EC2');
      return environment.computeResources.desiredvCpus;
    },
    /** Everything that was launched is registered, and ECS says so. */
    async joined() {
      machines.launch();
      for (const instance of machines.register(nowMs)) {
        const news = {
          kind: 'instance',
          clusterArn: created.environment.ecsClusterArn,
          id: instance.id,
        } as const;
        await hearOfMachines(follow, { ...news, report: { version: 1, instance } });
      }
    },
  };
}

describe('jobs on real machines', () => {
  it('wait for a machine, and run on it once it has joined', async () => {
    const home = await open();
    const jobId = await home.submit();
    expect(await home.pass()).toMatchObject({ placed: 0, changedFleets: [CE] });
    expect(home.machines).toMatchObject({ desired: 1, types: ['m5.large'] });
    expect(await home.desired()).toBe(2);
    expect((await home.job(jobId))?.status).toBe('RUNNABLE');
    await home.joined();
    expect(home.woken).toEqual([QUEUE]);
    expect(await home.pass()).toMatchObject({ placed: 1 });
    const [machine] = home.machines.registered;
    expect(await home.job(jobId)).toMatchObject({
      status: 'STARTING',
      attempt: { placement: { instanceIds: [machine?.id], machineIds: [machine?.machineId] } },
    });
    expect(shownReal(await home.fleet())).toEqual(['m5.large 2/2']);
  });
  it('give a machine back, which ends when it has been empty for a while', async () => {
    const home = await open();
    const jobId = await home.submit();
    await home.pass();
    await home.joined();
    await home.pass();
    home.advance(REAL_SCALE_DOWN_DELAY_MS);
    await home.pass();
    expect(home.machines.ended).toEqual([]);
    await home.pass([`${jobId}/1`]);
    expect(shownReal(await home.fleet())).toEqual(['m5.large 0/2']);
    home.advance(REAL_SCALE_DOWN_DELAY_MS);
    await home.pass();
    expect(home.machines).toMatchObject({ desired: 0, machines: [] });
    expect(home.machines.ended).toHaveLength(1);
    await lookAtMachines(home.follow);
    home.advance(60_000);
    await lookAtMachines(home.follow);
    await home.pass();
    expect((await home.fleet()).instances).toEqual([]);
    expect(await home.desired()).toBe(0);
  });
  it('keep a machine on which the cluster still sees a task, whatever the ledger says', async () => {
    const home = await open({ minvCpus: 0 });
    await home.submit();
    await home.pass();
    const jobless = await home.job('00000000-0000-4000-8000-000000000001' as JobId); // the one above
    expect(jobless?.status).toBe('RUNNABLE');
    await home.joined();
    const [machine] = home.machines.registered;
    home.machines.busy.add(machine?.id ?? '');
    await home.pass();
    await home.pass(['00000000-0000-4000-8000-000000000001/1']);
    home.advance(REAL_SCALE_DOWN_DELAY_MS);
    await home.pass();
    expect(home.machines.ended).toEqual([]);
    expect(home.machines.draining).toContain(machine?.id);
    home.machines.busy.clear();
    await lookAtMachines(home.follow);
    expect(home.machines.ended).toEqual([machine?.machineId]);
  });
  it('ask for machines for all of a long line at once', async () => {
    const home = await open();
    await Promise.all(Array.from({ length: 130 }, () => home.submit(0.1)));
    await home.pass();
    // 13 vCPUs in all, of which the first hundred jobs are 10.
    expect(home.machines.desired).toBe(7);
  });
  it('say why no machine comes, and try again later', async () => {
    const home = await open();
    const jobId = await home.submit();
    await home.pass();
    const trouble = { kind: 'capacity', message: 'InsufficientInstanceCapacity' } as const;
    home.machines.failures = [1, 2].map((n) => ({ atMs: START_MS + n, trouble }));
    await hearOfMachines(home.follow, { kind: 'group', uuid: home.uuid });
    expect(home.woken).toEqual([QUEUE]);
    expect(home.machines.desired).toBe(0);
    home.advance(1_000);
    await home.pass();
    expect((await home.job(jobId))?.statusReason).toMatch(/^CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - /);
    home.machines.failures = [];
    home.advance(2 * 60_000);
    await home.pass();
    expect(home.machines.desired).toBe(1);
  });
  it('say so when AWS refuses the request itself', async () => {
    const home = await open();
    const jobId = await home.submit();
    home.machines.refusal = { kind: 'permissions', message: 'AccessDenied: not allowed' };
    await home.pass();
    home.advance(1_000);
    await home.pass();
    expect((await home.job(jobId))?.statusReason).toContain('SERVICE_ROLE_PERMISSIONS');
  });
  it('lose a machine that Spot takes back, and wait for another', async () => {
    const home = await open();
    await home.submit();
    await home.pass();
    await home.joined();
    const [machine] = home.machines.registered;
    await hearOfMachines(home.follow, { kind: 'interruption', machineId: machine?.machineId ?? '' });
    expect(home.machines.draining).toContain(machine?.id);
    home.machines.machines = [];
    home.machines.registered = [];
    const gone = {
      kind: 'instance',
      clusterArn: home.clusterArn,
      id: machine?.id ?? '',
      report: { version: 9 },
    } as const;
    await hearOfMachines(home.follow, gone);
    expect(await home.pass()).toMatchObject({ placed: 0 });
    expect(shownReal(await home.fleet())).toEqual(['m5.large asked for']);
    expect(home.machines.desired).toBe(1);
  });
});

describe('what is heard of machines', () => {
  it('changes nothing when it is late, doubled or says nothing new', async () => {
    const home = await open();
    await home.submit();
    await home.pass();
    await home.joined();
    const [instance] = home.machines.registered;
    if (!instance) throw new Error('one has joined');
    const say = (version: number, now: object | undefined) =>
      hearOfMachines(home.follow, {
        kind: 'instance',
        clusterArn: home.clusterArn,
        id: instance.id,
        report: { version, ...(now ? { instance: { ...instance, ...now } } : {}) },
      });
    home.woken.length = 0;
    await say(1, {});
    await say(5, {});
    expect(home.woken).toEqual([]);
    await say(7, { isDraining: true });
    await say(6, {});
    expect((await loadMachinery(home.table, home.clusterArn)).instances).toMatchObject([
      { isDraining: true },
    ]);
    await say(9, undefined);
    await say(8, {});
    expect((await loadMachinery(home.table, home.clusterArn)).instances).toEqual([]);
    expect(home.woken).toEqual([QUEUE, QUEUE]);
  });
  it('is found by looking, when no event told', async () => {
    const home = await open();
    await home.submit();
    await home.pass();
    home.machines.launch();
    home.machines.register(START_MS);
    await lookAtMachines(home.follow);
    expect(await home.pass()).toMatchObject({ placed: 1 });
    const [machine] = home.machines.registered;
    home.machines.registered = [];
    home.machines.machines = [];
    home.advance(60_000);
    await lookAtMachines(home.follow);
    await home.pass();
    expect((await home.fleet()).instances.map(({ id }) => id)).not.toContain(machine?.id);
  });
  it('does not keep one environment’s trouble from the next', async () => {
    const home = await open();
    home.machines.listInstances = () => Promise.reject(new Error('throttled'));
    await expect(lookAtMachines(home.follow)).rejects.toThrow('1 of 1 environments could not be looked at');
  });
});

describe('machines of an environment', () => {
  it('that no queue uses keep its minimum, and leave beyond it', async () => {
    const home = await open({ isQueued: false, minvCpus: 2 });
    await home.pass();
    expect(home.machines.desired).toBe(1);
    await home.joined();
    home.advance(REAL_SCALE_DOWN_DELAY_MS);
    await home.pass();
    expect(shownReal(await home.fleet())).toEqual(['m5.large 0/2']);
    expect(home.machines.ended).toEqual([]);
  });
  it('that never join are ended, and their place is asked for again later', async () => {
    const home = await open();
    await home.submit();
    await home.pass();
    home.machines.launch();
    const [lost] = home.machines.machines;
    home.advance(ARRIVAL_MS);
    await home.pass();
    expect(home.machines.ended).toEqual([lost?.machineId]);
    expect(home.machines.desired).toBe(0);
  });
  it('are taken out of the cluster when they ended without their agent’s goodbye', async () => {
    const home = await open();
    await home.submit();
    await home.pass();
    await home.joined();
    home.machines.machines = [];
    home.machines.registered = home.machines.registered.map((one) => ({ ...one, isConnected: false }));
    const [silent] = home.machines.registered;
    await lookAtMachines(home.follow);
    await home.pass();
    await lookAtMachines(home.follow);
    expect(home.machines.deregistered).toContain(silent?.id);
  });
  it('are replaced by an infrastructure update, with what they hold when its time is up', async () => {
    const home = await open();
    await home.submit();
    await home.pass();
    await home.joined();
    await home.pass();
    const [old] = home.machines.registered;
    home.machines.busy.add(old?.id ?? '');
    const replacement = { generation: 'new', byMs: START_MS + 1_800_000 };
    await beginReplacement(home.table, home.clusterArn, replacement);
    await beginReplacement(home.table, home.clusterArn, { ...replacement, byMs: START_MS + 9_000_000 });
    await home.pass();
    expect(shownReal(await home.fleet())).toEqual(['m5.large 2/2 leaving']);
    expect(home.machines.ended).toEqual([]);
    home.advance(1_800_000);
    await followFleet(home.follow, CE);
    expect(home.machines.ended).toEqual([old?.machineId]);
  });
});
