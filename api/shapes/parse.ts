// Turns a shape into a function that checks a JSON value against it and returns a clean copy: unknown members dropped, null
// members left out, nothing else changed. Compiled once per shape; the path is only put into words when something is wrong.
import type {
  ListShape,
  MapShape,
  NumberShape,
  Shape,
  StringShape,
  StructureShape,
  ValueOf,
} from './shape.ts';

/** A value that does not have its shape. The message names the path, the rule and the value received. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
}

type Path = (string | number)[];
type Check = (value: unknown, path: Path) => unknown;

const RECEIVED_CHARACTERS = 80;
const INTEGER = { min: -(2 ** 31), max: 2 ** 31 - 1 };
// A long has 64 bits, but a JSON number is exact only this far; beyond it a strict client could not read its own value back.
const LONG = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };

/**
 * Compiles a shape. The returned function takes the value and the name that paths begin with, and throws `InvalidInput`.
 * Members set to null count as absent; null elsewhere in a list is an error.
 */
export function compileChecker(shape: Shape): (value: unknown, root: string) => unknown {
  const check = compile(shape, new Map());
  return (value, root) => check(value, [root]);
}

/** `compileChecker` for a shape that is written down in the sources, whose values TypeScript can therefore name. */
export function compileParser<S extends Shape>(shape: S): (value: unknown, root: string) => ValueOf<S> {
  const check = compileChecker(shape);
  // A checked value is what ValueOf describes: the cases of `compileKind` and of ValueOf mirror each other.
  return (value, root) => check(value, root) as ValueOf<S>;
}

function compile(shape: Shape, known: Map<Shape, Check>): Check {
  const earlier = known.get(shape);
  if (earlier) return earlier;
  const check = compileKind(shape, known);
  known.set(shape, check);
  return check;
}

function compileKind(shape: Shape, known: Map<Shape, Check>): Check {
  switch (shape.kind) {
    case 'string':
      return stringCheck(shape);
    case 'boolean':
      return (value, path) =>
        typeof value === 'boolean' ? value : refuse(path, 'must be true or false', value);
    case 'number':
      return numberCheck(shape);
    case 'list':
      return listCheck(shape, compile(shape.element, known));
    case 'map':
      return mapCheck(shape, stringCheck(shape.key), compile(shape.value, known));
    case 'structure':
      return structureCheck(shape, known);
  }
}

function stringCheck(shape: StringShape): Check {
  const { min = 0, max = Infinity, values, anyCase = false } = shape;
  const allowed = values && new Set<string>(anyCase ? values.map((value) => value.toUpperCase()) : values);
  return (value, path) => {
    if (typeof value !== 'string') return refuse(path, 'must be a string', value);
    if (allowed && !allowed.has(anyCase ? value.toUpperCase() : value)) {
      return refuse(path, `must be one of ${values.join(', ')}`, value);
    }
    if (value.length < min || value.length > max) {
      return refuse(path, `must have ${range(min, max)} characters`, value, `${value.length} characters`);
    }
    return value;
  };
}

function numberCheck(shape: NumberShape): Check {
  if (shape.number === 'double') {
    return (value, path) =>
      typeof value === 'number' && Number.isFinite(value) ? value : refuse(path, 'must be a number', value);
  }
  const bits = shape.number === 'integer' ? INTEGER : LONG;
  const min = Math.max(bits.min, shape.min ?? -Infinity);
  const max = Math.min(bits.max, shape.max ?? Infinity);
  return (value, path) => {
    if (typeof value !== 'number' || !Number.isInteger(value))
      return refuse(path, 'must be a whole number', value);
    if (value < min || value > max)
      return refuse(path, `must be a whole number from ${min} to ${max}`, value);
    return value;
  };
}

function listCheck(shape: ListShape, check: Check): Check {
  const { min = 0, max = Infinity } = shape;
  return (value, path) => {
    if (!Array.isArray(value)) return refuse(path, 'must be a list', value);
    if (value.length < min || value.length > max) {
      return refuse(path, `must have ${range(min, max)} entries`, value, `${value.length} entries`);
    }
    const at = path.push(0) - 1;
    const elements = value.map((element: unknown, index) => {
      path[at] = index;
      return check(element, path);
    });
    path.pop();
    return elements;
  };
}

function mapCheck(shape: MapShape, checkKey: Check, checkValue: Check): Check {
  const max = shape.max ?? Infinity;
  return (value, path) => {
    if (!isObject(value)) return refuse(path, 'must be an object', value);
    const present = Object.entries(value).filter(([, entry]) => entry !== null);
    if (present.length > max) {
      return refuse(path, `must have ${range(0, max)} entries`, value, `${present.length} entries`);
    }
    for (const entry of present) {
      path.push(entry[0]);
      checkKey(entry[0], path);
      entry[1] = checkValue(entry[1], path);
      path.pop();
    }
    // Unlike assignment, this gives a key named `__proto__` no power.
    return Object.fromEntries(present);
  };
}

function structureCheck(shape: StructureShape, known: Map<Shape, Check>): Check {
  const members = Object.entries(shape.members).map(([name, member]) => ({
    name,
    required: member.required,
    check: compile(member.shape, known),
  }));
  return (value, path) => {
    if (!isObject(value)) return refuse(path, 'must be an object', value);
    const parsed: Record<string, unknown> = {};
    for (const { name, required, check } of members) {
      const member = value[name];
      if (member === undefined || member === null) {
        if (required) throw new InvalidInput(`${pathText([...path, name])} is required.`);
        continue;
      }
      path.push(name);
      parsed[name] = check(member, path);
      path.pop();
    }
    return parsed;
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function range(min: number, max: number): string {
  if (max === Infinity) return `at least ${min}`;
  return min === 0 ? `at most ${max}` : `${min} to ${max}`;
}

function refuse(path: Path, rule: string, value: unknown, received = shorten(value)): never {
  throw new InvalidInput(`${pathText(path)} ${rule}; received ${received}.`);
}

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

function pathText(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      if (!PLAIN_NAME.test(part)) return `[${shorten(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');
}

/** The value as JSON, cut short: a caller's mistake may be a megabyte long. */
function shorten(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (isObject(value)) return 'an object';
  if (typeof value !== 'string') return JSON.stringify(value);
  return JSON.stringify(
    value.length > RECEIVED_CHARACTERS ? `${value.slice(0, RECEIVED_CHARACTERS)}…` : value,
  );
}
