import { expect, it } from 'vitest';
import { fixedCredentials, renewable } from '../../../local/account-console/caller-credentials.ts';

function aChain() {
  let opened = 0;
  let nowMs = 1_000_000;
  const credentials = renewable(
    () => {
      const accessKeyId = `key-${(opened += 1)}`;
      return async () => ({ accessKeyId, secretAccessKey: 'secret' });
    },
    () => nowMs,
  );
  return { credentials, pass: (ms: number) => (nowMs += ms) };
}

it('remembers what it found until it is told that it is no good', async () => {
  const { credentials } = aChain();
  expect((await credentials.current()).accessKeyId).toBe('key-1');
  expect((await credentials.current()).accessKeyId).toBe('key-1');
  expect(credentials.renew()).toBe(true);
  expect((await credentials.current()).accessKeyId).toBe('key-2');
});

it('does not look again and again while others are refused, too', async () => {
  const { credentials, pass } = aChain();
  expect(credentials.renew()).toBe(true);
  pass(4_999);
  expect(credentials.renew()).toBe(false);
  pass(1);
  expect(credentials.renew()).toBe(true);
});

it('has nothing else to offer where keys were given', async () => {
  const keys = { accessKeyId: 'a', secretAccessKey: 'b' };
  const credentials = fixedCredentials(keys);
  expect(credentials.renew()).toBe(false);
  expect(await credentials.current()).toEqual(keys);
});
