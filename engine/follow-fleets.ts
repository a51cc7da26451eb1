// Makes the machines behind an environment what its fleet says, after a pass has committed that. What is to be done is worked out
// anew from the ledger and from what there is, so it may be done late, twice, or by two at once; nothing of it decides.
import type { ComputeEnvironmentArn, QueueArn } from '../core/ids.ts';
import type { ManagedEnvironment } from '../core/placement/compute-environment.ts';
import type { FleetReport, Machinery } from '../core/placement/container-instance.ts';
import type { Fleet } from '../core/placement/fleet.ts';
import { realFleetRulesOf } from '../core/placement/fleet-rules.ts';
import type { MachineGroup, MachineSteps } from '../core/placement/machine-steps.ts';
import { reportOf, stepsToward } from '../core/placement/machine-steps.ts';
import { ARRIVAL_MS } from '../core/placement/real-fleet-upkeep.ts';
import type { Machines } from './capacity-ports.ts';
import type { Clock } from './ports.ts';
import type { Table } from './table-ports.ts';
import { getEnvironment } from './store/compute-environments.ts';
import { Ledgers } from './store/ledger.ts';
import { loadMachinery, putReport } from './store/machinery.ts';

export interface FollowDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly machines: Machines;
  /** A pass over the domains of these queues is due. */
  readonly wakeScheduler: (queueArns: readonly QueueArn[]) => Promise<void>;
}

/** `steps`: what was found to be done; absent where nothing is launched or ended here. */
export interface Followed {
  readonly steps?: MachineSteps;
}

export async function followFleet(deps: FollowDeps, ceArn: ComputeEnvironmentArn): Promise<Followed> {
  const stored = await getEnvironment(deps.table, ceArn);
  const environment = stored?.record.environment;
  // While it is made there is no group to count on; while it is deleted its machines go another way.
  if (environment?.type !== 'MANAGED') return {};
  const rules = realFleetRulesOf(environment);
  if (!rules?.real?.scales) return {};
  if (environment.status === 'CREATING' || environment.status === 'DELETING') return {};
  const { fleet } = (await Ledgers.load(deps.table, [ceArn])).entry(ceArn);
  if (!fleet) return {};
  const [group, machinery] = await Promise.all([
    deps.machines.describeGroup(environment, oldestRequestMs(fleet)),
    loadMachinery(deps.table, environment.ecsClusterArn),
  ]);
  if (!group) return {};
  const joined = new Set(machinery.instances.map(({ machineId }) => machineId));
  const steps = stepsToward(fleet, group, joined, {
    atMs: deps.clock.now(),
    maxVcpus: rules.maxVcpus,
  });
  const queueArns = stored?.record.usedBy ?? [];
  await takeSteps(deps, { environment, queueArns, fleet, steps });
  await dropEnded(deps, environment, machinery, group);
  return { steps };
}

function oldestRequestMs({ instances }: Fleet): number | undefined {
  const asked = instances.filter(({ requested }) => requested).map(({ launchedAtMs }) => launchedAtMs);
  return asked.length === 0 ? undefined : Math.min(...asked);
}

interface Following {
  readonly environment: ManagedEnvironment;
  readonly queueArns: readonly QueueArn[];
  readonly fleet: Fleet;
  readonly steps: MachineSteps;
}

async function takeSteps(
  deps: FollowDeps,
  { environment, queueArns, fleet, steps }: Following,
): Promise<void> {
  const { machines } = deps;
  const clusterArn = environment.ecsClusterArn;
  const tell = async (report: FleetReport): Promise<void> => {
    await putReport(deps.table, clusterArn, report);
    await deps.wakeScheduler(queueArns);
  };
  const { resize, retire, strays, report } = steps;
  if (report) await tell(report);
  const trouble = resize && (await machines.resize(environment, resize));
  const refused = fleet.instances.filter(({ requested }) => requested);
  if (trouble && refused.length > 0) await tell(reportOf(refused, trouble, deps.clock.now()));
  const idle = new Set(
    retire.length === 0
      ? []
      : await machines.drain(
          clusterArn,
          retire.map(({ id }) => id),
        ),
  );
  // The ledger says that it is empty; only the cluster knows whether it is.
  const ending = retire.filter(({ id, isForced }) => isForced || idle.has(id));
  const late = await neverJoined(deps, clusterArn, strays);
  const machineIds = [...ending.map(({ machineId }) => machineId), ...late];
  if (machineIds.length > 0) await machines.end(environment, machineIds);
}

/** Machines that have had the time to join and have not, as the cluster itself says: there can be no task on them. */
async function neverJoined(
  { machines, clock }: FollowDeps,
  clusterArn: string,
  strays: readonly string[],
): Promise<readonly string[]> {
  if (strays.length === 0) return [];
  const late = await machines.launchedBefore(strays, clock.now() - ARRIVAL_MS);
  if (late.length === 0) return [];
  const joined = new Set(
    (await machines.listInstances(clusterArn)).map(({ instance }) => instance.machineId),
  );
  return late.filter((machineId) => !joined.has(machineId));
}

/** A machine that ended without its agent's goodbye stays registered until somebody says so. */
async function dropEnded(
  { machines }: FollowDeps,
  { ecsClusterArn }: ManagedEnvironment,
  { instances }: Machinery,
  group: MachineGroup,
): Promise<void> {
  const present = new Set(group.machines.map(({ machineId }) => machineId));
  const silent = instances.filter(({ machineId, isConnected }) => !isConnected && !present.has(machineId));
  if (silent.length > 0) await machines.deregisterEnded(ecsClusterArn, silent);
}
