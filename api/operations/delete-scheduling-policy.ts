// DeleteSchedulingPolicy: refused as long as a queue uses it.
import { deletePolicy, type PolicyDeps } from '../../engine/scheduling-policies.ts';
import type { Operation } from '../operation.ts';
import { assertNoProblems, readArn } from './resource-references.ts';

export const deleteSchedulingPolicy: Operation<'DeleteSchedulingPolicy', PolicyDeps> = {
  name: 'DeleteSchedulingPolicy',
  async handle({ deps, scope }, { arn }) {
    assertNoProblems(await deletePolicy(deps, readArn(scope, 'scheduling-policy', 'arn', arn)));
    return {};
  },
};
