// A request and a response of the API as plain values, so that an HTTP server, a function behind a gateway and a test
// all call the same router; and the reading of JSON bodies, which lets nothing malformed past.
import { JSON_DEPTH, REQUEST_BYTES } from './limits.ts';
import { ClientException, SerializationException } from './errors.ts';

export interface ApiRequest {
  /** Upper case. */
  readonly method: string;
  /** As it came over the wire: percent-encoded, without the query. */
  readonly rawPath: string;
  /** Without the question mark; empty when there is none. */
  readonly rawQuery: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  readonly sourceIp?: string;
}

export type JsonObject = Readonly<Record<string, unknown>>;

const JSON_MEDIA_TYPE = /^\s*(?:application|text)\/(?:[\w.+-]*[+-])?json(?:-1\.[01])?\s*(?:;|$)/i;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Refuses what is too large before anybody hashes or parses it. */
export function assertRequestSize(request: ApiRequest): void {
  if (request.body.byteLength <= REQUEST_BYTES) return;
  throw new ClientException(
    `The request body has ${request.body.byteLength} bytes; at most ${REQUEST_BYTES} are allowed.`,
    413,
  );
}

/** The body as a JSON object; an empty body is an empty object. Throws `SerializationException`. */
export function readJsonBody(request: ApiRequest): JsonObject {
  if (request.body.byteLength === 0) return {};
  const contentType = request.headers['content-type'];
  if (contentType !== undefined && !JSON_MEDIA_TYPE.test(contentType)) {
    throw new SerializationException(
      `The content type must be application/json; received ${contentType}.`,
      415,
    );
  }
  if (nesting(request.body) > JSON_DEPTH) {
    throw new SerializationException(`The request body is nested deeper than ${JSON_DEPTH} levels.`);
  }
  const value = parseJson(decodeUtf8(request.body));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SerializationException('The request body must be a JSON object.');
  }
  // An object from JSON.parse that is neither null nor a list has string keys and unknown values.
  return value as JsonObject;
}

function decodeUtf8(body: Uint8Array): string {
  try {
    return utf8.decode(body);
  } catch (cause) {
    throw new SerializationException('The request body is not valid UTF-8.', 400, { cause });
  }
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SerializationException('The request body is not valid JSON.', 400, { cause });
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** How deep lists and objects are nested, told from the bytes: a parsed nest of a million lists has already cost its memory. */
function nesting(body: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at] ?? 0;
    if (inString) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (OPENING.has(byte)) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (CLOSING.has(byte)) {
      depth -= 1;
    }
  }
  return deepest;
}

/** A percent-encoded part of a path or query, decoded once; a plus sign stays a plus sign. */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new SerializationException('The request path or query is not validly percent-encoded.', 400, {
      cause,
    });
  }
}

/** Every value of one query key, in order. */
export function queryValues(rawQuery: string, key: string): readonly string[] {
  return rawQuery.split('&').flatMap((pair) => {
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    if (name === '' || decodePercent(name) !== key) return [];
    return [equals < 0 ? '' : decodePercent(pair.slice(equals + 1))];
  });
}
