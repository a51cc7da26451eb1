// GET /_slipway/jobs/{id}/why: why a job waits, since when, its place in line, and what its runtime could not honour.
import { parseArn } from '../core/ids.ts';
import { whyWaiting } from '../engine/why.ts';
import type { SideRoute } from './http-server.ts';
import type { JobRouteDeps } from './job-route.ts';
import { createJobRoute, noSuchJob } from './job-route.ts';

export function createWhyRoute(deps: JobRouteDeps): SideRoute {
  return createJobRoute(deps, 'GET', 'why', async (asked) => {
    const answer = await whyWaiting(deps.schedule(), asked.jobId);
    if (!answer || parseArn(answer.queue)?.region !== asked.region) throw noSuchJob(asked);
    return answer;
  });
}
