// A whole definition, from its text to a machine that can run: substitution, grammar, and that every transition leads to a
// state of the same graph.
import { DefinitionError } from './asl-error.ts';
import {
  fieldsOf,
  readInteger,
  readString,
  refuseField,
  refuseUnknownFields,
  requireString,
  SECONDS,
  show,
} from './definition-fields.ts';
import type { Fields } from './definition-fields.ts';
import { isJsonObject } from './json.ts';
import type { Json } from './json.ts';
import type { State, StateGraph, StateMachine } from './machine.ts';
import { parseState } from './parse-state.ts';

const GRAPH_FIELDS = new Set(['Comment', 'StartAt', 'States', 'QueryLanguage']);
const MACHINE_FIELDS = new Set([...GRAPH_FIELDS, 'Version', 'TimeoutSeconds']);
const MAX_NAME_LENGTH = 80;

/**
 * Parses and compiles a definition. `${Name}` placeholders are filled in from `substitutions` as CloudFormation's
 * DefinitionSubstitutions do; one without a substitution is an error. Throws `DefinitionError`.
 */
export function parseMachine(
  name: string,
  definitionJson: string,
  substitutions: Readonly<Record<string, string>> = {},
): StateMachine {
  const where = `machine ${name}`;
  const machine = fieldsOf(where, parseJson(where, substitute(where, definitionJson, substitutions)));
  refuseUnknownFields(machine, MACHINE_FIELDS);
  const version = readString(machine, 'Version') ?? '1.0';
  if (version !== '1.0') refuseField(machine, 'Version', `expected "1.0", got ${show(version)}`);
  const timeoutSeconds = readInteger(machine, 'TimeoutSeconds', SECONDS);
  const graph = parseGraph(where, machine, new Set());
  return { name, ...graph, ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }) };
}

function substitute(where: string, text: string, substitutions: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{([A-Za-z0-9_]+)\}/g, (placeholder: string, key: string) => {
    const value = Object.hasOwn(substitutions, key) ? substitutions[key] : undefined;
    if (value === undefined) throw new DefinitionError(`${where}: ${placeholder} has no substitution`);
    return JSON.stringify(value).slice(1, -1);
  });
}

function parseJson(where: string, text: string): Json {
  try {
    // JSON.parse of text yields JSON.
    return JSON.parse(text) as Json;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new DefinitionError(`${where}: not JSON: ${cause.message}`, { cause });
  }
}

/** `names`: every state name so far; names are unique in the whole machine, not only in a branch. */
function parseGraph(machine: string, fields: Fields, names: Set<string>): StateGraph {
  const language = readString(fields, 'QueryLanguage') ?? 'JSONPath';
  if (language !== 'JSONPath')
    refuseField(fields, 'QueryLanguage', `expected JSONPath, got ${show(language)}`);
  const startAt = requireString(fields, 'StartAt');
  const source = fields.values['States'];
  if (!isJsonObject(source)) return refuseField(fields, 'States', `expected an object, got ${show(source)}`);
  const parseNested = (nested: Fields): StateGraph => {
    refuseUnknownFields(nested, GRAPH_FIELDS);
    return parseGraph(machine, nested, names);
  };
  const states = new Map<string, State>();
  for (const [name, value] of Object.entries(source)) {
    const state = fieldsOf(`${machine}, state ${name}`, value);
    if (name.length > MAX_NAME_LENGTH)
      refuseField(state, 'name', `expected at most ${MAX_NAME_LENGTH} characters`);
    if (names.has(name)) refuseField(state, 'name', 'another state of this machine has the same name');
    names.add(name);
    states.set(name, parseState(name, state, parseNested));
  }
  if (!states.has(startAt)) refuseField(fields, 'StartAt', `there is no state ${show(startAt)}`);
  for (const state of states.values()) checkTargets(machine, state, states);
  return { startAt, states };
}

function checkTargets(machine: string, state: State, states: ReadonlyMap<string, State>): void {
  for (const [field, target] of targetsOf(state)) {
    if (states.has(target)) continue;
    throw new DefinitionError(
      `${machine}, state ${state.name}, field ${field}: there is no state ${show(target)}`,
    );
  }
}

/** Where a state can go, with the field that says so. */
export function targetsOf(state: State): readonly (readonly [field: string, target: string])[] {
  const targets: [string, string][] = [];
  if ('next' in state && state.next !== undefined) targets.push(['Next', state.next]);
  if (state.type === 'Choice') {
    for (const [index, rule] of state.rules.entries()) targets.push([`Choices[${index}].Next`, rule.next]);
    if (state.otherwise !== undefined) targets.push(['Default', state.otherwise]);
  }
  if ('catchers' in state) {
    for (const [index, rule] of state.catchers.entries()) targets.push([`Catch[${index}].Next`, rule.next]);
  }
  return targets;
}
