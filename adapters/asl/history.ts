// The events of an execution, named as Step Functions names them. Kept only where somebody asked for them, and bounded.
import type { Failure } from './asl-error.ts';
import type { Json } from './json.ts';
import type { StateType } from './machine.ts';

export type EventType =
  | `Execution${'Started' | 'Succeeded' | 'Failed' | 'TimedOut' | 'Aborted'}`
  | `${StateType}State${'Entered' | 'Exited'}`
  | `Task${'Scheduled' | 'Succeeded' | 'Failed' | 'TimedOut'}`;

export interface EventDetails extends Failure {
  readonly stateName?: string;
  readonly input?: Json;
  readonly output?: Json;
  readonly resource?: string;
}

export interface HistoryEvent extends EventDetails {
  /** Counts from 1 within an execution, also over events that were dropped. */
  readonly id: number;
  readonly atMs: number;
  readonly type: EventType;
}

/** Appends an event; the oldest goes when there are more than `maxEvents`. */
export function appendEvent(
  events: HistoryEvent[],
  maxEvents: number,
  atMs: number,
  type: EventType,
  details: EventDetails | undefined,
): void {
  events.push({ id: (events.at(-1)?.id ?? 0) + 1, atMs, type, ...details });
  if (events.length > maxEvents) events.shift();
}
