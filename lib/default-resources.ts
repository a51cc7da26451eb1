// What a new service has, so that the first job needs no set-up: compute environments of the kinds the owner asked for, a queue in front of
// each family of them, and the job definition `shell`, as on one machine.
import { Construct } from 'constructs';
import type { IComputeEnvironment } from './compute-environment.ts';
import { Ec2ComputeEnvironment } from './ec2-compute-environment.ts';
import { FargateComputeEnvironment } from './fargate-compute-environment.ts';
import { GpuComputeEnvironment } from './gpu-compute-environment.ts';
import { JobDefinition } from './job-definition.ts';
import { JobQueue } from './job-queue.ts';
import type { ISlipway } from './slipway-reference.ts';

export const ENVIRONMENT_KINDS = ['fargate', 'fargate-spot', 'ec2', 'ec2-spot', 'gpu'] as const;
export type EnvironmentKind = (typeof ENVIRONMENT_KINDS)[number];

export interface DefaultResourcesProps {
  readonly slipway: ISlipway;
  /** In the order in which a queue tries those of one family. */
  readonly kinds: readonly EnvironmentKind[];
  /** Of each environment. */
  readonly maxvCpus: number;
}

/** A queue holds environments of one family only. */
const FAMILY = {
  fargate: 'fargate',
  'fargate-spot': 'fargate',
  ec2: 'ec2',
  'ec2-spot': 'ec2',
  gpu: 'gpu',
} as const satisfies Readonly<Record<EnvironmentKind, string>>;

export const DEFAULT_QUEUE = 'default';
export const DEFAULT_DEFINITION = 'shell';
/** A mirror that asks for no account and does not count pulls by address, as Docker Hub does. */
const SHELL_IMAGE = 'public.ecr.aws/docker/library/busybox:stable';

export class DefaultResources extends Construct {
  readonly queues: readonly JobQueue[];

  constructor(scope: Construct, id: string, props: DefaultResourcesProps) {
    super(scope, id);
    const { slipway, kinds } = props;
    const environments = new Map<EnvironmentKind, IComputeEnvironment>();
    for (const kind of kinds) environments.set(kind, createEnvironment(this, kind, props));
    const served = familiesOf(kinds);
    // The queue of the family that was named first is the default one: jobs that do not care go there.
    this.queues = served.map(
      ({ name, members }, index) =>
        new JobQueue(this, `${pascal(name)}Queue`, {
          slipway,
          jobQueueName: index === 0 ? DEFAULT_QUEUE : name,
          computeEnvironments: members.flatMap((kind) => environments.get(kind) ?? []),
        }),
    );
    const [first] = served;
    if (first) createShell(this, slipway, first.name === 'fargate' ? 'FARGATE' : 'EC2');
  }
}

interface Family {
  readonly name: string;
  /** In the order in which they were named. */
  readonly members: readonly EnvironmentKind[];
}

/** In the order of their first members. */
function familiesOf(kinds: readonly EnvironmentKind[]): readonly Family[] {
  const names = new Set(kinds.map((kind) => FAMILY[kind]));
  return [...names].map((name) => ({ name, members: kinds.filter((kind) => FAMILY[kind] === name) }));
}

function createEnvironment(
  scope: Construct,
  kind: EnvironmentKind,
  { slipway, maxvCpus }: DefaultResourcesProps,
): IComputeEnvironment {
  const props = { slipway, maxvCpus, computeEnvironmentName: kind };
  switch (kind) {
    case 'fargate':
      return new FargateComputeEnvironment(scope, 'Fargate', props);
    case 'fargate-spot':
      return new FargateComputeEnvironment(scope, 'FargateSpot', { ...props, spot: true });
    case 'ec2':
      return new Ec2ComputeEnvironment(scope, 'Ec2', props);
    case 'ec2-spot':
      return new Ec2ComputeEnvironment(scope, 'Ec2Spot', { ...props, spot: true });
    case 'gpu':
      return new GpuComputeEnvironment(scope, 'Gpu', props);
  }
}

function createShell(scope: Construct, slipway: ISlipway, platform: 'FARGATE' | 'EC2'): void {
  new JobDefinition(scope, 'Shell', {
    slipway,
    jobDefinitionName: DEFAULT_DEFINITION,
    image: SHELL_IMAGE,
    command: ['sh', '-c', 'echo hello from Slipway'],
    platform,
    vcpus: platform === 'FARGATE' ? 0.25 : 1,
    memoryMiB: 512,
  });
}

function pascal(family: string): string {
  return family.charAt(0).toUpperCase() + family.slice(1);
}
