// What functions may do outside the service itself: run containers, move capacity, ask IAM. What they may do with the service's own
// tables, queues and machines follows from their settings (settings.ts).
import { ArnFormat, type Stack } from 'aws-cdk-lib';
import type { FunctionName } from '../lambdas/registry.ts';
import { fleetPermissions } from './fleet-permissions.ts';
import { passing, type PassableRoles, type Permission } from './permissions.ts';

/** The clusters that compute environments make, by AWS Batch's naming. */
const CLUSTERS = 'AWSBatch-*';
/** The task definitions that are made for job definitions. */
const FAMILIES = 'slipway-*';
const MADE_AT_RUN_TIME =
  'Compute environments, and with them clusters, tasks and definitions, are made at run time.';

export function functionPermissions(
  stack: Stack,
  roles: PassableRoles,
): Readonly<Record<FunctionName, readonly Permission[]>> {
  const tasks = taskPermissions(stack, roles);
  const fleets = fleetPermissions(stack, roles);
  const followed = [...fleets.look, ...fleets.resize, ...fleets.drain];
  return {
    api: authorisation(stack),
    react: [...tasks.look, ...tasks.stop],
    schedule: followed,
    launch: [...tasks.start, ...tasks.look, ...tasks.stop],
    'launch-nodes': [...tasks.start, ...tasks.look, ...tasks.stop],
    await: [...tasks.look, ...tasks.stop],
    observe: [],
    instances: followed,
    environment: [...followed, ...fleets.own],
    reconcile: [...tasks.start, ...tasks.look, ...tasks.stop, ...followed],
    resource: [],
  };
}

interface TaskPermissions {
  readonly start: readonly Permission[];
  readonly look: readonly Permission[];
  readonly stop: readonly Permission[];
}

function taskPermissions(stack: Stack, roles: PassableRoles): TaskPermissions {
  const arn = (resource: string, resourceName: string): string =>
    stack.formatArn({ service: 'ecs', resource, resourceName, arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
  const inOurClusters = { ArnLike: { 'ecs:cluster': arn('cluster', CLUSTERS) } };
  const tasks = [arn('task', `${CLUSTERS}/*`)];
  return {
    start: [
      {
        actions: ['ecs:RunTask'],
        resources: [arn('task-definition', FAMILIES)],
        conditions: inOurClusters,
        because: MADE_AT_RUN_TIME,
      },
      {
        actions: ['ecs:DescribeTaskDefinition', 'ecs:RegisterTaskDefinition'],
        resources: ['*'],
        because: 'ecs:RegisterTaskDefinition and ecs:DescribeTaskDefinition know no resource.',
      },
      {
        actions: ['ecs:TagResource'],
        resources: [...tasks, arn('task-definition', FAMILIES)],
        because: MADE_AT_RUN_TIME,
      },
      passing(roles.tasks, 'ecs-tasks.amazonaws.com'),
    ],
    look: [
      {
        actions: ['ecs:DescribeTasks'],
        resources: tasks,
        conditions: inOurClusters,
        because: MADE_AT_RUN_TIME,
      },
      {
        actions: ['ecs:ListContainerInstances'],
        resources: [arn('cluster', CLUSTERS)],
        because: MADE_AT_RUN_TIME,
      },
      {
        actions: ['ecs:ListTasks'],
        resources: ['*'],
        conditions: inOurClusters,
        because:
          'The resource of ecs:ListTasks is a container instance, which tasks on Fargate have none of.',
      },
    ],
    stop: [
      { actions: ['ecs:StopTask'], resources: tasks, conditions: inOurClusters, because: MADE_AT_RUN_TIME },
    ],
  };
}

/** IAM itself is asked whether a caller may do what it asks for. */
function authorisation(stack: Stack): readonly Permission[] {
  const arn = (resource: string): string =>
    stack.formatArn({
      service: 'iam',
      region: '',
      resource,
      resourceName: '*',
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
  return [
    {
      actions: ['iam:SimulatePrincipalPolicy'],
      resources: ['user', 'role', 'group'].map(arn),
      because: 'Any identity of the account may call.',
    },
    {
      // An assumed role is told by its name only, without the path that its ARN has.
      actions: ['iam:GetRole'],
      resources: [arn('role')],
      because: 'Any identity of the account may call.',
    },
  ];
}
