// CreateComputeEnvironment: answers when the environment is committed; its status tells when its capacity is ready.
import { createEnvironment, type EnvironmentDeps } from '../../engine/environments.ts';
import type { Operation } from '../operation.ts';
import { acceptedEnvironment } from './update-compute-environment.ts';

export const createComputeEnvironment: Operation<'CreateComputeEnvironment', EnvironmentDeps> = {
  name: 'CreateComputeEnvironment',
  async handle({ deps, scope }, input) {
    return acceptedEnvironment(await createEnvironment(deps, scope, input));
  },
};
