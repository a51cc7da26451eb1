// How many jobs started and ended lately, and how long they took to start, by Region and span of time, counted as their events
// pass by; after a start, those of the last hour are counted from the log. Bounded: an hour of spans, and of each a fixed number
// of counts. Invariant: an event is counted once, as it passes or from the log.
import type { Log } from '../../api/errors.ts';
import type { EventLog, StoredEvent } from '../../adapters/sqlite/event-log.ts';
import { JOB_STATE_CHANGE } from '../../engine/job-events.ts';
import type { HistoryAnswer } from '../../api/console/wire.ts';

export interface History {
  /** The last `minutes`, up to 60, in at most 90 spans. */
  read(region: string, minutes: number): HistoryAnswer;
  close(): void;
}

const SPAN_MS = 5_000;
const SPANS = 720;
const SHOWN_SPANS = 90;

/** Latencies are counted in steps that grow by a fifth: from 1 ms to ten days, each told to within a tenth. */
const STEP = Math.log(1.2);
const STEPS = 115;

interface Counts {
  started: number;
  succeeded: number;
  failed: number;
  readonly latencies: Uint32Array;
}

/**
 * What happened before this start is read a few events at a time, the newest first, with pauses that leave most of a processor to
 * whatever else begins now: a start waits for none of it.
 */
const REFILL = { firstAfterMs: 200, everyMs: 15, events: 200 };

export interface HistoryOptions {
  readonly events: EventLog;
  readonly nowMs: () => number;
  readonly log: Log;
}

export function createHistory({ events, nowMs, log }: HistoryOptions): History {
  const regions = new Map<string, Map<number, Counts>>();

  const countsAt = (region: string, atMs: number): Counts => {
    const spans = regions.get(region) ?? new Map<number, Counts>();
    regions.set(region, spans);
    const span = Math.floor(atMs / SPAN_MS);
    const counts = spans.get(span) ?? emptyCounts();
    spans.set(span, counts);
    if (spans.size > SPANS + 60) forgetBefore(spans, Math.floor(nowMs() / SPAN_MS) - SPANS);
    return counts;
  };
  const refill = startRefill(
    events,
    () => nowMs() - SPANS * SPAN_MS,
    (event) => count(event, countsAt),
    log,
  );
  const unsubscribe = events.subscribe((appended) => {
    for (const event of appended) count(event, countsAt);
  });
  return {
    read(region, minutes) {
      const wanted = Math.min(SPANS, Math.max(1, Math.round((minutes * 60_000) / SPAN_MS)));
      const together = Math.ceil(wanted / SHOWN_SPANS);
      const shown = Math.ceil(wanted / together);
      // Spans that end where a whole number of them ends: they do not change when the clock moves on by one of five seconds.
      const last = Math.floor(nowMs() / SPAN_MS / together);
      const spans = Array.from({ length: shown }, (_, place) =>
        summed(regions.get(region), (last - shown + 1 + place) * together, together),
      );
      return {
        fromMs: (last - shown + 1) * together * SPAN_MS,
        spanMs: together * SPAN_MS,
        started: spans.map(({ started }) => started),
        succeeded: spans.map(({ succeeded }) => succeeded),
        failed: spans.map(({ failed }) => failed),
        startMedianMs: spans.map(({ latencies }) => latencyAt(latencies, 0.5)),
        startSlowMs: spans.map(({ latencies }) => latencyAt(latencies, 0.95)),
      };
    },
    close() {
      unsubscribe();
      refill.end();
    },
  };
}

/** Counts what the log holds since `sinceMs` and up to now, from the newest back. */
function startRefill(
  events: EventLog,
  sinceMs: () => number,
  countOne: (event: StoredEvent) => void,
  log: Log,
): { end(): void } {
  let upTo = events.lastSeq();
  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  const step = async (): Promise<void> => {
    const afterSeq = Math.max(0, upTo - REFILL.events);
    const since = sinceMs();
    const found = (await events.read({ afterSeq, limit: REFILL.events })).filter(({ seq }) => seq <= upTo);
    const recent = found.filter(({ atMs }) => atMs >= since);
    recent.forEach(countOne);
    upTo = afterSeq;
    // Events are not quite in the order of their times, but a whole page of old ones has only older ones before it.
    if (!ended && upTo > 0 && recent.length > 0) later(REFILL.everyMs);
  };
  const later = (delayMs: number): void => {
    timer = setTimeout(() => {
      step().catch((error: unknown) => log('console.history-failed', { error: String(error) }));
    }, delayMs);
    timer.unref();
  };
  if (upTo > 0) later(REFILL.firstAfterMs);
  return {
    end() {
      ended = true;
      clearTimeout(timer);
    },
  };
}

function emptyCounts(): Counts {
  return { started: 0, succeeded: 0, failed: 0, latencies: new Uint32Array(STEPS) };
}

/** Members of a job's detail; other events have none of them. */
interface Told {
  readonly status?: unknown;
  readonly createdAt?: unknown;
  readonly startedAt?: unknown;
  readonly attempts?: readonly unknown[];
  readonly arrayProperties?: { readonly size?: number };
}

function count(
  { region, detailType, detail, atMs }: StoredEvent,
  countsAt: (region: string, atMs: number) => Counts,
): void {
  if (detailType !== JOB_STATE_CHANGE) return;
  const { status, createdAt, startedAt, attempts, arrayProperties } = detail as Told;
  if (arrayProperties?.size !== undefined) return;
  switch (status) {
    case 'SUCCEEDED':
      countsAt(region, atMs).succeeded += 1;
      return;
    case 'FAILED':
      countsAt(region, atMs).failed += 1;
      return;
    case 'RUNNING': {
      const counts = countsAt(region, atMs);
      counts.started += 1;
      // A retried job's first start was counted; what came between is not waiting.
      if (attempts?.length === 0 && typeof createdAt === 'number' && typeof startedAt === 'number') {
        const step = stepOf(startedAt - createdAt);
        counts.latencies[step] = (counts.latencies[step] ?? 0) + 1;
      }
    }
  }
}

function stepOf(latencyMs: number): number {
  return Math.min(STEPS - 1, Math.floor(Math.log(Math.max(1, latencyMs)) / STEP));
}

/** The middle of the step below which this share of the latencies lies. */
function latencyAt(latencies: Uint32Array, share: number): number | null {
  const sum = latencies.reduce((before, here) => before + here, 0);
  if (sum === 0) return null;
  let left = sum * share;
  for (const [step, here] of latencies.entries()) {
    left -= here;
    if (left <= 0) return Math.round(Math.exp((step + 0.5) * STEP));
  }
  return null;
}

function summed(spans: Map<number, Counts> | undefined, first: number, together: number): Counts {
  const sum = emptyCounts();
  for (let span = first; span < first + together; span += 1) {
    const counts = spans?.get(span);
    if (!counts) continue;
    sum.started += counts.started;
    sum.succeeded += counts.succeeded;
    sum.failed += counts.failed;
    for (const [step, here] of counts.latencies.entries())
      sum.latencies[step] = (sum.latencies[step] ?? 0) + here;
  }
  return sum;
}

function forgetBefore(spans: Map<number, Counts>, first: number): void {
  for (const span of spans.keys()) {
    if (span < first) spans.delete(span);
  }
}
