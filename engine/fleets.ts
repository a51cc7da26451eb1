// The instances of compute environments in a scheduling pass, simulated or real: which there are, and the commit of those that
// come or go. A fleet is part of its environment's ledger, which only the scheduler writes; desiredvCpus follows it in the same write.
import type { ComputeEnvironmentArn, EpochMs } from '../core/ids.ts';
import { nodeJobId } from '../core/ids.ts';
import { attemptId, parseAttemptId } from '../core/job/job.ts';
import type { ComputeEnvironment } from '../core/placement/compute-environment.ts';
import { isEc2 } from '../core/placement/compute-environment.ts';
import type { FleetRules } from '../core/placement/fleet-rules.ts';
import { desiredVcpusOf, overdueInstances, replaceAll, upkeepFleet } from '../core/placement/fleet-upkeep.ts';
import type { Fleet } from '../core/placement/fleet.ts';
import { asLaunched, isSameFleet, NO_FLEET } from '../core/placement/fleet.ts';
import type { Machinery } from '../core/placement/container-instance.ts';
import { NO_MACHINERY } from '../core/placement/container-instance.ts';
import { upkeepRealFleet } from '../core/placement/real-fleet-upkeep.ts';
import type { Accounts } from './accounts.ts';
import type { Table, WriteOp } from './table-ports.ts';
import type { InstanceReplacements, SchedulingDomain } from './schedule-deps.ts';
import { getEnvironment, putEnvironment } from './store/compute-environments.ts';
import { listPlacements } from './store/ledger.ts';
import { loadMachinery } from './store/machinery.ts';

export interface FleetsUpkeep {
  /** Of every environment that has instances. */
  readonly fleets: ReadonlyMap<ComputeEnvironmentArn, Fleet>;
  /** When one of them may leave next. */
  readonly nextAtMs?: EpochMs;
  /** Environments whose instances are to be replaced, as these fleets say. */
  readonly replaced: readonly ComputeEnvironmentArn[];
}

/** By cluster. */
export type MachineryOf = ReadonlyMap<string, Machinery>;

/** What is known of the machines of a domain's environments, where instances are real. */
export async function loadMachineryOf(table: Table, domain: SchedulingDomain): Promise<MachineryOf> {
  const clusters = domain.environments.flatMap(({ clusterArn }) => clusterArn ?? []);
  const found = await Promise.all(clusters.map((clusterArn) => loadMachinery(table, clusterArn)));
  return new Map(clusters.map((clusterArn, index) => [clusterArn, found[index] ?? NO_MACHINERY]));
}

/** What the fleets are at this moment; nothing is written. */
export function upkeepFleets(
  domain: SchedulingDomain,
  accounts: Accounts,
  atMs: EpochMs,
  world: { readonly machinery?: MachineryOf; readonly replacements?: InstanceReplacements } = {},
): FleetsUpkeep {
  const { replacements } = world;
  const due = replacements?.due();
  const fleets = new Map<ComputeEnvironmentArn, Fleet>();
  const looks: EpochMs[] = [];
  for (const { ceArn, fleetRules, usable, clusterArn } of domain.environments) {
    if (!fleetRules) continue;
    const held = accounts.ledgers.entry(ceArn).fleet ?? NO_FLEET;
    const byMs = due?.get(ceArn);
    const now = byMs === undefined ? held : replaceAll(held, byMs);
    const at = { atMs, isUsable: usable };
    const machinery = world.machinery?.get(clusterArn ?? '') ?? NO_MACHINERY;
    const { fleet, nextAtMs } = fleetRules.real
      ? upkeepRealFleet(fleetRules, now, { ...at, machinery })
      : upkeepFleet(fleetRules, now, at);
    fleets.set(ceArn, fleet);
    if (nextAtMs !== undefined) looks.push(nextAtMs);
  }
  const replaced = [...(due?.keys() ?? [])];
  return { fleets, replaced, ...(looks.length === 0 ? {} : { nextAtMs: Math.min(...looks) }) };
}

