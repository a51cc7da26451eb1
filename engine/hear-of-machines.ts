// What is heard of real machines, by events or by looking: it is written down for the scheduler, which is woken when it is news.
import type { EpochMs, QueueArn } from '../core/ids.ts';
import type { ComputeEnvironment } from '../core/placement/compute-environment.ts';
import type { MachineNews } from '../core/placement/machine-news.ts';
import { realFleetRulesOf } from '../core/placement/fleet-rules.ts';
import type { FollowDeps } from './follow-fleets.ts';
import { followFleet } from './follow-fleets.ts';
import type { EnvironmentRecord } from './store/compute-environments.ts';
import { everyEnvironment } from './store/compute-environments.ts';
import { dropInstance, loadMachinery, putInstance } from './store/machinery.ts';

/** A machine that registered after a look had begun is not missing from it. */
const LOOK_MS = 60_000;

export async function hearOfMachines(deps: FollowDeps, news: MachineNews): Promise<void> {
  switch (news.kind) {
    case 'instance': {
      const { clusterArn, id, report } = news;
      if (await putInstance(deps.table, clusterArn, id, report, deps.clock.now())) {
        await wake(deps, await inCluster(deps, clusterArn));
      }
      return;
    }
    case 'interruption':
      await drainInterrupted(deps, news.machineId);
      return;
    case 'group': {
      const records = await everyRecord(deps);
      const found = records.find(({ environment }) => environment.uuid === news.uuid);
      if (found) await followFleet(deps, found.environment.ceArn);
    }
  }
}

/**
 * Looks at every cluster and group, for what no event told: to be called every minute. One environment's failure must not keep
 * the others from their turn; the errors are thrown together at the end.
 */
export async function lookAtMachines(deps: FollowDeps): Promise<void> {
  const records = (await everyRecord(deps)).filter(hasMachines);
  const failures: unknown[] = [];
  for (const record of records) {
    try {
      await lookAtCluster(deps, record);
      await followFleet(deps, record.environment.ceArn);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    throw new AggregateError(
      failures,
      `${failures.length} of ${records.length} environments could not be looked at`,
    );
  }
}

function hasMachines({ environment }: EnvironmentRecord): boolean {
  return realFleetRulesOf(environment) !== undefined && environment.status !== 'DELETING';
}

async function lookAtCluster(deps: FollowDeps, record: EnvironmentRecord): Promise<void> {
  const { table, machines, clock } = deps;
  const { ecsClusterArn: clusterArn } = record.environment;
  const lookedAtMs = clock.now();
  const known = await loadMachinery(table, clusterArn);
  const found = await machines.listInstances(clusterArn);
  const present = new Set(found.map(({ instance }) => instance.id));
  const gone = known.instances.filter(
    ({ id, registeredAtMs }) => !present.has(id) && isOld(registeredAtMs, lookedAtMs),
  );
  const isNews = await Promise.all([
    ...found.map((report) => putInstance(table, clusterArn, report.instance.id, report, lookedAtMs)),
    ...gone.map(async ({ id }) => {
      await dropInstance(table, clusterArn, id, lookedAtMs);
      return true;
    }),
  ]);
  if (isNews.includes(true)) await wake(deps, [record]);
}

function isOld(registeredAtMs: EpochMs, nowMs: EpochMs): boolean {
  return nowMs - registeredAtMs >= LOOK_MS;
}

/** What still runs there has its two minutes; nothing new starts. ECS then reports the instance as draining. */
async function drainInterrupted(deps: FollowDeps, machineId: string): Promise<void> {
  const records = (await everyRecord(deps)).filter(hasMachines);
  for (const { environment } of records) {
    // What becomes of an owner's own machines is the owner's matter.
    if (environment.type === 'UNMANAGED') continue;
    const { instances } = await loadMachinery(deps.table, environment.ecsClusterArn);
    const found = instances.find((instance) => instance.machineId === machineId);
    if (!found) continue;
    await deps.machines.drain(environment.ecsClusterArn, [found.id]);
    return;
  }
}

async function everyRecord({ table }: FollowDeps): Promise<readonly EnvironmentRecord[]> {
  return (await everyEnvironment(table)).map(({ record }) => record);
}

async function inCluster(deps: FollowDeps, clusterArn: string): Promise<readonly EnvironmentRecord[]> {
  const isThere = ({ ecsClusterArn }: ComputeEnvironment): boolean => ecsClusterArn === clusterArn;
  return (await everyRecord(deps)).filter(({ environment }) => isThere(environment));
}

async function wake(deps: FollowDeps, records: readonly EnvironmentRecord[]): Promise<void> {
  const queueArns: readonly QueueArn[] = records.flatMap(({ usedBy }) => usedBy);
  if (queueArns.length > 0) await deps.wakeScheduler(queueArns);
}
