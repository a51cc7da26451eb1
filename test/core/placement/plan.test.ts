import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ComputeEnvironmentArn, JobId, QueueArn } from '../../../core/ids.ts';
import type { ContainerDemand } from '../../../core/job/spec.ts';
import { minus, NOTHING, plus } from '../../../core/placement/capacity.ts';
import type { EnvironmentSnapshot, Snapshot } from '../../../core/placement/snapshot.ts';
import { planPlacements } from '../../../core/placement/plan.ts';

const arn = (name: string) =>
  `arn:aws:batch:us-east-1:123456789012:compute-environment/${name}` as ComputeEnvironmentArn;
const queueArn = (name: string) => `arn:aws:batch:us-east-1:123456789012:job-queue/${name}` as QueueArn;
const id = (name: string) => name as JobId;
const demand = (vcpus: number, memoryMiB = 0, gpus = 0): ContainerDemand => ({ vcpus, memoryMiB, gpus });

function anEnvironment(
  name: string,
  vcpus: number,
  given: Partial<EnvironmentSnapshot> = {},
): [ComputeEnvironmentArn, EnvironmentSnapshot] {
  const max = { vcpus, memoryMiB: Number.POSITIVE_INFINITY, gpus: Number.POSITIVE_INFINITY };
  return [arn(name), { ceArn: arn(name), clusterName: name, usable: true, max, used: NOTHING, ...given }];
}

function aQueue(name: string, environments: string[], jobs: Record<string, ContainerDemand>, priority = 1) {
  const heads = Object.entries(jobs).map(([jobId, wanted]) => ({ jobId: id(jobId), demand: wanted }));
  return { queueArn: queueArn(name), priority, environments: environments.map(arn), heads };
}

const placed = (snapshot: Snapshot) =>
  planPlacements(snapshot).placements.map(({ jobId, ceArn }) => `${jobId} in ${ceArn.split('/')[1]}`);

describe('a plan', () => {
  it('fills the first environment, then falls through to the next', () => {
    const snapshot = {
      environments: new Map([anEnvironment('a', 2), anEnvironment('b', 2)]),
      queues: [aQueue('q', ['a', 'b'], { one: demand(1), two: demand(2), three: demand(1) })],
    };
    expect(placed(snapshot)).toEqual(['one in a', 'two in b', 'three in a']);
  });

  it('serves the queue with the higher priority first', () => {
    const snapshot = {
      environments: new Map([anEnvironment('a', 1)]),
      queues: [aQueue('low', ['a'], { low: demand(1) }, 1), aQueue('high', ['a'], { high: demand(1) }, 9)],
    };
    expect(placed(snapshot)).toEqual(['high in a']);
  });

  describe('for a multi-node job', () => {
    const withNodes = (environments: string[], vcpus: number) => ({
      ...aQueue('q', environments, {}),
      heads: [{ jobId: id('nodes'), demand: demand(vcpus), isMultiNode: true }],
    });
    const unfit = anEnvironment('spot', 9, { refusesMultiNode: true });

    it('passes over the environments that hold none', () => {
      const environments = new Map([unfit, anEnvironment('ec2', 4)]);
      expect(placed({ environments, queues: [withNodes(['spot', 'ec2'], 3)] })).toEqual(['nodes in ec2']);
    });

    it('sets it aside when its queue has no other, and places the next', () => {
      const queue = withNodes(['spot'], 3);
      const heads = [...queue.heads, { jobId: id('single'), demand: demand(1) }];
      const plan = planPlacements({ environments: new Map([unfit]), queues: [{ ...queue, heads }] });
      expect(plan.unplaceable).toMatchObject([
        {
          jobId: 'nodes',
          reason: {
            code: 'NEVER_FITS',
            message: expect.stringMatching(/managed EC2 .* not Spot, .* only spot$/),
          },
        },
      ]);
      expect(plan.placements.map(({ jobId }) => jobId)).toEqual(['single']);
    });

    it('waits for the room of all its nodes while another environment could hold it', () => {
      const environments = new Map([unfit, anEnvironment('ec2', 4, { used: demand(2) })]);
      const plan = planPlacements({ environments, queues: [withNodes(['spot', 'ec2'], 3)] });
      expect(plan.blocked).toMatchObject([{ jobId: 'nodes', reason: { code: 'NO_CAPACITY' } }]);
    });
  });

  it('lets a head that lacks room block its own queue, but not others', () => {
    const snapshot = {
      environments: new Map([anEnvironment('a', 2, { used: demand(1) })]),
      queues: [
        aQueue('big', ['a'], { big: demand(2), small: demand(1) }, 5),
        aQueue('other', ['a'], { tiny: demand(1) }, 1),
      ],
    };
    const plan = planPlacements(snapshot);
    expect(plan.placements.map((placement) => placement.jobId)).toEqual(['tiny']);
    expect(plan.blocked).toMatchObject([
      {
        jobId: 'big',
        reason: {
          code: 'NO_CAPACITY',
          lacks: [{ place: arn('a'), resource: 'VCPU', wanted: 2, available: 1 }],
        },
      },
    ]);
  });

  it('sets aside a job that can never fit, and goes on behind it', () => {
    const snapshot = {
      environments: new Map([anEnvironment('a', 2)]),
      queues: [aQueue('q', ['a'], { huge: demand(64), next: demand(1) })],
    };
    const plan = planPlacements(snapshot);
    expect(plan.unplaceable).toMatchObject([{ jobId: 'huge', reason: { code: 'NEVER_FITS' } }]);
    expect(plan.unplaceable[0]?.reason.message).toBe(
      'can never fit: compute environment a has at most 2 vCPUs, 64 wanted',
    );
    expect(plan.placements.map((placement) => placement.jobId)).toEqual(['next']);
  });

  it('tells a job that can never fit so even behind a head that waits for room', () => {
    const snapshot = {
      environments: new Map([anEnvironment('a', 2, { used: demand(1) })]),
      queues: [aQueue('q', ['a'], { big: demand(2), huge: demand(64), small: demand(1) })],
    };
    const plan = planPlacements(snapshot);
    expect(plan.placements).toEqual([]);
    expect(plan.blocked.map((block) => block.jobId)).toEqual(['big']);
    expect(plan.unplaceable.map((job) => job.jobId)).toEqual(['huge']);
  });

  it('does not call a job unplaceable while an environment that could hold it is switched off', () => {
    const snapshot = {
      environments: new Map([anEnvironment('a', 2), anEnvironment('off', 64, { usable: false })]),
      queues: [aQueue('q', ['a', 'off'], { huge: demand(64) })],
    };
    expect(planPlacements(snapshot).blocked).toMatchObject([
      { reason: { code: 'ENVIRONMENTS_UNAVAILABLE' } },
    ]);
  });

  it('is bounded by the machine below its environments, and pins GPUs', () => {
    const snapshot = {
      environments: new Map([anEnvironment('a', 100), anEnvironment('b', 100)]),
      queues: [aQueue('q', ['a', 'b'], { one: demand(1, 0, 1), two: demand(1, 0, 2), three: demand(1) })],
      host: { total: demand(4, 1_000, 2), used: NOTHING, freeGpuIds: [1, 0] },
    };
    const plan = planPlacements(snapshot);
    expect(plan.placements).toMatchObject([{ jobId: 'one', gpuIds: [0] }]);
    expect(plan.blocked).toMatchObject([
      { jobId: 'two', reason: { lacks: [{ place: 'host', resource: 'GPU' }, {}] } },
    ]);
  });
});

