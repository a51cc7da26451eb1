// Events as entries of PutEvents, and entries as calls. The detail is AWS Batch's, untouched: our own id of an event travels
// nowhere, because every place for it would change a shape or lie about a trace. Who must recognise a repetition has the job,
// its status and its attempts in the detail, as with AWS Batch's own events.
import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import type { SlipwayEvent } from '../../engine/ports.ts';
import { fitDetail } from './fit-detail.ts';

/** EventBridge reserves `aws.` for itself. */
const SOURCE = 'slipway.batch';
/** A call takes ten entries of less than 256 KB together. */
const ENTRIES_MAX = 10;
const CALL_BYTES_MAX = 255_000;
/** Leaves room for the envelope, which the targets of a rule (a queue, a function) count as well. */
const DETAIL_BYTES_MAX = 240_000;
/** What EventBridge counts for `Time`. */
const TIME_BYTES = 14;

export interface EventEntry {
  readonly id: string;
  readonly entry: PutEventsRequestEntry;
  readonly bytes: number;
  /** The size that the detail had, when it was cut. */
  readonly cutFromBytes?: number;
}

export function entryOf(event: SlipwayEvent, eventBusName: string): EventEntry {
  const { text, cutFromBytes } = fitDetail(event.detail, DETAIL_BYTES_MAX);
  const counted = [SOURCE, event.detailType, text, ...event.resources];
  return {
    id: event.id,
    entry: {
      EventBusName: eventBusName,
      Source: SOURCE,
      DetailType: event.detailType,
      Detail: text,
      Time: new Date(event.atMs),
      Resources: [...event.resources],
    },
    bytes: counted.reduce((sum, part) => sum + Buffer.byteLength(part), TIME_BYTES),
    ...(cutFromBytes === undefined ? {} : { cutFromBytes }),
  };
}

/** As few calls as the limits allow, in order. */
export function callsOf(entries: readonly EventEntry[]): readonly (readonly EventEntry[])[] {
  const calls: EventEntry[][] = [];
  let current: EventEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (current.length === 0 || current.length === ENTRIES_MAX || bytes + entry.bytes > CALL_BYTES_MAX) {
      current = [];
      bytes = 0;
      calls.push(current);
    }
    current.push(entry);
    bytes += entry.bytes;
  }
  return calls;
}
