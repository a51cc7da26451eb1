// The engine's port Infrastructure for environments of EC2 and SPOT: launch templates and an Auto Scaling group around the cluster,
// which others make and delete. All other environments are left to these. Each step may be repeated, also after it was done.
import type { EpochMs } from '../../core/ids.ts';
import type { Ec2Resources, ManagedEnvironment } from '../../core/placement/compute-environment.ts';
import { DEFAULT_UPDATE_POLICY, environmentKind, isEc2 } from '../../core/placement/compute-environment.ts';
import type { FleetReplacement } from '../../core/placement/container-instance.ts';
import { expandInstanceTypes } from '../../core/placement/instances/instance-types.ts';
import type { EnvironmentWork, Infrastructure, StepAnswer } from '../../engine/capacity-ports.ts';
import type { Clock } from '../../engine/ports.ts';
import type { RetryPolicy } from '../aws/back-off.ts';
import type { MachineClients } from './calls.ts';
import { MACHINE_RETRY } from './calls.ts';
import { deregisterEnded, drainInstances, listInstances } from './container-instances.ts';
import { deleteGroup, describeGroup, endMachines, ensureGroup, findGroup, resizeGroup } from './groups.ts';
import { deleteTemplates, ensureTemplates } from './launch-templates.ts';
import { refusalOf } from './refusals.ts';

export interface MachineInfrastructureOptions {
  readonly clients: MachineClients;
  /** The clusters of all environments, and everything of those that have no machines of ours. */
  readonly clusters: Infrastructure;
  readonly clock: Clock;
  /** Tells the scheduler that machines are replaced: engine/store/machinery.ts. Repeated for one generation, it changes nothing. */
  readonly beginReplacement: (clusterArn: string, replacement: FleetReplacement) => Promise<void>;
  /** What was known of the machines of a deleted environment may go. */
  readonly forgetMachines: (clusterArn: string) => Promise<void>;
  /** Default: MACHINE_RETRY. */
  readonly retry?: RetryPolicy;
}

/** Work on an environment that has machines of ours. */
interface MachineWork extends EnvironmentWork {
  readonly environment: ManagedEnvironment;
  readonly resources: Ec2Resources;
}

const DONE: StepAnswer = { kind: 'done' };
const ENDING_SECONDS = 15;

export function createMachineInfrastructure(options: MachineInfrastructureOptions): Infrastructure {
  const { clients, clusters, retry = MACHINE_RETRY } = options;
  const calls = { clients, retry };

  async function prepare(work: MachineWork): Promise<StepAnswer> {
    const { environment, resources, change, changeId } = work;
    const ofCluster = await clusters.prepare(work);
    if (ofCluster.kind !== 'done') return ofCluster;
    if (expandInstanceTypes(resources.instanceTypes).length === 0) return refuseUnknown(resources);
    const replaces = change.kind === 'update' && change.infrastructure;
    const isNew = (await findGroup(calls, environment)) === undefined;
    if (!replaces && !isNew && change.kind === 'update') return DONE;
    const wish = { environment, resources, generation: changeId, keepsOld: !replaces };
    await ensureTemplates(calls, wish);
    await ensureGroup(calls, environment, resources);
    if (replaces && !isNew) {
      const byMs = replacementEndMs(environment, options.clock.now());
      await options.beginReplacement(environment.ecsClusterArn, { generation: changeId, byMs });
    }
    return DONE;
  }

  async function isReady(work: MachineWork): Promise<StepAnswer> {
    if (await findGroup(calls, work.environment)) return clusters.isReady(work);
    return { kind: 'wait', seconds: 5, because: 'its Auto Scaling group is being created' };
  }

  async function drain({ environment, resources }: MachineWork): Promise<StepAnswer> {
    const group = await describeGroup(calls, environment, undefined);
    if (group) {
      const desired = group.machines.length;
      if (desired !== group.desired) await resizeGroup(calls, environment, resources, { desired, types: [] });
    }
    const cluster = environment.ecsClusterArn;
    const ids = (await listInstances(calls, cluster)).map(({ instance }) => instance.id);
    if (ids.length > 0) await drainInstances(calls, cluster, ids);
    return DONE;
  }

  /** Machines end as they become idle; a job that runs is waited for. */
  async function isDrained(work: MachineWork): Promise<StepAnswer> {
    const { environment } = work;
    const group = await describeGroup(calls, environment, undefined);
    if (!group || group.machines.length === 0) return clusters.isDrained(work);
    const cluster = environment.ecsClusterArn;
    const registered = (await listInstances(calls, cluster)).map(({ instance }) => instance);
    const idle = new Set(
      await drainInstances(
        calls,
        cluster,
        registered.map(({ id }) => id),
      ),
    );
    const busy = new Set(registered.filter(({ id }) => !idle.has(id)).map(({ machineId }) => machineId));
    const ending = group.machines.map(({ machineId }) => machineId).filter((id) => !busy.has(id));
    await endMachines(calls, ending);
    const because =
      ending.length === group.machines.length
        ? `${ending.length} of its instances are being terminated`
        : `jobs still run on ${busy.size} of its instances`;
    return { kind: 'wait', seconds: ENDING_SECONDS, because };
  }

  async function remove(work: MachineWork): Promise<StepAnswer> {
    const { environment } = work;
    if ((await deleteGroup(calls, environment)) === 'in-progress') {
      return { kind: 'wait', seconds: ENDING_SECONDS, because: 'its Auto Scaling group is being deleted' };
    }
    await deleteTemplates(calls, environment);
    const cluster = environment.ecsClusterArn;
    await deregisterEnded(
      calls,
      cluster,
      (await listInstances(calls, cluster)).map(({ instance }) => instance),
    );
    await options.forgetMachines(cluster);
    return clusters.remove(work);
  }

  const steps = { prepare, isReady, drain, isDrained, remove };
  const step =
    (name: keyof Infrastructure) =>
    async (work: EnvironmentWork): Promise<StepAnswer> => {
      const ours = machineWorkOf(work);
      if (!ours) return clusters[name](work);
      try {
        return await steps[name](ours);
      } catch (error) {
        const reason = refusalOf(error);
        if (reason === undefined) throw error;
        return { kind: 'refused', reason };
      }
    };
  return {
    prepare: step('prepare'),
    isReady: step('isReady'),
    drain: step('drain'),
    isDrained: step('isDrained'),
    remove: step('remove'),
  };
}

function machineWorkOf(work: EnvironmentWork): MachineWork | undefined {
  const { environment } = work;
  if (environment.type !== 'MANAGED' || environmentKind(environment) !== 'EC2') return undefined;
  const { computeResources } = environment;
  return isEc2(computeResources) ? { ...work, environment, resources: computeResources } : undefined;
}

function refuseUnknown({ instanceTypes }: Ec2Resources): StepAnswer {
  const reason = `None of the instance types ${instanceTypes.join(', ')} is known to this service: name another type or family.`;
  return { kind: 'refused', reason };
}

function replacementEndMs(
  { updatePolicy = DEFAULT_UPDATE_POLICY }: ManagedEnvironment,
  nowMs: EpochMs,
): EpochMs {
  const { terminateJobsOnUpdate, jobExecutionTimeoutMinutes } = updatePolicy;
  return nowMs + (terminateJobsOnUpdate ? 0 : jobExecutionTimeoutMinutes * 60_000);
}
