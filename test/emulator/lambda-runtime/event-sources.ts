// The rules of Lambda's event sources that the emulator lacks, by the configuration of the mapping that is deployed there:
// partial batch failures, bisecting, bounded retries and the on-failure destination of a stream; a batch that failed as a
// whole of a queue. To the function it is as on AWS: a batch, and what it makes of its answer.

import { callEmulator, fieldsOf, ROOT_KEY } from './emulator-call.ts';
import type { Fields } from './emulator-call.ts';

export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export interface Answer {
  readonly result?: unknown;
  readonly error?: FunctionError;
}

type Invoke = (event: unknown) => Promise<Answer>;

/** How the tests' front carries a signature past the emulator, which would send the call to the service it is made for. */
export const CLIENT_AUTHORIZATION = 'x-client-authorization';

/** An HTTP API's event with the headers that its client sent. */
export function apiEventAsSent(event: unknown): unknown {
  const headers = fieldsOf(fieldsOf(event)['headers']);
  const { [CLIENT_AUTHORIZATION]: authorization, ...others } = headers;
  if (authorization === undefined) return event;
  return { ...fieldsOf(event), headers: { ...others, authorization } };
}

export async function deliver(event: unknown, invoke: Invoke): Promise<Answer> {
  const records = fieldsOf(event)['Records'];
  const first = Array.isArray(records) ? fieldsOf(records[0]) : {};
  switch (first['eventSource']) {
    case 'aws:dynamodb': {
      const arn = String(first['eventSourceARN']);
      return deliverStream((records as unknown[]).map(fieldsOf), await mappingOf(arn), invoke);
    }
    case 'aws:sqs':
      return deliverMessages((records as unknown[]).map(fieldsOf), invoke);
    default:
      return 'detail-type' in fieldsOf(event) ? deliverBusEvent(fieldsOf(event), invoke) : invoke(event);
  }
}

/**
 * The emulator sends every event of the bus to the target of a rule that has a schedule and no pattern, and writes null where AWS
 * leaves out what it does not know.
 */
async function deliverBusEvent(event: Fields, invoke: Invoke): Promise<Answer> {
  if (event['source'] !== 'aws.events' && !(await hasPattern())) return { result: null };
  return invoke(JSON.parse(JSON.stringify(event, (_name, value: unknown) => value ?? undefined)));
}

let patterned: boolean | undefined;

/** Whether a rule that sends events here asks for any of them. */
async function hasPattern(): Promise<boolean> {
  if (patterned !== undefined) return patterned;
  const call = (operation: string, body: unknown): Promise<Fields> =>
    callEmulator('events', { key: ROOT_KEY, target: `AWSEvents.${operation}`, body });
  const named = await call('ListRuleNamesByTarget', { TargetArn: functionArn() });
  const names = Array.isArray(named['RuleNames']) ? named['RuleNames'] : [];
  const rules = await Promise.all(names.map((Name) => call('DescribeRule', { Name })));
  patterned = rules.some(({ EventPattern }) => typeof EventPattern === 'string');
  return patterned;
}

/** A batch that fails as a whole comes again; the emulator knows that only message by message. */
async function deliverMessages(records: readonly Fields[], invoke: Invoke): Promise<Answer> {
  const answer = await invoke({ Records: records });
  if (!answer.error) return answer;
  return { result: { batchItemFailures: records.map(({ messageId }) => ({ itemIdentifier: messageId })) } };
}

interface Mapping {
  readonly streamArn: string;
  readonly reportsItems: boolean;
  readonly bisects: boolean;
  readonly retries: number;
  readonly destinationArn: string | undefined;
}

/** Lambda retries for a day where nothing else is said; a test has less. */
const MOST_RETRIES = 20;

