// What one `cdk deploy` makes: as a whole (the snapshot), and held to what the rest of the project relies on.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateTableCommand,
  UpdateTimeToLiveCommand,
  type CreateTableCommandInput,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTables } from '../../adapters/dynamodb/create-tables.ts';
import { FUNCTIONS, OPTIONAL_SETTINGS, type FunctionEntry } from '../../lambdas/registry.ts';
import { STAGES } from '../../core/job/attempt-stages.ts';
import { METRICS as TOLD, METRICS_NAMESPACE as TOLD_IN } from '../../lambdas/metrics.ts';
import { METRICS, METRICS_NAMESPACE, RAN, STAGES_BEFORE_RUN } from '../../lib/metrics.ts';
import {
  aSlipwayStack,
  removeFolders,
  rendered,
  resourcesOf,
  templateOf,
  type Resource,
  type Template,
} from './synthesised.ts';

let template: Template;
let everything: Template;

beforeAll(() => {
  template = templateOf(aSlipwayStack());
  const computeEnvironments = ['fargate', 'fargate-spot', 'ec2', 'ec2-spot', 'gpu'] as const;
  everything = templateOf(aSlipwayStack({ accessKeys: true, network: 'private', computeEnvironments }));
});
afterAll(removeFolders);

function propertiesOf(resource: Resource | undefined): Readonly<Record<string, unknown>> {
  expect(resource).toBeDefined();
  return resource?.Properties ?? {};
}

function functionOf(entry: FunctionEntry): Readonly<Record<string, unknown>> {
  const found = resourcesOf(template, 'AWS::Lambda::Function').find(
    ([, { Properties }]) => Properties?.['Handler'] === `${entry.name}.handler`,
  );
  return propertiesOf(found?.[1]);
}

describe('the template', () => {
  it('is the one that was reviewed', async () => {
    await expect(`${JSON.stringify(normalised(template), undefined, 1)}\n`).toMatchFileSnapshot(
      './slipway-stack.template.snap',
    );
  });

  it.each([
    ['by default', () => template],
    ['with everything switched on', () => everything],
  ])('stays within what CloudFormation and IAM take, %s', (_case, get) => {
    const { Resources } = get();
    expect(Object.keys(Resources).length).toBeLessThanOrEqual(500);
    expect(JSON.stringify(get()).length).toBeLessThan(1024 * 1024);
    for (const [id, { Properties }] of resourcesOf(get(), 'AWS::IAM::Policy')) {
      const document = rendered(Properties?.['PolicyDocument']);
      expect(JSON.stringify(document).length, id).toBeLessThanOrEqual(6 * 1024);
    }
    for (const [id, { Properties }] of resourcesOf(get(), 'AWS::StepFunctions::StateMachine')) {
      expect(String(Properties?.['DefinitionString']).length, id).toBeLessThan(1024 * 1024);
    }
  });

  it('leaves behind only what holds data', () => {
    const kept = Object.values(template.Resources).filter(({ DeletionPolicy }) =>
      DeletionPolicy?.startsWith('Retain'),
    );
    expect(
      kept.map(({ Type, Properties }) => Properties?.['TableName'] ?? Properties?.['LogGroupName'] ?? Type),
    ).toEqual(['slipway-jobs', 'slipway-queues', '/aws/batch/job', '/slipway/audit', '/aws/events/slipway']);
  });

  it('says where the service is and what to type next', () => {
    const outputs = Object.keys(template.Outputs);
    for (const name of ['Endpoint', 'Next', 'ExecutionRole', 'InstanceRole']) {
      expect(
        outputs.some((id) => id.startsWith(`Service${name}`)),
        name,
      ).toBe(true);
    }
    const [, next] = Object.entries(template.Outputs).find(([id]) => id.startsWith('ServiceNext')) ?? [];
    expect(JSON.stringify(next)).toContain('slipway env --endpoint');
  });
});

