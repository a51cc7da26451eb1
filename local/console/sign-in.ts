// Who may use the console: whoever opens a link that was made for them. A link's token works once and for ten minutes and
// lives in memory; a session is a cookie that only this data folder's key can make, so it outlives a restart of the server
// and the server remembers nothing about it.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export interface Session {
  readonly region: string;
  readonly expiresAtMs: number;
}

export interface SignIn {
  /** A token for one sign-in. */
  issue(region: string): string;
  /** The session that a token opens, once; `undefined` for one that is unknown, used or too old. */
  redeem(token: string): Session | undefined;
  /** A session for another day, from one that is still good. */
  renew(session: Session): Session;
  toCookie(session: Session): string;
  fromCookie(value: string): Session | undefined;
}

export interface SignInOptions {
  /** Kept with the data: whoever has it can make sessions. */
  readonly key: string;
  readonly nowMs: () => number;
}

const TOKEN_MS = 10 * 60 * 1000;
const SESSION_MS = 24 * 60 * 60 * 1000;
/** Links that nobody opened; the oldest gives way. */
const MAX_TOKENS = 1_000;

export function createSignIn({ key, nowMs }: SignInOptions): SignIn {
  const tokens = new Map<string, Session>();

  const openSession = (region: string): Session => ({ region, expiresAtMs: nowMs() + SESSION_MS });
  const sealOf = (text: string): Buffer => createHmac('sha256', key).update(text).digest();

  return {
    issue(region) {
      const token = randomBytes(32).toString('base64url');
      tokens.set(token, { region, expiresAtMs: nowMs() + TOKEN_MS });
      const [oldest] = tokens.keys();
      if (tokens.size > MAX_TOKENS && oldest !== undefined) tokens.delete(oldest);
      return token;
    },
    redeem(token) {
      const found = tokens.get(token);
      tokens.delete(token);
      return found && found.expiresAtMs > nowMs() ? openSession(found.region) : undefined;
    },
    renew: ({ region }) => openSession(region),
    toCookie({ region, expiresAtMs }) {
      const text = `${region}.${expiresAtMs}`;
      return `${text}.${sealOf(text).toString('base64url')}`;
    },
    fromCookie(value) {
      const [, text = '', region = '', expiresAt = '', seal = ''] =
        /^(([a-z0-9-]{1,40})\.(\d{1,15}))\.([\w-]{43})$/.exec(value) ?? [];
      if (text === '') return undefined;
      const given = Buffer.from(seal, 'base64url');
      const expected = sealOf(text);
      if (given.byteLength !== expected.byteLength || !timingSafeEqual(given, expected)) return undefined;
      const expiresAtMs = Number(expiresAt);
      return expiresAtMs > nowMs() ? { region, expiresAtMs } : undefined;
    },
  };
}
