// One test of a policy's Condition: an operator, a key, the values it may have. What a missing key means is IAM's rule: a
// positive test fails, a negated one holds, `…IfExists` holds, `ForAllValues:` holds and `ForAnyValue:` fails.
import type { Operator } from './operators.ts';
import { OPERATORS } from './operators.ts';
import type { Expand } from './pattern.ts';
import type { ContextEntry } from './question.ts';

export type Quantifier = 'all' | 'any' | 'single';

export type ConditionOperator =
  | { readonly kind: 'null' }
  | {
      readonly kind: 'compare';
      readonly operator: Operator;
      readonly ifExists: boolean;
      readonly quantifier: Quantifier;
    };

export interface Condition {
  readonly operator: ConditionOperator;
  /** Lower case: keys know no case. */
  readonly key: string;
  readonly values: readonly string[];
}

/** The keys of one request, by their lower-case name. */
export type RequestKeys = ReadonlyMap<string, ContextEntry>;

export function requestKeysOf(context: readonly ContextEntry[]): RequestKeys {
  return new Map(context.map((entry) => [entry.key.toLowerCase(), entry]));
}

const QUANTIFIERS: Readonly<Record<string, Quantifier>> = { ForAllValues: 'all', ForAnyValue: 'any' };

/** Reads an operator's name; `undefined` when IAM has none such. */
export function conditionOperatorOf(name: string): ConditionOperator | undefined {
  const [, prefix, body = '', suffix] =
    /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/s.exec(name) ?? [];
  if (body === 'Null') return prefix === undefined && suffix === undefined ? { kind: 'null' } : undefined;
  const operator = OPERATORS.get(body);
  if (operator === undefined) return undefined;
  const quantifier = prefix === undefined ? 'single' : (QUANTIFIERS[prefix] ?? 'single');
  return { kind: 'compare', operator, ifExists: suffix !== undefined, quantifier };
}

export function holds(condition: Condition, keys: RequestKeys, expand: Expand | undefined): boolean {
  const asked = keys.get(condition.key)?.values ?? [];
  const { operator: test, values } = condition;
  if (test.kind === 'null') {
    return values.some((value) => (value.toLowerCase() === 'true') === (asked.length === 0));
  }
  const { operator, ifExists, quantifier } = test;
  if (asked.length === 0)
    return ifExists || quantifier === 'all' || (quantifier === 'single' && operator.negated);
  const isWanted = (one: string): boolean => values.some((value) => operator.compare(one, value, expand));
  switch (quantifier) {
    case 'all':
      return asked.every((one) => isWanted(one) !== operator.negated);
    case 'any':
      return asked.some((one) => isWanted(one) !== operator.negated);
    case 'single':
      return asked.some(isWanted) !== operator.negated;
  }
}
