// Checks AWS Signature Version 4 in an Authorization header, for any service but S3. A request passes only if its method,
// path, query, body and every header it lists were signed with the secret of a known key, at most 15 minutes ago.
import { createHmac, createSecretKey, hash, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { EpochMs } from '../core/ids.ts';
import { canonicalHeaders, canonicalPath, canonicalQuery } from './canonical-request.ts';
import {
  expiredToken,
  incompleteSignature,
  invalidSignature,
  missingAuthenticationToken,
  unrecognizedClient,
  type ApiError,
} from './errors.ts';
import type { Identity } from './operation.ts';
import type { ApiRequest } from './request.ts';
import type { Authenticated } from './router.ts';

/** A key pair that may sign. With a session token, requests must carry the very same token. */
export interface KnownCredentials {
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiresAtMs?: EpochMs;
  readonly identity: Identity;
}

export interface SignatureVerifierOptions {
  readonly credentialsOf: (
    accessKeyId: string,
  ) => KnownCredentials | undefined | Promise<KnownCredentials | undefined>;
  /** Signing names that are accepted: `batch`, `logs`, `ecs`, `execute-api`, … */
  readonly services: readonly string[];
}

export type Verification =
  | { readonly ok: true; readonly identity: Identity; readonly region: string; readonly service: string }
  | { readonly ok: false; readonly refusal: ApiError };

export type SignatureVerifier = (request: ApiRequest, nowMs: EpochMs) => Promise<Verification>;

const ALGORITHM = 'AWS4-HMAC-SHA256';
/** A region becomes part of ARNs and of storage keys, so only what AWS itself could name one is let in. */
const REGION = /^[a-z0-9-]{1,40}$/;
const SKEW_MS = 15 * 60 * 1000;
/** Derived keys that are remembered. One serves a client for a day, so this is clients × services. */
const REMEMBERED_KEYS = 1000;

interface SigningKey {
  readonly secretAccessKey: string;
  readonly key: KeyObject;
}

/** A verifier with its own memory of derived keys. */
export function createSignatureVerifier(options: SignatureVerifierOptions): SignatureVerifier {
  const services = new Set(options.services);
  const keys = new Map<string, SigningKey>();
  return async (request, nowMs) => {
    const claim = readClaim(request, services);
    if ('refusal' in claim) return { ok: false, refusal: claim.refusal };
    const known = await options.credentialsOf(claim.accessKeyId);
    if (!known || !hasSessionToken(request, known)) return { ok: false, refusal: unrecognizedClient() };
    if (!isSigned(request, claim, known, keys)) return { ok: false, refusal: invalidSignature() };
    // Only now, so that nobody without the secret learns the server's time or the state of a token.
    const refusal = skewRefusal(claim, nowMs) ?? tokenRefusal(known, nowMs);
    if (refusal) return { ok: false, refusal };
    return { ok: true, identity: known.identity, region: claim.region, service: claim.service };
  };
}

/** The router's authentication by signature: the same verdict, a refusal thrown. */
export function authenticateBySignature(
  verify: SignatureVerifier,
): (request: ApiRequest, atMs: EpochMs) => Promise<Authenticated> {
  return async (request, atMs) => {
    const verification = await verify(request, atMs);
    if (!verification.ok) throw verification.refusal;
    return verification;
  };
}

// ------------------------------------------------------------------------------------------ what the request claims

interface Claim {
  readonly accessKeyId: string;
  /** `20261121`, `us-east-1`, `batch`: the credential scope. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `20261121T101500Z`. */
  readonly timestamp: string;
  readonly signedAtMs: EpochMs;
}
type Refused = { readonly refusal: ApiError };

function readClaim(request: ApiRequest, services: ReadonlySet<string>): Claim | Refused {
  const header = request.headers['authorization'];
  if (header === undefined || header.trim() === '') return { refusal: unsigned(request) };
  const space = header.indexOf(' ');
  const algorithm = space < 0 ? header : header.slice(0, space);
  if (algorithm !== ALGORITHM) {
    return { refusal: incompleteSignature(`The Authorization header must begin with '${ALGORITHM} '.`) };
  }
  const parts = readParts(header.slice(space + 1));
  const missing = ['Credential', 'SignedHeaders', 'Signature'].filter((name) => !parts.get(name));
  if (missing.length > 0) {
    const text = missing.map((name) => `Authorization header requires '${name}' parameter.`).join(' ');
    return { refusal: incompleteSignature(text) };
  }
  // All three are there: `missing` is empty.
  const [credential = '', signedHeaders = '', signature = ''] = [
    'Credential',
    'SignedHeaders',
    'Signature',
  ].map((name) => parts.get(name));
  return readScope(request, credential, signedHeaders.split(';'), signature, services);
}

function unsigned(request: ApiRequest): ApiError {
  const presigned = /(?:^|&)X-Amz-(?:Signature|Algorithm|Credential)=/i.test(request.rawQuery);
  if (!presigned) return missingAuthenticationToken();
  return missingAuthenticationToken('Presigned URLs are not accepted; sign with an Authorization header.');
}

function readParts(text: string): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    if (equals > 0) parts.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
  }
  return parts;
}

