import { beforeEach, describe, expect, it } from 'vitest';
import type { SignIn } from '../../../local/console/sign-in.ts';
import { createSignIn } from '../../../local/console/sign-in.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
let nowMs = 0;
let signIn: SignIn;
beforeEach(() => {
  nowMs = 1_700_000_000_000;
  signIn = createSignIn({ key: 'the key of this data folder', nowMs: () => nowMs });
});

describe('a link', () => {
  it('signs in once', () => {
    const token = signIn.issue('eu-west-1');
    expect(signIn.redeem(token)).toMatchObject({ region: 'eu-west-1' });
    expect(signIn.redeem(token)).toBeUndefined();
  });

  it.each([
    [9 * MINUTE_MS, true],
    [10 * MINUTE_MS, false],
  ])('that is %d ms old opens: %s', (ageMs, opens) => {
    const token = signIn.issue('eu-west-1');
    nowMs += ageMs;
    expect(signIn.redeem(token) !== undefined).toBe(opens);
  });

  it('that nobody made does not', () => {
    expect(signIn.redeem('')).toBeUndefined();
    expect(signIn.redeem('guess')).toBeUndefined();
  });

  it('gives way to newer ones, a thousand of which are kept', () => {
    const [first = '', second = ''] = Array.from({ length: 1_001 }, () => signIn.issue('eu-west-1'));
    expect(signIn.redeem(first)).toBeUndefined();
    expect(signIn.redeem(second)).toBeDefined();
  });

  it('is not the same as any other', () => {
    const made = Array.from({ length: 100 }, () => signIn.issue('eu-west-1'));
    expect(new Set(made).size).toBe(100);
    expect(made.every((token) => /^[\w-]{43}$/.test(token))).toBe(true);
  });
});

describe('a session', () => {
  const aCookie = (): string => signIn.toCookie({ region: 'eu-west-1', expiresAtMs: nowMs + HOUR_MS });

  it('is read back from its cookie, also by a server that was started again', () => {
    const again = createSignIn({ key: 'the key of this data folder', nowMs: () => nowMs });
    expect(again.fromCookie(aCookie())).toEqual({ region: 'eu-west-1', expiresAtMs: nowMs + HOUR_MS });
  });

  it('ends when its time is over, unless it was renewed before', () => {
    const cookie = aCookie();
    const session = signIn.fromCookie(cookie);
    const renewed = session && signIn.toCookie(signIn.renew(session));
    nowMs += HOUR_MS;
    expect(signIn.fromCookie(cookie)).toBeUndefined();
    expect(signIn.fromCookie(renewed ?? '')).toMatchObject({ region: 'eu-west-1' });
  });

  it('of another data folder is worth nothing', () => {
    const other = createSignIn({ key: 'another key', nowMs: () => nowMs });
    expect(other.fromCookie(aCookie())).toBeUndefined();
  });

  it.each([
    ['another Region', (cookie: string) => cookie.replace('eu-west-1', 'us-east-1')],
    [
      'a later end',
      (cookie: string) => cookie.replace(/\.(\d+)\./, (_, end: string) => `.${Number(end) + 1}.`),
    ],
    ['another seal', (cookie: string) => `${cookie.slice(0, -3)}AAA`],
    ['no seal', (cookie: string) => cookie.replace(/\.[\w-]+$/, '')],
    ['a seal too long', (cookie: string) => `${cookie}AAAA`],
    ['nothing', () => ''],
  ])('whose cookie was given %s is refused', (_what, forge) => {
    const cookie = aCookie();
    expect(signIn.fromCookie(forge(cookie))).toBeUndefined();
    expect(signIn.fromCookie(cookie)).toBeDefined();
  });
});
