// What an owner reads of a deployed service with an identity of the account: the events of jobs, the audit trail; and the commands of docs/operations.md that do failed changes again.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { AccountReaders } from '../../local/account-readers.ts';
import { openAccountReaders } from '../../local/account-readers.ts';
import { ROOT_KEY } from './a-emulator.ts';
import { ACCOUNT, REGION } from './a-fakecloud.ts';
import { STACK } from './a-deployed-slipway.ts';
import type { ADeployedSlipway } from './a-deployed-slipway.ts';
import { runProgram } from './run-program.ts';

/** Streams are read twice a second, and events come after. */
const EVENT_LIMIT_MS = 30_000;
const WHOLE_LIFE = ['RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED'];

let slipway: ADeployedSlipway;
let readers: AccountReaders;

export function describeEventLog(deployed: () => ADeployedSlipway): void {
  beforeAll(async () => {
    slipway = deployed();
    const { frontUrl } = slipway.emulator;
    const events = `/aws/events/${STACK.toLowerCase()}`;
    readers = await openAccountReaders({
      home: {
        kind: 'account',
        account: ACCOUNT,
        region: REGION,
        runtime: 'ecs',
        logGroups: { jobs: '/aws/batch/job', events, audit: '/slipway/audit' },
      },
      credentials: { accessKeyId: ROOT_KEY, secretAccessKey: 'test' },
      endpoints: { logs: frontUrl },
    });
  });

  it('has the whole life of a job, in its order, and none of the audit trail', async () => {
    const jobId = await slipway.submit('told', 'true');
    await slipway.ended(jobId);
    await expect.poll(() => statesOf(jobId), { timeout: EVENT_LIMIT_MS }).toEqual(WHOLE_LIFE);
    const page = await readers.events?.readBefore({});
    const types = new Set(page?.entries.map(({ value }) => value['detail-type']));
    expect(types).not.toContain('AWS API Call via Slipway');
  });

  it('stands beside the audit trail', async () => {
    const jobId = await slipway.submit('audited', 'true');
    const calls = async (): Promise<readonly unknown[]> => {
      const page = await readers.audit?.readBefore({ event: 'SubmitJob' });
      return (page?.entries ?? []).map(({ value }) => value.responseElements);
    };
    await expect.poll(calls, { timeout: EVENT_LIMIT_MS }).toContainEqual(expect.objectContaining({ jobId }));
    await slipway.ended(jobId);
  });

  it('gets the events of changes that are done again by the commands of docs/operations.md', async () => {
    const jobId = await slipway.submit('again', 'true');
    await slipway.ended(jobId);
    await expect.poll(() => statesOf(jobId), { timeout: EVENT_LIMIT_MS }).toEqual(WHOLE_LIFE);
    await putAside(jobId);
    await runProgram('bash', ['-c', redriveCommands()], {
      env: { ...slipway.emulator.env, AWS_ENDPOINT_URL: slipway.emulator.fakecloud.url },
    });
    await expect
      .poll(async () => (await statesOf(jobId)).length, { timeout: EVENT_LIMIT_MS })
      .toBe(WHOLE_LIFE.length + 1);
  });
}

async function statesOf(jobId: string): Promise<readonly string[]> {
  const page = await readers.events?.readBefore({ jobId });
  return (page?.entries ?? []).map(({ value }) => String(value.detail['status'])).toReversed();
}

/** The job's last change, as Lambda tells a queue of records that it gave up. */
async function putAside(jobId: string): Promise<void> {
  const { call } = slipway.emulator;
  const { Streams } = (await call('dynamodb', 'DynamoDBStreams_20120810.ListStreams', {
    TableName: `${STACK.toLowerCase()}-jobs`,
  })) as { Streams: readonly { StreamArn: string }[] }; // DynamoDB Streams' own shapes
  const streamArn = Streams[0]?.StreamArn ?? '';
  const { StreamDescription } = (await call('dynamodb', 'DynamoDBStreams_20120810.DescribeStream', {
    StreamArn: streamArn,
  })) as { StreamDescription: { Shards: readonly { ShardId: string }[] } };
  const shardId = StreamDescription.Shards[0]?.ShardId ?? '';
  const { ShardIterator } = await call('dynamodb', 'DynamoDBStreams_20120810.GetShardIterator', {
    StreamArn: streamArn,
    ShardId: shardId,
    ShardIteratorType: 'TRIM_HORIZON',
  });
  const { Records } = (await call('dynamodb', 'DynamoDBStreams_20120810.GetRecords', { ShardIterator })) as {
    Records: readonly { dynamodb: { SequenceNumber: string; Keys: object } }[];
  };
  const last = Records.findLast(({ dynamodb }) => JSON.stringify(dynamodb.Keys).includes(jobId));
  const sequenceNumber = last?.dynamodb.SequenceNumber;
  expect(sequenceNumber).toBeDefined();
  await call('sqs', 'AmazonSQS.SendMessage', {
    QueueUrl: await failedChanges(),
    MessageBody: JSON.stringify({
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 11 },
      version: '1.0',
      DDBStreamBatchInfo: {
        shardId,
        startSequenceNumber: sequenceNumber,
        endSequenceNumber: sequenceNumber,
        batchSize: 1,
        streamArn,
      },
    }),
  });
}

async function failedChanges(): Promise<string> {
  const { QueueUrls } = (await slipway.emulator.call('sqs', 'AmazonSQS.ListQueues', {})) as {
    QueueUrls: readonly string[]; // SQS's own shape
  };
  return QueueUrls.find((url) => url.includes('FailedChanges')) ?? '';
}

/** As they are printed. */
function redriveCommands(): string {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'operations.md'), 'utf8');
  const blocks = [...page.matchAll(/```sh[^\n]*\n([^]*?)```/g)].map(([, block = '']) => block);
  const commands = blocks.find((block) => block.includes('get-shard-iterator'));
  if (commands === undefined) throw new Error('docs/operations.md has no commands that do changes again');
  // Its first version looks for SQS elsewhere.
  return `aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }\n${commands}`;
}
