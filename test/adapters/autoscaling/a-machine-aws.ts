// Auto Scaling, EC2, ECS and Systems Manager behind `send`, as far as machines need them, with the errors that their references
// name: what exists already or does not exist is refused as AWS refuses it. Every call is recorded; a test may make calls fail.
import type { MachineClients } from '../../../adapters/autoscaling/calls.ts';

/** The input of any command. */
type Input = Readonly<Record<string, never>>;
type Service = (name: string, input: never) => object;

export interface Call {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

interface Group {
  AutoScalingGroupName: string;
  DesiredCapacity: number;
  MixedInstancesPolicy?: object;
  Instances: { InstanceId: string; InstanceType: string; LifecycleState: string; HealthStatus?: string }[];
  Status?: string;
  [member: string]: unknown;
}
interface Template {
  readonly name: string;
  readonly tags: readonly { Key?: string; Value?: string }[];
  readonly versions: { VersionDescription?: string; LaunchTemplateData: object }[];
}
export interface EcsMachine {
  containerInstanceArn: string;
  ec2InstanceId: string;
  status: string;
  runningTasksCount: number;
  pendingTasksCount: number;
  [member: string]: unknown;
}

export interface MachineAws {
  readonly clients: MachineClients;
  readonly calls: Call[];
  readonly groups: Map<string, Group>;
  readonly templates: Map<string, Template>;
  readonly ecs: Map<string, EcsMachine>;
  /** Ids of the machines that EC2 has, with their state and launch time. */
  readonly ec2: Map<string, { readonly state: string; readonly launchedAtMs: number }>;
  readonly parameters: Map<string, string>;
  readonly withoutEfa: Set<string>;
  activities: object[];
  /** Errors that the next calls of a name are answered with, the first one first. */
  readonly failures: Map<string, Error[]>;
  named(name: string): readonly Call[];
}

export function awsError(name: string, message = name, $fault: 'client' | 'server' = 'client'): Error {
  return Object.assign(new Error(message), {
    name,
    $fault,
    $metadata: { httpStatusCode: $fault === 'client' ? 400 : 500 },
  });
}

export function machineAws(): MachineAws {
  const aws = emptyAws();
  const services: readonly Service[] = [autoScaling(aws), ec2(aws), ecs(aws), ssm(aws)];
  const client = (service: Service) => ({
    async send(command: { readonly constructor: { readonly name: string }; readonly input: object }) {
      const name = command.constructor.name.replace(/Command$/, '');
      aws.calls.push({ name, input: { ...command.input } });
      const failure = aws.failures.get(name)?.shift();
      if (failure) throw failure;
      return service(name, command.input as never); // each service reads what its command has
    },
  });
  const [ofAutoScaling, ofEc2, ofEcs, ofSsm] = services.map(client);
  const clients = { autoScaling: ofAutoScaling, ec2: ofEc2, ecs: ofEcs, ssm: ofSsm };
  // `send` is all that the adapter calls.
  return Object.assign(aws, { clients: clients as unknown as MachineClients });
}

function emptyAws(): Omit<MachineAws, 'clients'> {
  const calls: Call[] = [];
  return {
    calls,
    groups: new Map(),
    templates: new Map(),
    ecs: new Map(),
    ec2: new Map(),
    parameters: new Map([
      ['/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id', 'ami-x86'],
      ['/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id', 'ami-arm'],
      ['/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id', 'ami-gpu'],
      ['/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id', 'ami-al2'],
    ]),
    withoutEfa: new Set(),
    activities: [],
    failures: new Map(),
    named: (name) => calls.filter((call) => call.name === name),
  };
}

type Aws = Omit<MachineAws, 'clients'>;
type GroupInput = Input & { AutoScalingGroupName: string; DesiredCapacity?: number };

function autoScaling(aws: Aws): Service {
  const found = (name: string): Group => {
    const group = aws.groups.get(name);
    if (!group) throw awsError('ValidationError', `AutoScalingGroup name not found - ${name}`);
    return group;
  };
  return (name, input: GroupInput & { AutoScalingGroupNames: string[]; InstanceId: string }) => {
    switch (name) {
      case 'DescribeAutoScalingGroups':
        return { AutoScalingGroups: input.AutoScalingGroupNames.flatMap((one) => aws.groups.get(one) ?? []) };
      case 'CreateAutoScalingGroup':
        if (aws.groups.has(input.AutoScalingGroupName))
          throw awsError('AlreadyExistsFault', 'AutoScalingGroup by this name already exists');
        aws.groups.set(input.AutoScalingGroupName, {
          ...input,
          DesiredCapacity: input.DesiredCapacity ?? 0,
          Instances: [],
        });
        return {};
      case 'UpdateAutoScalingGroup':
        Object.assign(found(input.AutoScalingGroupName), input);
        return {};
      case 'DeleteAutoScalingGroup':
        found(input.AutoScalingGroupName);
        aws.groups.delete(input.AutoScalingGroupName);
        return {};
      case 'TerminateInstanceInAutoScalingGroup': {
        const group = [...aws.groups.values()].find(({ Instances }) =>
          Instances.some(({ InstanceId }) => InstanceId === input.InstanceId),
        );
        if (!group)
          throw awsError(
            'ValidationError',
            `Instance Id not found - No managed instance found for instance ID: ${input.InstanceId}`,
          );
        group.Instances = group.Instances.filter(({ InstanceId }) => InstanceId !== input.InstanceId);
        group.DesiredCapacity -= 1;
        return {};
      }
      case 'DescribeScalingActivities':
        return { Activities: aws.activities };
      case 'SuspendProcesses':
        return {};
      default:
        throw new Error(`Auto Scaling has no ${name} here`);
    }
  };
}

type TemplateInput = Input & {
  LaunchTemplateName?: string;
  LaunchTemplateId?: string;
  Versions: string[];
  VersionDescription: string;
  LaunchTemplateData: object;
  TagSpecifications: { Tags: { Key?: string; Value?: string }[] }[];
  Filters: { Name: string; Values: string[] }[];
  InstanceTypes: string[];
};

function ec2(aws: Aws): Service {
  return (name, input: TemplateInput) => {
    const key = input.LaunchTemplateName ?? input.LaunchTemplateId ?? '';
    const template = aws.templates.get(key);
    const missing = awsError(
      'InvalidLaunchTemplateName.NotFoundException',
      `At least one of the launch templates specified in the request does not exist.`,
    );
    switch (name) {
      case 'DescribeLaunchTemplateVersions':
        if (!template) throw missing;
        return { LaunchTemplateVersions: template.versions.slice(-1) };
      case 'CreateLaunchTemplate':
        if (template) throw awsError('InvalidLaunchTemplateName.AlreadyExistsException');
        aws.templates.set(key, {
          name: key,
          tags: input.TagSpecifications.flatMap(({ Tags }) => Tags),
          versions: [input],
        });
        return {};
      case 'CreateLaunchTemplateVersion':
        if (!template) throw missing;
        template.versions.push(input);
        return {};
      case 'DescribeLaunchTemplates': {
        const [filter] = input.Filters;
        const isTagged = ({ tags }: Template) =>
          tags.some(({ Key, Value }) => filter?.Name === `tag:${Key}` && filter.Values.includes(Value ?? ''));
        return {
          LaunchTemplates: [...aws.templates.values()]
            .filter(isTagged)
            .map((one) => ({ LaunchTemplateName: one.name })),
        };
      }
      case 'DeleteLaunchTemplate':
        if (!aws.templates.delete(key)) throw missing;
        return {};
      case 'DescribeInstanceTypes':
        return {
          InstanceTypes: input.InstanceTypes.map((type) => ({
            InstanceType: type,
            NetworkInfo: { EfaSupported: !aws.withoutEfa.has(type) },
          })),
        };
      case 'DescribeInstances': {
        const ids = input.Filters[0]?.Values ?? [];
        const Instances = ids.flatMap((InstanceId) => {
          const machine = aws.ec2.get(InstanceId);
          return machine
            ? [{ InstanceId, State: { Name: machine.state }, LaunchTime: new Date(machine.launchedAtMs) }]
            : [];
        });
        return { Reservations: [{ Instances }] };
      }
      default:
        throw new Error(`EC2 has no ${name} here`);
    }
  };
}

function ecs(aws: Aws): Service {
  const idOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);
  return (
    name,
    input: Input & { containerInstances: string[]; containerInstance: string; status: string },
  ) => {
    switch (name) {
      case 'ListContainerInstances':
        return {
          containerInstanceArns: [...aws.ecs.values()].map(
            ({ containerInstanceArn }) => containerInstanceArn,
          ),
        };
      case 'DescribeContainerInstances':
        return {
          containerInstances: input.containerInstances.flatMap((id) => aws.ecs.get(idOf(id)) ?? []),
          failures: [],
        };
      case 'UpdateContainerInstancesState':
        if (input.containerInstances.length > 10)
          throw awsError('InvalidParameterException', 'at most 10 instances');
        for (const id of input.containerInstances) {
          const machine = aws.ecs.get(idOf(id));
          if (machine) machine.status = input.status;
        }
        return {
          failures: input.containerInstances
            .filter((id) => !aws.ecs.has(idOf(id)))
            .map((arn) => ({ arn, reason: 'MISSING' })),
        };
      case 'DeregisterContainerInstance':
        if (!aws.ecs.delete(idOf(input.containerInstance)))
          throw awsError('InvalidParameterException', 'Referenced container instance not found.');
        return {};
      default:
        throw new Error(`ECS has no ${name} here`);
    }
  };
}

