// All waits of an engine in one min-heap behind one timer, so that ten thousand waiting executions cost one timer and a
// small record each.
import type { Clock } from '../../engine/ports.ts';

/** Sets one-shot timers; injected, so that tests move time by hand. */
export interface Timer {
  /** Calls `ring` once after `delayMs`; the answer calls it off. */
  set(delayMs: number, ring: () => void): () => void;
}

/** One entry of the queue. `position` is its place in the heap, -1 once it rang or was removed. */
export interface Alarm {
  readonly atMs: number;
  readonly order: number;
  readonly ring: () => void;
  position: number;
}

export interface AlarmQueue {
  /** Rings once the clock has reached `atMs`; alarms for one instant ring in the order they were added. */
  add(atMs: number, ring: () => void): Alarm;
  remove(alarm: Alarm): void;
  readonly size: number;
  /** Drops every alarm. */
  close(): void;
}

/** Node's timers count in a signed 32-bit integer; a later alarm is approached in several steps. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Node's timers. They do not keep the process alive: what waits is rebuilt from the rows by the next process. */
export const systemTimer: Timer = {
  set(delayMs, ring) {
    const timeout = setTimeout(ring, delayMs).unref();
    return () => clearTimeout(timeout);
  },
};

/** Node's timers as they are: for a process that is there for the sake of its executions, and must not end before them. */
export const holdingTimer: Timer = {
  set(delayMs, ring) {
    const timeout = setTimeout(ring, delayMs);
    return () => clearTimeout(timeout);
  },
};

export function createAlarmQueue(clock: Clock, timer: Timer): AlarmQueue {
  const heap: Alarm[] = [];
  let order = 0;
  let armed: { readonly atMs: number; readonly disarm: () => void } | undefined;

  // A timer that is armed too early is left alone: it finds nothing to ring and arms itself anew.
  const arm = (): void => {
    const first = heap[0];
    if (first === undefined || (armed !== undefined && armed.atMs <= first.atMs)) return;
    armed?.disarm();
    const delayMs = Math.min(Math.max(first.atMs - clock.now(), 0), MAX_DELAY_MS);
    armed = { atMs: first.atMs, disarm: timer.set(delayMs, ringDue) };
  };
  const ringDue = (): void => {
    armed = undefined;
    const nowMs = clock.now();
    for (let first = heap[0]; first !== undefined && first.atMs <= nowMs; first = heap[0]) {
      removeAt(heap, 0);
      first.ring();
    }
    arm();
  };

  return {
    add(atMs, ring) {
      const alarm: Alarm = { atMs, order: order++, ring, position: heap.length };
      heap.push(alarm);
      siftUp(heap, alarm);
      if (alarm.position === 0) arm();
      return alarm;
    },
    remove(alarm) {
      if (alarm.position >= 0) removeAt(heap, alarm.position);
    },
    get size() {
      return heap.length;
    },
    close() {
      for (const alarm of heap) alarm.position = -1;
      heap.length = 0;
      armed?.disarm();
      armed = undefined;
    },
  };
}

function removeAt(heap: Alarm[], position: number): void {
  const removed = heap[position];
  const last = heap.pop();
  if (removed === undefined || last === undefined) return;
  removed.position = -1;
  if (last === removed) return;
  place(heap, last, position);
  siftUp(heap, last);
  siftDown(heap, last);
}

function place(heap: Alarm[], alarm: Alarm, position: number): void {
  heap[position] = alarm;
  alarm.position = position;
}

function before(left: Alarm, right: Alarm): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
}

function siftUp(heap: Alarm[], alarm: Alarm): void {
  while (alarm.position > 0) {
    const middle = (alarm.position - 1) >> 1;
    const parent = heap[middle];
    if (parent === undefined || !before(alarm, parent)) return;
    place(heap, parent, alarm.position);
    place(heap, alarm, middle);
  }
}

function siftDown(heap: Alarm[], alarm: Alarm): void {
  for (;;) {
    const left = heap[alarm.position * 2 + 1];
    const right = heap[alarm.position * 2 + 2];
    const least = left !== undefined && right !== undefined && before(right, left) ? right : left;
    if (least === undefined || !before(least, alarm)) return;
    const position = least.position;
    place(heap, least, alarm.position);
    place(heap, alarm, position);
  }
}