function readScope(
  request: ApiRequest,
  credential: string,
  signedHeaders: readonly string[],
  signature: string,
  services: ReadonlySet<string>,
): Claim | Refused {
  const scope = credential.split('/');
  const terminator = scope.pop();
  const [service = '', region = '', date = ''] = [scope.pop(), scope.pop(), scope.pop()];
  const accessKeyId = scope.join('/');
  if (terminator !== 'aws4_request' || accessKeyId === '' || region === '') {
    const form = '<access key id>/<date>/<region>/<service>/aws4_request';
    return { refusal: incompleteSignature(`The Credential must have the form ${form}.`) };
  }
  if (!REGION.test(region)) return { refusal: incompleteSignature('The Credential names no valid region.') };
  if (!services.has(service)) {
    const wanted = [...services].map((name) => `'${name}'`).join(', ');
    return { refusal: invalidSignature(`Credential should be scoped to correct service: ${wanted}.`) };
  }
  const time = readTime(request);
  if ('refusal' in time) return time;
  if (!time.timestamp.startsWith(`${date}T`)) {
    return {
      refusal: invalidSignature(
        `The date in the credential scope, '${date}', is not that of ${time.timestamp}.`,
      ),
    };
  }
  const unprotected = unprotectedHeader(request, signedHeaders, time.header);
  if (unprotected !== undefined) {
    return {
      refusal: invalidSignature(`'${unprotected}' must be a 'SignedHeader' in the AWS Authorization.`),
    };
  }
  return { accessKeyId, date, region, service, signedHeaders, signature, ...time };
}

type SigningTime = Pick<Claim, 'timestamp' | 'signedAtMs'> & { readonly header: string };

function readTime(request: ApiRequest): SigningTime | Refused {
  const header = request.headers['x-amz-date'] === undefined ? 'date' : 'x-amz-date';
  const text = request.headers[header];
  if (text === undefined) {
    const message = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.";
    return { refusal: incompleteSignature(message) };
  }
  const basic = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  const signedAtMs = Date.parse(basic ? isoOf(basic) : text);
  if (Number.isNaN(signedAtMs)) {
    return {
      refusal: incompleteSignature(`Date must be in ISO-8601 'basic format'. Got '${text.slice(0, 40)}'.`),
    };
  }
  return { header, signedAtMs, timestamp: basic ? text : basicTime(signedAtMs) };
}

function isoOf([, year, month, day, hour, minute, second]: RegExpExecArray): string {
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}

/** What a signature must cover to be worth anything here, and does not. */
function unprotectedHeader(
  request: ApiRequest,
  signed: readonly string[],
  dateHeader: string,
): string | undefined {
  const wanted = ['host', dateHeader, ...('x-amz-target' in request.headers ? ['x-amz-target'] : [])];
  return (
    wanted.find((name) => !signed.includes(name)) ??
    signed.find((name) => request.headers[name] === undefined)
  );
}

// ------------------------------------------------------------------------------------------------- is it true?

function hasSessionToken(request: ApiRequest, known: KnownCredentials): boolean {
  return isSame(request.headers['x-amz-security-token'] ?? '', known.sessionToken ?? '');
}

function isSigned(
  request: ApiRequest,
  claim: Claim,
  known: KnownCredentials,
  keys: Map<string, SigningKey>,
): boolean {
  const { date, region, service } = claim;
  const canonicalRequest = [
    request.method,
    canonicalPath(request.rawPath),
    canonicalQuery(request.rawQuery),
    canonicalHeaders(request.headers, claim.signedHeaders),
    '',
    claim.signedHeaders.join(';'),
    hash('sha256', request.body),
  ].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = [ALGORITHM, claim.timestamp, scope, hash('sha256', canonicalRequest)].join('\n');
  const name = `${claim.accessKeyId}/${scope}`;
  const remembered = keys.get(name);
  const key =
    remembered?.secretAccessKey === known.secretAccessKey
      ? remembered.key
      : deriveKey(known.secretAccessKey, claim);
  const signature = createHmac('sha256', key).update(toSign).digest('hex');
  if (!isSame(signature, claim.signature)) return false;
  // Remembered only when right: date and region are the caller's words, and must not fill the memory.
  if (remembered?.key !== key) {
    if (keys.size >= REMEMBERED_KEYS) keys.clear();
    keys.set(name, { secretAccessKey: known.secretAccessKey, key });
  }
  return true;
}

function deriveKey(secretAccessKey: string, { date, region, service }: Claim): KeyObject {
  let key = Buffer.from(`AWS4${secretAccessKey}`);
  for (const part of [date, region, service, 'aws4_request'])
    key = createHmac('sha256', key).update(part).digest();
  return createSecretKey(key);
}

/** Compares secrets in a time that tells nothing about where they differ. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function skewRefusal({ signedAtMs, timestamp }: Claim, nowMs: EpochMs): ApiError | undefined {
  const now = basicTime(nowMs);
  if (signedAtMs < nowMs - SKEW_MS) {
    const earliest = basicTime(nowMs - SKEW_MS);
    return invalidSignature(
      `Signature expired: ${timestamp} is now earlier than ${earliest} (${now} - 15 min.)`,
    );
  }
  if (signedAtMs > nowMs + SKEW_MS) {
    const latest = basicTime(nowMs + SKEW_MS);
    return invalidSignature(
      `Signature not yet current: ${timestamp} is still later than ${latest} (${now} + 15 min.)`,
    );
  }
  return undefined;
}

function tokenRefusal({ expiresAtMs }: KnownCredentials, nowMs: EpochMs): ApiError | undefined {
  return expiresAtMs !== undefined && expiresAtMs <= nowMs ? expiredToken() : undefined;
}

/** `20261121T101500Z`. */
function basicTime(ms: EpochMs): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}
