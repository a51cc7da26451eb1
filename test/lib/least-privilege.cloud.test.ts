// Roles: nothing without a name, nothing broader than it must be, and everything that a function really calls.
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FUNCTIONS, type FunctionEntry, type FunctionName, type Setting } from '../../lambdas/registry.ts';
import {
  actionsOf,
  aSlipwayStack,
  removeFolders,
  rendered,
  resourcesOf,
  resourceTextsOf,
  statementsOf,
  templateOf,
  type Statement,
  type Template,
} from './synthesised.ts';

const root = join(import.meta.dirname, '../..');
let template: Template;
let byRole: ReadonlyMap<string, readonly Statement[]>;

beforeAll(() => {
  template = templateOf(aSlipwayStack({ accessKeys: true }));
  byRole = statementsOf(template);
});
afterAll(removeFolders);

/** Actions that know no resource, or whose resource cannot be known, and why `*` therefore stands in their statement. */
const WITHOUT_RESOURCE: Readonly<Record<string, string>> = {
  'autoscaling:DescribeAutoScalingGroups': 'a read without resource types',
  'autoscaling:DescribeScalingActivities': 'a read without resource types',
  'dynamodb:ListStreams': 'a read without resource types; the event source mapping asks for it',
  'ec2:DescribeInstances': 'a read without resource types',
  'ec2:DescribeInstanceTypes': 'a read without resource types',
  'ec2:DescribeLaunchTemplates': 'a read without resource types',
  'ec2:DescribeLaunchTemplateVersions': 'a read without resource types',
  'ecr:GetAuthorizationToken': 'one token for all registries',
  'ecs:CreateCluster': 'what is about to be made has no ARN',
  'ecs:DescribeTaskDefinition': 'no resource types',
  'ecs:DiscoverPollEndpoint': 'no resource types',
  'ecs:ListTasks':
    'its resource is a container instance, which Fargate has none of; the condition names the clusters',
  'ecs:RegisterTaskDefinition': 'no resource types',
  'logs:CreateLogDelivery': 'no resource types; state machines need it to log',
  'logs:DeleteLogDelivery': 'no resource types; state machines need it to log',
  'logs:DescribeLogGroups': 'no resource types; state machines need it to log',
  'logs:DescribeResourcePolicies': 'no resource types; state machines need it to log',
  'logs:GetLogDelivery': 'no resource types; state machines need it to log',
  'logs:ListLogDeliveries': 'no resource types; state machines need it to log',
  'logs:PutResourcePolicy': 'no resource types; state machines need it to log',
  'logs:UpdateLogDelivery': 'no resource types; state machines need it to log',
  'xray:GetSamplingRules': 'no resource types',
  'xray:GetSamplingTargets': 'no resource types',
  'xray:PutTelemetryRecords': 'no resource types',
  'xray:PutTraceSegments': 'no resource types',
};

function everyStatement(): readonly Statement[] {
  return [...byRole.values()].flat();
}

