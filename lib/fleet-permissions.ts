// What it takes to own EC2 capacity: clusters, launch templates and Auto Scaling groups, all named for the compute
// environment they belong to, and made and deleted at run time.
import { ArnFormat, type Stack } from 'aws-cdk-lib';
import { passing, type PassableRoles, type Permission } from './permissions.ts';

const CLUSTERS = 'AWSBatch-*';
/** Auto Scaling groups, by the names that adapters/autoscaling gives them. */
const FLEETS = 'slipway-*';
/** The tag by which the launch templates of an environment are told; every template that is ours has it from its creation on. */
const OWNER_TAG = 'slipway:compute-environment';
const MADE_AT_RUN_TIME = 'Compute environments, and with them their capacity, are made at run time.';
const KNOWS_NO_RESOURCE = 'The reads of EC2 and Auto Scaling know no resource.';

export interface FleetPermissions {
  /** What is there. */
  readonly look: readonly Permission[];
  /** How many instances are wanted. */
  readonly resize: readonly Permission[];
  /** Keeping new tasks off an instance, and ending it. */
  readonly drain: readonly Permission[];
  /** Making and deleting the whole. */
  readonly own: readonly Permission[];
}

export function fleetPermissions(stack: Stack, roles: PassableRoles): FleetPermissions {
  const clusters = [ecsArn(stack, 'cluster', CLUSTERS)];
  const instances = ecsArn(stack, 'container-instance', `${CLUSTERS}/*`);
  const groups = [
    stack.formatArn({
      service: 'autoscaling',
      resource: 'autoScalingGroup',
      resourceName: `*:autoScalingGroupName/${FLEETS}`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
  ];
  return {
    look: [
      {
        actions: [
          'autoscaling:DescribeAutoScalingGroups',
          'autoscaling:DescribeScalingActivities',
          'ec2:DescribeInstances',
        ],
        resources: ['*'],
        because: KNOWS_NO_RESOURCE,
      },
      { actions: ['ecs:ListContainerInstances'], resources: clusters, because: MADE_AT_RUN_TIME },
      {
        actions: ['ecs:DescribeContainerInstances'],
        resources: [instances],
        because: MADE_AT_RUN_TIME,
      },
    ],
    resize: [
      {
        actions: ['autoscaling:UpdateAutoScalingGroup'],
        resources: groups,
        because: MADE_AT_RUN_TIME,
      },
      ...launching(stack, roles),
    ],
    drain: [
      {
        actions: ['ecs:DeregisterContainerInstance', 'ecs:UpdateContainerInstancesState'],
        resources: [instances, ...clusters],
        because: MADE_AT_RUN_TIME,
      },
      {
        actions: ['autoscaling:TerminateInstanceInAutoScalingGroup'],
        resources: groups,
        because: MADE_AT_RUN_TIME,
      },
    ],
    own: [...clusterOwnership(clusters), ...groupOwnership(stack, groups), serviceLinkedRoles(stack)],
  };
}

function clusterOwnership(clusters: readonly string[]): readonly Permission[] {
  return [
    {
      actions: ['ecs:CreateCluster'],
      resources: ['*'],
      because: 'What is about to be made has no ARN to name.',
    },
    {
      actions: [
        'ecs:DeleteCluster',
        'ecs:DescribeClusters',
        'ecs:PutClusterCapacityProviders',
        // Asked for when a cluster is made with tags.
        'ecs:TagResource',
      ],
      resources: clusters,
      because: MADE_AT_RUN_TIME,
    },
  ];
}

function groupOwnership(stack: Stack, groups: readonly string[]): readonly Permission[] {
  const templates = [ec2Arn(stack, 'launch-template')];
  return [
    {
      actions: [
        'ec2:DescribeInstanceTypes',
        'ec2:DescribeLaunchTemplates',
        'ec2:DescribeLaunchTemplateVersions',
      ],
      resources: ['*'],
      because: KNOWS_NO_RESOURCE,
    },
    {
      actions: ['ssm:GetParameter'],
      resources: [`arn:${stack.partition}:ssm:${stack.region}::parameter/aws/service/ecs/optimized-ami/*`],
      because: 'AWS publishes one parameter for each kind of image that ECS is optimised on.',
    },
    {
      actions: [
        'autoscaling:CreateAutoScalingGroup',
        // Asked for when a group is made with tags.
        'autoscaling:CreateOrUpdateTags',
        'autoscaling:DeleteAutoScalingGroup',
        'autoscaling:SuspendProcesses',
      ],
      resources: groups,
      because: MADE_AT_RUN_TIME,
    },
    {
      actions: ['ec2:CreateLaunchTemplate'],
      resources: templates,
      conditions: { Null: { [`aws:RequestTag/${OWNER_TAG}`]: 'false' } },
      because: MADE_AT_RUN_TIME,
    },
    {
      actions: ['ec2:CreateLaunchTemplateVersion', 'ec2:DeleteLaunchTemplate'],
      resources: templates,
      conditions: { Null: { [`aws:ResourceTag/${OWNER_TAG}`]: 'false' } },
      because: MADE_AT_RUN_TIME,
    },
    {
      actions: ['ec2:CreateTags'],
      resources: templates,
      conditions: { StringEquals: { 'ec2:CreateAction': 'CreateLaunchTemplate' } },
      because: MADE_AT_RUN_TIME,
    },
  ];
}

/** Auto Scaling checks that whoever gives a group a launch template could start instances of it. */
function launching(stack: Stack, roles: PassableRoles): readonly Permission[] {
  const started = ['instance', 'network-interface', 'volume'].map((resource) => ec2Arn(stack, resource));
  const used = ['key-pair', 'launch-template', 'placement-group', 'security-group', 'subnet'];
  const images = `arn:${stack.partition}:ec2:${stack.region}::image/*`;
  return [
    {
      actions: ['ec2:RunInstances'],
      resources: [...started, ...used.map((resource) => ec2Arn(stack, resource)), images],
      because: MADE_AT_RUN_TIME,
    },
    {
      actions: ['ec2:CreateTags'],
      resources: started,
      conditions: { StringEquals: { 'ec2:CreateAction': 'RunInstances' } },
      because: MADE_AT_RUN_TIME,
    },
    passing(roles.instances, 'ec2.amazonaws.com'),
  ];
}

/** The first cluster and the first group of an account make roles for ECS, Auto Scaling and Spot. */
function serviceLinkedRoles(stack: Stack): Permission {
  const services = ['ecs.amazonaws.com', 'autoscaling.amazonaws.com', 'spot.amazonaws.com'];
  return {
    actions: ['iam:CreateServiceLinkedRole'],
    resources: services.map((service) =>
      stack.formatArn({
        service: 'iam',
        region: '',
        resource: 'role',
        resourceName: `aws-service-role/${service}/*`,
      }),
    ),
    conditions: { StringLike: { 'iam:AWSServiceName': services } },
    because: 'AWS names these roles itself.',
  };
}

function ecsArn(stack: Stack, resource: string, resourceName: string): string {
  return stack.formatArn({
    service: 'ecs',
    resource,
    resourceName,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
}

function ec2Arn(stack: Stack, resource: string): string {
  return stack.formatArn({
    service: 'ec2',
    resource,
    resourceName: '*',
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
}
