import { describe, expect, it } from 'vitest';
import type { Scope } from '../../../core/ids.ts';
import {
  checkResource,
  countResources,
  deleteResource,
  everyResource,
  getResource,
  getResources,
  listResources,
  putResource,
} from '../../../engine/store/resource-rows.ts';
import { aStore } from '../../adapters/sqlite/a-store.ts';

interface Note {
  readonly text: string;
}

const SCOPE: Scope = { partition: 'aws', region: 'us-east-1', account: '123456789012' };
const arn = (name: string, region = 'us-east-1', account = '123456789012', type = 'job-queue'): string =>
  `arn:aws:batch:${region}:${account}:${type}/${name}`;
const table = () => aStore().table;

async function put(store: ReturnType<typeof table>, ...arns: readonly string[]): Promise<void> {
  for (const one of arns) {
    expect(await store.write([putResource(one, 'job-queue', { text: one }, 0)])).toEqual({ ok: true });
  }
}

describe('a resource row', () => {
  it('holds its record under its ARN, with the version to commit against', async () => {
    const store = table();
    await put(store, arn('a'));
    expect(await getResource<Note>(store, arn('a'))).toEqual({ record: { text: arn('a') }, version: 1 });
    expect(await getResources<Note>(store, [arn('no'), arn('a')])).toMatchObject([undefined, { version: 1 }]);
  });
  it('is written and deleted only in the version that was read', async () => {
    const store = table();
    await put(store, arn('a'));
    const stale = [
      putResource(arn('a'), 'job-queue', {}, 0),
      putResource(arn('a'), 'job-queue', {}, 2),
      deleteResource(arn('a'), 2),
      checkResource(arn('a'), 2),
    ];
    for (const op of stale) expect(await store.write([op])).toEqual({ ok: false, failed: [0] });
    expect(await store.write([checkResource(arn('a'), 1)])).toEqual({ ok: true });
    expect(await store.write([deleteResource(arn('a'), 1)])).toEqual({ ok: true });
  });
  it('cannot be made for an ARN of another type', () => {
    expect(() => putResource(arn('a'), 'compute-environment', {}, 0)).toThrow(
      'must be the ARN of a compute-environment',
    );
  });
});

describe('resources', () => {
  it('are listed by name for one account and Region only', async () => {
    const store = table();
    await put(store, arn('b'), arn('a'), arn('c', 'eu-west-1'), arn('d', 'us-east-1', '999999999999'));
    const first = await listResources<Note>(store, SCOPE, 'job-queue', { limit: 1 });
    expect(first.records).toEqual([{ text: arn('a') }]);
    const second = await listResources<Note>(store, SCOPE, 'job-queue', {
      limit: 5,
      after: first.next ?? '',
    });
    expect(second).toEqual({ records: [{ text: arn('b') }] });
    expect(await countResources(store, SCOPE, 'job-queue', 10)).toBe(2);
    expect(await countResources(store, SCOPE, 'job-queue', 1)).toBe(1);
  });
  it('that can be scheduled are found in every Region and account', async () => {
    const store = table();
    await put(store, arn('b'), arn('c', 'eu-west-1'), arn('d', 'us-east-1', '999999999999'));
    const policy = arn('p', 'us-east-1', '123456789012', 'scheduling-policy');
    await store.write([putResource(policy, 'scheduling-policy', {}, 0)]);
    const queues = await everyResource<Note>(store, 'job-queue');
    expect(queues.map(({ record }) => record.text).toSorted()).toEqual(
      [arn('b'), arn('c', 'eu-west-1'), arn('d', 'us-east-1', '999999999999')].toSorted(),
    );
    expect(await everyResource(store, 'scheduling-policy')).toEqual([]);
  });
});
