// A row's body as one attribute: JSON text, or that text deflated where it is smaller, which it nearly always is. A write costs a
// unit per kilobyte, and a plain job is twice that as text. What the deflated form may leave out is a fixed dictionary and the
// row's own key texts, which stand in the item beside it; both are needed to read it again.
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { BODY_DICTIONARY_1 } from './body-dictionary.ts';

/** `B`: bytes from the SDK, base64 text in the event that a function receives. */
export interface StoredBody {
  readonly S?: string | undefined;
  readonly B?: Uint8Array | string | undefined;
}

/** The first byte of the deflated form. */
const FORMAT = 1;
/** Below this a dictionary gains nothing that is worth the work. */
const LEAST_BYTES = 64;
/** Far above anything that fits into an item; a damaged body must not fill the memory. */
const MOST_BYTES = 64 * 1024 * 1024;

/** `keyTexts`: the same texts in the same order as for `decodeBody`. */
export function encodeBody(body: object, keyTexts: readonly string[]): { S: string } | { B: Uint8Array } {
  const text = JSON.stringify(body);
  const bytes = Buffer.from(text);
  if (bytes.length < LEAST_BYTES) return { S: text };
  const deflated = deflateRawSync(bytes, { level: 9, dictionary: dictionaryOf(keyTexts) });
  return deflated.length + 1 < bytes.length
    ? { B: Buffer.concat([Buffer.of(FORMAT), deflated]) }
    : { S: text };
}

/** The JSON text of a stored body. Throws when it is not one of ours. */
export function decodeBody({ S: text, B: stored }: StoredBody, keyTexts: readonly string[]): string {
  if (stored === undefined) return text ?? '';
  const bytes = typeof stored === 'string' ? Buffer.from(stored, 'base64') : stored;
  if (bytes[0] !== FORMAT) throw new RangeError(`the format of a body must be ${FORMAT}, not ${bytes[0]}`);
  const dictionary = dictionaryOf(keyTexts);
  return inflateRawSync(bytes.subarray(1), { dictionary, maxOutputLength: MOST_BYTES }).toString();
}

function dictionaryOf(keyTexts: readonly string[]): Buffer {
  return Buffer.from(BODY_DICTIONARY_1 + keyTexts.join(''));
}
