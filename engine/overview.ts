// Every queue and compute environment of a Region at a glance, and the machine below them. Its cost is bounded by counts that stop
// at a limit, never by how many jobs there are.
import type { QueueArn, Scope } from '../core/ids.ts';
import { nameOf } from '../core/ids.ts';
import { JOB_STATUSES } from '../core/job/job.ts';
import type { JobStatus } from '../core/job/job.ts';
import type { ComputeEnvironment } from '../core/placement/compute-environment.ts';
import { isEc2, maxVcpusOf } from '../core/placement/compute-environment.ts';
import type { Plan } from '../core/placement/planned.ts';
import { planPlacements } from '../core/placement/plan.ts';
import type { JobQueue } from '../core/queue/job-queue.ts';
import { loadAccounts } from './accounts.ts';
import type {
  Count,
  EnvironmentOverview,
  InstanceOverview,
  Overview,
  QueueOverview,
} from './overview-answer.ts';
import type { ScheduleDeps } from './schedule-deps.ts';
import { listEnvironments } from './store/compute-environments.ts';
import { listingPartition, runnablePartition, unplaceablePartition } from './store/job-rows.ts';
import type { JobStore } from './store/jobs.ts';
import { Ledgers, listPlacements } from './store/ledger.ts';
import type { LedgerEntry } from './store/ledger.ts';
import { queueHeads } from './store/lines.ts';
import { listQueues } from './store/queues.ts';
import { listMemberships } from './store/shares.ts';
import { takeSnapshot } from './take-snapshot.ts';

/** Counting further would cost more than the number is worth. */
const MAX_COUNTED = 10_000;
const MAX_RESOURCES = 1_000;
const MAX_INSTANCES = 60;
/** Placements are bounded by the machine; beyond so many pages they are not told apart by queue any more. */
const MAX_PLACEMENT_PAGES = 20;

export async function readOverview(deps: ScheduleDeps, scope: Scope): Promise<Overview> {
  const { store } = deps;
  const { table } = store;
  const [queues, environments, plan, placed] = await Promise.all([
    listQueues(table, scope, { limit: MAX_RESOURCES }),
    listEnvironments(table, scope, { limit: MAX_RESOURCES }),
    planNow(deps),
    placedByQueue(store),
  ]);
  const found = environments.records.map(({ environment }) => environment);
  const ledgers = await Ledgers.load(table, [...found.map(({ ceArn }) => ceArn), 'host']);
  const host = ledgers.entry('host');
  return {
    nowMs: deps.clock.now(),
    queues: await Promise.all(
      queues.records.map(({ queue }) => queueOverview(store, queue, plan, placed.get(queue.queueArn) ?? 0)),
    ),
    environments: found.map((environment) =>
      environmentOverview(environment, ledgers.entry(environment.ceArn)),
    ),
    machine: {
      vcpus: useOf(host.used.vcpus, deps.host?.total.vcpus),
      memoryMiB: useOf(host.used.memoryMiB, deps.host?.total.memoryMiB),
      gpus: useOf(host.used.gpus, deps.host?.total.gpus),
      placements: host.placements,
    },
  };
}

/** What the next scheduling pass would find: who is blocked, and by what. */
async function planNow(deps: ScheduleDeps): Promise<Plan> {
  const domain = await deps.loadDomain();
  const accounts = await loadAccounts(deps.store.table, domain, [], deps.host !== undefined);
  return planPlacements((await takeSnapshot(deps, domain, accounts)).snapshot);
}

async function placedByQueue({ table }: JobStore): Promise<ReadonlyMap<QueueArn, number>> {
  const placed = new Map<QueueArn, number>();
  let after: string | undefined;
  for (let pages = 0; pages < MAX_PLACEMENT_PAGES; pages += 1) {
    const page = await listPlacements(table, after);
    for (const { queueArn } of page.placements) placed.set(queueArn, (placed.get(queueArn) ?? 0) + 1);
    after = page.next;
    if (after === undefined) break;
  }
  return placed;
}

