// The intrinsic functions of the States Language, one entry each. A call with the wrong number of arguments is a broken
// definition; a wrong argument is States.IntrinsicFailure at run time.
import { createHash } from 'node:crypto';
import { AslError } from './asl-error.ts';
import type { Ambient, Evaluate } from './evaluate.ts';
import { isJsonArray, isJsonObject, jsonEquals } from './json.ts';
import type { Json, JsonObject } from './json.ts';

/** The limits that Step Functions documents for these functions. */
const MAX_TEXT_LENGTH = 10_000;
const MAX_RANGE_ITEMS = 1000;
const HASHES: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

interface Intrinsic {
  readonly least: number;
  readonly most: number;
  readonly apply: (operands: readonly Json[], ambient: Ambient) => Json;
}

export function compileIntrinsic(name: string, operands: readonly Evaluate[]): Evaluate {
  const intrinsic = INTRINSICS.get(name);
  if (intrinsic === undefined) throw new SyntaxError(`there is no intrinsic function ${name}`);
  const { least, most, apply } = intrinsic;
  if (operands.length < least || operands.length > most) {
    const range = least === most ? `${least}` : `${least} to ${most}`;
    throw new SyntaxError(`${name} takes ${range} arguments, got ${operands.length}`);
  }
  return (input, ambient) => {
    const values = operands.map((operand) => operand(input, ambient));
    return named(name, () => apply(values, ambient));
  };
}

/** States.Format with a literal template, which is cut into its pieces beforehand. */
export function compileFormat(pieces: readonly string[], operands: readonly Evaluate[]): Evaluate {
  if (operands.length !== pieces.length - 1) {
    throw new SyntaxError(`States.Format has ${pieces.length - 1} {} but ${operands.length} values for them`);
  }
  return (input, ambient) =>
    join(
      pieces,
      operands.map((operand) => operand(input, ambient)),
    );
}

/** A wrong argument, told by the function that was given it. */
class WrongArgument extends Error {}

function named(name: string, apply: () => Json): Json {
  try {
    return apply();
  } catch (thrown) {
    if (!(thrown instanceof WrongArgument)) throw thrown;
    throw new AslError('States.IntrinsicFailure', `${name}: ${thrown.message}`);
  }
}

function refuse(expected: string, got: Json | undefined): never {
  throw new WrongArgument(`expected ${expected}, got ${JSON.stringify(got)?.slice(0, 100)}`);
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : refuse('a string', value);
}

function shortText(value: Json | undefined): string {
  const short = text(value);
  return short.length <= MAX_TEXT_LENGTH ? short : refuse(`at most ${MAX_TEXT_LENGTH} characters`, value);
}

function list(value: Json | undefined): readonly Json[] {
  return value !== undefined && isJsonArray(value) ? value : refuse('an array', value);
}

function object(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : refuse('an object', value);
}

/** Fractions are rounded, as Step Functions does. */
function integer(value: Json | undefined): number {
  return typeof value === 'number' ? Math.round(value) : refuse('a number', value);
}

function operand(operands: readonly Json[], index: number): Json {
  return operands[index] ?? null;
}

function join(pieces: readonly string[], values: readonly Json[]): string {
  let joined = pieces[0] ?? '';
  for (const [index, value] of values.entries()) {
    joined += (typeof value === 'string' ? value : JSON.stringify(value)) + (pieces[index + 1] ?? '');
  }
  return joined;
}

function format([template, ...values]: readonly Json[]): Json {
  const pieces = text(template).split('{}');
  if (values.length !== pieces.length - 1) refuse(`${pieces.length - 1} values for the {}`, values.length);
  return join(pieces, values);
}

function parseText(value: Json | undefined): Json {
  try {
    // JSON.parse of text yields JSON.
    return JSON.parse(text(value)) as Json;
  } catch (cause) {
    return cause instanceof SyntaxError ? refuse('JSON text', value) : raise(cause);
  }
}

function raise(cause: unknown): never {
  throw cause;
}

function partition(items: readonly Json[], size: number): Json {
  if (size < 1) refuse('a chunk size of at least 1', size);
  return Array.from({ length: Math.ceil(items.length / size) }, (_, chunk) =>
    items.slice(chunk * size, (chunk + 1) * size),
  );
}

