// A compute environment whose owner named instance types, on one machine: instances come for jobs, hold them, show in ECS and
// leave; who fits on none is told so.
import {
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  DescribeComputeEnvironmentsCommand,
  DescribeJobsCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
  TerminateJobCommand,
  UpdateComputeEnvironmentCommand,
} from '@aws-sdk/client-batch';
import type { ComputeResource, JobDetail, RetryStrategy, UpdatePolicy } from '@aws-sdk/client-batch';
import { afterEach, describe, expect, it } from 'vitest';
import type { EcsContainerInstance } from '../../api/ecs/view.ts';
import type { ComputeEnvironmentArn, JobId, QueueArn } from '../../core/ids.ts';
import { isTerminal } from '../../core/job/job.ts';
import { SCALE_DOWN_DELAY_MS } from '../../core/placement/fleet-rules.ts';
import { jobCost } from '../../engine/job-cost.ts';
import { whyWaiting } from '../../engine/why.ts';
import { createEcsView } from '../../local/ecs-view.ts';
import type { EngineCalls } from '../api/operations/engine-calls.ts';
import { engineCalls, risingClock } from '../api/operations/engine-calls.ts';
import { DEFAULT_QUEUE_ARN, SCOPE } from '../engine/a-local-engine.ts';

let home: EngineCalls | undefined;
let shiftMs = 0;
afterEach(async () => {
  await home?.close();
  shiftMs = 0;
});

const RESOURCES: ComputeResource = {
  type: 'EC2',
  allocationStrategy: 'BEST_FIT_PROGRESSIVE',
  minvCpus: 0,
  maxvCpus: 4,
  instanceTypes: ['m5.large'],
  subnets: ['subnet-1'],
  securityGroupIds: ['sg-1'],
  instanceRole: 'ecsInstanceRole',
};

/** An engine on 64 vCPUs with the given environments in the order of queue `q`. */
async function open(environments: Record<string, Partial<ComputeResource>>): Promise<EngineCalls> {
  home = await engineCalls({ vcpus: 64, now: risingClock(() => shiftMs) });
  const names = Object.keys(environments);
  for (const computeEnvironmentName of names) {
    const computeResources = { ...RESOURCES, ...environments[computeEnvironmentName] };
    const request = { computeEnvironmentName, type: 'MANAGED' as const, computeResources };
    await home.batch.send(new CreateComputeEnvironmentCommand(request));
  }
  const computeEnvironmentOrder = names.map((computeEnvironment, order) => ({ order, computeEnvironment }));
  await home.batch.send(
    new CreateJobQueueCommand({ jobQueueName: 'q', priority: 1, computeEnvironmentOrder }),
  );
  return home;
}

async function submit(
  { batch }: EngineCalls,
  vcpus: number,
  memoryMiB = 128,
  retryStrategy: RetryStrategy = { attempts: 1 },
): Promise<JobId> {
  const resourceRequirements = [
    { type: 'VCPU' as const, value: String(vcpus) },
    { type: 'MEMORY' as const, value: String(memoryMiB) },
  ];
  const { jobId } = await batch.send(
    new SubmitJobCommand({
      jobName: 'job',
      jobQueue: 'q',
      jobDefinition: 'shell',
      retryStrategy,
      containerOverrides: { resourceRequirements },
    }),
  );
  return jobId as JobId; // the service's own
}

const running = (calls: EngineCalls, jobId: JobId) => calls.until(jobId, (job) => job.status === 'RUNNING');

async function detail({ batch }: EngineCalls, jobId: JobId): Promise<JobDetail | undefined> {
  return (await batch.send(new DescribeJobsCommand({ jobs: [jobId] }))).jobs?.[0];
}

async function desired({ batch }: EngineCalls, name = 'ce'): Promise<number | undefined> {
  const asked = new DescribeComputeEnvironmentsCommand({ computeEnvironments: [name] });
  return (await batch.send(asked)).computeEnvironments?.[0]?.computeResources?.desiredvCpus;
}

async function instances({ engine }: EngineCalls, name = 'ce'): Promise<readonly EcsContainerInstance[]> {
  const view = createEcsView(engine.store, { total: { vcpus: 64, memoryMiB: 65_536, gpus: 0 }, gpuIds: [] });
  const cluster = (await view.clusters(SCOPE)).find((one) => one.name.startsWith(`AWSBatch-${name}-`));
  return view.containerInstances(SCOPE, cluster?.name ?? '');
}

const typesOf = (shown: readonly EcsContainerInstance[]) => shown.map(({ instanceType }) => instanceType);

/** The scheduler has a timer of its own, for a clock that nobody moves. */
async function wake({ engine }: EngineCalls): Promise<void> {
  // It serves queues and environments alike, and looks at neither's name.
  await engine.resources.onSettled(DEFAULT_QUEUE_ARN as QueueArn & ComputeEnvironmentArn);
}