async function deliverStream(
  records: readonly Fields[],
  mapping: Mapping,
  invoke: Invoke,
  tries = 0,
): Promise<Answer> {
  const answer = await invoke({ Records: records });
  const rest = answer.error ? records : failedOnwards(records, mapping, answer.result);
  if (rest.length === 0) return { result: null };
  const isShorter = rest.length < records.length;
  if (mapping.bisects && !isShorter && rest.length > 1) {
    const middle = Math.ceil(rest.length / 2);
    await deliverStream(rest.slice(0, middle), mapping, invoke, tries);
    return deliverStream(rest.slice(middle), mapping, invoke, tries);
  }
  // What is left after a partial success is a batch of its own.
  const next = isShorter ? 0 : tries + 1;
  if (next <= mapping.retries) return deliverStream(rest, mapping, invoke, next);
  await sendToDestination(rest, mapping, next);
  return { result: null };
}

/** A stream is in order: from the first that failed on, all come again. */
function failedOnwards(records: readonly Fields[], mapping: Mapping, result: unknown): readonly Fields[] {
  if (!mapping.reportsItems) return [];
  const failures = fieldsOf(result)['batchItemFailures'];
  if (!Array.isArray(failures) || failures.length === 0) return [];
  const failed = new Set(failures.map((failure) => fieldsOf(failure)['itemIdentifier']));
  const first = records.findIndex((record) => failed.has(sequenceNumberOf(record)));
  // An answer that names none of the batch's records fails all of it.
  return records.slice(Math.max(0, first));
}

function sequenceNumberOf(record: Fields | undefined): unknown {
  return fieldsOf(record?.['dynamodb'])['SequenceNumber'];
}

export function functionArn(): string {
  const { AWS_REGION, EMULATED_ACCOUNT_ID, AWS_LAMBDA_FUNCTION_NAME } = process.env;
  return `arn:aws:lambda:${AWS_REGION}:${EMULATED_ACCOUNT_ID}:function:${AWS_LAMBDA_FUNCTION_NAME}`;
}

const mappings = new Map<string, Mapping>();

async function mappingOf(streamArn: string): Promise<Mapping> {
  const known = mappings.get(streamArn);
  if (known) return known;
  const functionName = process.env['AWS_LAMBDA_FUNCTION_NAME'] ?? '';
  const query = new URLSearchParams({ EventSourceArn: streamArn, FunctionName: functionName });
  // Not the function asks, but Lambda: with the emulator's own administrator.
  const answer = await callEmulator('lambda', {
    path: `/2015-03-31/event-source-mappings?${query.toString()}`,
    key: ROOT_KEY,
  });
  const found = answer['EventSourceMappings'];
  const mapping = fieldsOf(Array.isArray(found) ? found[0] : undefined);
  const retries = Number(mapping['MaximumRetryAttempts'] ?? -1);
  const types = mapping['FunctionResponseTypes'];
  const destination = fieldsOf(fieldsOf(mapping['DestinationConfig'])['OnFailure'])['Destination'];
  const read: Mapping = {
    streamArn,
    reportsItems: Array.isArray(types) && types.includes('ReportBatchItemFailures'),
    bisects: mapping['BisectBatchOnFunctionError'] === true,
    retries: retries < 0 ? MOST_RETRIES : Math.min(retries, MOST_RETRIES),
    destinationArn: typeof destination === 'string' ? destination : undefined,
  };
  mappings.set(streamArn, read);
  return read;
}

/** As on AWS, with the function's own role: what it lacks shows. */
async function sendToDestination(
  records: readonly Fields[],
  mapping: Mapping,
  invokes: number,
): Promise<void> {
  if (mapping.destinationArn === undefined) return;
  const [, , , region = '', account = '', queue = ''] = mapping.destinationArn.split(':');
  const body = {
    requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: invokes },
    version: '1.0',
    DDBStreamBatchInfo: {
      startSequenceNumber: sequenceNumberOf(records[0]),
      endSequenceNumber: sequenceNumberOf(records.at(-1)),
      batchSize: records.length,
      streamArn: mapping.streamArn,
    },
  };
  await callEmulator('sqs', {
    target: 'AmazonSQS.SendMessage',
    key: process.env['AWS_ACCESS_KEY_ID'] ?? '',
    body: {
      QueueUrl: `https://sqs.${region}.amazonaws.com/${account}/${queue}`,
      MessageBody: JSON.stringify(body),
    },
  });
}