describe('the tables', () => {
  it('are what the adapter reads and writes', async () => {
    const wanted = await createdTables();
    for (const [name, { CreateTableCommandInput: input, timeToLive }] of Object.entries(wanted)) {
      const found = resourcesOf(template, 'AWS::DynamoDB::Table').find(
        ([, { Properties }]) => Properties?.['TableName'] === `slipway-${name}`,
      );
      const properties = propertiesOf(found?.[1]);
      const {
        TableName: _name,
        StreamSpecification: stream,
        AttributeDefinitions: attributes,
        ...rest
      } = input;
      expect(properties).toMatchObject(rest);
      expect(byName(properties['AttributeDefinitions'])).toEqual(byName(attributes));
      expect(properties['TimeToLiveSpecification']).toEqual(timeToLive);
      expect(properties['StreamSpecification']).toEqual(stream && { StreamViewType: stream.StreamViewType });
      expect(properties['PointInTimeRecoverySpecification']).toEqual({ PointInTimeRecoveryEnabled: true });
      expect(properties['DeletionProtectionEnabled']).toBe(true);
    }
  });
});

describe.each(FUNCTIONS.map((entry: FunctionEntry) => [entry.name, entry] as const))(
  'the function %s',
  (_name, entry) => {
    it('is as the registry says', () => {
      const properties = functionOf(entry);
      expect(properties).toMatchObject({
        Handler: `${entry.name}.handler`,
        MemorySize: entry.memoryMiB,
        Timeout: entry.timeoutSeconds,
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
      });
      expect(entry.memoryMiB).toBeLessThanOrEqual(1024);
      expect(entry.timeoutSeconds).toBeLessThanOrEqual(entry.name === 'reconcile' ? 60 : 30);
      expect(properties).not.toHaveProperty('ReservedConcurrentExecutions');
    });

    it('is told exactly the settings that it needs', () => {
      const { Variables } = functionOf(entry)['Environment'] as { readonly Variables: object }; // the type of a function
      const off = new Set<string>(['SLIPWAY_ACCESS_KEYS_SECRET_PREFIX']);
      expect(Object.keys(Variables).sort()).toEqual(
        entry.environment.filter((name) => !off.has(name)).sort(),
      );
      for (const name of off)
        expect(OPTIONAL_SETTINGS.has(name as 'SLIPWAY_ACCESS_KEYS_SECRET_PREFIX')).toBe(true);
    });

    it('has a role and a log group that no other has', () => {
      const { Role, LoggingConfig } = functionOf(entry);
      const others = FUNCTIONS.filter(({ name }) => name !== entry.name).map(functionOf);
      for (const other of others) {
        expect(other['Role']).not.toEqual(Role);
        expect(other['LoggingConfig']).not.toEqual(LoggingConfig);
      }
    });
  },
);

describe('failures', () => {
  it('of every queue and mapping end where an alarm watches', () => {
    const watched = resourcesOf(template, 'AWS::CloudWatch::Alarm').flatMap(
      ([, { Properties }]) =>
        JSON.stringify(Properties?.['Dimensions'] ?? '').match(/ServiceQueuesFailed\w+/g) ?? [],
    );
    const queues = resourcesOf(template, 'AWS::SQS::Queue').map(([id]) => id);
    const failures = queues.filter((id) => id.includes('Failed'));
    expect(failures).toHaveLength(4);
    expect([...new Set(watched)].sort()).toEqual(failures.sort());
    for (const [id, { Properties }] of resourcesOf(template, 'AWS::SQS::Queue')) {
      if (failures.includes(id)) continue;
      expect(JSON.stringify(Properties?.['RedrivePolicy']), id).toContain('ServiceQueuesFailed');
    }
  });

  it('of single records hold up nothing else', () => {
    const mappings = resourcesOf(template, 'AWS::Lambda::EventSourceMapping').map(
      ([, { Properties }]) => Properties,
    );
    expect(mappings).toHaveLength(3);
    for (const mapping of mappings) {
      expect(mapping?.['FunctionResponseTypes']).toEqual(['ReportBatchItemFailures']);
    }
    const [ofStream] = mappings.filter((mapping) => mapping?.['StartingPosition'] !== undefined);
    expect(ofStream).toMatchObject({
      BatchSize: 100,
      BisectBatchOnFunctionError: true,
      StartingPosition: 'TRIM_HORIZON',
    });
    expect(ofStream?.['MaximumRetryAttempts']).toBeGreaterThan(0);
    expect(JSON.stringify(ofStream?.['DestinationConfig'])).toContain('ServiceQueuesFailedChanges');
  });
});

