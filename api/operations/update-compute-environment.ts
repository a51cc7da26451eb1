// UpdateComputeEnvironment: answers when the new settings are committed; the status tells when they are in force.
import type { ComputeEnvironmentArn } from '../../core/ids.ts';
import {
  updateEnvironment,
  type EnvironmentAnswer,
  type EnvironmentDeps,
} from '../../engine/environments.ts';
import type { Operation, OutputOf } from '../operation.ts';
import { readReference, refusal } from './resource-references.ts';

export const updateComputeEnvironment: Operation<'UpdateComputeEnvironment', EnvironmentDeps> = {
  name: 'UpdateComputeEnvironment',
  async handle({ deps, scope }, { computeEnvironment, ...changes }) {
    const arn = readReference(scope, 'compute-environment', 'computeEnvironment', computeEnvironment);
    // The ARN's type was just checked.
    return acceptedEnvironment(await updateEnvironment(deps, arn as ComputeEnvironmentArn, changes));
  },
};

/** The answer to a create or an update. */
export function acceptedEnvironment(answer: EnvironmentAnswer): OutputOf<'UpdateComputeEnvironment'> {
  if ('problems' in answer) throw refusal(answer.problems);
  const { name, ceArn } = answer.environment;
  return { computeEnvironmentName: name, computeEnvironmentArn: ceArn };
}