async function eventually<T>(look: () => Promise<T>, holds: (seen: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const seen = await look();
    if (holds(seen) || tries > 500) return seen;
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
}

describe('simulated instances', () => {
  it('come for jobs, hold them, and show what is left of them', async () => {
    const calls = await open({ ce: {} });
    expect([await desired(calls), await instances(calls)]).toEqual([0, []]);
    const jobs = [await submit(calls, 1), await submit(calls, 1), await submit(calls, 1)];
    for (const jobId of jobs) await running(calls, jobId);
    const shown = await instances(calls);
    expect(shown).toMatchObject([
      {
        instanceType: 'm5.large',
        status: 'ACTIVE',
        registered: { cpuUnits: 2048, memoryMiB: 8192 },
        remaining: { cpuUnits: 0, memoryMiB: 8192 - 256 },
        runningTasks: 2,
      },
      { instanceType: 'm5.large', remaining: { cpuUnits: 1024, memoryMiB: 8192 - 128 }, runningTasks: 1 },
    ]);
    expect(await desired(calls)).toBe(4);
    const arns = [];
    for (const jobId of jobs) arns.push((await detail(calls, jobId))?.container?.containerInstanceArn);
    expect(arns).toEqual([shown[0]?.arn, shown[0]?.arn, shown[1]?.arn]);
  });

  it('leave when they have been empty for a while, and stay named in the attempts they held', async () => {
    const calls = await open({ ce: {} });
    const first = await submit(calls, 2);
    await running(calls, first);
    const [instance] = await instances(calls);
    calls.launcher.exit(`${first}/1`, { exitCode: 0 });
    await calls.until(first, isTerminal);
    await eventually(
      () => instances(calls),
      ([only]) => only?.runningTasks === 0,
    );
    expect(await desired(calls)).toBe(2);
    shiftMs = SCALE_DOWN_DELAY_MS;
    await wake(calls);
    expect(
      await eventually(
        () => instances(calls),
        (left) => left.length === 0,
      ),
    ).toEqual([]);
    expect(await desired(calls)).toBe(0);
    const ended = await detail(calls, first);
    expect(ended?.attempts?.[0]?.container?.containerInstanceArn).toBe(instance?.arn);
    expect(ended?.container?.containerInstanceArn).toBe(instance?.arn);
    // Two vCPUs are all of it, and nobody has to guess of which type it was.
    const cost = await jobCost(calls.engine.schedule, first);
    expect(cost?.attempts).toMatchObject([
      { environment: 'ce', usd: 0, inAws: { basis: 'its part of m5.large at the On-Demand price' } },
    ]);
  });

  it('hold no more than maxvCpus, and say what a waiting job lacks', async () => {
    const calls = await open({ ce: { allocationStrategy: 'BEST_FIT' } });
    for (const jobId of [await submit(calls, 2), await submit(calls, 1)]) await running(calls, jobId);
    const waiting = await submit(calls, 2);
    await calls.until(waiting, (job) => job.status === 'RUNNABLE');
    expect((await whyWaiting(calls.engine.schedule, waiting))?.reason).toMatchObject({
      code: 'NO_CAPACITY',
      message: 'waits for room: compute environment ce has 1 vCPUs free of 2 wanted',
    });
  });

  it('that are too small for a job set it aside, or let it pass to the next environment', async () => {
    const calls = await open({ ce: {}, larger: { instanceTypes: ['m5.xlarge'], maxvCpus: 8 } });
    const passed = await submit(calls, 3);
    await running(calls, passed);
    expect([typesOf(await instances(calls)), typesOf(await instances(calls, 'larger'))]).toEqual([
      [],
      ['m5.xlarge'],
    ]);
    const never = await submit(calls, 3, 20_000);
    const aside = await calls.until(never, (job) => job.statusReason !== undefined);
    expect(aside.statusReason).toMatch(/^MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - /);
    expect((await whyWaiting(calls.engine.schedule, never))?.reason?.message).toBe(
      'can never fit: no instance type of compute environment ce is large enough: m5.large has 2 vCPUs, 3 wanted; ' +
        'no instance type of compute environment ce is large enough: m5.large has 8192 MiB of memory, 20000 wanted; ' +
        'no instance type of compute environment larger is large enough: m5.xlarge has 16384 MiB of memory, 20000 wanted',
    );
  });

  it('come at once for minvCpus, and for desiredvCpus when its owner raises it', async () => {
    const calls = await open({ ce: { minvCpus: 2 } });
    expect(
      typesOf(
        await eventually(
          () => instances(calls),
          ({ length }) => length === 1,
        ),
      ),
    ).toHaveLength(1);
    await calls.batch.send(
      new UpdateComputeEnvironmentCommand({
        computeEnvironment: 'ce',
        computeResources: { desiredvCpus: 4 },
      }),
    );
    expect(
      typesOf(
        await eventually(
          () => instances(calls),
          ({ length }) => length === 2,
        ),
      ),
    ).toHaveLength(2);
    expect(await desired(calls)).toBe(4);
  });

  it('of the Spot market say so', async () => {
    const calls = await open({ ce: { type: 'SPOT', allocationStrategy: 'SPOT_CAPACITY_OPTIMIZED' } });
    await running(calls, await submit(calls, 1));
    expect(await instances(calls)).toMatchObject([{ instanceType: 'm5.large', isSpot: true }]);
  });

  it('are one for each node of a multi-node job', async () => {
    const calls = await open({ ce: { maxvCpus: 6 } });
    const container = {
      image: 'busybox',
      resourceRequirements: [
        { type: 'VCPU' as const, value: '1' },
        { type: 'MEMORY' as const, value: '128' },
      ],
    };
    await calls.batch.send(
      new RegisterJobDefinitionCommand({
        jobDefinitionName: 'nodes',
        type: 'multinode',
        nodeProperties: {
          numNodes: 2,
          mainNode: 0,
          nodeRangeProperties: [{ targetNodes: '0:', container }],
        },
      }),
    );
    const sent = await calls.batch.send(
      new SubmitJobCommand({ jobName: 'nodes', jobQueue: 'q', jobDefinition: 'nodes' }),
    );
    const jobId = sent.jobId as JobId; // the service's own
    await running(calls, jobId);
    const shown = await instances(calls);
    expect(shown.map(({ runningTasks }) => runningTasks)).toEqual([1, 1]);
    const arns = [];
    for (const index of [0, 1]) {
      arns.push((await detail(calls, `${jobId}#${index}` as JobId))?.container?.containerInstanceArn);
    }
    expect(arns).toEqual(shown.map(({ arn }) => arn));
    await calls.batch.send(new TerminateJobCommand({ jobId, reason: 'enough' }));
    const ended = await calls.until(jobId, isTerminal);
    expect(ended.attempts[0]?.instanceIds).toEqual(shown.map(({ id }) => id));
  });

  describe('of an environment whose infrastructure is updated', () => {
    const update = async (calls: EngineCalls, updatePolicy: UpdatePolicy) => {
      const computeResources = { instanceTypes: ['m5.xlarge'] };
      const request = { computeEnvironment: 'ce', computeResources, updatePolicy };
      await calls.batch.send(new UpdateComputeEnvironmentCommand(request));
      const asked = new DescribeComputeEnvironmentsCommand({ computeEnvironments: ['ce'] });
      const status = async () => (await calls.batch.send(asked)).computeEnvironments?.[0]?.status;
      expect(await eventually(status, (seen) => seen === 'VALID')).toBe('VALID');
    };
    const lost = (instance: EcsContainerInstance | undefined) =>
      `Host EC2 (instance ${instance?.ec2InstanceId}) terminated.`;

    it('end at once with what is on them, which is retried on new ones', async () => {
      const calls = await open({ ce: {} });
      const jobId = await submit(calls, 1, 128, { attempts: 2 });
      await running(calls, jobId);
      const [old] = await instances(calls);
      await update(calls, { terminateJobsOnUpdate: true });
      const again = await calls.until(jobId, (job) => job.status === 'RUNNING' && job.attempts.length === 1);
      expect(again.attempts[0]?.statusReason).toBe(lost(old));
      const left = await eventually(
        () => instances(calls),
        ({ length }) => length === 1,
      );
      expect(left).toMatchObject([{ instanceType: 'm5.xlarge', status: 'ACTIVE', runningTasks: 1 }]);
      expect(calls.launcher.violations).toEqual([]);
    });
    it('keep what is on them for a while, and take nothing new', async () => {
      const calls = await open({ ce: {} });
      const before = await submit(calls, 1);
      await running(calls, before);
      const [old] = await instances(calls);
      await update(calls, { jobExecutionTimeoutMinutes: 5 });
      await running(calls, await submit(calls, 1));
      expect(await instances(calls)).toMatchObject([
        { id: old?.id, status: 'DRAINING', runningTasks: 1 },
        { instanceType: 'm5.xlarge', status: 'ACTIVE', runningTasks: 1 },
      ]);
      shiftMs = 5 * 60_000;
      await wake(calls);
      const ended = await calls.until(before, isTerminal);
      expect([ended.status, ended.statusReason]).toEqual(['FAILED', lost(old)]);
      const left = await eventually(
        () => instances(calls),
        ({ length }) => length === 1,
      );
      expect(left.map(({ instanceType }) => instanceType)).toEqual(['m5.xlarge']);
    });
  });

  it('are none where the choice is left to the service: this machine is the instance', async () => {
    const calls = await open({ ce: { instanceTypes: ['optimal'], maxvCpus: 64 } });
    const jobId = await submit(calls, 33);
    await running(calls, jobId);
    const [machine, ...others] = await instances(calls);
    expect(others).toEqual([]);
    expect(machine).toMatchObject({ registered: { cpuUnits: 64 * 1024 }, runningTasks: 1 });
    expect((await detail(calls, jobId))?.container?.containerInstanceArn).toBe(machine?.arn);
  });
});
