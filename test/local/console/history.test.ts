// What the overview's charts are made of, counted as events pass by.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { EventLog, StoredEvent } from '../../../adapters/sqlite/event-log.ts';
import type { History } from '../../../local/console/history.ts';
import { createHistory } from '../../../local/console/history.ts';

const START_MS = 1_700_000_000_000;
let tell: (...events: readonly Partial<StoredEvent>[]) => void;
let history: History;
/** As the log holds them, by number. */
let stored: StoredEvent[];
let reads: number;
const faults: string[] = [];
let events: EventLog;
const open = (): History =>
  createHistory({ events, nowMs: () => Date.now(), log: (event) => faults.push(event) });
beforeEach(() => {
  vi.useFakeTimers({ now: START_MS });
  const listeners = new Set<(events: readonly StoredEvent[]) => void>();
  stored = [];
  reads = 0;
  events = {
    publish: async () => undefined,
    async read({ afterSeq, limit }) {
      reads += 1;
      return stored.filter(({ seq }) => seq > afterSeq).slice(0, limit);
    },
    prune: async () => 0,
    lastSeq: () => stored.at(-1)?.seq ?? 0,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  tell = (...told) => {
    const last = stored.at(-1)?.seq ?? 0;
    const whole = told.map((event, place): StoredEvent => ({
      seq: last + place + 1,
      id: '1',
      detailType: 'Batch Job State Change',
      region: 'eu-west-1',
      atMs: Date.now(),
      resources: [],
      detail: {},
      ...event,
    }));
    stored.push(...whole);
    for (const listener of listeners) listener(whole);
  };
  history = open();
});
afterEach(() => {
  history.close();
  vi.useRealTimers();
  expect(faults.splice(0)).toEqual([]);
});
const restart = (): void => {
  history.close();
  reads = 0;
  history = open();
};
const sumOf = (counts: readonly number[]): number => counts.reduce((left, right) => left + right, 0);

const ended = (status: string, more: object = {}) => ({ detail: { status, ...more } });
const started = (afterMs: number, more: object = {}) => ({
  detail: { status: 'RUNNING', createdAt: 1_000, startedAt: 1_000 + afterMs, attempts: [], ...more },
});

it('counts starts and ends in spans of five seconds, an array’s children and not the array', () => {
  tell(ended('SUCCEEDED'), ended('FAILED'), ended('FAILED', { arrayProperties: { size: 2 } }), started(10));
  tell({ ...ended('FAILED'), detailType: 'Another Change' }, { ...ended('FAILED'), region: 'us-east-1' });
  vi.advanceTimersByTime(5_000);
  tell(ended('SUCCEEDED', { arrayProperties: { index: 1 } }));
  const { succeeded, failed, started: starts, spanMs, fromMs } = history.read('eu-west-1', 5);
  expect([spanMs, succeeded.length]).toEqual([5_000, 60]);
  expect([succeeded.slice(-2), failed.slice(-2), starts.slice(-2)]).toEqual([
    [1, 1],
    [1, 0],
    [1, 0],
  ]);
  expect(fromMs + 59 * spanMs).toBe(Math.floor(Date.now() / 5_000) * 5_000);
  vi.advanceTimersByTime(300_000);
  expect(history.read('eu-west-1', 5).succeeded.every((count) => count === 0)).toBe(true);
});

it('tells half and nearly all of the latencies to within a tenth, of first starts only', () => {
  tell(...Array.from({ length: 90 }, () => started(20)), ...Array.from({ length: 10 }, () => started(4_000)));
  tell(started(900_000, { attempts: [{}] }));
  const { startMedianMs, startSlowMs } = history.read('eu-west-1', 5);
  expect(startMedianMs.at(-1)).toBeGreaterThan(18);
  expect(startMedianMs.at(-1)).toBeLessThan(22);
  expect(startSlowMs.at(-1)).toBeGreaterThan(3_600);
  expect(startSlowMs.at(-1)).toBeLessThan(4_400);
  expect(startMedianMs.at(-2)).toBeNull();
});

it('remembers an hour and no more, in few enough spans to be drawn', () => {
  for (let minutes = 0; minutes < 180; minutes += 1) {
    tell(ended('SUCCEEDED'));
    vi.advanceTimersByTime(60_000);
  }
  const { succeeded, spanMs } = history.read('eu-west-1', 60);
  expect(succeeded.length).toBeLessThanOrEqual(90);
  expect(succeeded.length * spanMs).toBe(3_600_000);
  const sum = sumOf(succeeded);
  expect(sum).toBeGreaterThanOrEqual(59);
  expect(sum).toBeLessThanOrEqual(61);
});

it('after a start has the last hour from the log, each event once, a page at a time', async () => {
  tell(...Array.from({ length: 900 }, () => ended('FAILED')));
  vi.advanceTimersByTime(2 * 3_600_000);
  tell(...Array.from({ length: 450 }, () => ended('SUCCEEDED')), started(20));
  vi.advanceTimersByTime(60_000);
  restart();
  // Of the start itself nothing waits for it.
  expect(reads).toBe(0);
  tell(ended('SUCCEEDED'));
  await vi.advanceTimersByTimeAsync(210);
  expect(reads).toBe(1);
  tell(ended('SUCCEEDED'));
  await vi.advanceTimersByTimeAsync(5_000);
  const { succeeded, failed, started: starts, startMedianMs } = history.read('eu-west-1', 60);
  expect([sumOf(succeeded), sumOf(failed), sumOf(starts)]).toEqual([452, 0, 1]);
  expect(startMedianMs.filter((median) => median !== null)).toHaveLength(1);
  // Three pages of the hour, and the one that showed that there is no more.
  expect(reads).toBe(4);
});

it('reads no more once it is closed, and says that the log could not be read', async () => {
  tell(...Array.from({ length: 900 }, () => ended('SUCCEEDED')));
  restart();
  await vi.advanceTimersByTimeAsync(210);
  history.close();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(reads).toBe(1);
  events.read = () => Promise.reject(new Error('the disk is gone'));
  restart();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(faults.splice(0)).toEqual(['console.history-failed']);
});
