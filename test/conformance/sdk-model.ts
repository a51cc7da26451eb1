// AWS Batch as the installed SDK models it, read from its own schemas and not from Slipway's shapes: what conformance is held
// to. Samples are inputs that have every member; a mistake is such a sample with one thing wrong.
import * as sdk from '@aws-sdk/client-batch';
import type { BatchClient } from '@aws-sdk/client-batch';
import { NormalizedSchema } from '@smithy/core/schema';
import { memberRules } from '../../api/shapes/member-rules.ts';
import type { Rule } from '../../api/shapes/rule.ts';

/** [9, namespace, name, traits, input, output]: the SDK's static schema of an operation. */
type OperationSchema = readonly [
  9,
  string,
  string,
  { http: [string, string, number] },
  StructSchema,
  StructSchema,
];
type StructSchema = Parameters<typeof NormalizedSchema.of>[0];

const exported: ReadonlyMap<string, unknown> = new Map(Object.entries(sdk));

function operationSchema(name: string): OperationSchema {
  return exported.get(`${name}$`) as OperationSchema; // every name of OPERATION_NAMES has one
}

export const OPERATION_NAMES: readonly string[] = [...exported]
  .filter(([name, value]) => name.endsWith('$') && Array.isArray(value) && value[0] === 9)
  .map(([name]) => name.slice(0, -1));

export function httpOf(name: string): { readonly method: string; readonly path: string } {
  const [method, path] = operationSchema(name)[3].http;
  return { method, path };
}

export function inputOf(name: string): NormalizedSchema {
  return NormalizedSchema.of(operationSchema(name)[4]);
}

export function outputOf(name: string): NormalizedSchema {
  return NormalizedSchema.of(operationSchema(name)[5]);
}

export function structureOf(name: string): NormalizedSchema {
  return NormalizedSchema.of(exported.get(`${name}$`) as StructSchema); // named by a test that fails without it
}

type Command = Parameters<BatchClient['send']>[0];

/** The SDK's own command of an operation: it writes the request and reads the answer. */
export function commandOf(name: string, input: object): Command {
  const Made = exported.get(`${name}Command`) as new (input: object) => Command; // each operation has its class
  return new Made(input);
}

export function requiredMembers(schema: NormalizedSchema): ReadonlySet<string> {
  // [3, namespace, name, traits, members, schemas, count]: the required ones come first.
  const [, , , , names, , count] = schema.getSchema() as [
    3,
    string,
    string,
    unknown,
    string[],
    unknown,
    number?,
  ];
  return new Set(names.slice(0, count ?? 0));
}

/** Members of an input that travel in the path or the query, where JSON types mean nothing. */
export function isOutsideBody(schema: NormalizedSchema): boolean {
  const { httpLabel, httpQuery } = schema.getMergedTraits();
  return httpLabel !== undefined || httpQuery !== undefined;
}

export type Path = readonly (string | number)[];

export function pathText(path: Path): string {
  return path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
}

/** What every mistake of a kind of member looks like in a request. */
export interface Mistake {
  readonly kind: 'missing' | 'wrong type' | 'unknown enum value';
  readonly path: Path;
  readonly input: object;
}

interface Node {
  readonly path: Path;
  readonly schema: NormalizedSchema;
  readonly rule: Rule;
  readonly required: boolean;
}

/** A value of the schema with every member set, lists and maps with one entry. */
export function sampleOf(schema: NormalizedSchema, rule: Rule = {}): unknown {
  if (schema.isStructSchema()) {
    return Object.fromEntries(membersOf(schema).map(([name, member, of]) => [name, sampleOf(member, of)]));
  }
  if (schema.isListSchema()) return [sampleOf(schema.getValueSchema(), rule.member)];
  if (schema.isMapSchema()) return { key: sampleOf(schema.getValueSchema(), rule.value) };
  if (schema.isStringSchema()) return rule.enum?.[0] ?? 'x';
  if (schema.isBooleanSchema()) return true;
  return rule.min ?? 1;
}

function membersOf(schema: NormalizedSchema): [string, NormalizedSchema, Rule][] {
  const rules = memberRules[schema.getName() ?? ''] ?? {};
  return [...schema.structIterator()].map(([name, member]) => [name, member, rules[name] ?? {}]);
}

