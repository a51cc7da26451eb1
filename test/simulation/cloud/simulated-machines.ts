// EC2 and Auto Scaling with machines that live: groups that launch one after the other what they want, late, or not at all;
// machines that boot, join their cluster, fall silent, are warned and taken back by Spot, and die under what runs on them.
import type { TerminateInstanceInAutoScalingGroupType } from '@aws-sdk/client-auto-scaling';
import { findInstanceType } from '../../../core/placement/instances/instance-types.ts';
import { GENERATION_ATTRIBUTE } from '../../../adapters/autoscaling/user-data.ts';
import { awsError, machineAws } from '../../adapters/autoscaling/a-machine-aws.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { CloudTime } from './cloud-time.ts';
import type { ContainerInstances } from './container-instances.ts';
import type { News } from './event-bus.ts';
import { kindToLaunch, launchDataOf } from './what-groups-launch.ts';

/** How groups and the next machines behave. */
export interface MachineBehaviour {
  /** Per launch, by purchase: there is none to be had. */
  readonly refuses: Readonly<Partial<Record<'EC2' | 'SPOT', number>>>;
  /** Until the group shows what it launches, at most. */
  readonly launchMs: number;
  /** From there until its agent has joined, at most. */
  readonly bootMs: number;
  /** Per machine: its agent never joins. */
  readonly neverJoins: number;
  /** Per machine: it dies some time. */
  readonly dies: number;
  /** Of those that die: without a goodbye of its agent. */
  readonly diesSilently: number;
  /** Per Spot machine: it is taken back some time, two minutes after a warning. */
  readonly interrupted: number;
  /** Per machine: its agent is out of reach for a while. */
  readonly falls: number;
  readonly longestMs: number;
}

export interface Machine {
  readonly id: string;
  readonly type: string;
  readonly group: string;
  readonly isSpot: boolean;
  state: 'pending' | 'running' | 'terminated';
}

type Command = { readonly input: object; readonly constructor: { readonly name: string } };

export interface SimulatedMachines {
  /** What the three services do of a client's command. */
  readonly answer: (command: Command) => Promise<object>;
  /** Machines that exist. */
  live(): readonly Machine[];
  groups(): readonly { readonly name: string; readonly desired: number; readonly machines: number }[];
  templates(): readonly string[];
  /** What machines of the first template of this prefix are launched with. */
  latestOf(prefix: string): object | undefined;
  /** It dies now; what runs on it with it. */
  kill(machine: Machine, how?: 'told' | 'silently'): void;
  /** Spot takes it back in two minutes. */
  interrupt(machine: Machine): void;
  /** Its agent is out of reach for so long. */
  fall(machine: Machine, ms: number): void;
}

export interface MachinesDeps {
  readonly time: CloudTime;
  readonly random: SeededRandom;
  readonly behaviour: () => MachineBehaviour;
  readonly instances: ContainerInstances;
  /** What ran on it ends with it. */
  readonly onDead: (machine: Machine, how: 'told' | 'silently') => void;
  /** Somebody has asked for the end of this machine. */
  readonly onEndAsked: (machine: Machine) => void;
  readonly tell: (news: News) => void;
  readonly trace: (line: string) => void;
}

interface Launching {
  count: number;
  readonly activities: object[];
}

const WARNING_MS = 120_000;
const CLUSTERS = 'arn:aws:ecs:us-east-1:123456789012:cluster/';
const SCARCE =
  'We currently do not have sufficient {type} capacity in the Availability Zone you requested. Launching EC2 instance failed.';

