import { expect, test } from 'vitest';
import { aFile, aStore } from './a-store.ts';

test('settings are kept over a restart, overwritten and removed', async () => {
  const file = aFile();
  const store = aStore({ file });
  expect(await store.settings.get('key')).toBeUndefined();
  await store.settings.set('key', 'old');
  await Promise.all([
    store.settings.set('key', 'new'),
    store.settings.set('empty', ''),
    store.settings.set('gone', '1'),
  ]);
  await store.settings.remove('gone');
  await store.settings.remove('never there');
  await store.close();
  const { settings } = aStore({ file });
  expect(await settings.get('key')).toBe('new');
  expect(await settings.get('empty')).toBe('');
  expect(await settings.get('gone')).toBeUndefined();
});

test('settings are listed by prefix, taken literally', async () => {
  const { settings } = aStore();
  for (const key of ['keys/b', 'keys/a', 'keys%', 'key', 'Keys/c'])
    await settings.set(key, key.toUpperCase());
  expect([...(await settings.list('keys/'))]).toEqual([
    ['keys/a', 'KEYS/A'],
    ['keys/b', 'KEYS/B'],
  ]);
  expect((await settings.list('keys%')).size).toBe(1);
});
