// One batch of the jobs table's stream: reacts to it as a whole; where that fails, record by record, to find those that fail. What
// stands behind one that fails is done all the same. The stream comes again from the first that failed; once that stands at the
// head of its batch the function fails, for then Lambda cuts the batch in two, until a record that nobody can handle is alone
// and is put aside alone. An outage is no record's fault, and is waited for as long as there is time.
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { changeOfStreamRecord } from '../adapters/dynamodb/stream-record.ts';
import { EcsUnavailableError } from '../adapters/ecs/retry.ts';
import { EventsNotPublishedError } from '../adapters/eventbridge/event-sink.ts';
import { WakeNotSentError } from '../adapters/sqs/scheduler-queue.ts';
import { StepFunctionsUnavailableError } from '../adapters/stepfunctions/retry.ts';
import type { EpochMs } from '../core/ids.ts';
import type { Change } from '../engine/table-ports.ts';
import { StoreUnavailableError } from '../engine/table-ports.ts';

export interface ReactBatchDeps {
  readonly react: (batch: readonly Change[]) => Promise<void>;
  /** Of what could be reacted to. */
  readonly measure: (batch: readonly Change[]) => Promise<void>;
  readonly nowMs: () => EpochMs;
  readonly pause: (ms: number) => Promise<void>;
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** The batch is to come again in two halves. */
export class BatchFailedError extends Error {
  override readonly name = 'BatchFailedError';
}

const ALL_DONE: DynamoDBBatchResponse = { batchItemFailures: [] };

export async function reactToBatch(
  deps: ReactBatchDeps,
  { Records: records }: DynamoDBStreamEvent,
): Promise<DynamoDBBatchResponse> {
  const parsed = records.map((record) => parse(record));
  const failures = new Map<number, unknown>();
  const readable: Place[] = [];
  for (const [at, result] of parsed.entries()) {
    if ('change' in result) readable.push({ at, change: result.change });
    else failures.set(at, result.error);
  }
  for (const [at, error] of await failuresOf(deps, readable)) failures.set(at, error);
  const first = failures.size === 0 ? undefined : Math.min(...failures.keys());
  // What comes again is measured then.
  const done = readable.filter(({ at }) => first === undefined || at < first);
  await deps.measure(done.map(({ change }) => change));
  if (first === undefined) return ALL_DONE;
  for (const [at, error] of failures) {
    const sequenceNumber = sequenceOf(records[at]);
    deps.log('react.failed', { sequenceNumber, position: at, of: records.length, error: String(error) });
  }
  const sequenceNumber = sequenceOf(records[first]);
  if (first === 0 && records.length > 1) {
    const cause = failures.get(first);
    throw new BatchFailedError(`change ${sequenceNumber}, the first of ${records.length}, failed`, { cause });
  }
  return { batchItemFailures: [{ itemIdentifier: sequenceNumber }] };
}

function sequenceOf(record: DynamoDBRecord | undefined): string {
  return record?.dynamodb?.SequenceNumber ?? '';
}

interface Place {
  readonly at: number;
  readonly change: Change;
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

/** Where it fails, and why. Reactions are safe to repeat and to take in any order, so a second look costs time only. */
async function failuresOf(
  deps: ReactBatchDeps,
  places: readonly Place[],
): Promise<ReadonlyMap<number, unknown>> {
  const failures = new Map<number, unknown>();
  const [first] = places;
  if (!first) return failures;
  try {
    await reactPatiently(deps, places);
    return failures;
  } catch (error) {
    if (places.length === 1 || isOutage(error)) return failures.set(first.at, error);
  }
  for (const { at, change } of places) {
    try {
      await deps.react([change]);
    } catch (error) {
      failures.set(at, error);
      // What fails from now on says nothing about the record, and takes the function's time.
      if (isOutage(error)) break;
    }
  }
  return failures;
}

/** Of the function's 30 seconds; the last try may take some ten more. */
const TIME_MS = 15_000;
const FIRST_PAUSE_MS = 500;

/** A batch comes again so many times only: the longer each time waits for an outage to end, the longer one does no harm. */
async function reactPatiently(deps: ReactBatchDeps, places: readonly Place[]): Promise<void> {
  const untilMs = deps.nowMs() + TIME_MS;
  const changes = places.map(({ change }) => change);
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
    try {
      await deps.react(changes);
      return;
    } catch (error) {
      if (!isOutage(error) || deps.nowMs() + pauseMs >= untilMs) throw error;
    }
    await deps.pause(pauseMs);
  }
}

const OUTAGES = [
  EcsUnavailableError,
  EventsNotPublishedError,
  StepFunctionsUnavailableError,
  StoreUnavailableError,
  WakeNotSentError,
] as const;

/** A service that could not be asked, or not for the moment. */
function isOutage(error: unknown): boolean {
  return OUTAGES.some((outage) => error instanceof outage);
}
