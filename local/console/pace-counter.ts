// How many jobs ended lately, by Region and span of time, counted as their events pass by. Bounded: old spans are dropped.
import type { EventLog } from '../../adapters/sqlite/event-log.ts';
import { JOB_STATE_CHANGE } from '../../engine/job-events.ts';
import type { Pace } from './wire.ts';

export interface PaceCounter {
  pace(region: string): Pace;
  close(): void;
}

const SPAN_MS = 5_000;
const SPANS = 60;

interface Ended {
  succeeded: number;
  failed: number;
}

/** Arrays do not count, their children do: they are the work. */
export function createPaceCounter(events: EventLog, nowMs: () => number): PaceCounter {
  const regions = new Map<string, Map<number, Ended>>();
  const close = events.subscribe((appended) => {
    for (const { region, detailType, detail, atMs } of appended) {
      const { status, arrayProperties } = detail as {
        readonly status?: unknown;
        readonly arrayProperties?: { readonly size?: number };
      }; // a job's detail, or another event's that has neither
      const hasEnded = status === 'SUCCEEDED' || status === 'FAILED';
      if (!hasEnded || detailType !== JOB_STATE_CHANGE || arrayProperties?.size !== undefined) continue;
      const spans = regions.get(region) ?? new Map<number, Ended>();
      regions.set(region, spans);
      const span = Math.floor(atMs / SPAN_MS);
      const ended = spans.get(span) ?? { succeeded: 0, failed: 0 };
      ended[status === 'SUCCEEDED' ? 'succeeded' : 'failed'] += 1;
      spans.set(span, ended);
      if (spans.size > 2 * SPANS) forgetBefore(spans, Math.floor(nowMs() / SPAN_MS) - SPANS);
    }
  });
  return {
    pace(region) {
      const spans = regions.get(region);
      const last = Math.floor(nowMs() / SPAN_MS);
      const ended = Array.from({ length: SPANS }, (_, place) => spans?.get(last - SPANS + 1 + place));
      return {
        spanMs: SPAN_MS,
        succeeded: ended.map((span) => span?.succeeded ?? 0),
        failed: ended.map((span) => span?.failed ?? 0),
      };
    },
    close,
  };
}

function forgetBefore(spans: Map<number, Ended>, first: number): void {
  for (const span of spans.keys()) {
    if (span < first) spans.delete(span);
  }
}
