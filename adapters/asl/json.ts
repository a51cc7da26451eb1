// JSON values as the interpreter sees them. They are never changed in place: every edit copies the objects along its way,
// so states, branches and map items can share one value.
import { AslError } from './asl-error.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** The States Language's quota for the input and output of a state: UTF-8 bytes of its JSON text. */
export const DATA_LIMIT_BYTES = 256 * 1024;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `Array.isArray` loses the element type of a readonly array; this keeps it. */
export function isJsonArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/**
 * Lets a value in from outside (a handler's result, an execution's input): what is not JSON is dropped or refused exactly
 * as a JSON wire would, and the copy cannot be changed by its giver afterwards. `undefined` becomes null.
 */
export function admitJson(value: unknown, what: string): Json {
  const text = textOf(value, what);
  refuseOverLimit(text, what);
  // JSON.parse of JSON text yields JSON.
  return JSON.parse(text) as Json;
}

/** Refuses a value that has grown over the limit inside the interpreter. */
export function checkSize(value: Json, what: string): void {
  if (typeof value !== 'object' && typeof value !== 'string') return;
  refuseOverLimit(textOf(value, what), what);
}

function textOf(value: unknown, what: string): string {
  try {
    // The declared type forgets that undefined and functions have no JSON text.
    return JSON.stringify(value) ?? 'null';
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AslError('States.Runtime', `${what} cannot be written as JSON: ${why}`);
  }
}

function refuseOverLimit(text: string, what: string): void {
  // A UTF-16 unit takes at most 3 UTF-8 bytes, so short texts need no counting.
  if (text.length * 3 <= DATA_LIMIT_BYTES) return;
  const bytes = Buffer.byteLength(text);
  if (bytes <= DATA_LIMIT_BYTES) return;
  throw new AslError(
    'States.DataLimitExceeded',
    `${what} has ${bytes} bytes, more than the ${DATA_LIMIT_BYTES} that a state may pass on`,
  );
}

export function jsonEquals(left: Json, right: Json): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (isJsonArray(left)) {
    if (!isJsonArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => jsonEquals(item, right[index] ?? null));
  }
  if (isJsonArray(right)) return false;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && jsonEquals(left[key] ?? null, right[key] ?? null));
}
