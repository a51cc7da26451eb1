// Reading the fields of a definition: every problem becomes a DefinitionError that names the machine, the state, the field,
// the rule and the value.
import { AslError, DefinitionError } from './asl-error.ts';
import { compilePath } from './expression.ts';
import type { Ambient, Evaluate } from './evaluate.ts';
import { isJsonObject } from './json.ts';
import type { Json, JsonObject } from './json.ts';

/** An object of the definition and where it stands in it, such as `machine job, state STARTING`. */
export interface Fields {
  readonly where: string;
  readonly values: JsonObject;
}

export interface Range {
  readonly least: number;
  readonly most: number;
}
/** A number that is fixed in the definition or taken from the input. */
export type Amount = (input: Json, ambient: Ambient) => number;

/** The longest wait or timeout of the States Language: somewhat over three years. */
export const SECONDS: Range = { least: 1, most: 99_999_999 };

export function fieldsOf(where: string, value: Json | undefined): Fields {
  if (isJsonObject(value)) return { where, values: value };
  throw new DefinitionError(`${where}: expected an object, got ${show(value)}`);
}

export function refuseField(fields: Fields, name: string, problem: string): never {
  throw new DefinitionError(`${fields.where}, field ${name}: ${problem}`);
}

export function refuseUnknownFields(fields: Fields, known: ReadonlySet<string>): void {
  for (const name of Object.keys(fields.values)) {
    if (!known.has(name)) refuseField(fields, name, 'there is no such field here');
  }
}

/** The one of these fields that is given; none or more than one is an error. */
export function requireOneOf<Name extends string>(fields: Fields, names: readonly Name[]): Name {
  const given = names.filter((name) => name in fields.values);
  const [only] = given;
  if (only !== undefined && given.length === 1) return only;
  return refuseField(fields, names.join(' | '), `expected exactly one of these, got ${given.length}`);
}

export function readString(fields: Fields, name: string): string | undefined {
  const value = fields.values[name];
  if (value === undefined || typeof value === 'string') return value;
  return refuseField(fields, name, `expected a string, got ${show(value)}`);
}

export function requireString(fields: Fields, name: string): string {
  return readString(fields, name) ?? refuseField(fields, name, 'expected a string, but it is missing');
}

export function readList(fields: Fields, name: string): readonly Json[] | undefined {
  const value = fields.values[name];
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) return refuseField(fields, name, `expected a list, got ${show(value)}`);
  // isArray loses the element type.
  return value as readonly Json[];
}

export function readInteger(fields: Fields, name: string, range: Range): number | undefined {
  const value = fields.values[name];
  if (value === undefined || isIntegerIn(value, range)) return value;
  return refuseField(fields, name, `expected ${describeRange(range)}, got ${show(value)}`);
}

/** `name` holds the number, `<name>Path` says where in the input it is; both at once is an error. */
export function readAmount(fields: Fields, name: string, range: Range): Amount | undefined {
  const pathName = `${name}Path`;
  const fixed = readInteger(fields, name, range);
  const find = readPath(fields, pathName, 'States.Runtime');
  if (fixed !== undefined && find !== undefined) refuseField(fields, pathName, `${name} is given as well`);
  if (fixed !== undefined) return () => fixed;
  if (find === undefined) return undefined;
  return (input, ambient) => {
    const value = find(input, ambient);
    if (isIntegerIn(value, range)) return value;
    throw new AslError('States.Runtime', `${pathName}: expected ${describeRange(range)}, got ${show(value)}`);
  };
}

/** A field that holds a path which must select something when the state runs. */
export function readPath(fields: Fields, name: string, error: string): Evaluate | undefined {
  const path = readString(fields, name);
  return path === undefined ? undefined : compileField(fields, name, () => compilePath(path, error));
}

/** Compiles a field's value, if it is there; the grammar's complaints get their place. */
export function readCompiled<T>(fields: Fields, name: string, compile: (value: Json) => T): T | undefined {
  const value = fields.values[name];
  return value === undefined ? undefined : compileField(fields, name, () => compile(value));
}

function compileField<T>(fields: Fields, name: string, compile: () => T): T {
  try {
    return compile();
  } catch (problem) {
    if (problem instanceof SyntaxError) return refuseField(fields, name, problem.message);
    throw problem;
  }
}

function isIntegerIn(value: Json, { least, most }: Range): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

function describeRange({ least, most }: Range): string {
  return most === Infinity ? `an integer of at least ${least}` : `an integer from ${least} to ${most}`;
}

export function show(value: Json | undefined): string {
  return (value === undefined ? 'nothing' : JSON.stringify(value)).slice(0, 200);
}