function* nodesIn(schema: NormalizedSchema, path: Path, rule: Rule): Generator<Node> {
  if (schema.isStructSchema()) {
    const required = requiredMembers(schema);
    for (const [name, member, of] of membersOf(schema)) {
      if (isOutsideBody(member)) continue;
      const at = [...path, name];
      yield { path: at, schema: member, rule: of, required: required.has(name) };
      yield* nodesIn(member, at, of);
    }
    return;
  }
  const [step, of] = schema.isListSchema() ? [0, rule.member] : ['key', rule.value];
  if (!schema.isListSchema() && !schema.isMapSchema()) return;
  const at = [...path, step];
  yield { path: at, schema: schema.getValueSchema(), rule: of ?? {}, required: false };
  yield* nodesIn(schema.getValueSchema(), at, of ?? {});
}

/** A JSON value of another type. */
function misfit(schema: NormalizedSchema): unknown {
  if (schema.isStringSchema()) return 7;
  if (schema.isStructSchema() || schema.isMapSchema()) return [];
  return schema.isListSchema() ? {} : 'seven';
}

const NOTHING = Symbol('nothing');

function withChange(value: unknown, [step, ...rest]: Path, change: unknown): unknown {
  if (step === undefined) return change;
  if (Array.isArray(value)) return [withChange(value[0], rest, change)];
  const members = { ...(value as Record<string, unknown>) }; // a sample is an object wherever a name leads on
  if (rest.length === 0 && change === NOTHING) {
    delete members[step];
    return members;
  }
  return { ...members, [step]: withChange(members[step], rest, change) };
}

/** Every mistake that the model lets a test make with an operation's body. */
export function mistakesOf(name: string): readonly Mistake[] {
  const schema = inputOf(name);
  const sample = sampleOf(schema);
  return [...nodesIn(schema, [], {})].flatMap(({ path, schema: member, rule, required }) => {
    const make = (kind: Mistake['kind'], change: unknown): Mistake => ({
      kind,
      path,
      input: withChange(sample, path, change) as object, // only a member below was changed
    });
    return [
      make('wrong type', misfit(member)),
      ...(required ? [make('missing', NOTHING)] : []),
      ...(rule.enum ? [make('unknown enum value', 'NO_SUCH_VALUE')] : []),
    ];
  });
}

/** Numbers that may have a fraction; every other number of Batch is an int or a long. */
const FRACTIONS = new Set([
  'ShareAttributes.weightFactor',
  'QueueSnapshotCapacityUsage.quantity',
  'FairshareCapacityUsage.quantity',
]);

/** What an answer says that the model does not let it say, by path. */
export function* strangeIn(schema: NormalizedSchema, value: unknown, path: Path = []): Generator<string> {
  if (schema.isStructSchema()) {
    const members = new Map(schema.structIterator());
    for (const [name, member] of Object.entries(asObject(value))) {
      const known = members.get(name);
      if (!known) yield `${pathText([...path, name])} is not in the model`;
      else if (typeof member === 'number' && isFraction(schema, name, member))
        yield `${pathText([...path, name])} is ${member}, not a whole number`;
      else yield* strangeIn(known, member, [...path, name]);
    }
  } else if (schema.isListSchema()) {
    if (!Array.isArray(value)) yield `${pathText(path)} is not a list`;
    else
      for (const [index, element] of value.entries())
        yield* strangeIn(schema.getValueSchema(), element, [...path, index]);
  } else if (schema.isMapSchema()) {
    for (const [key, entry] of Object.entries(asObject(value)))
      yield* strangeIn(schema.getValueSchema(), entry, [...path, key]);
  } else {
    const type = schema.isStringSchema() ? 'string' : schema.isBooleanSchema() ? 'boolean' : 'number';
    if (typeof value !== type) yield `${pathText(path)} is ${JSON.stringify(value)}, not a ${type}`;
  }
}

function isFraction(schema: NormalizedSchema, name: string, value: number): boolean {
  return !Number.isSafeInteger(value) && !FRACTIONS.has(`${schema.getName()}.${name}`);
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : { '(not an object)': value };
}