function statementsOfFunction(name: FunctionName): readonly Statement[] {
  const found = resourcesOf(template, 'AWS::Lambda::Function').find(
    ([, { Properties }]) => Properties?.['Handler'] === `${name}.handler`,
  );
  // Of one of our own roles: { 'Fn::GetAtt': [id, 'Arn'] }.
  const role = JSON.stringify(found?.[1].Properties?.['Role']).match(/"Fn::GetAtt":\["(\w+)"/)?.[1] ?? '';
  return byRole.get(role) ?? [];
}

/** Whether some statement allows all of the actions on a resource that the text appears in. */
function allows(statements: readonly Statement[], action: string, resource: string): boolean {
  return statements.some(
    (statement) =>
      statement.Effect === 'Allow' &&
      actionsOf(statement).includes(action) &&
      resourceTextsOf(statement).some((text) => text.includes(resource)),
  );
}

describe('a statement', () => {
  it('names every action in full', () => {
    for (const action of everyStatement().flatMap(actionsOf))
      expect(action).toMatch(/^[a-z0-9-]+:[A-Za-z]+$/);
  });

  it('is on every resource only for actions that know none', () => {
    const broad = everyStatement()
      .filter((statement) => statement.Effect === 'Allow' && resourceTextsOf(statement).includes('*'))
      .flatMap(actionsOf);
    expect([...new Set(broad)].filter((action) => !Object.hasOwn(WITHOUT_RESOURCE, action))).toEqual([]);
    // A reason that nothing needs any more goes.
    expect(Object.keys(WITHOUT_RESOURCE).filter((action) => !broad.includes(action))).toEqual([]);
  });

  it('hands roles to the one service that they are for', () => {
    const passing = everyStatement().filter((statement) => actionsOf(statement).includes('iam:PassRole'));
    expect(passing.length).toBeGreaterThan(0);
    for (const { Condition, ...statement } of passing) {
      expect(actionsOf(statement)).toEqual(['iam:PassRole']);
      expect(Condition?.['StringEquals']?.['iam:PassedToService']).toMatch(
        /^(ecs-tasks|ec2)\.amazonaws\.com$/,
      );
    }
  });

  it('reaches tasks only in the clusters of compute environments', () => {
    const onTasks = everyStatement().filter((statement) =>
      actionsOf(statement).some((action) =>
        ['ecs:RunTask', 'ecs:StopTask', 'ecs:ListTasks'].includes(action),
      ),
    );
    expect(onTasks.length).toBeGreaterThan(0);
    for (const { Condition } of onTasks) {
      expect(JSON.stringify(rendered(Condition))).toContain(':cluster/AWSBatch-*');
    }
  });
});

/** The first action that a function does with what a setting names, and how the thing appears in a resource. */
const USES: Readonly<Partial<Record<Setting, readonly [action: string, resource: string]>>> = {
  SLIPWAY_JOBS_TABLE: ['dynamodb:PutItem', 'ServiceTablesJobs'],
  SLIPWAY_QUEUES_TABLE: ['dynamodb:PutItem', 'ServiceTablesQueues'],
  SLIPWAY_JOB_MACHINE: ['states:StartExecution', 'slipway-job'],
  SLIPWAY_MULTI_NODE_JOB_MACHINE: ['states:StartExecution', 'slipway-multi-node-job'],
  SLIPWAY_COMPUTE_ENVIRONMENT_MACHINE: ['states:StartExecution', 'slipway-compute-environment'],
  SLIPWAY_SCHEDULE_QUEUE_URL: ['sqs:SendMessage', 'ServiceQueuesSchedule'],
  SLIPWAY_RESOURCE_QUEUE_URL: ['sqs:SendMessage', 'ServiceQueuesCustomResources'],
  SLIPWAY_EVENT_BUS: ['events:PutEvents', 'event-bus/default'],
  SLIPWAY_AUDIT_LOG_GROUP: ['logs:PutLogEvents', 'ServiceLogsAudit'],
  SLIPWAY_ACCESS_KEYS_SECRET_PREFIX: ['secretsmanager:GetSecretValue', 'slipway/keys/'],
};

describe.each(FUNCTIONS.map((entry: FunctionEntry) => [entry.name as FunctionName, entry] as const))(
  'the role of %s',
  (name, { environment, trigger }) => {
    it('allows what the registry tells the function of, and nothing on what it does not', () => {
      const statements = statementsOfFunction(name);
      for (const [setting, [action, resource]] of Object.entries(USES)) {
        const isTold = environment.some((known) => known === setting);
        expect(allows(statements, action, resource), `${action} for ${setting}`).toBe(isTold);
      }
    });

    it('allows to take what calls the function', () => {
      const statements = statementsOfFunction(name);
      const isPolled = trigger.kind === 'queue' || trigger.kind === 'custom-resource';
      const queue =
        isPolled && trigger.queue === 'schedule' ? 'ServiceQueuesSchedule' : 'ServiceQueuesCustomResources';
      expect(allows(statements, 'sqs:ReceiveMessage', queue)).toBe(isPolled);
      expect(allows(statements, 'dynamodb:GetRecords', 'ServiceTablesJobs')).toBe(trigger.kind === 'stream');
    });
  },
);

/** Calls that are several permissions, or one of another name. */
const ACTIONS_OF_CALL: Readonly<Record<string, readonly string[]>> = {
  'dynamodb:TransactWriteItems': [
    'dynamodb:ConditionCheckItem',
    'dynamodb:DeleteItem',
    'dynamodb:PutItem',
    'dynamodb:UpdateItem',
  ],
};
/** What IAM calls a service, by its SDK client. */
const SERVICES: Readonly<Record<string, string>> = {
  'auto-scaling': 'autoscaling',
  'cloudwatch-logs': 'logs',
  eventbridge: 'events',
  'secrets-manager': 'secretsmanager',
  sfn: 'states',
};
/** Calls of `slipway keys`, made with the rights of whoever types it. */
const OF_THE_COMMAND_LINE = ['CreateSecret', 'DeleteSecret', 'ListSecrets', 'PutSecretValue'].map(
  (call) => `secretsmanager:${call}`,
);
const OF_CLUSTERS = ['CreateCluster', 'DeleteCluster', 'DescribeClusters', 'PutClusterCapacityProviders'].map(
  (call) => `ecs:${call}`,
);
const OF_STARTS = ['DescribeTaskDefinition', 'RegisterTaskDefinition', 'RunTask'].map(
  (call) => `ecs:${call}`,
);
const OF_GROUPS = [
  'autoscaling:CreateAutoScalingGroup',
  'autoscaling:DeleteAutoScalingGroup',
  'autoscaling:SuspendProcesses',
  'ssm:GetParameter',
];
/** What a function loads with a module that it uses for something else, and never calls. */
const LOADED_ONLY: Readonly<Record<FunctionName, readonly string[]>> = {
  api: OF_THE_COMMAND_LINE,
  react: [...OF_CLUSTERS, ...OF_STARTS],
  schedule: OF_GROUPS,
  launch: OF_CLUSTERS,
  'launch-nodes': OF_CLUSTERS,
  await: [...OF_CLUSTERS, ...OF_STARTS],
  observe: [],
  instances: OF_GROUPS,
  environment: [],
  reconcile: [...OF_CLUSTERS, ...OF_GROUPS],
  resource: [],
};

describe('the calls that a function loads', () => {
  it.each(FUNCTIONS.map(({ name }) => name))('are allowed to its role: %s', (name) => {
    const allowed = new Set(statementsOfFunction(name).flatMap(actionsOf));
    const calls = callsLoadedBy(name);
    expect(calls).toContain('dynamodb:Query');
    const needed = calls.filter((call) => !LOADED_ONLY[name].includes(call));
    const missing = needed
      .flatMap((call) => ACTIONS_OF_CALL[call] ?? [call])
      .filter((action) => !allowed.has(action));
    expect(missing).toEqual([]);
    // An exception that is granted, or not loaded, is none.
    expect(LOADED_ONLY[name].filter((call) => allowed.has(call) || !calls.includes(call))).toEqual([]);
  });
});

/** The commands of SDK clients in all sources that the handler imports, at once or on demand. */
function callsLoadedBy(name: FunctionName): readonly string[] {
  const files = new Set([`lambdas/handlers/${name}.ts`]);
  const calls = new Set<string>();
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8');
    const imported = text.matchAll(
      /(?:import|export) (?!type )[^;]*? from '(\.[^']+\.ts)'|import\('(\.[^']+)'\)/g,
    );
    for (const [, now, later] of imported) files.add(normalize(join(dirname(file), now ?? later ?? '')));
    const ofSdk = text.matchAll(/import \{([^}]*)\} from '@aws-sdk\/client-([a-z0-9-]+)'/g);
    for (const [, names = '', client = ''] of ofSdk) {
      for (const [, call, paged] of names.matchAll(/\b(?:(\w+)Command|paginate(\w+))\b/g)) {
        calls.add(`${SERVICES[client] ?? client}:${call ?? paged}`);
      }
    }
  }
  return [...calls];
}