function range(first: number, last: number, by: number): Json {
  if (by === 0) refuse('a step other than 0', by);
  const count = Math.max(0, Math.floor((last - first) / by) + 1);
  if (count > MAX_RANGE_ITEMS) refuse(`at most ${MAX_RANGE_ITEMS} items`, count);
  return Array.from({ length: count }, (_, index) => first + index * by);
}

function unique(items: readonly Json[]): Json {
  const seen: Json[] = [];
  for (const item of items) if (!seen.some((other) => jsonEquals(other, item))) seen.push(item);
  return seen;
}

function hash(value: Json | undefined, algorithm: string): Json {
  const digest = HASHES[algorithm] ?? refuse(`one of ${Object.keys(HASHES).join(', ')}`, algorithm);
  const data = typeof value === 'string' ? value : JSON.stringify(value);
  return createHash(digest).update(shortText(data)).digest('hex');
}

/** One seed, one number: a step of the mulberry32 generator. */
function seeded(seed: number): number {
  let mixed = (seed + 0x6d2b79f5) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

function randomBetween(operands: readonly Json[], ambient: Ambient): Json {
  const [from, below] = [integer(operands[0]), integer(operands[1])];
  if (below <= from) refuse('an end greater than the start', below);
  const random = operands[2] === undefined ? ambient.random() : seeded(integer(operands[2]));
  return from + Math.floor(random * (below - from));
}

function split(value: Json | undefined, delimiters: string): Json {
  // Every character of the second argument is a delimiter; empty parts are dropped.
  const parts: string[] = [];
  let part = '';
  for (const char of shortText(value)) {
    if (!delimiters.includes(char)) {
      part += char;
      continue;
    }
    if (part !== '') parts.push(part);
    part = '';
  }
  return part === '' ? parts : [...parts, part];
}

function merge(left: JsonObject, right: JsonObject, deep: Json): Json {
  if (deep !== false) refuse('false: only a shallow merge is defined', deep);
  return { ...left, ...right };
}

const INTRINSICS: ReadonlyMap<string, Intrinsic> = new Map<string, Intrinsic>([
  ['States.Format', { least: 1, most: Infinity, apply: format }],
  ['States.StringToJson', { least: 1, most: 1, apply: ([value]) => parseText(value) }],
  ['States.JsonToString', { least: 1, most: 1, apply: (all) => JSON.stringify(operand(all, 0)) }],
  ['States.Array', { least: 0, most: Infinity, apply: (all) => all }],
  [
    'States.ArrayPartition',
    { least: 2, most: 2, apply: ([items, size]) => partition(list(items), integer(size)) },
  ],
  [
    'States.ArrayContains',
    { least: 2, most: 2, apply: (all) => list(all[0]).some((item) => jsonEquals(item, operand(all, 1))) },
  ],
  [
    'States.ArrayRange',
    { least: 3, most: 3, apply: ([first, last, by]) => range(integer(first), integer(last), integer(by)) },
  ],
  [
    'States.ArrayGetItem',
    {
      least: 2,
      most: 2,
      apply: ([items, at]) => list(items)[integer(at)] ?? refuse('an index in the array', at),
    },
  ],
  ['States.ArrayLength', { least: 1, most: 1, apply: ([items]) => list(items).length }],
  ['States.ArrayUnique', { least: 1, most: 1, apply: ([items]) => unique(list(items)) }],
  [
    'States.Base64Encode',
    { least: 1, most: 1, apply: ([value]) => Buffer.from(shortText(value)).toString('base64') },
  ],
  [
    'States.Base64Decode',
    { least: 1, most: 1, apply: ([value]) => Buffer.from(shortText(value), 'base64').toString() },
  ],
  ['States.Hash', { least: 2, most: 2, apply: ([value, algorithm]) => hash(value, text(algorithm)) }],
  [
    'States.JsonMerge',
    { least: 3, most: 3, apply: (all) => merge(object(all[0]), object(all[1]), operand(all, 2)) },
  ],
  ['States.MathRandom', { least: 2, most: 3, apply: randomBetween }],
  ['States.MathAdd', { least: 2, most: 2, apply: ([left, right]) => integer(left) + integer(right) }],
  [
    'States.StringSplit',
    { least: 2, most: 2, apply: ([value, delimiters]) => split(value, text(delimiters)) },
  ],
  ['States.UUID', { least: 0, most: 0, apply: (_all, ambient) => ambient.uuid() }],
]);