const demands = fc.record({
  vcpus: fc.constantFrom(0.25, 0.5, 1, 2, 4),
  memoryMiB: fc.integer({ min: 4, max: 4_096 }),
  gpus: fc.constantFrom(0, 0, 0, 1, 2),
});
const snapshots = fc
  .record({
    sizes: fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 3 }),
    jobs: fc.array(fc.array(demands, { maxLength: 12 }), { minLength: 1, maxLength: 3 }),
    host: fc.record({
      vcpus: fc.integer({ min: 1, max: 12 }),
      memoryMiB: fc.integer({ min: 64, max: 8_192 }),
      gpus: fc.integer({ min: 0, max: 4 }),
    }),
  })
  .map(({ sizes, jobs, host }): Snapshot => {
    const environments = new Map(sizes.map((size, index) => anEnvironment(`e${index}`, size)));
    const queues = jobs.map((list, index) =>
      aQueue(
        `q${index}`,
        sizes.map((_, ce) => `e${ce}`),
        Object.fromEntries(list.map((wanted, n) => [`q${index}-${n}`, wanted])),
        index,
      ),
    );
    const freeGpuIds = Array.from({ length: host.gpus }, (_, gpu) => gpu);
    return { environments, queues, host: { total: host, used: NOTHING, freeGpuIds } };
  });

describe('any plan', () => {
  it('exceeds neither an environment nor the machine, and gives each GPU to one job', () => {
    fc.assert(
      fc.property(snapshots, (snapshot) => {
        const { placements } = planPlacements(snapshot);
        for (const [ceArn, ce] of snapshot.environments) {
          const inside = placements.filter((placement) => placement.ceArn === ceArn);
          const used = inside.reduce((sum, placement) => plus(sum, placement.demand), NOTHING);
          expect(minus(ce.max, used).vcpus).toBeGreaterThanOrEqual(0);
        }
        const all = placements.reduce((sum, placement) => plus(sum, placement.demand), NOTHING);
        const left = minus(snapshot.host?.total ?? NOTHING, all);
        expect(Math.min(left.vcpus, left.memoryMiB, left.gpus)).toBeGreaterThanOrEqual(0);
        const gpuIds = placements.flatMap((placement) => placement.gpuIds);
        expect(new Set(gpuIds).size).toBe(gpuIds.length);
        for (const placement of placements) expect(placement.gpuIds).toHaveLength(placement.demand.gpus);
      }),
    );
  });

  it('leaves no queue without placements or a reason for its head', () => {
    fc.assert(
      fc.property(snapshots, (snapshot) => {
        const plan = planPlacements(snapshot);
        for (const queue of snapshot.queues) {
          const told = new Set([
            ...plan.placements.map((placement) => placement.jobId),
            ...plan.unplaceable.map((job) => job.jobId),
          ]);
          const first = queue.heads.find((head) => !told.has(head.jobId));
          const block = plan.blocked.find((blocked) => blocked.queueArn === queue.queueArn);
          expect(block?.jobId).toBe(first?.jobId);
        }
      }),
    );
  });
});
