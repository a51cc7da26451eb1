// TerminateJob: see stop-job.ts for what it does in each state.
import type { StopDeps } from '../../engine/stop.ts';
import type { Operation } from '../operation.ts';
import { stopJob } from './stop-job.ts';

export const terminateJob: Operation<'TerminateJob', StopDeps> = {
  name: 'TerminateJob',
  async handle({ deps, scope }, input) {
    await stopJob(deps, scope, 'terminate', input);
    return {};
  },
};
