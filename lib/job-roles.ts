// The roles that jobs and their instances run with unless their definitions name others. A job gets no right by default.
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { InstanceProfile, Role, ServicePrincipal, type IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { permit, type Permission } from './permissions.ts';

export interface JobRolesProps {
  /** Where containers write to. */
  readonly jobLogGroup: ILogGroup;
}

export class JobRoles extends Construct {
  /** What ECS itself needs to start a container: pull its image from ECR, write its output. Every Fargate job names such a role. */
  readonly execution: Role;
  /** A job that names this role can prove who it is, and may do nothing. */
  readonly job: Role;
  /** What an EC2 instance needs to join a cluster. */
  readonly instance: Role;
  readonly instanceProfile: InstanceProfile;

  constructor(scope: Construct, id: string, { jobLogGroup }: JobRolesProps) {
    super(scope, id);
    const tasks = new ServicePrincipal('ecs-tasks.amazonaws.com');
    this.execution = new Role(this, 'Execution', {
      assumedBy: tasks,
      description: 'Starts the containers of Slipway jobs: image pull and log output',
    });
    permit(this.execution, [...imagePull(Stack.of(this)), logOutput(jobLogGroup)]);
    this.job = new Role(this, 'Job', {
      assumedBy: tasks,
      description: 'The identity of a Slipway job that needs no right',
    });
    this.instance = new Role(this, 'Instance', {
      assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
      description: 'EC2 instances of Slipway compute environments',
    });
    permit(this.instance, [
      ...imagePull(Stack.of(this)),
      logOutput(jobLogGroup),
      ...containerInstance(Stack.of(this)),
    ]);
    this.instanceProfile = new InstanceProfile(this, 'InstanceProfile', { role: this.instance });
  }
}

export interface BoundedProps {
  /** A managed policy that no role of the service may exceed. */
  readonly permissionsBoundary?: IManagedPolicy;
}

function imagePull(stack: Stack): readonly Permission[] {
  return [
    {
      actions: ['ecr:GetAuthorizationToken'],
      resources: ['*'],
      because: 'ecr:GetAuthorizationToken knows no resource.',
    },
    {
      actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      resources: [`arn:${stack.partition}:ecr:*:*:repository/*`],
      because:
        'Which images jobs run is known when they run; other accounts protect their repositories themselves.',
    },
  ];
}

function logOutput(group: ILogGroup): Permission {
  return {
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [group.logGroupArn],
    because: 'A container writes to a log stream of its own.',
  };
}

/** What the ECS agent calls, for the clusters that Slipway makes. */
function containerInstance(stack: Stack): readonly Permission[] {
  const arn = (resource: string, resourceName: string): string =>
    stack.formatArn({ service: 'ecs', resource, resourceName, arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
  return [
    {
      actions: ['ecs:DiscoverPollEndpoint'],
      resources: ['*'],
      because: 'ecs:DiscoverPollEndpoint knows no resource.',
    },
    {
      actions: ['ecs:RegisterContainerInstance', 'ecs:DeregisterContainerInstance'],
      resources: [arn('cluster', 'AWSBatch-*')],
      because: 'Compute environments, and with them clusters, are made at run time.',
    },
    {
      actions: [
        'ecs:Poll',
        'ecs:StartTelemetrySession',
        'ecs:SubmitAttachmentStateChanges',
        'ecs:SubmitContainerStateChange',
        'ecs:SubmitTaskStateChange',
        'ecs:UpdateContainerInstancesState',
      ],
      resources: [arn('cluster', 'AWSBatch-*'), arn('container-instance', 'AWSBatch-*')],
      because: 'Compute environments, and with them clusters, are made at run time.',
    },
    {
      actions: ['ecs:TagResource'],
      resources: [arn('container-instance', 'AWSBatch-*')],
      because: 'Compute environments, and with them clusters, are made at run time.',
    },
  ];
}
