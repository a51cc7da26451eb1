// An IAM policy document, read strictly: what IAM would refuse is refused here, with the field, the rule and the value, so
// that nobody believes in a rule that never applies. What passes is kept in the form that evaluation needs.
import { eachProblems, NO_PROBLEMS, oneOfProblems, problem } from '../definition/problem.ts';
import type { Problems } from '../definition/problem.ts';
import type { Condition } from './condition.ts';
import { conditionOperatorOf } from './condition.ts';
import { member } from './members.ts';

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: { readonly not: boolean; readonly patterns: readonly string[] };
  readonly resources: { readonly not: boolean; readonly patterns: readonly string[] };
  readonly conditions: readonly Condition[];
}

export interface Policy {
  readonly statements: readonly Statement[];
  /** Only the newer version of the language has them. */
  readonly hasVariables: boolean;
  /** Whether any statement looks at the tags of what a call is about. */
  readonly readsResourceTags: boolean;
}

export type ParsedPolicy =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly problems: Problems };

/** IAM's limit for a managed policy, which counts no white space. */
export const POLICY_CHARACTERS = 6_144;
const NEWEST_VERSION = '2012-10-17';
const VERSIONS = [NEWEST_VERSION, '2008-10-17'];
const DOCUMENT_MEMBERS = ['Version', 'Id', 'Statement'];
const STATEMENT_MEMBERS = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'];
const ACTION = /^(?:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$/;
const RESOURCE = /^arn:[^:]+:[^:]+:[^:]*:[^:]*:.+$/s;

/** `document`: what JSON.parse made of a policy; `field` begins the path in messages. */
export function parsePolicy(document: unknown, field = 'policy'): ParsedPolicy {
  const problems = documentProblems(field, document);
  if (problems.length > 0) return { ok: false, problems };
  const statements = listed(member(document, 'Statement')).map(statementOf);
  return {
    ok: true,
    policy: {
      statements,
      hasVariables: member(document, 'Version') === NEWEST_VERSION,
      readsResourceTags: /"[^"]*aws:resourcetag\//i.test(JSON.stringify(document)),
    },
  };
}

// ------------------------------------------------------------------------------------------------------------- rules

function documentProblems(field: string, document: unknown): Problems {
  if (!isObject(document)) return problem(field, 'must be a JSON object', document);
  const size = JSON.stringify(document).length;
  if (size > POLICY_CHARACTERS) {
    return problem(field, `must have at most ${POLICY_CHARACTERS} characters`, size);
  }
  const { Version, Id, Statement: statements } = document;
  const sids = listed(statements).map((statement) => member(statement, 'Sid'));
  return [
    ...unknownProblems(field, document, DOCUMENT_MEMBERS),
    ...textProblems(`${field}.Version`, Version),
    ...(typeof Version === 'string' ? oneOfProblems(`${field}.Version`, Version, VERSIONS) : NO_PROBLEMS),
    ...textProblems(`${field}.Id`, Id),
    ...(listed(statements).length === 0
      ? problem(`${field}.Statement`, 'must have at least one statement', statements)
      : NO_PROBLEMS),
    ...(Array.isArray(statements)
      ? eachProblems(`${field}.Statement`, statements, statementProblems)
      : statementProblems(`${field}.Statement`, statements)),
    ...sids.flatMap((sid, index) =>
      typeof sid === 'string' && sids.indexOf(sid) < index
        ? problem(`${field}.Statement[${index}].Sid`, 'must be unique', sid)
        : NO_PROBLEMS,
    ),
  ];
}

function statementProblems(field: string, statement: unknown): Problems {
  if (statement === undefined) return NO_PROBLEMS; // told as missing already
  if (!isObject(statement)) return problem(field, 'must be a JSON object', statement);
  const { Sid, Effect } = statement;
  return [
    ...unknownProblems(field, statement, STATEMENT_MEMBERS),
    ...(Sid === undefined || (typeof Sid === 'string' && /^[A-Za-z0-9]*$/.test(Sid))
      ? NO_PROBLEMS
      : problem(`${field}.Sid`, 'must have letters and digits only', Sid)),
    ...(Effect === 'Allow' || Effect === 'Deny'
      ? NO_PROBLEMS
      : problem(`${field}.Effect`, 'must be Allow or Deny', Effect ?? null)),
    ...eitherProblems(field, statement, 'Action', (at, value) =>
      ACTION.test(value) ? NO_PROBLEMS : problem(at, 'must be * or an action such as batch:SubmitJob', value),
    ),
    ...eitherProblems(field, statement, 'Resource', (at, value) =>
      value === '*' || RESOURCE.test(withoutVariables(value))
        ? NO_PROBLEMS
        : problem(at, 'must be * or an ARN of six parts such as arn:aws:batch:*:*:job-queue/*', value),
    ),
    ...conditionProblems(`${field}.Condition`, statement['Condition']),
  ];
}

