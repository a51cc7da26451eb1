// The EventSink port over PutEvents. A call may be refused as a whole, or answer that some of its entries failed: only those are
// sent again, so that no event is doubled without need. What still cannot be published is told by name, after all others were.
import type { RetryPolicy } from '../aws/back-off.ts';
import { backOff } from '../aws/back-off.ts';
import type { EventBridgeClient, PutEventsCommandOutput } from '@aws-sdk/client-eventbridge';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { EventSink } from '../../engine/ports.ts';
import type { EventEntry } from './event-entries.ts';
import { callsOf, entryOf } from './event-entries.ts';

export type EventBridgeSender = Pick<EventBridgeClient, 'send'>;

/** About four seconds in all. */
const EVENTS_RETRY: RetryPolicy = { maxAttempts: 8, firstWaitMs: 50, maxWaitMs: 2_000 };
const CALLS_AT_ONCE = 4;

export interface EventBridgeSinkOptions {
  readonly client: EventBridgeSender;
  /** Name or ARN. */
  readonly eventBusName: string;
  readonly retry?: RetryPolicy;
  /** Told of each event that had to be cut (`event.cut`). */
  readonly log?: (event: string, fields: Readonly<Record<string, unknown>>) => void;
}

interface Failure {
  readonly id: string;
  readonly code: string;
  readonly cause?: unknown;
}

/** Some events could not be published; `eventIds` names them. All others were. */
export class EventsNotPublishedError extends Error {
  override readonly name = 'EventsNotPublishedError';
  readonly eventIds: readonly string[];

  constructor(failures: readonly Failure[]) {
    const named = failures.slice(0, 5).map(({ id, code }) => `${id} (${code})`);
    const more = failures.length > named.length ? ` and ${failures.length - named.length} more` : '';
    const cause = failures.find((failure) => failure.cause !== undefined)?.cause;
    super(`EventBridge did not take ${named.join(', ')}${more}`, cause === undefined ? {} : { cause });
    this.eventIds = failures.map(({ id }) => id);
  }
}

export function createEventBridgeSink(options: EventBridgeSinkOptions): EventSink {
  return {
    async publish(events) {
      const entries = events.map((event) => entryOf(event, options.eventBusName));
      for (const { id, cutFromBytes } of entries) {
        if (cutFromBytes !== undefined) options.log?.('event.cut', { id, bytes: cutFromBytes });
      }
      const calls = callsOf(entries);
      const failures: Failure[] = [];
      let next = 0;
      const lane = async (): Promise<void> => {
        for (let call = calls[next++]; call; call = calls[next++]) {
          failures.push(...(await putEntries(options, call)));
        }
      };
      await Promise.all(Array.from({ length: Math.min(CALLS_AT_ONCE, calls.length) }, lane));
      if (failures.length > 0) throw new EventsNotPublishedError(failures);
    },
  };
}

/** Returns what could not be published; never throws what the service or the network says. */
async function putEntries(
  { client, retry = EVENTS_RETRY }: EventBridgeSinkOptions,
  entries: readonly EventEntry[],
): Promise<readonly Failure[]> {
  const given: Failure[] = [];
  let left = entries;
  for (let attempt = 1; ; attempt += 1) {
    const failures = await putOnce(client, left);
    const again = failures.filter(({ code, cause }) => isTransient(code, cause));
    given.push(...failures.filter((failure) => !again.includes(failure)));
    if (again.length === 0) return given;
    if (attempt >= retry.maxAttempts) return [...given, ...again];
    const ids = new Set(again.map(({ id }) => id));
    left = left.filter(({ id }) => ids.has(id));
    await backOff(retry, attempt);
  }
}

async function putOnce(
  client: EventBridgeSender,
  entries: readonly EventEntry[],
): Promise<readonly Failure[]> {
  const command = new PutEventsCommand({ Entries: entries.map(({ entry }) => entry) });
  let answer: PutEventsCommandOutput;
  try {
    answer = await client.send(command);
  } catch (cause) {
    const code = cause instanceof Error ? cause.name : 'UnknownError';
    return entries.map(({ id }) => ({ id, code, cause }));
  }
  if (!answer.FailedEntryCount) return [];
  // The answers have the order of the entries.
  return entries.flatMap(({ id }, index) => {
    const result = answer.Entries?.[index];
    return result?.EventId === undefined ? [{ id, code: result?.ErrorCode ?? 'InternalFailure' }] : [];
  });
}

const TRANSIENT: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
  'InternalFailure',
  'InternalException',
  'ServiceUnavailable',
  'TimeoutError',
]);

function isTransient(code: string, cause: unknown): boolean {
  if (TRANSIENT.has(code)) return true;
  if (!(cause instanceof Error)) return false;
  const { $metadata, code: errno } = cause as { $metadata?: { httpStatusCode?: number }; code?: unknown }; // both are optional members of SDK and Node errors
  const status = $metadata?.httpStatusCode;
  return status === undefined ? typeof errno === 'string' : status >= 500;
}
