// For the command line: what is wrong with a policy document, as one sentence, before anything is made with it.
import { parsePolicy } from '../core/access/policy.ts';

export function policyMistake(document: unknown): string | undefined {
  const parsed = parsePolicy(document);
  return parsed.ok ? undefined : parsed.problems.map(({ message }) => message).join(' ');
}
