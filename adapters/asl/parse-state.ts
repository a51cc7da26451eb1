// One state of a definition, from JSON to its compiled form. Fields that a state type does not have are refused, so that a
// misspelt one cannot be ignored in silence.
import { AslError } from './asl-error.ts';
import { compileRule } from './choice-rule.ts';
import {
  fieldsOf,
  readAmount,
  readCompiled,
  readInteger,
  readList,
  readPath,
  readString,
  refuseField,
  refuseUnknownFields,
  requireOneOf,
  requireString,
  SECONDS,
  show,
} from './definition-fields.ts';
import type { Fields } from './definition-fields.ts';
import { readCatchers, readPlace, readRetriers } from './error-rules.ts';
import { compileExpression, compilePath } from './expression.ts';
import type { Evaluate } from './evaluate.ts';
import type { Json } from './json.ts';
import type {
  ChoiceState,
  FailState,
  PassState,
  State,
  StateGraph,
  StateType,
  TaskState,
  WaitState,
} from './machine.ts';
import { parseMapFields } from './parse-map.ts';
import { compileTemplate } from './payload-template.ts';
import { parseTimestamp } from './timestamps.ts';

/** Reads a nested graph (a branch, a map's processor); given by the machine's parser, which checks it like the outer one. */
export type ParseGraph = (fields: Fields) => StateGraph;

const COMMON = ['Type', 'Comment', 'QueryLanguage', 'InputPath', 'OutputPath'];
const FLOW = ['Next', 'End'];
const WORK = [...FLOW, 'Parameters', 'ResultSelector', 'ResultPath', 'Retry', 'Catch'];
const TIMEOUTS = ['TimeoutSeconds', 'TimeoutSecondsPath', 'HeartbeatSeconds', 'HeartbeatSecondsPath'];
const WAITS = ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'] as const;
const MAP = [
  'ItemsPath',
  'ItemSelector',
  'Iterator',
  'ItemProcessor',
  'MaxConcurrency',
  'MaxConcurrencyPath',
];
const TOLERANCE = ['ToleratedFailureCount', 'ToleratedFailurePercentage'].flatMap((name) => [
  name,
  `${name}Path`,
]);
const KNOWN_FIELDS: Readonly<Record<StateType, ReadonlySet<string>>> = {
  Task: new Set([...COMMON, ...WORK, 'Resource', ...TIMEOUTS]),
  Parallel: new Set([...COMMON, ...WORK, 'Branches']),
  Map: new Set([...COMMON, ...WORK, ...MAP, ...TOLERANCE]),
  Pass: new Set([...COMMON, ...FLOW, 'Parameters', 'ResultPath', 'Result']),
  Choice: new Set([...COMMON, 'Choices', 'Default']),
  Wait: new Set([...COMMON, ...FLOW, ...WAITS]),
  Succeed: new Set(COMMON),
  Fail: new Set(['Type', 'Comment', 'QueryLanguage', 'Error', 'ErrorPath', 'Cause', 'CausePath']),
};
const TOKEN_SUFFIX = '.waitForTaskToken';

export function parseState(name: string, fields: Fields, parseGraph: ParseGraph): State {
  const type = readType(fields);
  refuseUnknownFields(fields, KNOWN_FIELDS[type]);
  const language = readString(fields, 'QueryLanguage') ?? 'JSONPath';
  if (language !== 'JSONPath')
    refuseField(fields, 'QueryLanguage', `expected JSONPath, got ${show(language)}`);
  const base = {
    name,
    ...optional('input', readScope(fields, 'InputPath')),
    ...optional('output', readScope(fields, 'OutputPath')),
  };
  switch (type) {
    case 'Task':
      return { ...base, type, ...readWork(fields), ...readTask(fields) };
    case 'Parallel':
      return { ...base, type, ...readWork(fields), branches: readBranches(fields, parseGraph) };
    case 'Map':
      // In a Map, Parameters is the older name of ItemSelector.
      return { ...base, type, ...readWork(fields), ...parseMapFields(fields, parseGraph) };
    case 'Pass':
      return { ...base, type, ...readFlow(fields), ...readPass(fields) };
    case 'Choice':
      return { ...base, type, ...readChoice(fields) };
    case 'Wait':
      return { ...base, type, ...readFlow(fields), until: readUntil(fields) };
    case 'Succeed':
      return { ...base, type };
    case 'Fail':
      return { ...base, type, ...readFail(fields) };
  }
}

function optional<Name extends string, T>(name: Name, value: T | undefined): { readonly [name in Name]?: T } {
  // The object has exactly the one key of its type, or none.
  return (value === undefined ? {} : { [name]: value }) as { readonly [name in Name]?: T };
}

function readType(fields: Fields): StateType {
  const type = requireString(fields, 'Type');
  const known = Object.keys(KNOWN_FIELDS);
  if (!known.includes(type))
    refuseField(fields, 'Type', `expected one of ${known.join(', ')}, got ${show(type)}`);
  // It is one of the keys.
  return type as StateType;
}

/** InputPath and OutputPath: null selects an empty object. */
function readScope(fields: Fields, name: string): Evaluate | undefined {
  return readCompiled(fields, name, (path): Evaluate | undefined => {
    if (path === null) return () => ({});
    if (path === '$') return undefined;
    if (typeof path === 'string') return compilePath(path, 'States.Runtime');
    throw new SyntaxError(`expected a path or null, got ${show(path)}`);
  });
}

