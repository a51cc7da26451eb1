// The agents that the machines of Auto Scaling groups would run: the emulator starts its instances without any. Each instance
// joins the cluster that its user data names, as the ECS-optimised image does, and leaves when it is terminated.
import type { AnEmulator } from './a-emulator.ts';
import { ACCOUNT, REGION } from './a-fakecloud.ts';

export interface EcsAgents {
  stop(): Promise<void>;
}

interface Instance {
  readonly instanceId: string;
  readonly type: string;
  readonly templateId: string;
  readonly version: string;
}

/** What the ECS-optimised image leaves of these machines, by type: CPU units and MiB. */
const RESOURCES: Readonly<Record<string, { readonly cpu: number; readonly memoryMiB: number }>> = {
  'm5.large': { cpu: 2048, memoryMiB: 7680 },
  'm5.xlarge': { cpu: 4096, memoryMiB: 15584 },
};
const LOOK_EVERY_MS = 1_000;

export function startEcsAgents(emulator: AnEmulator): EcsAgents {
  /** Container instance ARNs by machine. */
  const joined = new Map<string, { readonly arn: string; readonly cluster: string }>();
  let looking: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking
      .then(() => look(emulator, joined))
      .catch((error: unknown) => console.error('agents', error));
  }, LOOK_EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}

async function look(
  emulator: AnEmulator,
  joined: Map<string, { readonly arn: string; readonly cluster: string }>,
): Promise<void> {
  const instances = await instancesOf(emulator);
  const present = new Set(instances.map(({ instanceId }) => instanceId));
  for (const instance of instances) {
    if (joined.has(instance.instanceId)) continue;
    const cluster = await clusterOf(emulator, instance);
    if (cluster !== undefined) joined.set(instance.instanceId, await join(emulator, instance, cluster));
  }
  for (const [instanceId, { arn, cluster }] of joined) {
    if (present.has(instanceId)) continue;
    joined.delete(instanceId);
    await emulator.call('ecs', `${ECS}.DeregisterContainerInstance`, {
      cluster,
      containerInstance: arn,
      force: true,
    });
    await tell(emulator, {
      ...describing(arn, cluster, instanceId),
      status: 'INACTIVE',
      agentConnected: false,
    });
  }
}

const ECS = 'AmazonEC2ContainerServiceV20141113';

async function instancesOf(emulator: AnEmulator): Promise<Instance[]> {
  const groups = await emulator.query('autoscaling', {
    Action: 'DescribeAutoScalingGroups',
    Version: '2011-01-01',
  });
  // The members of <Instances>; a group's own launch template stands outside of them.
  return [...groups.matchAll(/<member>(?:(?!<member>)[\s\S])*?<InstanceId>[\s\S]*?<\/member>/g)].flatMap(
    ([xml]) => {
      const [instanceId, type, templateId, version] = [
        'InstanceId',
        'InstanceType',
        'LaunchTemplateId',
        'Version',
      ].map((name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]);
      if (!instanceId || !templateId || !/<LifecycleState>InService</.test(xml)) return [];
      return [{ instanceId, templateId, type: type ?? 'm5.large', version: version ?? '$Default' }];
    },
  );
}

async function clusterOf(
  emulator: AnEmulator,
  { templateId, version }: Instance,
): Promise<string | undefined> {
  const found = await emulator.query('ec2', {
    Action: 'DescribeLaunchTemplateVersions',
    Version: '2016-11-15',
    LaunchTemplateId: templateId,
    'LaunchTemplateVersion.1': version,
  });
  const userData = /<userData>([^<]*)<\/userData>/.exec(found)?.[1] ?? '';
  return /ECS_CLUSTER=(\S+)/.exec(Buffer.from(userData, 'base64').toString('utf8'))?.[1];
}

async function join(
  emulator: AnEmulator,
  { instanceId, type }: Instance,
  cluster: string,
): Promise<{ arn: string; cluster: string }> {
  const { cpu, memoryMiB } = RESOURCES[type] ?? { cpu: 2048, memoryMiB: 7680 };
  const answer = await emulator.call('ecs', `${ECS}.RegisterContainerInstance`, {
    cluster,
    instanceIdentityDocument: JSON.stringify({
      instanceId,
      instanceType: type,
      region: REGION,
      accountId: ACCOUNT,
    }),
    totalResources: [
      { name: 'CPU', type: 'INTEGER', integerValue: cpu },
      { name: 'MEMORY', type: 'INTEGER', integerValue: memoryMiB },
    ],
    attributes: [{ name: 'ecs.instance-type', value: type }],
  });
  const registered = answer['containerInstance'] as { readonly containerInstanceArn: string }; // ECS's own shape
  const arn = registered.containerInstanceArn;
  await tell(emulator, {
    ...registered,
    ...describing(arn, cluster, instanceId),
    status: 'ACTIVE',
    agentConnected: true,
  });
  return { arn, cluster };
}

function describing(
  containerInstanceArn: string,
  cluster: string,
  ec2InstanceId: string,
): Record<string, unknown> {
  const clusterArn = `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/${cluster}`;
  return { containerInstanceArn, clusterArn, ec2InstanceId };
}

async function tell(emulator: AnEmulator, detail: Readonly<Record<string, unknown>>): Promise<void> {
  const event = {
    Source: 'aws.ecs',
    DetailType: 'ECS Container Instance State Change',
    Detail: JSON.stringify(detail),
    Resources: [String(detail['containerInstanceArn'])],
  };
  await emulator.call('events', 'AWSEvents.PutEvents', { Entries: [event] });
}
