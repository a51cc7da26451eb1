// DynamoDB Streams and Lambda's event source on it: shards by partition key, one batch of a shard at a time, in order. A batch
// that fails is tried again, from the record that the function reports, or cut in two when the function died; after so many
// tries all that is left of it goes to the dead-letter queue, and the shard goes on. (AWS cuts a batch at the record that is
// reported. Whether it would isolate that record further is not documented, so here it does not.)
import type { DynamoDBRecord } from 'aws-lambda';
import type { Change } from '../../../engine/table-ports.ts';
import { FUNCTIONS } from '../../../lambdas/registry.ts';
import { hashOf } from '../seeded-random.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { streamRecordOf } from './aws-events.ts';
import type { CloudTime } from './cloud-time.ts';
import type { Functions, InvocationOutcome } from './functions.ts';

export interface StreamBehaviour {
  /** Records that one batch holds at most. */
  readonly maxBatch: number;
  /** Per batch: it comes again though it was done. */
  readonly again: number;
  /** How long a record takes to the function, at most. */
  readonly latencyMs: number;
}

export interface ChangeStream {
  readonly append: (changes: readonly Change[]) => void;
  /** Puts a record on a shard that no function can read. */
  poison(shard: number): void;
  /** What was given up, by sequence number. */
  readonly deadLetters: readonly string[];
  readonly poisoned: ReadonlySet<string>;
  /** Every record that was ever appended. */
  readonly all: readonly DynamoDBRecord[];
  /** Reads it once more from its beginning, as a second event source does: what was put aside comes again with all else. */
  readAgain(): void;
  /** Delivers records again, in a batch of their own. */
  redeliver(records: readonly DynamoDBRecord[]): void;
  isIdle(): boolean;
}

interface Batch {
  readonly records: readonly DynamoDBRecord[];
  tries: number;
}

interface Shard {
  waiting: { readonly record: DynamoDBRecord; readonly atMs: number }[];
  /** What is being tried, first to last. */
  batches: Batch[];
  isPolled: boolean;
}

const { trigger } = FUNCTIONS.find(({ name }) => name === 'react') ?? {};
const RETRIES = trigger?.kind === 'stream' ? trigger.retryAttempts : 0;
const POLL_MS = 250;
/** AWS does not say how long it waits. */
const RETRY_MS = { first: 100, longest: 1_000 };

export function createChangeStream(deps: {
  readonly time: CloudTime;
  readonly random: SeededRandom;
  readonly shards: number;
  readonly functions: Pick<Functions, 'invoke'>;
  readonly behaviour: () => StreamBehaviour;
  readonly trace: (line: string) => void;
}): ChangeStream {
  const { time, random, trace, behaviour } = deps;
  const shards: Shard[] = Array.from({ length: deps.shards }, () => ({
    waiting: [],
    batches: [],
    isPolled: false,
  }));
  const deadLetters: string[] = [];
  const poisoned = new Set<string>();
  const all: DynamoDBRecord[] = [];
  let poisons = 0;

  function add(shard: Shard, record: DynamoDBRecord): void {
    const atMs = Math.max(
      time.elapsedMs() + random.int(5, behaviour().latencyMs),
      shard.waiting.at(-1)?.atMs ?? 0,
    );
    shard.waiting.push({ record, atMs });
    poll(shard, atMs - time.elapsedMs());
  }

  function poll(shard: Shard, delayMs: number): void {
    if (shard.isPolled) return;
    shard.isPolled = true;
    time.after(delayMs, () => void work(shard));
  }

  async function work(shard: Shard): Promise<void> {
    if (shard.batches.length === 0) takeBatch(shard);
    const [batch] = shard.batches;
    let pauseMs = random.int(1, POLL_MS);
    if (batch) {
      const outcome = await deps.functions.invoke('react', { Records: batch.records });
      if (!settle(shard, batch, outcome))
        pauseMs = Math.min(RETRY_MS.first * 2 ** batch.tries, RETRY_MS.longest);
    }
    shard.isPolled = false;
    if (shard.batches.length > 0) poll(shard, pauseMs);
    else if (shard.waiting.length > 0)
      poll(shard, Math.max(pauseMs, (shard.waiting[0]?.atMs ?? 0) - time.elapsedMs()));
  }

  function takeBatch(shard: Shard): void {
    const due = shard.waiting.filter(({ atMs }) => atMs <= time.elapsedMs()).slice(0, behaviour().maxBatch);
    shard.waiting = shard.waiting.slice(due.length);
    if (due.length > 0) shard.batches.push({ records: due.map(({ record }) => record), tries: 0 });
  }

  /** True when the shard goes on at once. */
  function settle(shard: Shard, batch: Batch, outcome: InvocationOutcome): boolean {
    if (outcome.kind === 'throttled') return false;
    const left = leftOf(batch, outcome);
    shard.batches.shift();
    if (left.length === 0) {
      if (random.chance(behaviour().again)) shard.batches.unshift({ records: batch.records, tries: 0 });
      return true;
    }
    // What could be done is done: the rest is a batch of its own.
    const tries = left.length < batch.records.length ? 0 : batch.tries + 1;
    if (tries > RETRIES) {
      trace(`stream: gives up ${left.map(sequenceOf).join(' ')}`);
      deadLetters.push(...left.map(sequenceOf));
      return true;
    }
    const isCut = outcome.kind !== 'answered' && left.length > 1;
    const middle = isCut ? Math.ceil(left.length / 2) : left.length;
    const parts = [left.slice(0, middle), left.slice(middle)].filter((part) => part.length > 0);
    shard.batches.unshift(...parts.map((records) => ({ records, tries: isCut ? batch.tries : tries })));
    return false;
  }

  return {
    append(changes) {
      for (const change of changes) {
        const record = streamRecordOf(change);
        all.push(record);
        const pk = (change.after ?? change.before)?.pk ?? '';
        const shard = shards[hashOf(pk) % shards.length];
        if (shard) add(shard, record);
      }
    },
    poison(index) {
      const shard = shards[index % shards.length];
      const number = `9${String((poisons += 1)).padStart(20, '0')}`;
      poisoned.add(number);
      if (shard) add(shard, { eventID: number, eventName: 'MODIFY', dynamodb: { SequenceNumber: number } });
    },
    deadLetters,
    poisoned,
    all,
    readAgain() {
      const unread = poisoned.union(new Set(deadLetters));
      deadLetters.length = 0;
      deadLetters.push(...[...unread].filter((number) => poisoned.has(number)));
      for (const record of all) for (const shard of shards.slice(0, 1)) add(shard, record);
    },
    redeliver(records) {
      for (const record of records) for (const shard of shards.slice(0, 1)) add(shard, record);
    },
    isIdle: () => shards.every(({ waiting, batches }) => waiting.length + batches.length === 0),
  };
}

function sequenceOf(record: DynamoDBRecord): string {
  return record.dynamodb?.SequenceNumber ?? '';
}

/** The records that are not done. */
function leftOf({ records }: Batch, outcome: InvocationOutcome): readonly DynamoDBRecord[] {
  if (outcome.kind !== 'answered') return records;
  const { batchItemFailures } = outcome.answer as { batchItemFailures: { itemIdentifier: string }[] }; // the handler's type
  const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  if (failed.size === 0) return [];
  const first = records.findIndex((record) => failed.has(sequenceOf(record)));
  return records.slice(Math.max(0, first));
}
