// The state changes of jobs as the service's event rule writes them into a log group, in EventBridge's envelope, which knows seconds
// only: what the detail says of its times brings them into order.
import { parseArn } from '../../core/ids.ts';
import type { EpochMs } from '../../core/ids.ts';
import type { EntryKind, EntryReader } from './group-entries.ts';
import { parseObject, withinSecond } from './group-entries.ts';
import { createEntryReader } from './entry-reader.ts';
import { equalityPattern, phrasePattern, textPattern } from './filter-pattern.ts';
import type { GroupOptions } from './read-span.ts';

export interface EventEnvelope {
  readonly id: string;
  readonly 'detail-type': string;
  /** Whole seconds. */
  readonly time: string;
  readonly account: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface EventQuery {
  /** Name or ARN. */
  readonly queue?: string | undefined;
  readonly status?: string | undefined;
  /** That job, and what it is made of. */
  readonly jobId?: string | undefined;
  /** In the id, the name, the reason or the type, in any case. */
  readonly text?: string | undefined;
}

export type EventReader = EntryReader<EventEnvelope, EventQuery>;

export function createEventReader(group: GroupOptions): EventReader {
  return createEntryReader(group, EVENTS, {});
}

/** Members of a job's detail that are looked at; other events have none of them. */
interface Told {
  readonly jobId?: unknown;
  readonly jobName?: unknown;
  readonly jobQueue?: unknown;
  readonly status?: unknown;
  readonly statusReason?: unknown;
  readonly createdAt?: unknown;
  readonly startedAt?: unknown;
  readonly stoppedAt?: unknown;
  readonly attempts?: unknown;
}

const EVENTS: EntryKind<EventEnvelope, EventQuery> = {
  parse(text) {
    const event = parseObject(text);
    const isEvent =
      typeof event?.['detail-type'] === 'string' &&
      typeof event['detail'] === 'object' &&
      event['detail'] !== null;
    return isEvent ? (event as unknown as EventEnvelope) : undefined; // EventBridge writes all of its members or none
  },
  // The group may have it under the second in which EventBridge delivered it.
  momentOf({ time, detail }, raw) {
    const toldMs = Date.parse(time);
    const second = Number.isNaN(toldMs) ? raw.atMs : toldMs;
    return withinSecond(second, momentOf(detail) ?? second);
  },
  orderOf({ detail }) {
    const { status } = detail as Told;
    const step = STEPS.findIndex((names) => names.includes(String(status)));
    return (step < 0 ? STEPS.length : step) * 100;
  },
  patternOf({ queue, status, jobId, text }) {
    const members = {
      'detail.jobQueue': queue?.startsWith('arn:') === true ? queue : undefined,
      'detail.status': status,
    };
    return equalityPattern(members) ?? (jobId ? phrasePattern(jobId) : textPattern(text?.trim() ?? ''));
  },
  matches({ 'detail-type': type, detail }, { queue, status, jobId, text }) {
    const told = detail as Told;
    const id = typeof told.jobId === 'string' ? told.jobId : '';
    const wanted = text?.trim().toLowerCase() ?? '';
    return (
      (!queue || (typeof told.jobQueue === 'string' && isNamed(told.jobQueue, queue))) &&
      (!status || told.status === status) &&
      (!jobId || id === jobId || id.startsWith(`${jobId}:`) || id.startsWith(`${jobId}#`)) &&
      (wanted === '' ||
        [id, told.jobName, told.statusReason, type].some(
          (part) => typeof part === 'string' && part.toLowerCase().includes(wanted),
        ))
    );
  },
};

/** The order in which a job comes to its states. */
const STEPS: readonly (readonly string[])[] = [
  ['SUBMITTED'],
  ['PENDING'],
  ['RUNNABLE'],
  ['STARTING'],
  ['RUNNING'],
  ['SUCCEEDED', 'FAILED'],
];

/** The latest time in the detail that the state can be from. */
function momentOf(detail: EventEnvelope['detail']): EpochMs | undefined {
  const { status, createdAt, startedAt, stoppedAt, attempts } = detail as Told;
  switch (status) {
    case 'SUCCEEDED':
    case 'FAILED':
      return timeOf(stoppedAt);
    case 'RUNNING':
      return timeOf(startedAt);
    default: {
      // In line again: after the end of the last attempt.
      const last: unknown = Array.isArray(attempts) ? attempts.at(-1) : undefined;
      const ended =
        typeof last === 'object' && last !== null && 'stoppedAt' in last ? last.stoppedAt : undefined;
      return timeOf(ended) ?? timeOf(createdAt);
    }
  }
}

function timeOf(value: unknown): EpochMs | undefined {
  return typeof value === 'number' && value > 0 ? value : undefined;
}

function isNamed(arn: string, queue: string): boolean {
  return arn === queue || parseArn(arn)?.name === queue;
}
