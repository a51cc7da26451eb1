// Every setting that a function may ask for in lambdas/registry.ts: its value, and what whoever is told of the thing may do with it. So a
// function has a right on what belongs to the service exactly where the registry gives it the setting.
import { ArnFormat, type Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Setting } from '../lambdas/registry.ts';
import { machineArn, type MachineName } from './machines.ts';
import type { Permission } from './permissions.ts';

/** What the settings are about. */
export interface ServiceParts {
  /** First part of what has a name of its own: machines, secrets. */
  readonly prefix: string;
  readonly jobsTable: Table;
  readonly queuesTable: Table;
  readonly scheduleQueue: IQueue;
  readonly resourceQueue: IQueue;
  readonly eventBus: IEventBus;
  readonly jobLogGroup: ILogGroup;
  readonly auditLogGroup: ILogGroup;
  /** Absent: events are not kept. */
  readonly eventLogGroup: ILogGroup | undefined;
  readonly retentionDays: number;
  /** Whether the service has access keys of its own. */
  readonly accessKeys: boolean;
}

export interface SettingGrant {
  /** Absent: what the setting would switch on is off. */
  readonly value?: string;
  readonly permissions: readonly Permission[];
}

const ROW_ACTIONS = [
  'dynamodb:BatchGetItem',
  'dynamodb:ConditionCheckItem',
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
];

export function settingGrants(stack: Stack, parts: ServiceParts): Readonly<Record<Setting, SettingGrant>> {
  return {
    SLIPWAY_JOBS_TABLE: rows(parts.jobsTable),
    SLIPWAY_QUEUES_TABLE: rows(parts.queuesTable),
    SLIPWAY_JOB_MACHINE: executions(stack, parts.prefix, 'job'),
    SLIPWAY_MULTI_NODE_JOB_MACHINE: executions(stack, parts.prefix, 'multi-node-job'),
    SLIPWAY_COMPUTE_ENVIRONMENT_MACHINE: executions(stack, parts.prefix, 'compute-environment'),
    SLIPWAY_SCHEDULE_QUEUE_URL: sending(parts.scheduleQueue),
    SLIPWAY_RESOURCE_QUEUE_URL: sending(parts.resourceQueue),
    SLIPWAY_EVENT_BUS: {
      value: parts.eventBus.eventBusName,
      permissions: [{ actions: ['events:PutEvents'], resources: [parts.eventBus.eventBusArn] }],
    },
    // Written by ECS, with the rights of each job's execution role.
    SLIPWAY_LOG_GROUP: { value: parts.jobLogGroup.logGroupName, permissions: [] },
    SLIPWAY_AUDIT_LOG_GROUP: appending(parts.auditLogGroup),
    // Written by EventBridge; callers are told of it, and read it themselves.
    SLIPWAY_EVENT_LOG_GROUP: parts.eventLogGroup
      ? { value: parts.eventLogGroup.logGroupName, permissions: [] }
      : { permissions: [] },
    SLIPWAY_RETENTION_DAYS: { value: String(parts.retentionDays), permissions: [] },
    SLIPWAY_ACCESS_KEYS_SECRET_PREFIX: parts.accessKeys ? secrets(stack, parts.prefix) : { permissions: [] },
    SLIPWAY_ACCOUNT: { value: stack.account, permissions: [] },
  };
}

function rows(table: Table): SettingGrant {
  return {
    value: table.tableName,
    permissions: [
      {
        actions: ROW_ACTIONS,
        resources: [table.tableArn, `${table.tableArn}/index/*`],
        because: 'The three indexes of the one table.',
      },
    ],
  };
}

function executions(stack: Stack, prefix: string, name: MachineName): SettingGrant {
  const arn = machineArn(stack, prefix, name);
  const ofMachine = stack.formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${prefix}-${name}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return {
    value: arn,
    permissions: [
      {
        actions: [
          'states:SendTaskFailure',
          'states:SendTaskHeartbeat',
          'states:SendTaskSuccess',
          'states:StartExecution',
        ],
        resources: [arn],
      },
      {
        actions: ['states:DescribeExecution', 'states:GetExecutionHistory', 'states:StopExecution'],
        resources: [ofMachine],
        because: 'The executions of the one machine, which are named for the jobs they drive.',
      },
    ],
  };
}

function sending(queue: IQueue): SettingGrant {
  return {
    value: queue.queueUrl,
    permissions: [{ actions: ['sqs:SendMessage'], resources: [queue.queueArn] }],
  };
}

function appending(group: ILogGroup): SettingGrant {
  return {
    value: group.logGroupName,
    permissions: [
      {
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [group.logGroupArn],
        because: 'The streams of the one group.',
      },
    ],
  };
}

function secrets(stack: Stack, prefix: string): SettingGrant {
  const value = `${prefix}/keys/`;
  return {
    value,
    permissions: [
      {
        actions: ['secretsmanager:GetSecretValue'],
        resources: [
          stack.formatArn({
            service: 'secretsmanager',
            resource: 'secret',
            resourceName: `${value}*`,
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        ],
        because: 'One secret for each access key, made at run time under the prefix that is theirs alone.',
      },
    ],
  };
}
