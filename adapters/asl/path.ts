// Compiled JSONPath. A path of names and indexes alone is definite and selects one value or nothing; any other path selects
// a list, possibly empty. A reference path is a definite path that can also be written to.
import { AslError } from './asl-error.ts';
import { isJsonArray, isJsonObject, jsonEquals } from './json.ts';
import type { Json } from './json.ts';
import type { Filter, Operand, Step } from './path-syntax.ts';
import { readWholePath } from './path-syntax.ts';

/** `undefined`: the document has no such place. */
export type Select = (root: Json) => Json | undefined;
/** A copy of `root` in which the place holds `value`. */
export type Insert = (root: Json, value: Json) => Json;
type Key = string | number;

export function compileSteps(steps: readonly Step[]): Select {
  const keys = definiteKeys(steps);
  if (keys === undefined) return (root) => selectAll(steps, root, root);
  const [only] = keys;
  if (only === undefined) return (root) => root;
  if (keys.length === 1) return (root) => child(root, only);
  return (root) => {
    let node: Json | undefined = root;
    for (const key of keys) {
      node = child(node, key);
      if (node === undefined) return undefined;
    }
    return node;
  };
}

/** The keys of a reference path such as `$.a['b'][0]`; throws SyntaxError when the path could select more than one place. */
export function parseReferencePath(path: string): readonly Key[] {
  if (!path.startsWith('$') || path.startsWith('$$')) {
    throw new SyntaxError(`expected a path that starts with one "$", got ${JSON.stringify(path)}`);
  }
  const keys = definiteKeys(readWholePath({ text: path, at: 1 }));
  if (keys === undefined || keys.some((key) => typeof key === 'number' && key < 0)) {
    throw new SyntaxError(`expected a reference path, which names one place, got ${JSON.stringify(path)}`);
  }
  return keys;
}

export function compileInsert(path: string): Insert {
  const keys = parseReferencePath(path);
  if (keys.length === 0) return (_root, value) => value;
  const mismatch = (): never => {
    throw new AslError(
      'States.ResultPathMatchFailure',
      `the result cannot be placed at ${path} of the input`,
    );
  };
  return (root, value) => insertAt(root, keys, 0, value, mismatch);
}

function insertAt(node: Json, keys: readonly Key[], depth: number, value: Json, mismatch: () => never): Json {
  const key = keys[depth];
  if (key === undefined) return value;
  if (typeof key === 'number') {
    const old = isJsonArray(node) ? node[key] : undefined;
    if (!isJsonArray(node) || old === undefined) return mismatch();
    return node.with(key, insertAt(old, keys, depth + 1, value, mismatch));
  }
  if (!isJsonObject(node)) return mismatch();
  const found = child(node, key);
  const old: Json = found === undefined ? {} : found;
  // A computed key defines an own property, also for "__proto__".
  return { ...node, [key]: insertAt(old, keys, depth + 1, value, mismatch) };
}

function definiteKeys(steps: readonly Step[]): readonly Key[] | undefined {
  const keys: Key[] = [];
  for (const step of steps) {
    if (step.kind === 'name') keys.push(step.name);
    else if (step.kind === 'index') keys.push(step.index);
    else return undefined;
  }
  return keys;
}

function child(node: Json | undefined, key: Key): Json | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  if (isJsonArray(node)) return typeof key === 'number' ? node.at(key) : undefined;
  return typeof key === 'string' && Object.hasOwn(node, key) ? node[key] : undefined;
}

function selectAll(steps: readonly Step[], start: Json, root: Json): Json[] {
  let nodes: Json[] = [start];
  for (const step of steps) {
    const next: Json[] = [];
    for (const node of nodes) select(step, node, root, next);
    nodes = next;
  }
  return nodes;
}

function select(step: Step, node: Json, root: Json, into: Json[]): void {
  switch (step.kind) {
    case 'name':
      return push(into, child(node, step.name));
    case 'index':
      return push(into, child(node, step.index));
    case 'union':
      for (const key of step.keys) push(into, child(node, key));
      return;
    case 'slice':
      return isJsonArray(node) ? slice(node, step, into) : undefined;
    case 'wildcard':
      for (const value of childrenOf(node)) into.push(value);
      return;
    case 'descend':
      return descend(node, into);
    case 'filter':
      // An array is filtered by element; an object is kept or dropped as a whole.
      for (const item of isJsonArray(node) ? node : [node]) {
        if (isJsonObject(item) || isJsonArray(node)) {
          if (passes(step.filter, item, root)) into.push(item);
        }
      }
  }
}

function push(into: Json[], value: Json | undefined): void {
  if (value !== undefined) into.push(value);
}

function childrenOf(node: Json): readonly Json[] {
  if (typeof node !== 'object' || node === null) return [];
  return isJsonArray(node) ? node : Object.values(node);
}

function slice(list: readonly Json[], step: Step & { kind: 'slice' }, into: Json[]): void {
  const chosen = list.slice(step.from ?? 0, step.to ?? list.length);
  for (let index = 0; index < chosen.length; index += step.by) push(into, chosen[index]);
}

/** The node and everything below it, parents first; on a stack of its own, as data may be nested deeper than calls can be. */
function descend(node: Json, into: Json[]): void {
  const waiting: Json[] = [node];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    into.push(next);
    for (const below of childrenOf(next).toReversed()) waiting.push(below);
  }
}

function passes(filter: Filter, item: Json, root: Json): boolean {
  switch (filter.kind) {
    case 'or':
      return passes(filter.left, item, root) || passes(filter.right, item, root);
    case 'and':
      return passes(filter.left, item, root) && passes(filter.right, item, root);
    case 'not':
      return !passes(filter.of, item, root);
    case 'exists':
      return valueOf(filter.path, item, root) !== undefined;
    case 'compare': {
      const left = valueOf(filter.left, item, root);
      const right = valueOf(filter.right, item, root);
      if (filter.by === '==') return equal(left, right);
      if (filter.by === '!=') return !equal(left, right);
      return ordered(filter.by, left, right);
    }
  }
}

function valueOf(operand: Operand, item: Json, root: Json): Json | undefined {
  if (operand.kind === 'literal') return operand.value;
  const start = operand.from === '@' ? item : root;
  const keys = definiteKeys(operand.steps);
  if (keys !== undefined) return compileSteps(operand.steps)(start);
  const found = selectAll(operand.steps, start, root);
  return found.length > 0 ? found : undefined;
}

function equal(left: Json | undefined, right: Json | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return jsonEquals(left, right);
}

function ordered(by: '<' | '<=' | '>' | '>=', left: Json | undefined, right: Json | undefined): boolean {
  const numbers = typeof left === 'number' && typeof right === 'number';
  const strings = typeof left === 'string' && typeof right === 'string';
  if (!numbers && !strings) return false;
  switch (by) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}