function ssm(aws: Aws): Service {
  return (name, input: Input & { Name: string }) => {
    if (name !== 'GetParameter') throw new Error(`Systems Manager has no ${name} here`);
    const Value = aws.parameters.get(input.Name);
    if (Value === undefined) throw awsError('ParameterNotFound');
    return { Parameter: { Value } };
  };
}

export function ecsMachine(number: number, more: Partial<EcsMachine> = {}): EcsMachine {
  const id = number.toString(16).padStart(32, '0');
  return {
    containerInstanceArn: `arn:aws:ecs:us-east-1:123456789012:container-instance/cluster/${id}`,
    ec2InstanceId: `i-${number.toString(16).padStart(17, '0')}`,
    status: 'ACTIVE',
    runningTasksCount: 0,
    pendingTasksCount: 0,
    agentConnected: true,
    version: 4,
    registeredAt: '2026-01-02T03:04:05.000Z',
    registeredResources: [
      { name: 'CPU', type: 'INTEGER', integerValue: 2048 },
      { name: 'MEMORY', type: 'INTEGER', integerValue: 7680 },
      { name: 'PORTS', type: 'STRINGSET', stringSetValue: ['22'] },
    ],
    attributes: [
      { name: 'ecs.instance-type', value: 'm5.large' },
      { name: 'slipway.generation', value: 'change-1' },
    ],
    ...more,
  };
}
