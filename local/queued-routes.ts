// POST /_slipway/jobs/{id}/hold, /release and /priority: what may be done to a job that waits.
import { ClientException } from '../api/errors.ts';
import { readJsonBody } from '../api/request.ts';
import type { ApiRequest } from '../api/request.ts';
import { schedulingPriorityProblems } from '../core/definition/validate-settings.ts';
import { parseArn } from '../core/ids.ts';
import type { Job } from '../core/job/job.ts';
import type { QueueingChange } from '../engine/queued-jobs.ts';
import { changeQueued } from '../engine/queued-jobs.ts';
import { getJob } from '../engine/store/jobs.ts';
import type { SideRoute } from './http-server.ts';
import type { JobRequest, JobRouteDeps } from './job-route.ts';
import { createJobRoute, noSuchJob } from './job-route.ts';

export function createQueuedRoutes(deps: JobRouteDeps): readonly SideRoute[] {
  const route = (verb: QueueingChange['kind'], read: (request: ApiRequest) => QueueingChange): SideRoute =>
    createJobRoute(deps, 'POST', verb, (asked) => change(deps, asked, read(asked.request)));
  return [
    route('hold', () => ({ kind: 'hold' })),
    route('release', () => ({ kind: 'release' })),
    route('priority', (request) => ({ kind: 'priority', priority: readPriority(request) })),
  ];
}

async function change(deps: JobRouteDeps, asked: JobRequest, wanted: QueueingChange): Promise<object> {
  const { store, clock } = deps.schedule();
  const { jobId } = asked;
  const found = await getJob(store, jobId);
  if (!found || parseArn(found.job.jobArn)?.region !== asked.region) throw noSuchJob(asked);
  const result = await changeQueued({ store, clock }, jobId, wanted);
  switch (result.outcome) {
    case 'done':
      return placeOf(result.job);
    case 'missing':
      throw noSuchJob(asked);
    case 'part':
      throw new ClientException(`Job ${jobId} has no place in line of its own yet; its whole job has.`);
    case 'too-late':
      throw new ClientException(
        `Job ${jobId} is ${result.job.status}; only a job that waits has a place in line.`,
      );
  }
}

function placeOf({ jobId, status, heldAtMs, priority }: Job): object {
  return {
    jobId,
    status,
    held: heldAtMs !== undefined,
    ...(heldAtMs === undefined ? {} : { heldAt: heldAtMs }),
    ...(priority === undefined ? {} : { priority }),
  };
}

function readPriority(request: ApiRequest): number {
  const { priority } = readJsonBody(request);
  if (typeof priority !== 'number') {
    throw new ClientException(`priority must be a number, but is ${JSON.stringify(priority) ?? 'absent'}.`);
  }
  const [wrong] = schedulingPriorityProblems('priority', priority);
  if (wrong) throw new ClientException(wrong.message);
  return priority;
}
