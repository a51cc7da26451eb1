// UpdateSchedulingPolicy: the given body replaces the stored one whole; queues that use the policy follow at once.
import { updatePolicy, type PolicyDeps } from '../../engine/scheduling-policies.ts';
import type { Operation } from '../operation.ts';
import { readArn, refusal } from './resource-references.ts';

export const updateSchedulingPolicy: Operation<'UpdateSchedulingPolicy', PolicyDeps> = {
  name: 'UpdateSchedulingPolicy',
  async handle({ deps, scope }, { arn, ...body }) {
    const answer = await updatePolicy(deps, readArn(scope, 'scheduling-policy', 'arn', arn), body);
    if ('problems' in answer) throw refusal(answer.problems);
    return {};
  },
};
