// The inputs of Batch's operations as shapes: nesting and required members from the SDK's schemas, the rest from the
// generated table. Derived on first use of an operation, so that a cold start pays only for what it serves.
import { NormalizedSchema } from '@smithy/core/schema';
import type { StaticOperationSchema } from '@smithy/types';
import { memberRules } from './member-rules.ts';
import { operationSchemas, type SdkTypes } from './operations.ts';
import { compileChecker } from './parse.ts';
import type { Rule } from './rule.ts';
import type { Member, NumberShape, Shape, StringShape, StructureShape } from './shape.ts';

export type OperationName = keyof SdkTypes;

// Batch documents the actions of retry rules as not case sensitive, which the model cannot say.
const ANY_CASE = new Set(['EvaluateOnExit.action', 'ServiceJobEvaluateOnExit.action']);

export interface HttpBinding {
  readonly method: string;
  /** As modelled: `/v1/submitjob`, `/v1/tags/{resourceArn}`. */
  readonly path: string;
}

/** Input members that travel outside the body, by where they travel. */
export interface InputPlaces {
  readonly label?: string;
  /** Query key by member name; each holds a list. */
  readonly query: readonly { readonly member: string; readonly key: string }[];
}

export function operationNames(): readonly OperationName[] {
  // The object's keys are OperationName by its type; Object.keys forgets that.
  return Object.keys(operationSchemas) as OperationName[];
}

export function httpBinding(name: OperationName): HttpBinding {
  const traits = staticSchema(name)[3];
  const http = typeof traits === 'object' ? traits.http : undefined;
  if (!http) throw new Error(`The SDK's schema of ${name} has no HTTP binding.`);
  return { method: http[0], path: http[1] };
}

export function inputShape(name: OperationName): StructureShape {
  return structureOf(inputSchema(name), new Map());
}

export interface InputReader {
  readonly places: InputPlaces;
  /** Checks an input, whole as its handler sees it. Throws `InvalidInput` with a path that begins with the operation's name. */
  parse(value: unknown): unknown;
}

/** How an operation's input is put together and checked. Costs about a millisecond; keep the answer. */
export function inputReader(name: OperationName): InputReader {
  const check = compileChecker(inputShape(name));
  return { places: inputPlaces(name), parse: (value) => check(value, name) };
}

function inputPlaces(name: OperationName): InputPlaces {
  const query: { member: string; key: string }[] = [];
  let label: string | undefined;
  for (const [member, schema] of inputSchema(name).structIterator()) {
    const traits = schema.getMergedTraits();
    if (traits.httpLabel) label = member;
    if (traits.httpQuery) query.push({ member, key: traits.httpQuery });
  }
  return { query, ...(label !== undefined && { label }) };
}

function staticSchema(name: OperationName): StaticOperationSchema {
  return operationSchemas[name];
}

function inputSchema(name: OperationName): NormalizedSchema {
  return NormalizedSchema.of(staticSchema(name)[4]);
}

/** `known` lets a structure that occurs twice be described, and so compiled, once. */
function structureOf(schema: NormalizedSchema, known: Map<string, StructureShape>): StructureShape {
  const name = schema.getName() ?? '';
  const earlier = known.get(name);
  if (earlier) return earlier;
  const requiredNames = requiredMembers(schema);
  const members: Record<string, Member> = {};
  for (const [member, target] of schema.structIterator()) {
    const shape = shapeOf(target, memberRules[name]?.[member] ?? {}, known);
    const anyCase = ANY_CASE.has(`${name}.${member}`);
    members[member] = {
      shape: anyCase && shape.kind === 'string' ? { ...shape, anyCase } : shape,
      required: requiredNames.has(member),
    };
  }
  const structure: StructureShape = { kind: 'structure', members };
  known.set(name, structure);
  return structure;
}

/** A structure's schema lists its required members first and says how many there are. */
function requiredMembers(schema: NormalizedSchema): ReadonlySet<string> {
  const structure: unknown = schema.getSchema();
  if (!Array.isArray(structure)) return new Set();
  // [3, namespace, name, traits, memberNames, memberSchemas, requiredCount]: the SDK's static structure schema.
  const [, , , , names, , count] = structure as [3, string, string, unknown, string[], unknown[], number?];
  return new Set(names.slice(0, count ?? 0));
}

function shapeOf(schema: NormalizedSchema, rule: Rule, known: Map<string, StructureShape>): Shape {
  const bounds = {
    ...(rule.min !== undefined && { min: rule.min }),
    ...(rule.max !== undefined && { max: rule.max }),
  };
  if (schema.isStructSchema()) return structureOf(schema, known);
  if (schema.isListSchema()) {
    return { kind: 'list', element: shapeOf(schema.getValueSchema(), rule.member ?? {}, known), ...bounds };
  }
  if (schema.isMapSchema()) {
    const key = stringOf(rule.key ?? {});
    return { kind: 'map', key, value: shapeOf(schema.getValueSchema(), rule.value ?? {}, known), ...bounds };
  }
  if (schema.isStringSchema()) return stringOf(rule);
  if (schema.isBooleanSchema()) return { kind: 'boolean' };
  if (schema.isNumericSchema()) return { kind: 'number', number: numberKind(rule), ...bounds };
  throw new Error(`No request of AWS Batch had a member like ${schema.getName(true)} when this was written.`);
}

function stringOf(rule: Rule): StringShape {
  const { enum: values, min, max } = rule;
  return {
    kind: 'string',
    ...(values && { values }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
  };
}

function numberKind(rule: Rule): NumberShape['number'] {
  if (rule.number === undefined)
    throw new Error('A number without a kind: run scripts/generate-shapes.ts again.');
  return rule.number === 'float' ? 'double' : rule.number;
}
