// The Auto Scaling group of an environment: made, kept as its environment says, sized, looked at and deleted. Each call may be
// repeated; the group's name is its identity.
import {
  CreateAutoScalingGroupCommand,
  DeleteAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeScalingActivitiesCommand,
  SuspendProcessesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import type { EpochMs } from '../../core/ids.ts';
import type { Ec2Resources, ManagedEnvironment } from '../../core/placement/compute-environment.ts';
import { expandInstanceTypes } from '../../core/placement/instances/instance-types.ts';
import type { LaunchFailure, MachineGroup } from '../../core/placement/machine-steps.ts';
import type { RetryPolicy } from '../aws/back-off.ts';
import type { MachineClients } from './calls.ts';
import { retrying } from './calls.ts';
import { mixedInstancesPolicyOf } from './group-request.ts';
import { groupNameOf } from './names.ts';
import { isNamed, troubleOf } from './refusals.ts';
import { OWNER_TAG } from './template-data.ts';

export interface GroupCalls {
  readonly clients: Pick<MachineClients, 'autoScaling'>;
  readonly retry: RetryPolicy;
}

/** What the scheduler may ever ask for. */
const MACHINES_MAX = 1_000;
/** Of a mixed-instances policy. */
const TYPES_MAX = 40;
/** What would launch or end machines by itself. That dead ones are replaced is left on: only so do they leave the group. */
const SUSPENDED = ['AZRebalance', 'AlarmNotification', 'ScheduledActions'];
/** Failures of interest are among the newest. */
const ACTIVITIES = 50;

export async function findGroup(
  { clients, retry }: GroupCalls,
  environment: ManagedEnvironment,
): Promise<AutoScalingGroup | undefined> {
  const answer = await retrying(retry, 'DescribeAutoScalingGroups', () =>
    clients.autoScaling.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [groupNameOf(environment)] }),
    ),
  );
  return answer.AutoScalingGroups?.[0];
}

/** Makes the group, or takes over what an infrastructure update changed. Its size stays what it is. */
export async function ensureGroup(
  calls: GroupCalls,
  environment: ManagedEnvironment,
  resources: Ec2Resources,
): Promise<void> {
  const { clients, retry } = calls;
  const types = expandInstanceTypes(resources.instanceTypes).map(({ name }) => name);
  const settings = {
    AutoScalingGroupName: groupNameOf(environment),
    MinSize: 0,
    MaxSize: MACHINES_MAX,
    VPCZoneIdentifier: resources.subnets.join(','),
    // What jobs need is asked for with each change of the size; until then any will do.
    MixedInstancesPolicy: mixedInstancesPolicyOf(environment, resources, types.slice(0, TYPES_MAX)),
    NewInstancesProtectedFromScaleIn: true,
    CapacityRebalance: false,
    HealthCheckType: 'EC2',
    ...(resources.placementGroup === undefined ? {} : { PlacementGroup: resources.placementGroup }),
  };
  const tags = { ...environment.tags, [OWNER_TAG]: environment.ceArn };
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value, PropagateAtLaunch: false }));
  if (await findGroup(calls, environment)) await update();
  else await create();
  await retrying(retry, 'SuspendProcesses', () =>
    clients.autoScaling.send(
      new SuspendProcessesCommand({
        AutoScalingGroupName: settings.AutoScalingGroupName,
        ScalingProcesses: SUSPENDED,
      }),
    ),
  );

  async function create(): Promise<void> {
    const command = new CreateAutoScalingGroupCommand({ ...settings, DesiredCapacity: 0, Tags });
    try {
      await retrying(retry, 'CreateAutoScalingGroup', () => clients.autoScaling.send(command));
    } catch (error) {
      if (!isNamed(error, 'AlreadyExists', 'AlreadyExistsFault')) throw error;
    }
  }
  async function update(): Promise<void> {
    await retrying(retry, 'UpdateAutoScalingGroup', () =>
      clients.autoScaling.send(new UpdateAutoScalingGroupCommand(settings)),
    );
  }
}

