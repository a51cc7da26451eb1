// DeleteComputeEnvironment: the environment shows DELETING until its capacity is gone, then it is not shown any more.
import type { ComputeEnvironmentArn } from '../../core/ids.ts';
import { deleteEnvironment, type EnvironmentDeps } from '../../engine/environments.ts';
import type { Operation } from '../operation.ts';
import { readReference, assertNoProblems } from './resource-references.ts';

export const deleteComputeEnvironment: Operation<'DeleteComputeEnvironment', EnvironmentDeps> = {
  name: 'DeleteComputeEnvironment',
  async handle({ deps, scope }, { computeEnvironment }) {
    const arn = readReference(scope, 'compute-environment', 'computeEnvironment', computeEnvironment);
    // The ARN's type was just checked.
    assertNoProblems(await deleteEnvironment(deps, arn as ComputeEnvironmentArn));
    return {};
  },
};