function readFlow(fields: Fields): { readonly next?: string } {
  if (requireOneOf(fields, ['Next', 'End']) === 'Next') return { next: requireString(fields, 'Next') };
  if (fields.values['End'] !== true) {
    refuseField(fields, 'End', `expected true, got ${show(fields.values['End'])}`);
  }
  return {};
}

function readWork(fields: Fields) {
  const isMap = fields.values['Type'] === 'Map';
  return {
    ...readFlow(fields),
    ...optional('parameters', isMap ? undefined : readCompiled(fields, 'Parameters', compileTemplate)),
    ...optional('resultSelector', readCompiled(fields, 'ResultSelector', compileTemplate)),
    place: readPlace(fields),
    retriers: readRetriers(fields),
    catchers: readCatchers(fields),
  };
}

function readTask(
  fields: Fields,
): Pick<TaskState, 'resource' | 'waitsForToken' | 'timeoutSeconds' | 'heartbeatSeconds'> {
  const resource = requireString(fields, 'Resource');
  const timeout = readInteger(fields, 'TimeoutSeconds', SECONDS) ?? Infinity;
  const heartbeat = readInteger(fields, 'HeartbeatSeconds', SECONDS) ?? 0;
  if (heartbeat >= timeout) {
    refuseField(
      fields,
      'HeartbeatSeconds',
      `expected less than TimeoutSeconds (${timeout}), got ${heartbeat}`,
    );
  }
  return {
    resource,
    waitsForToken: resource.endsWith(TOKEN_SUFFIX),
    ...optional('timeoutSeconds', readAmount(fields, 'TimeoutSeconds', SECONDS)),
    ...optional('heartbeatSeconds', readAmount(fields, 'HeartbeatSeconds', SECONDS)),
  };
}

function readBranches(fields: Fields, parseGraph: ParseGraph): StateGraph[] {
  const branches = readList(fields, 'Branches') ?? [];
  if (branches.length === 0) refuseField(fields, 'Branches', 'expected a list of at least one branch');
  return branches.map((branch, index) => parseGraph(fieldsOf(`${fields.where}, Branches[${index}]`, branch)));
}

function readPass(fields: Fields): Pick<PassState, 'parameters' | 'result' | 'place'> {
  return {
    ...optional('parameters', readCompiled(fields, 'Parameters', compileTemplate)),
    ...optional('result', fields.values['Result']),
    place: readPlace(fields),
  };
}

function readChoice(fields: Fields): Pick<ChoiceState, 'rules' | 'otherwise'> {
  const rules = readList(fields, 'Choices') ?? [];
  if (rules.length === 0) refuseField(fields, 'Choices', 'expected a list of at least one rule');
  return {
    rules: rules.map((value, index) => {
      const rule = fieldsOf(`${fields.where}, Choices[${index}]`, value);
      const next = requireString(rule, 'Next');
      const at: Fields = { where: fields.where, values: { [`Choices[${index}]`]: value } };
      const holds = readCompiled(at, `Choices[${index}]`, (json) => compileRule(json, true));
      return { holds: holds ?? refuseField(at, 'Choices', 'expected a rule'), next };
    }),
    ...optional('otherwise', readString(fields, 'Default')),
  };
}

function readUntil(fields: Fields): WaitState['until'] {
  const given = requireOneOf(fields, WAITS);
  if (given === 'Seconds' || given === 'SecondsPath') {
    const seconds = readAmount(fields, 'Seconds', { ...SECONDS, least: 0 });
    if (seconds === undefined) return refuseField(fields, given, 'expected a number of seconds');
    return (input, ambient, nowMs) => nowMs + seconds(input, ambient) * 1000;
  }
  const find = readPath(fields, 'TimestampPath', 'States.Runtime');
  if (find !== undefined) return (input, ambient) => instantOf(find(input, ambient));
  const text = requireString(fields, 'Timestamp');
  const instant = parseTimestamp(text);
  if (instant === undefined)
    return refuseField(fields, 'Timestamp', `expected a timestamp, got ${show(text)}`);
  return () => instant;
}

function instantOf(value: Json): number {
  const instant = typeof value === 'string' ? parseTimestamp(value) : undefined;
  if (instant !== undefined) return instant;
  throw new AslError('States.Runtime', `TimestampPath: expected a timestamp, got ${show(value)}`);
}

function readFail(fields: Fields): Pick<FailState, 'error' | 'cause'> {
  return {
    ...optional('error', readMessage(fields, 'Error')),
    ...optional('cause', readMessage(fields, 'Cause')),
  };
}

function readMessage(fields: Fields, name: 'Error' | 'Cause'): Evaluate | undefined {
  const pathName = `${name}Path`;
  const fixed = readString(fields, name);
  const evaluate = readCompiled(fields, pathName, (path) => {
    if (typeof path === 'string') return compileExpression(path);
    throw new SyntaxError(`expected a path or an intrinsic function, got ${show(path)}`);
  });
  if (fixed !== undefined && evaluate !== undefined)
    refuseField(fields, pathName, `${name} is given as well`);
  return fixed === undefined ? evaluate : () => fixed;
}
