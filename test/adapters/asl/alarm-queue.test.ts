import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAlarmQueue, systemTimer } from '../../../adapters/asl/alarm-queue.ts';
import { createFakeTime } from './fake-time.ts';

test('alarms ring in order of time, then of their setting, unless they were removed', async () => {
  const settings = fc.array(fc.record({ delayMs: fc.nat(50), removed: fc.boolean() }), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(settings, async (list) => {
      const time = createFakeTime(0);
      const alarms = createAlarmQueue(time.clock, time.timer);
      const rung: number[] = [];
      const set = list.map(({ delayMs }, index) => alarms.add(delayMs, () => rung.push(index)));
      for (const [index, { removed }] of list.entries()) if (removed) alarms.remove(set[index]!);
      expect(time.armed()).toBeLessThanOrEqual(1);
      await time.advance(50);
      const expected = list
        .map(({ delayMs, removed }, index) => ({ delayMs, removed, index }))
        .filter(({ removed }) => !removed)
        .sort((a, b) => a.delayMs - b.delayMs || a.index - b.index);
      expect(rung).toEqual(expected.map(({ index }) => index));
      expect(alarms.size).toBe(0);
    }),
    { numRuns: 50 },
  );
});

test('removing an alarm keeps the order of those around its place in the heap', async () => {
  const time = createFakeTime(0);
  const alarms = createAlarmQueue(time.clock, time.timer);
  const rung: number[] = [];
  // The last of the heap moves to the removed one's place, below a later alarm.
  const set = [1, 10, 2, 11, 12, 3, 4].map((atMs) => alarms.add(atMs, () => rung.push(atMs)));
  alarms.remove(set[3]!);
  await time.advance(20);
  expect(rung).toEqual([1, 2, 3, 4, 10, 12]);
});

test('an earlier alarm than the one the timer is set for rings in time', async () => {
  const time = createFakeTime(0);
  const alarms = createAlarmQueue(time.clock, time.timer);
  const rung: string[] = [];
  alarms.add(1000, () => rung.push('late'));
  alarms.add(10, () => rung.push('early'));
  await time.advance(10);
  expect(rung).toEqual(['early']);
  expect(time.armed()).toBe(1);
});

test('an alarm may set the next one, and removing one that rang does nothing', async () => {
  const time = createFakeTime(0);
  const alarms = createAlarmQueue(time.clock, time.timer);
  const rung: number[] = [];
  const first = alarms.add(10, () => {
    rung.push(time.clock.now());
    alarms.add(30, () => rung.push(time.clock.now()));
  });
  const last = alarms.add(40, () => rung.push(time.clock.now()));
  await time.advance(20);
  alarms.remove(first);
  await time.advance(20);
  expect(rung).toEqual([10, 30, 40]);
  expect(last.position).toBe(-1);
});

test('a closed queue rings no more and holds no timer', async () => {
  const time = createFakeTime(0);
  const alarms = createAlarmQueue(time.clock, time.timer);
  let rung = 0;
  alarms.add(10, () => (rung += 1));
  alarms.close();
  expect(time.armed()).toBe(0);
  await time.advance(100);
  expect(rung).toBe(0);
});

test('the system’s timer rings, and can be called off', async () => {
  const rung: string[] = [];
  const held = setTimeout(() => undefined, 1000);
  systemTimer.set(1, () => rung.push('called off'))();
  await new Promise<void>((resolve) => {
    systemTimer.set(2, () => resolve(void rung.push('rang')));
  });
  clearTimeout(held);
  expect(rung).toEqual(['rang']);
});