export async function describeGroup(
  calls: GroupCalls,
  environment: ManagedEnvironment,
  failedSinceMs: EpochMs | undefined,
): Promise<MachineGroup | undefined> {
  const group = await findGroup(calls, environment);
  if (!group || group.Status !== undefined) return undefined; // a status is only ever that it is being deleted
  const machines = machinesOf(group);
  const desired = group.DesiredCapacity ?? 0;
  const isShort = desired > machines.length && failedSinceMs !== undefined;
  return {
    desired,
    types: typesOf(group),
    machines,
    failures: isShort ? await findFailures(calls, environment, failedSinceMs) : [],
  };
}

function machinesOf({ Instances = [] }: AutoScalingGroup): MachineGroup['machines'] {
  return Instances.flatMap(({ InstanceId, InstanceType, LifecycleState = '', HealthStatus }) => {
    const isEnding = /^(Terminat|Detach)/.test(LifecycleState) || HealthStatus === 'Unhealthy';
    return InstanceId === undefined || isEnding ? [] : [{ machineId: InstanceId, type: InstanceType ?? '' }];
  });
}

function typesOf({ MixedInstancesPolicy }: AutoScalingGroup): readonly string[] {
  return (MixedInstancesPolicy?.LaunchTemplate?.Overrides ?? []).flatMap(
    ({ InstanceType }) => InstanceType ?? [],
  );
}

async function findFailures(
  { clients, retry }: GroupCalls,
  environment: ManagedEnvironment,
  sinceMs: EpochMs,
): Promise<readonly LaunchFailure[]> {
  const answer = await retrying(retry, 'DescribeScalingActivities', () =>
    clients.autoScaling.send(
      new DescribeScalingActivitiesCommand({
        AutoScalingGroupName: groupNameOf(environment),
        MaxRecords: ACTIVITIES,
      }),
    ),
  );
  return (answer.Activities ?? []).flatMap(({ StatusCode, StatusMessage, StartTime, Description }) => {
    const atMs = StartTime?.getTime() ?? 0;
    const isLaunch = Description === undefined || /launch/i.test(Description);
    if (StatusCode !== 'Failed' || !isLaunch || atMs < sinceMs) return [];
    return [{ atMs, trouble: troubleOf(StatusMessage ?? 'AWS gave no reason.') }];
  });
}

export async function resizeGroup(
  { clients, retry }: GroupCalls,
  environment: ManagedEnvironment,
  resources: Ec2Resources,
  { desired, types }: { readonly desired: number; readonly types: readonly string[] },
): Promise<void> {
  await retrying(retry, 'UpdateAutoScalingGroup', () =>
    clients.autoScaling.send(
      new UpdateAutoScalingGroupCommand({
        AutoScalingGroupName: groupNameOf(environment),
        DesiredCapacity: desired,
        ...(types.length === 0
          ? {}
          : { MixedInstancesPolicy: mixedInstancesPolicyOf(environment, resources, types) }),
      }),
    ),
  );
}

/** The group's size falls by one with each, so that none is launched in its place. */
export async function endMachines(
  { clients, retry }: GroupCalls,
  machineIds: readonly string[],
): Promise<void> {
  for (const InstanceId of machineIds) {
    const command = new TerminateInstanceInAutoScalingGroupCommand({
      InstanceId,
      ShouldDecrementDesiredCapacity: true,
    });
    try {
      await retrying(retry, 'TerminateInstanceInAutoScalingGroup', () => clients.autoScaling.send(command));
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
}

/** `deleted`, or the group is still on its way out. */
export async function deleteGroup(
  calls: GroupCalls,
  environment: ManagedEnvironment,
): Promise<'deleted' | 'in-progress'> {
  const { clients, retry } = calls;
  const group = await findGroup(calls, environment);
  if (!group) return 'deleted';
  if (group.Status !== undefined) return 'in-progress';
  const AutoScalingGroupName = groupNameOf(environment);
  const ask = new DeleteAutoScalingGroupCommand({ AutoScalingGroupName, ForceDelete: true });
  try {
    await retrying(retry, 'DeleteAutoScalingGroup', () => clients.autoScaling.send(ask));
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  return (await findGroup(calls, environment)) ? 'in-progress' : 'deleted';
}

/** Auto Scaling has no error of its own for what does not exist. */
export function isGone(error: unknown): boolean {
  return (
    isNamed(error, 'ValidationError') &&
    error instanceof Error &&
    /not found|does not exist/i.test(error.message)
  );
}