export function createSimulatedMachines(deps: MachinesDeps): SimulatedMachines {
  const { time, random, instances, trace } = deps;
  const aws = machineAws();
  const machines = new Map<string, Machine>();
  const launching = new Map<string, Launching>();
  type Group = NonNullable<ReturnType<typeof aws.groups.get>>;

  const workOf = (group: string): Launching => {
    const known = launching.get(group) ?? { count: 0, activities: [] };
    launching.set(group, known);
    return known;
  };
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => random.int(0, 15).toString(16)).join('');
  const tellOfGroup = (group: string, what: string, EC2InstanceId?: string): void =>
    deps.tell({
      source: 'aws.autoscaling',
      detailType: `EC2 Instance ${what}`,
      detail: { AutoScalingGroupName: group, EC2InstanceId },
    });

  /** The group goes for what it wants. What is there and too much stays: it is protected from scale-in. */
  function balance(name: string): void {
    const group = aws.groups.get(name);
    if (!group || group.Status !== undefined) return;
    const work = workOf(name);
    for (let count = group.Instances.length + work.count; count < group.DesiredCapacity; count += 1) {
      work.count += 1;
      const startedAt = new Date(time.clock.now());
      time.after(random.int(200, deps.behaviour().launchMs), () => launch(name, startedAt));
    }
  }

  function launch(name: string, startedAt: Date): void {
    const work = workOf(name);
    work.count -= 1;
    const group = aws.groups.get(name);
    if (!group || group.Status !== undefined) return;
    // What has been launched already comes, though nobody wants it any more.
    if (group.DesiredCapacity <= group.Instances.length && random.chance(0.7)) return;
    const { type, isSpot } = kindToLaunch(group, random);
    if (!random.chance(deps.behaviour().refuses[isSpot ? 'SPOT' : 'EC2'] ?? 0)) {
      begin(group, type, isSpot);
      return;
    }
    trace(`auto scaling: there is no ${type} for ${name}`);
    work.activities.unshift({
      StatusCode: 'Failed',
      StatusMessage: SCARCE.replace('{type}', type),
      StartTime: startedAt,
      Description: 'Launching a new EC2 instance.  Status Reason: …',
    });
    tellOfGroup(name, 'Launch Unsuccessful');
    time.after(random.int(5_000, 60_000), () => balance(name));
  }

  function begin(group: Group, type: string, isSpot: boolean): void {
    const name = group.AutoScalingGroupName;
    const machine: Machine = { id: `i-${hex(17)}`, type, group: name, isSpot, state: 'pending' };
    machines.set(machine.id, machine);
    group.Instances.push({ InstanceId: machine.id, InstanceType: type, LifecycleState: 'InService' });
    aws.ec2.set(machine.id, { state: 'running', launchedAtMs: time.clock.now() });
    trace(`ec2: ${machine.id} (${type}) is launched for ${name.slice(0, 16)}`);
    tellOfGroup(name, 'Launch Successful', machine.id);
    const { UserData } = launchDataOf(group, type, aws.templates);
    const behaviour = deps.behaviour();
    if (!random.chance(behaviour.neverJoins))
      time.after(random.int(2_000, behaviour.bootMs), () => join(machine, UserData ?? ''));
  }

  function join(machine: Machine, userData: string): void {
    if (machine.state !== 'pending') return;
    machine.state = 'running';
    const settings = Buffer.from(userData, 'base64').toString('utf8');
    const cluster = /ECS_CLUSTER=(\S+)/.exec(settings)?.[1] ?? 'default';
    const generation = new RegExp(`"${GENERATION_ATTRIBUTE.replace('.', '\\.')}":"([^"]*)"`).exec(
      settings,
    )?.[1];
    const { vcpus, memoryMiB } = findInstanceType(machine.type) ?? { vcpus: 1, memoryMiB: 1_024 };
    instances.join(
      {
        machineId: machine.id,
        type: machine.type,
        clusterArn: `${CLUSTERS}${cluster}`,
        vcpus,
        // What the system keeps for itself is alike on all machines of a type.
        memoryMiB: Math.floor(memoryMiB * 0.965) - 200,
        attributes: generation === undefined ? {} : { [GENERATION_ATTRIBUTE]: generation },
      },
      hex(32),
    );
    drawFate(machine, settings.includes('ECS_ENABLE_SPOT_INSTANCE_DRAINING=true'));
  }

  function drawFate(machine: Machine, drainsItself: boolean): void {
    const { dies, diesSilently, interrupted, falls, longestMs } = deps.behaviour();
    const some = (): number => random.int(1_000, longestMs);
    drains.set(machine.id, drainsItself);
    if (random.chance(dies)) {
      const how = random.chance(diesSilently) ? 'silently' : 'told';
      time.after(some(), () => kill(machine, how));
    }
    if (machine.isSpot && random.chance(interrupted)) time.after(some(), () => interrupt(machine));
    if (random.chance(falls)) time.after(some(), () => fall(machine, random.int(5_000, 200_000)));
  }
  /** Whether the agent drains its machine when Spot warns it. */
  const drains = new Map<string, boolean>();

  function interrupt(machine: Machine): void {
    if (machine.state === 'terminated') return;
    trace(`ec2: ${machine.id} is to be interrupted`);
    deps.tell({
      source: 'aws.ec2',
      detailType: 'EC2 Spot Instance Interruption Warning',
      detail: { 'instance-id': machine.id, 'instance-action': 'terminate' },
    });
    if (drains.get(machine.id)) time.after(random.int(100, 5_000), () => instances.drain(machine.id));
    time.after(WARNING_MS, () => kill(machine, 'told'));
  }

  function fall(machine: Machine, ms: number): void {
    if (machine.state !== 'running') return;
    instances.setConnected(machine.id, false);
    time.after(ms, () => {
      if (machine.state === 'running') instances.setConnected(machine.id, true);
    });
  }

  function kill(machine: Machine, how: 'told' | 'silently' = 'told'): void {
    if (machine.state === 'terminated') return;
    trace(`ec2: ${machine.id} dies ${how}`);
    terminated(machine, how);
    // Its group finds out by a health check, and launches another.
    time.after(random.int(1_000, 60_000), () => {
      const group = aws.groups.get(machine.group);
      if (!group) return;
      group.Instances = group.Instances.filter(({ InstanceId }) => InstanceId !== machine.id);
      tellOfGroup(machine.group, 'Terminate Successful', machine.id);
      balance(machine.group);
    });
  }

  function terminated(machine: Machine, how: 'told' | 'silently'): void {
    const hadJoined = machine.state === 'running';
    machine.state = 'terminated';
    machines.delete(machine.id);
    aws.ec2.set(machine.id, {
      state: 'terminated',
      launchedAtMs: aws.ec2.get(machine.id)?.launchedAtMs ?? 0,
    });
    deps.onDead(machine, how);
    if (!hadJoined) return;
    if (how === 'told') instances.leave(machine.id);
    else time.after(random.int(10_000, 60_000), () => instances.setConnected(machine.id, false));
  }

  /** `isReplaced`: its group goes on wanting as many. */
  function end(InstanceId: string, isReplaced = false): void {
    const machine = machines.get(InstanceId);
    if (!machine) return;
    const group = aws.groups.get(machine.group);
    if (group && isReplaced) group.DesiredCapacity += 1;
    deps.onEndAsked(machine);
    trace(`ec2: ${machine.id} is ended`);
    terminated(machine, 'told');
    tellOfGroup(machine.group, 'Terminate Successful', machine.id);
    balance(machine.group);
  }

  function deleteGroup(name: string): object {
    const group = aws.groups.get(name);
    if (!group) throw awsError('ValidationError', `AutoScalingGroup name not found - ${name}`);
    group.Status = 'Delete in progress';
    for (const { InstanceId } of group.Instances) end(InstanceId);
    time.after(random.int(100, 20_000), () => aws.groups.delete(name));
    return {};
  }

  async function answer(command: Command): Promise<object> {
    const name = command.constructor.name.replace(/Command$/, '');
    const input = command.input as Readonly<Record<'AutoScalingGroupName' | 'InstanceId', string>>; // where it has them
    if (name === 'DeleteAutoScalingGroup') return deleteGroup(input.AutoScalingGroupName);
    if (name === 'DescribeScalingActivities')
      return { Activities: workOf(input.AutoScalingGroupName).activities.slice(0, 50) };
    const client: { send(command: object): Promise<object> } = aws.clients[serviceOf(name)]; // each answers any command by its name
    const given: object = structuredClone(await client.send(command));
    aws.calls.length = 0;
    if (name === 'TerminateInstanceInAutoScalingGroup') {
      const isReplaced =
        (command.input as TerminateInstanceInAutoScalingGroupType).ShouldDecrementDesiredCapacity !== true; // of this operation
      end(input.InstanceId, isReplaced);
    }
    if (/^(Create|Update)AutoScalingGroup$/.test(name)) balance(input.AutoScalingGroupName);
    return given;
  }

  return {
    answer,
    live: () => [...machines.values()],
    groups: () =>
      [...aws.groups.values()].map(({ AutoScalingGroupName: name, DesiredCapacity: desired, Instances }) => ({
        name,
        desired,
        machines: Instances.length,
      })),
    templates: () => [...aws.templates.keys()],
    latestOf: (prefix) =>
      [...aws.templates].find(([name]) => name.startsWith(prefix))?.[1].versions.at(-1)?.LaunchTemplateData,
    kill,
    interrupt,
    fall,
  };
}

function serviceOf(operation: string): 'autoScaling' | 'ec2' | 'ssm' {
  if (operation === 'GetParameter') return 'ssm';
  return /AutoScaling|Scaling|SuspendProcesses/.test(operation) ? 'autoScaling' : 'ec2';
}
