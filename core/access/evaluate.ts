// IAM's judgement over the policies of one identity: an explicit denial wins, then a permission, else nothing allows it.
import type { RequestKeys } from './condition.ts';
import { holds, requestKeysOf } from './condition.ts';
import type { Expand } from './pattern.ts';
import { matches, matchesArn, patternOf } from './pattern.ts';
import type { Policy, Statement } from './policy.ts';
import type { AccessQuestion, Decision } from './question.ts';

export function evaluate(policies: readonly Policy[], question: AccessQuestion): Decision {
  const keys = requestKeysOf(question.context);
  let isAllowed = false;
  for (const policy of policies) {
    const expand = policy.hasVariables ? expandFrom(keys) : undefined;
    for (const statement of policy.statements) {
      if (!applies(statement, question, keys, expand)) continue;
      if (statement.effect === 'Deny') return 'explicitDeny';
      isAllowed = true;
    }
  }
  return isAllowed ? 'allowed' : 'implicitDeny';
}

function applies(
  { effect, actions, resources, conditions }: Statement,
  question: AccessQuestion,
  keys: RequestKeys,
  expand: Expand | undefined,
): boolean {
  const isNamed = actions.patterns.some((pattern) => matchesAction(pattern, question.action));
  if (isNamed === actions.not) return false;
  const patterns = resources.patterns.map((pattern) => patternOf(pattern, expand));
  // A variable without a value must not widen what is allowed: all but nothing would be everything.
  if (resources.not && effect === 'Allow' && patterns.includes(undefined)) return false;
  const isMeant = patterns.some(
    (pattern, index) =>
      pattern !== undefined && (resources.patterns[index] === '*' || matchesArn(pattern, question.resource)),
  );
  if (isMeant === resources.not) return false;
  return conditions.every((condition) => {
    const isNegated = condition.operator.kind === 'compare' && condition.operator.operator.negated;
    const isUnknown = condition.values.some((value) => patternOf(value, expand) === undefined);
    if (isNegated && effect === 'Allow' && isUnknown) return false; // as above
    return holds(condition, keys, expand);
  });
}

/** Actions know no case, and have no variables. */
function matchesAction(text: string, action: string): boolean {
  const pattern = patternOf(text.toLowerCase(), undefined);
  return pattern !== undefined && matches(pattern, action.toLowerCase());
}

/** Only keys with one value can stand for a variable. */
function expandFrom(keys: RequestKeys): Expand {
  return (name) => {
    const values = keys.get(name.toLowerCase())?.values ?? [];
    return values.length === 1 ? values[0] : undefined;
  };
}
