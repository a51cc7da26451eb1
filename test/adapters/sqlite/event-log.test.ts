import { expect, test } from 'vitest';
import type { StoredEvent } from '../../../adapters/sqlite/event-log.ts';
import type { SlipwayEvent } from '../../../engine/ports.ts';
import { aFile, aStore } from './a-store.ts';

function anEvent(id: string, more: Partial<SlipwayEvent> = {}): SlipwayEvent {
  return {
    id,
    detailType: 'Batch Job State Change',
    region: 'us-east-1',
    atMs: 1_000,
    resources: [`arn:${id}`],
    detail: { jobId: `job-${id}`, jobQueue: 'queue-1', note: 'ä€😀' },
    ...more,
  };
}

const all = { afterSeq: 0, limit: 1_000 };

function idsOf(events: readonly StoredEvent[]): string {
  return events.map(({ id }) => id).join('');
}

test('events come back whole, in the order of publication, also after a restart', async () => {
  const file = aFile();
  const store = aStore({ file });
  expect(store.events.lastSeq()).toBe(0);
  await store.events.publish([anEvent('a'), anEvent('b')]);
  await store.events.publish([anEvent('c', { detail: { other: true } })]);
  await store.close();
  const { events } = aStore({ file });
  expect(await events.read(all)).toEqual([
    { ...anEvent('a'), seq: 1 },
    { ...anEvent('b'), seq: 2 },
    { ...anEvent('c', { detail: { other: true } }), seq: 3 },
  ]);
  expect(events.lastSeq()).toBe(3);
});

test('publishing an event again changes nothing and tells nobody', async () => {
  const { events } = aStore();
  const heard: StoredEvent[] = [];
  events.subscribe((batch) => void heard.push(...batch));
  await events.publish([anEvent('a'), anEvent('a', { atMs: 2 })]);
  await Promise.all([events.publish([anEvent('a')]), events.publish([anEvent('b'), anEvent('a')])]);
  expect(idsOf(await events.read(all))).toBe('ab');
  expect(heard).toEqual(await events.read(all));
});

test('reads page by page, of one queue or one job', async () => {
  const { events } = aStore();
  const ids = 'abcdefghijkl'.split('');
  await events.publish(
    ids.map((id, index) =>
      anEvent(id, { detail: { jobId: `job-${index % 3}`, jobQueue: `queue-${index % 2}` } }),
    ),
  );
  const first = await events.read({ afterSeq: 0, limit: 5 });
  expect(idsOf(first)).toBe('abcde');
  expect(idsOf(await events.read({ afterSeq: first.at(-1)!.seq, limit: 100 }))).toBe('fghijkl');
  expect(idsOf(await events.read({ ...all, queueArn: 'queue-1' }))).toBe('bdfhjl');
  expect(idsOf(await events.read({ ...all, jobId: 'job-2' }))).toBe('cfil');
  expect(idsOf(await events.read({ afterSeq: 3, limit: 1, jobId: 'job-2', queueArn: 'queue-1' }))).toBe('f');
  expect(await events.read({ ...all, jobId: 'job' })).toEqual([]);
});

test('a subscriber hears of what is committed until it leaves, whatever another one does', async () => {
  const store = aStore();
  const heard: string[] = [];
  store.events.subscribe(() => {
    throw new Error('broken listener');
  });
  const leave = store.events.subscribe((batch) => {
    heard.push(idsOf(batch));
    expect(store.events.lastSeq()).toBe(batch.at(-1)?.seq);
  });
  await store.events.publish([anEvent('a'), anEvent('b')]);
  leave();
  await store.events.publish([anEvent('c')]);
  expect(heard).toEqual(['ab']);
  expect(store.logged).toEqual(
    Array.from({ length: 2 }, () => ({
      event: 'events.listener-failed',
      fields: { error: 'broken listener' },
    })),
  );
});

test('prunes what is old, keeps the newest event, and never uses a number twice', async () => {
  const file = aFile();
  const store = aStore({ file });
  const many = Array.from({ length: 2_500 }, (_, index) => anEvent(`e${index}`, { atMs: index }));
  await store.events.publish(many);
  expect(await store.events.prune(0)).toBe(0);
  expect(await store.events.prune(2_100)).toBe(2_100);
  expect((await store.events.read({ afterSeq: 0, limit: 1 }))[0]).toMatchObject({ id: 'e2100', seq: 2_101 });
  expect(await store.events.prune(1_000_000)).toBe(399);
  expect(await store.events.read(all)).toMatchObject([{ id: 'e2499', seq: 2_500 }]);
  await store.close();
  const { events } = aStore({ file });
  await events.publish([anEvent('next')]);
  expect(events.lastSeq()).toBe(2_501);
});

test('an empty log has nothing to prune', async () => {
  expect(await aStore().events.prune(5)).toBe(0);
});