/** Ends what is on instances whose time is up, and tells that replacements have begun. */
export async function enforceReplacements(
  table: Table,
  domain: SchedulingDomain,
  accounts: Accounts,
  { replaced }: Pick<FleetsUpkeep, 'replaced'>,
  { atMs, replacements }: { readonly atMs: EpochMs; readonly replacements: InstanceReplacements },
): Promise<void> {
  for (const ceArn of replaced) replacements.begun(ceArn);
  const overdue = domain.environments.flatMap(({ ceArn }) => {
    const { fleet } = accounts.ledgers.entry(ceArn);
    return fleet ? overdueInstances(fleet, atMs) : [];
  });
  if (overdue.length === 0) return;
  const attempts = await attemptsOn(table, new Set(overdue.map(({ id }) => id)));
  for (const instance of overdue) replacements.endAttempts(attempts.get(instance.id) ?? [], instance);
}

/** The attempts on each of these instances; of a multi-node job those of its nodes. */
async function attemptsOn(
  table: Table,
  instanceIds: ReadonlySet<string>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  let after: string | undefined;
  do {
    const page = await listPlacements(table, after);
    for (const { attemptId: id, instances = [] } of page.placements) {
      for (const [index, { instanceId, alone }] of instances.entries()) {
        if (!instanceIds.has(instanceId)) continue;
        const { jobId, number } = parseAttemptId(id);
        const onIt = alone ? attemptId(nodeJobId(jobId, index), number) : id;
        found.set(instanceId, [...(found.get(instanceId) ?? []), onIt]);
      }
    }
    after = page.next;
  } while (after !== undefined);
  return found;
}

/**
 * Writes the fleets that are not as the ledgers have them, before anything is placed on their instances. The answer: those of
 * machines that are launched and ended here.
 */
export async function commitFleets(
  table: Table,
  domain: SchedulingDomain,
  accounts: Accounts,
  planned: ReadonlyMap<ComputeEnvironmentArn, Fleet>,
): Promise<readonly ComputeEnvironmentArn[]> {
  const changed: ComputeEnvironmentArn[] = [];
  for (const { ceArn, fleetRules } of domain.environments) {
    const wanted = fleetRules && planned.get(ceArn);
    if (!fleetRules || !wanted) continue;
    const now = accounts.ledgers.entry(ceArn).fleet;
    const fleet = asLaunched(wanted, now ?? NO_FLEET);
    const desired = await desiredOps(table, ceArn, fleetRules, fleet);
    if (now && isSameFleet(fleet, now) && desired.length === 0) continue;
    accounts.ledgers.setFleet(ceArn, fleet);
    const result = await table.write([...desired, ...accounts.writes()]);
    if (!result.ok) throw new Error(`${ceArn} was changed meanwhile: the pass is given up and repeated`);
    accounts.committed();
    if (fleetRules.real?.scales) changed.push(ceArn);
  }
  return changed;
}

/** DescribeComputeEnvironments shows what there is. Its owner may have changed the environment since the pass began. */
async function desiredOps(
  table: Table,
  ceArn: ComputeEnvironmentArn,
  rules: FleetRules,
  fleet: Fleet,
): Promise<readonly WriteOp[]> {
  const desired = desiredVcpusOf(rules, fleet);
  if (desired === undefined || desired === rules.desiredVcpus) return [];
  const stored = await getEnvironment(table, ceArn);
  const environment = stored && withDesired(stored.record.environment, rules, desired);
  if (!stored || !environment) {
    throw new Error(`${ceArn} was changed meanwhile: the pass is given up and repeated`);
  }
  return [putEnvironment({ ...stored.record, environment }, stored.version)];
}

function withDesired(
  environment: ComputeEnvironment,
  rules: FleetRules,
  desiredvCpus: number,
): ComputeEnvironment | undefined {
  if (environment.type !== 'MANAGED' || !isEc2(environment.computeResources)) return undefined;
  const { computeResources } = environment;
  const { desiredvCpus: before, minvCpus, maxvCpus } = computeResources;
  const isAsRead =
    before === rules.desiredVcpus && minvCpus === rules.minVcpus && maxvCpus === rules.maxVcpus;
  return isAsRead ? { ...environment, computeResources: { ...computeResources, desiredvCpus } } : undefined;
}
