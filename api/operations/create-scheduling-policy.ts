// CreateSchedulingPolicy: fair-share policies; one without a body has all defaults.
import { createPolicy, type PolicyDeps } from '../../engine/scheduling-policies.ts';
import type { Operation } from '../operation.ts';
import { refusal } from './resource-references.ts';

export const createSchedulingPolicy: Operation<'CreateSchedulingPolicy', PolicyDeps> = {
  name: 'CreateSchedulingPolicy',
  async handle({ deps, scope }, input) {
    const answer = await createPolicy(deps, scope, input);
    if ('problems' in answer) throw refusal(answer.problems);
    return { name: answer.policy.name, arn: answer.policy.arn };
  },
};
