// What the overview's charts are made of, counted as events pass by.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { EventLog, StoredEvent } from '../../../adapters/sqlite/event-log.ts';
import type { History } from '../../../local/console/history.ts';
import { createHistory } from '../../../local/console/history.ts';

const START_MS = 1_700_000_000_000;
let tell: (...events: readonly Partial<StoredEvent>[]) => void;
let history: History;
beforeEach(() => {
  vi.useFakeTimers({ now: START_MS });
  const listeners = new Set<(events: readonly StoredEvent[]) => void>();
  const log: EventLog = {
    publish: async () => undefined,
    read: async () => [],
    prune: async () => 0,
    lastSeq: () => 0,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  tell = (...events) => {
    const whole = events.map((event): StoredEvent => ({
      seq: 1,
      id: '1',
      detailType: 'Batch Job State Change',
      region: 'eu-west-1',
      atMs: Date.now(),
      resources: [],
      detail: {},
      ...event,
    }));
    for (const listener of listeners) listener(whole);
  };
  history = createHistory(log, () => Date.now());
});
afterEach(() => {
  history.close();
  vi.useRealTimers();
});

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
  const sum = succeeded.reduce((left, right) => left + right, 0);
  expect(sum).toBeGreaterThanOrEqual(59);
  expect(sum).toBeLessThanOrEqual(61);
});
