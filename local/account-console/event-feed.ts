// What the console heard of its jobs, numbered in the order it heard it: to the pages' event streams it is what the event log is
// where the jobs are in this process. Nothing of it is kept here; it counts, and tells.
import { randomUUID } from 'node:crypto';
import type { StoredEvent } from '../../adapters/sqlite/event-log.ts';
import { JOB_STATE_CHANGE } from '../../engine/job-events.ts';

/** A job was seen in this state; of an array or a job of several nodes each part by itself. */
export interface SeenState {
  readonly jobId: string;
  readonly status: string;
  readonly atMs: number;
}

export interface EventFeed {
  append(seen: readonly SeenState[]): void;
  /** Something may have happened that nobody heard of: whoever is told on from before that has missed it. */
  skip(): void;
  lastSeq(): number;
  subscribe(listener: (events: readonly StoredEvent[]) => void): () => void;
}

export function createEventFeed(region: string): EventFeed {
  const listeners = new Set<(events: readonly StoredEvent[]) => void>();
  let seq = 0;
  return {
    append(seen) {
      if (seen.length === 0) return;
      const events = seen.map(({ jobId, status, atMs }) => ({
        seq: ++seq,
        id: randomUUID(),
        detailType: JOB_STATE_CHANGE,
        region,
        atMs,
        resources: [],
        detail: { jobId, status },
      }));
      for (const listener of listeners) listener(events);
    },
    skip() {
      seq += 1;
    },
    lastSeq: () => seq,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
