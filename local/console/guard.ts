// Which requests may reach the console at all: those of its own page, in a browser that calls this server by a loopback
// name. Invariant: a page of another origin learns nothing and changes nothing, not even by a DNS name that leads here.
import type { ServerResponse } from 'node:http';
import { ApiError } from '../../api/errors.ts';
import type { ApiRequest } from '../../api/request.ts';
import type { Session, SignIn } from './sign-in.ts';

/** Any port: an SSH tunnel has another one at its near end. A name of the attacker's own never is one of these. */
const LOOPBACK_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/;

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

function forbidden(message: string): ApiError {
  return new ApiError('AccessDeniedException', 403, message);
}

export function signedOut(): ApiError {
  return new ApiError('SignInRequired', 401, 'Sign in with a link from `slipway console`.');
}

/** Against DNS rebinding: the browser believes it talks to another site, and says so in Host. */
export function isToLoopback(request: ApiRequest): boolean {
  return LOOPBACK_HOST.test(request.headers['host'] ?? '');
}

/**
 * A request of the console's own page. Browsers say where a request comes from, and a page cannot change what they say;
 * other ports of this machine count as the same site, so the cookie alone proves nothing.
 */
export function assertSameOrigin(request: ApiRequest): void {
  if (!isToLoopback(request)) throw forbidden('The console answers to 127.0.0.1 and localhost only.');
  const { origin, host, 'sec-fetch-site': site } = request.headers;
  const isOwn = origin === undefined || origin === `http://${host}`;
  const isFromHere = site === undefined || site === 'same-origin';
  if (!isOwn || !isFromHere) throw forbidden('The console answers to its own page only.');
  if (request.method === 'GET') return;
  if (origin === undefined) throw forbidden('A change must name its origin.');
  // A form of another page cannot send this type.
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    throw forbidden('A change must come as application/json.');
  }
}

/** Cookies know no ports: two servers on one machine need two names. */
function cookieName(request: ApiRequest): string {
  return `slipway-console-${/:(\d+)$/.exec(request.headers['host'] ?? '')?.[1] ?? '80'}`;
}

/** The session of a request; throws for one that has none. */
export function sessionOf(signIn: SignIn, request: ApiRequest): Session {
  assertSameOrigin(request);
  const name = cookieName(request);
  const cookies = (request.headers['cookie'] ?? '').split(/;\s*/).map((pair) => pair.split('='));
  // A browser sends the cookie of the narrower path first; any that is good will do.
  for (const [key, value = ''] of cookies) {
    const session = key === name ? signIn.fromCookie(value) : undefined;
    if (session) return session;
  }
  throw signedOut();
}

export function setSession(
  signIn: SignIn,
  request: ApiRequest,
  response: ServerResponse,
  session: Session,
): void {
  const seconds = 24 * 60 * 60;
  response.setHeader(
    'set-cookie',
    `${cookieName(request)}=${signIn.toCookie(session)}; Path=/_console; HttpOnly; SameSite=Strict; Max-Age=${seconds}`,
  );
}
