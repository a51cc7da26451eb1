// CancelJob: see stop-job.ts for what it does in each state.
import type { StopDeps } from '../../engine/stop.ts';
import type { Operation } from '../operation.ts';
import { stopJob } from './stop-job.ts';

export const cancelJob: Operation<'CancelJob', StopDeps> = {
  name: 'CancelJob',
  async handle({ deps, scope }, input) {
    await stopJob(deps, scope, 'cancel', input);
    return {};
  },
};