/** Exactly one of `Action` and `NotAction`: a text, or a list of texts that is not empty. */
function eitherProblems(
  field: string,
  statement: Readonly<Record<string, unknown>>,
  name: 'Action' | 'Resource',
  rule: (field: string, value: string) => Problems,
): Problems {
  const given = [name, `Not${name}`].filter((either) => statement[either] !== undefined);
  const [only, second] = given;
  if (only === undefined || second !== undefined) {
    return problem(field, `must have exactly one of ${name} and Not${name}`, given);
  }
  return valuesProblems(`${field}.${only}`, statement[only], (at, value) =>
    typeof value === 'string' ? rule(at, value) : problem(at, 'must be a text', value),
  );
}

function conditionProblems(field: string, conditions: unknown): Problems {
  if (conditions === undefined) return NO_PROBLEMS;
  if (!isObject(conditions)) return problem(field, 'must be a JSON object', conditions);
  return Object.entries(conditions).flatMap(([name, keys]) => {
    const operator = conditionOperatorOf(name);
    const at = `${field}.${name}`;
    if (operator === undefined) return problem(field, 'must name operators that IAM has', name);
    if (!isObject(keys)) return problem(at, 'must be a JSON object of condition keys', keys);
    const valueRule =
      operator.kind === 'null'
        ? { says: '"true" or "false"', holds: (value: string) => /^(?:true|false)$/i.test(value) }
        : operator.operator.valueRule;
    return Object.entries(keys).flatMap(([key, values]) => [
      ...(/^[A-Za-z0-9-]+:\S.*$/s.test(key)
        ? NO_PROBLEMS
        : problem(at, 'must name condition keys such as aws:RequestTag/team', key)),
      ...valuesProblems(`${at}.${key}`, values, (place, value) => {
        if (!isScalar(value)) return problem(place, 'must be a text, a number or true or false', value);
        return valueRule === undefined || valueRule.holds(String(value))
          ? NO_PROBLEMS
          : problem(place, `must be ${valueRule.says}`, value);
      }),
    ]);
  });
}

function valuesProblems(
  field: string,
  values: unknown,
  rule: (field: string, value: unknown) => Problems,
): Problems {
  if (!Array.isArray(values)) return rule(field, values);
  if (values.length === 0) return problem(field, 'must not be empty', values);
  return eachProblems(field, values, rule);
}

function unknownProblems(field: string, given: object, known: readonly string[]): Problems {
  return Object.keys(given).flatMap((name) => {
    if (known.includes(name)) return NO_PROBLEMS;
    const rule = /^(?:Not)?Principal$/.test(name)
      ? 'must not have a Principal: the policy belongs to the one who has it'
      : `must have no members but ${known.join(', ')}`;
    return problem(field, rule, name);
  });
}

function textProblems(field: string, value: unknown): Problems {
  return value === undefined || typeof value === 'string'
    ? NO_PROBLEMS
    : problem(field, 'must be a text', value);
}

// -------------------------------------------------------------------------------------------- what evaluation needs

function statementOf(statement: unknown): Statement {
  return {
    effect: member(statement, 'Effect') === 'Deny' ? 'Deny' : 'Allow',
    actions: eitherOf(statement, 'Action'),
    resources: eitherOf(statement, 'Resource'),
    conditions: conditionsOf(member(statement, 'Condition')),
  };
}

function eitherOf(statement: unknown, name: string): Statement['actions'] {
  const positive = member(statement, name);
  return {
    not: positive === undefined,
    patterns: listed(positive ?? member(statement, `Not${name}`)).map(String),
  };
}

function conditionsOf(conditions: unknown): readonly Condition[] {
  if (!isObject(conditions)) return [];
  return Object.entries(conditions).flatMap(([name, keys]) => {
    const operator = conditionOperatorOf(name);
    if (operator === undefined || !isObject(keys)) return [];
    return Object.entries(keys).map(([key, values]) => ({
      operator,
      key: key.toLowerCase(),
      values: listed(values).map(String),
    }));
  });
}

/** A single value counts as a list of one. */
function listed(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function withoutVariables(text: string): string {
  return text.replaceAll(/\$\{[^{}]*\}/g, 'x');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