describe('the API', () => {
  it('lets nobody in without an identity', () => {
    const routes = resourcesOf(template, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties);
    const wanted = FUNCTIONS.flatMap(({ trigger }) => (trigger.kind === 'http-api' ? trigger.routes : []));
    expect(routes.map((route) => String(route?.['RouteKey'])).sort()).toEqual([...wanted].sort());
    for (const route of routes) expect(route?.['AuthorizationType']).toBe('AWS_IAM');
  });

  it('has a second way in for own keys only where they are switched on', () => {
    expect(resourcesOf(template, 'AWS::ApiGatewayV2::Api')).toHaveLength(1);
    const open = resourcesOf(everything, 'AWS::ApiGatewayV2::Route').filter(
      ([, { Properties }]) => Properties?.['AuthorizationType'] === 'NONE',
    );
    expect(open.length).toBeGreaterThan(0);
    for (const [id] of open) expect(id).toMatch(/^ServiceAccessKeysApi/);
  });

  it('serves the paths as clients sign them', () => {
    const stages = resourcesOf(everything, 'AWS::ApiGatewayV2::Stage').map(
      ([, { Properties }]) => Properties,
    );
    for (const stage of stages) {
      expect(stage?.['StageName']).toBe('$default');
      expect(stage?.['AccessLogSettings']).toBeDefined();
      expect(stage?.['DefaultRouteSettings']).toMatchObject({ ThrottlingRateLimit: 1000 });
      expect(JSON.stringify(stage?.['AccessLogSettings'])).not.toMatch(/authorization/i);
    }
  });
});

describe('metrics', () => {
  it('have the names that the functions write', () => {
    expect(METRICS_NAMESPACE).toBe(TOLD_IN);
    const told = new Set<string>(Object.values(TOLD).map(({ name }) => name));
    for (const name of Object.values(METRICS)) expect(told).toContain(name);
  });

  it('tell of the stages that attempts go through', () => {
    expect([...STAGES_BEFORE_RUN, RAN]).toEqual(STAGES);
  });
});

interface CreatedTable {
  readonly CreateTableCommandInput: CreateTableCommandInput;
  readonly timeToLive: object;
}

/** What adapters/dynamodb/create-tables.ts asks for, by the tables' names. */
async function createdTables(): Promise<Record<string, CreatedTable>> {
  const created: Record<string, { CreateTableCommandInput?: CreateTableCommandInput; timeToLive?: object }> =
    {};
  const send = async (command: object): Promise<object> => {
    if (command instanceof CreateTableCommand) {
      created[command.input.TableName ?? ''] = { CreateTableCommandInput: command.input };
    } else if (command instanceof UpdateTimeToLiveCommand) {
      const { TableName = '', TimeToLiveSpecification = {} } = command.input;
      created[TableName] = { ...created[TableName], timeToLive: TimeToLiveSpecification };
    }
    return { Table: { TableStatus: 'ACTIVE' } };
  };
  const client = { send, config: {} } as unknown as Parameters<typeof createTables>[0]; // all that it uses
  await createTables(client, { jobs: 'jobs', queues: 'queues' });
  expect(Object.keys(created).sort()).toEqual(['jobs', 'queues']);
  return created as Record<string, CreatedTable>; // each table was created and given its expiry
}

function byName(attributes: unknown): readonly unknown[] {
  const list = attributes as readonly { readonly AttributeName: string }[]; // the shape of AttributeDefinitions
  return list.toSorted((left, right) => (left.AttributeName < right.AttributeName ? -1 : 1));
}

/** Without what depends on the bytes of the bundle. */
function normalised(whole: Template): unknown {
  return JSON.parse(JSON.stringify(whole).replaceAll(/[0-9a-f]{64}/g, '<asset>'));
}

it('cdk.json keeps its output out of the tree and reports nothing home', () => {
  const settings = JSON.parse(readFileSync(join(import.meta.dirname, '../../cdk.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  expect(settings).toMatchObject({ app: 'node bin/app.ts', versionReporting: false });
  expect(settings['context']).toMatchObject({ '@aws-cdk/core:validateAgainstDefaultRules': true });
});
