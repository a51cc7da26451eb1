// IAM's condition operators: how one value of a request compares with one value of a policy. Negation, sets of values and
// absent keys are no matter of theirs; see condition.ts.
import type { Expand } from './pattern.ts';
import { expandText, matches, matchesArn, patternOf } from './pattern.ts';

/** Whether the request's value is what the policy's value says; false when either is not of the operator's kind. */
export type Compare = (asked: string, wanted: string, expand: Expand | undefined) => boolean;

export interface Operator {
  readonly compare: Compare;
  /** The positive operator, turned round: true when no value matches. */
  readonly negated: boolean;
  /** The rule a policy's value must keep, as the end of `must be …`; absent: any text. */
  readonly valueRule?: { readonly says: string; readonly holds: (value: string) => boolean };
}

const text =
  (equal: (asked: string, wanted: string) => boolean): Compare =>
  (asked, wanted, expand) => {
    const expanded = expandText(wanted, expand);
    return expanded !== undefined && equal(asked, expanded);
  };
const equals = text((asked, wanted) => asked === wanted);
const equalsIgnoringCase = text((asked, wanted) => asked.toLowerCase() === wanted.toLowerCase());
const like: Compare = (asked, wanted, expand) => {
  const pattern = patternOf(wanted, expand);
  return pattern !== undefined && matches(pattern, asked);
};
const arnLike: Compare = (asked, wanted, expand) => {
  const pattern = patternOf(wanted, expand);
  return pattern !== undefined && matchesArn(pattern, asked);
};

const measured =
  (measure: (value: string) => number, holds: (asked: number, wanted: number) => boolean): Compare =>
  (asked, wanted) => {
    const [left, right] = [measure(asked), measure(wanted)];
    return !Number.isNaN(left) && !Number.isNaN(right) && holds(left, right);
  };

const RELATIONS = {
  Equals: (asked: number, wanted: number) => asked === wanted,
  LessThan: (asked: number, wanted: number) => asked < wanted,
  LessThanEquals: (asked: number, wanted: number) => asked <= wanted,
  GreaterThan: (asked: number, wanted: number) => asked > wanted,
  GreaterThanEquals: (asked: number, wanted: number) => asked >= wanted,
} as const;

export function numberOf(value: string): number {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(value) ? Number(value) : Number.NaN;
}

const ISO_DATE = /^\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d))?)?)?$/;

/** Milliseconds of an ISO 8601 time, or of seconds since 1970. */
export function timeOf(value: string): number {
  if (ISO_DATE.test(value)) return Date.parse(value);
  return /^\d{5,}$/.test(value) ? Number(value) * 1_000 : Number.NaN;
}

const compareBoolean = text((asked, wanted) => asked.toLowerCase() === wanted.toLowerCase());

// ------------------------------------------------------------------------------------------------------- addresses

interface Address {
  /** 4 or 16 bytes as one number. */
  readonly value: bigint;
  readonly bits: 32 | 128;
}

export function addressOf(text: string): Address | undefined {
  const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (v4) {
    if (v4.some((byte) => byte > 255)) return undefined;
    return { value: v4.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n), bits: 32 };
  }
  const [head = '', tail, more] = text.split('::');
  if (more !== undefined || !text.includes(':')) return undefined;
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return { value: groups.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n), bits: 128 };
}

interface Range {
  readonly address: Address;
  readonly prefix: number;
}

export function rangeOf(text: string): Range | undefined {
  const [, name = '', prefixText] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = addressOf(name);
  if (!address) return undefined;
  const prefix = prefixText === undefined ? address.bits : Number(prefixText);
  return prefix <= address.bits ? { address, prefix } : undefined;
}

const inRange: Compare = (asked, wanted) => {
  const address = addressOf(asked);
  const range = rangeOf(wanted);
  if (!address || !range || address.bits !== range.address.bits) return false;
  const shift = BigInt(address.bits - range.prefix);
  return address.value >> shift === range.address.value >> shift;
};

// ---------------------------------------------------------------------------------------------------------- the table

const numberRule = { says: 'a number', holds: (value: string) => !Number.isNaN(numberOf(value)) };
const dateRule = {
  says: 'a date of ISO 8601 or seconds since 1970',
  holds: (value: string) => !Number.isNaN(timeOf(value)),
};
const booleanRule = { says: '"true" or "false"', holds: (value: string) => /^(?:true|false)$/i.test(value) };
const addressRule = {
  says: 'an IP address or range such as 203.0.113.0/24',
  holds: (value: string) => rangeOf(value) !== undefined,
};

function pair(
  name: string,
  not: string,
  compare: Compare,
  valueRule?: Operator['valueRule'],
): readonly (readonly [string, Operator])[] {
  const rule = valueRule === undefined ? {} : { valueRule };
  return [
    [name, { compare, negated: false, ...rule }],
    [not, { compare, negated: true, ...rule }],
  ];
}

function ordered(
  kind: 'Numeric' | 'Date',
  measure: (value: string) => number,
  valueRule: NonNullable<Operator['valueRule']>,
): readonly (readonly [string, Operator])[] {
  const positive = Object.entries(RELATIONS).map(([name, holds]): readonly [string, Operator] => [
    `${kind}${name}`,
    { compare: measured(measure, holds), negated: false, valueRule },
  ]);
  const not: Operator = { compare: measured(measure, RELATIONS.Equals), negated: true, valueRule };
  return [...positive, [`${kind}NotEquals`, not]];
}

/** Every operator but Null, by name; the forms `…IfExists`, `ForAllValues:…` and `ForAnyValue:…` are read in condition.ts. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ...pair('StringEquals', 'StringNotEquals', equals),
  ...pair('StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', equalsIgnoringCase),
  ...pair('StringLike', 'StringNotLike', like),
  // For ARNs IAM makes no difference between the two.
  ...pair('ArnEquals', 'ArnNotEquals', arnLike),
  ...pair('ArnLike', 'ArnNotLike', arnLike),
  ...pair('IpAddress', 'NotIpAddress', inRange, addressRule),
  ...ordered('Numeric', numberOf, numberRule),
  ...ordered('Date', timeOf, dateRule),
  ['Bool', { compare: compareBoolean, negated: false, valueRule: booleanRule }],
  ['BinaryEquals', { compare: equals, negated: false }],
]);