async function queueOverview(
  store: JobStore,
  queue: JobQueue,
  plan: Plan,
  placed: number,
): Promise<QueueOverview> {
  const { queueArn } = queue;
  const shares = queue.schedulingPolicyArn === undefined ? [] : await listMemberships(store.table, queueArn);
  const lines = [undefined, ...shares.map(({ shareIdentifier }) => shareIdentifier)];
  const [inLine, unplaceable, byState, oldestSinceMs] = await Promise.all([
    Promise.all(lines.map((share) => countWork(store, runnablePartition(queueArn, share)))),
    countWork(store, unplaceablePartition(queueArn)),
    countStates(store, queueArn),
    oldestInLine(store, queueArn, lines),
  ]);
  const block = plan.blocked.find((blocked) => blocked.queueArn === queueArn);
  return {
    name: queue.name,
    state: queue.state,
    status: queue.status,
    priority: queue.priority,
    environments: [...queue.computeEnvironmentOrder]
      .sort((left, right) => left.order - right.order)
      .map((place) => nameOf(place.computeEnvironment)),
    waiting: sumOf(inLine),
    unplaceable,
    placed,
    byState,
    ...(oldestSinceMs === undefined ? {} : { oldestSinceMs }),
    ...(block
      ? { blocked: { jobId: block.jobId, code: block.reason.code, message: block.reason.message } }
      : {}),
  };
}

async function countWork(store: JobStore, partition: string): Promise<Count> {
  return told(await store.table.count({ table: 'jobs', index: 'work', partition, limit: MAX_COUNTED }));
}

async function countStates(store: JobStore, queueArn: QueueArn): Promise<Record<JobStatus, Count>> {
  const counts = await Promise.all(
    JOB_STATUSES.map(async (status) => {
      const partition = listingPartition(queueArn, status);
      const query = { table: 'jobs', index: 'listing', partition, limit: MAX_COUNTED } as const;
      return [status, told(await store.table.count(query))] as const;
    }),
  );
  return Object.fromEntries(counts) as Record<JobStatus, Count>; // one entry for each of the states
}

function told(count: number): Count {
  return { count, more: count >= MAX_COUNTED };
}

function sumOf(counts: readonly Count[]): Count {
  return {
    count: counts.reduce((sum, { count }) => sum + count, 0),
    more: counts.some(({ more }) => more),
  };
}

async function oldestInLine(
  store: JobStore,
  queueArn: QueueArn,
  lines: readonly (string | undefined)[],
): Promise<number | undefined> {
  const heads = await Promise.all(lines.map((share) => queueHeads(store, queueArn, 1, share)));
  const times = heads.flat().flatMap(({ job }) => job.runnableAtMs ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}

function environmentOverview(environment: ComputeEnvironment, entry: LedgerEntry): EnvironmentOverview {
  const { name, state, status, statusReason } = environment;
  return {
    name,
    kind: environment.type === 'MANAGED' ? environment.computeResources.type : environment.type,
    state,
    status,
    statusReason,
    vcpus: useOf(entry.used.vcpus, maxVcpusOf(environment)),
    memoryMiB: { used: entry.used.memoryMiB },
    gpus: { used: entry.used.gpus },
    placements: entry.placements,
    ...(entry.fleet
      ? {
          ...wantedOf(environment),
          instances: {
            shown: entry.fleet.instances.slice(0, MAX_INSTANCES).map(instanceOverview),
            count: entry.fleet.instances.length,
            launched: entry.fleet.launched,
          },
        }
      : {}),
  };
}

function wantedOf(environment: ComputeEnvironment): { readonly wantedVcpus?: number } {
  if (environment.type !== 'MANAGED' || !isEc2(environment.computeResources)) return {};
  return { wantedVcpus: environment.computeResources.desiredvCpus };
}

type SimulatedInstance = NonNullable<LedgerEntry['fleet']>['instances'][number];

function instanceOverview(instance: SimulatedInstance): InstanceOverview {
  const { id, type, total, used, tasks, launchedAtMs, emptySinceMs, spot, leaving } = instance;
  return {
    id,
    type,
    vcpus: useOf(used.vcpus, total.vcpus),
    memoryMiB: useOf(used.memoryMiB, total.memoryMiB),
    gpus: useOf(used.gpus, total.gpus),
    tasks,
    launchedAtMs,
    ...(emptySinceMs === undefined ? {} : { emptySinceMs }),
    isSpot: spot ?? false,
    leaving: leaving !== undefined,
  };
}

function useOf(used: number, max: number | undefined): { readonly used: number; readonly max?: number } {
  return max === undefined || !Number.isFinite(max) ? { used } : { used, max };
}
