// One batch of the jobs table's stream: reacts to it as a whole; where that fails, record by record, to find the one that
// fails. That one and all behind it are reported, so that the stream comes again from there, cuts the batch, and in the end
// puts a record that nobody can handle aside.
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { changeOfStreamRecord } from '../adapters/dynamodb/stream-record.ts';
import type { Change } from '../engine/ports.ts';

export interface ReactBatchDeps {
  readonly react: (batch: readonly Change[]) => Promise<void>;
  /** Of what could be reacted to. */
  readonly measure: (batch: readonly Change[]) => Promise<void>;
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void;
}

const ALL_DONE: DynamoDBBatchResponse = { batchItemFailures: [] };

export async function reactToBatch(
  deps: ReactBatchDeps,
  { Records: records }: DynamoDBStreamEvent,
): Promise<DynamoDBBatchResponse> {
  const parsed = records.map((record) => parse(record));
  const bad = parsed.findIndex((result) => 'error' in result);
  const changes = parsed
    .slice(0, bad < 0 ? parsed.length : bad)
    .flatMap((result) => ('change' in result ? [result.change] : []));
  const failed = await firstFailure(deps, changes);
  const [at, error] =
    failed ??
    (bad < 0 ? [undefined, undefined] : ([bad, (parsed[bad] as { error: unknown }).error] as const)); // found by having one
  await deps.measure(changes.slice(0, at));
  if (at === undefined) return ALL_DONE;
  const sequenceNumber = records[at]?.dynamodb?.SequenceNumber ?? '';
  deps.log('react.failed', { sequenceNumber, position: at, of: records.length, error: String(error) });
  return { batchItemFailures: [{ itemIdentifier: sequenceNumber }] };
}

type Parsed = { readonly change: Change } | { readonly error: unknown };

function parse(record: DynamoDBRecord): Parsed {
  const { SequenceNumber, OldImage, NewImage } = record.dynamodb ?? {};
  try {
    return {
      change: changeOfStreamRecord({
        dynamodb: {
          SequenceNumber,
          // The attribute types of the event are those of the SDK; ours are the two that rows have.
          OldImage,
          NewImage,
        },
      }),
    };
  } catch (error) {
    return { error };
  }
}

/** Where it fails, and why; `undefined` when all could be done. Reactions are safe to repeat, so a second look costs time only. */
async function firstFailure(
  { react }: ReactBatchDeps,
  changes: readonly Change[],
): Promise<readonly [at: number, error: unknown] | undefined> {
  if (changes.length === 0) return undefined;
  try {
    await react(changes);
    return undefined;
  } catch (whole) {
    if (changes.length === 1) return [0, whole];
  }
  for (const [at, change] of changes.entries()) {
    try {
      await react([change]);
    } catch (error) {
      return [at, error];
    }
  }
  return undefined;
}
