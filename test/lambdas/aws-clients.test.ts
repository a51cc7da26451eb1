import { CloudWatchLogsClient, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetItemCommand, PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { watchCalls } from '../../lambdas/aws-clients.ts';
import { createOperationsMeter } from '../../lambdas/operations-meter.ts';
import { createTelemetry } from '../../lambdas/telemetry.ts';
import { scriptedDynamoDb } from '../adapters/dynamodb/scripted-dynamodb.ts';

const put = new PutItemCommand({ TableName: 'jobs', Item: { pk: { S: 'p' } } });
const measure = (): void => undefined;

function aMeter() {
  const meter = createOperationsMeter();
  return { meter, telemetry: { measure, meter: () => Promise.resolve(meter) } };
}

describe('a client that is watched', () => {
  it('counts each refusal for being too many, each try on its own', async () => {
    const measured: unknown[] = [];
    const { client } = scriptedDynamoDb(() => ({ error: 'ThrottlingException' }));
    const throttled: Parameters<typeof watchCalls>[2] = {
      measure: (...given) => void measured.push(given),
    };
    watchCalls(client, 'dynamodb', throttled);
    await expect(client.send(put)).rejects.toThrow('scripted');
    expect(measured).toEqual([['throttles', 1, 'dynamodb']]);
  });

  it('is asked nothing more where nobody meters', async () => {
    const { client, sent } = scriptedDynamoDb(() => ({ output: {} }));
    watchCalls(client, 'dynamodb', { measure });
    await client.send(put);
    expect(sent).toEqual([{ operation: 'PutItem', input: put.input }]);
  });
});

describe('the meter', () => {
  it('counts calls and what DynamoDB says that they consumed, until it is read', async () => {
    const { meter, telemetry } = aMeter();
    const consumed = {
      TableName: 'jobs',
      CapacityUnits: 5,
      Table: { CapacityUnits: 2 },
      GlobalSecondaryIndexes: { listing: { CapacityUnits: 3 } },
    };
    const { client, sent } = scriptedDynamoDb(({ operation }) => ({
      output: {
        ConsumedCapacity:
          operation === 'TransactWriteItems' ? [consumed] : { TableName: 'jobs', CapacityUnits: 0.5 },
      },
    }));
    watchCalls(client, 'dynamodb', telemetry);
    await client.send(new GetItemCommand({ TableName: 'jobs', Key: { pk: { S: 'p' } } }));
    await client.send(new GetItemCommand({ TableName: 'jobs', Key: { pk: { S: 'p' } } }));
    await client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: put.input }] }));
    expect(sent.map(({ input }) => input['ReturnConsumedCapacity'])).toEqual(
      Array.from({ length: 3 }, () => 'INDEXES'),
    );
    expect(meter.take()).toEqual({
      calls: { 'dynamodb:GetItem': 2, 'dynamodb:TransactWriteItems': 1 },
      refused: {},
      capacity: {
        'GetItem jobs': 1,
        'TransactWriteItems jobs': 2,
        'TransactWriteItems jobs.listing': 3,
      },
      events: 0,
      recordBytes: 0,
    });
    expect(meter.take().calls).toEqual({});
  });

  it('tells what was refused, and passes the refusal on', async () => {
    const { meter, telemetry } = aMeter();
    const { client } = scriptedDynamoDb(() => ({ error: 'ConditionalCheckFailedException' }));
    watchCalls(client, 'dynamodb', telemetry);
    await expect(client.send(put)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    expect(meter.take()).toMatchObject({
      calls: { 'dynamodb:PutItem': 1 },
      refused: { 'dynamodb:PutItem ConditionalCheckFailedException': 1 },
      capacity: {},
    });
  });

  it('counts every try of a call that the SDK repeats', async () => {
    const { meter, telemetry } = aMeter();
    const { client } = scriptedDynamoDb(
      (_request, count) => (count < 3 ? { error: 'RequestTimeout' } : { output: {} }),
      3,
    );
    watchCalls(client, 'dynamodb', telemetry);
    await client.send(put);
    expect(meter.take().calls).toEqual({ 'dynamodb:PutItem': 3 });
  });

  it('counts events and the bytes of records', async () => {
    const { meter, telemetry } = aMeter();
    const answering = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
    const bus = new EventBridgeClient(answering);
    const logs = new CloudWatchLogsClient(answering);
    watchCalls(bus, 'events', telemetry);
    watchCalls(logs, 'logs', telemetry);
    for (const client of [bus, logs]) answerAtOnce(client);
    const entry = { Source: 's', DetailType: 'd', Detail: '{}' };
    await bus.send(new PutEventsCommand({ Entries: [entry, entry] }));
    await logs.send(
      new PutLogEventsCommand({
        logGroupName: 'g',
        logStreamName: 's',
        logEvents: [{ message: 'ä', timestamp: 1 }],
      }),
    );
    expect(meter.take()).toEqual({
      calls: { 'events:PutEvents': 1, 'logs:PutLogEvents': 1 },
      refused: {},
      capacity: {},
      events: 2,
      recordBytes: 28,
    });
  });
});

/** As if the service had answered. */
function answerAtOnce(client: EventBridgeClient | CloudWatchLogsClient): void {
  const { middlewareStack } = client as EventBridgeClient; // what is added looks at no input
  middlewareStack.add(() => async () => ({ response: {}, output: { $metadata: {} } as never }), {
    step: 'build',
  });
}

describe('telemetry', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('has a meter where the environment asks for one, and logs it with each invocation', async () => {
    expect(createTelemetry('react').meter).toBeUndefined();
    vi.stubEnv('SLIPWAY_METER_OPERATIONS', 'true');
    const told: string[] = [];
    const writes = vi
      .spyOn(process.stdout, 'write')
      .mockImplementation((line) => told.push(String(line)) > 0);
    const telemetry = createTelemetry('react');
    const { client } = scriptedDynamoDb(() => ({ output: {} }));
    watchCalls(client, 'dynamodb', telemetry);
    await client.send(put);
    await telemetry.publish();
    await telemetry.publish();
    writes.mockRestore();
    expect(told.map((line) => JSON.parse(line) as object)).toMatchObject([
      { event: 'operations.metered', calls: { 'dynamodb:PutItem': 1 } },
      { event: 'operations.metered', calls: {} },
    ]);
  });
});
