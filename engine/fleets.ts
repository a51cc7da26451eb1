// The simulated instances of compute environments in a scheduling pass: which there are, and the commit of those that come or
// go. A fleet is part of its environment's ledger, which only the scheduler writes; desiredvCpus follows it in the same write.
import type { ComputeEnvironmentArn, EpochMs } from '../core/ids.ts';
import type { ComputeEnvironment } from '../core/placement/compute-environment.ts';
import { isEc2 } from '../core/placement/compute-environment.ts';
import type { FleetRules } from '../core/placement/fleet-rules.ts';
import { desiredVcpusOf, upkeepFleet } from '../core/placement/fleet-upkeep.ts';
import type { Fleet } from '../core/placement/simulated-fleet.ts';
import { asLaunched, isSameFleet, NO_FLEET } from '../core/placement/simulated-fleet.ts';
import type { Accounts } from './accounts.ts';
import type { Table, WriteOp } from './ports.ts';
import type { SchedulingDomain } from './schedule.ts';
import { getEnvironment, putEnvironment } from './store/compute-environments.ts';

export interface FleetsUpkeep {
  /** Of every environment that has simulated instances. */
  readonly fleets: ReadonlyMap<ComputeEnvironmentArn, Fleet>;
  /** When one of them may leave next. */
  readonly nextAtMs?: EpochMs;
}

/** What the fleets are at this moment; nothing is written. */
export function upkeepFleets(domain: SchedulingDomain, accounts: Accounts, atMs: EpochMs): FleetsUpkeep {
  const fleets = new Map<ComputeEnvironmentArn, Fleet>();
  const looks: EpochMs[] = [];
  for (const { ceArn, fleetRules, usable } of domain.environments) {
    if (!fleetRules) continue;
    const now = accounts.ledgers.entry(ceArn).fleet ?? NO_FLEET;
    const { fleet, nextAtMs } = upkeepFleet(fleetRules, now, { atMs, isUsable: usable });
    fleets.set(ceArn, fleet);
    if (nextAtMs !== undefined) looks.push(nextAtMs);
  }
  return { fleets, ...(looks.length === 0 ? {} : { nextAtMs: Math.min(...looks) }) };
}

/** Writes the fleets that are not as the ledgers have them, before anything is placed on their instances. */
export async function commitFleets(
  table: Table,
  domain: SchedulingDomain,
  accounts: Accounts,
  planned: ReadonlyMap<ComputeEnvironmentArn, Fleet>,
): Promise<void> {
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
  }
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
