// Lambda's rules for a batch of a stream, by the mapping that is deployed in the emulator, which has none of them: partial batch
// failures, bisecting, bounded retries and the on-failure destination.
import { callEmulator, fieldsOf, ROOT_KEY } from './emulator-call.ts';
import type { Fields } from './emulator-call.ts';
import type { Answer, Invoke } from './invocation.ts';

export async function deliverStream(records: readonly Fields[], invoke: Invoke): Promise<Answer> {
  const mapping = await mappingOf(String(records[0]?.['eventSourceARN']));
  return deliverBatch(records, mapping, invoke);
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

async function deliverBatch(
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
    await deliverBatch(rest.slice(0, middle), mapping, invoke, tries);
    return deliverBatch(rest.slice(middle), mapping, invoke, tries);
  }
  // What is left after a partial success is a batch of its own.
  const next = isShorter ? 0 : tries + 1;
  if (next <= mapping.retries) return deliverBatch(rest, mapping, invoke, next);
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
