// An Authorizer over policies that we hold ourselves: those of our own access keys. Only the policies decide; a key that has
// none may do everything.
import { evaluate } from '../core/access/evaluate.ts';
import type { Policy } from '../core/access/policy.ts';
import type { Caller } from '../core/access/question.ts';
import type { Authorizer } from '../engine/access-ports.ts';

/** `undefined`: the caller has full access. A caller who is not known has an empty list: nothing is allowed then. */
export type PoliciesOf = (caller: Caller) => Promise<readonly Policy[] | undefined>;

export function createPolicyAuthorizer(policiesOf: PoliciesOf): Authorizer {
  return {
    async scrutinyOf(caller) {
      const policies = await policiesOf(caller);
      if (policies === undefined) return 'nothing';
      return policies.some(({ readsResourceTags }) => readsResourceTags) ? 'questions-and-tags' : 'questions';
    },
    async decide(caller, questions) {
      const policies = await policiesOf(caller);
      return questions.map((question) => (policies === undefined ? 'allowed' : evaluate(policies, question)));
    },
  };
}

/** Sends each caller to the authorizer that knows them. */
export function chooseAuthorizer(choose: (caller: Caller) => Authorizer): Authorizer {
  return {
    scrutinyOf: (caller) => choose(caller).scrutinyOf(caller),
    decide: (caller, questions) => choose(caller).decide(caller, questions),
  };
}
