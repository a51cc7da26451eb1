// CancelJobs: CancelJob for up to 50 jobs, each answered on its own.
import type { StopDeps } from '../../engine/stop.ts';
import type { Operation } from '../operation.ts';
import { stopJobs } from './stop-job.ts';

export const cancelJobs: Operation<'CancelJobs', StopDeps> = {
  name: 'CancelJobs',
  async handle({ deps, scope, refusedParts }, input) {
    return stopJobs(deps, scope, 'cancel', input, refusedParts);
  },
};
