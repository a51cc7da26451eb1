// Endpoints of our own under /_slipway/jobs/{id}/, beside the Batch API: why a job waits, what it cost and what hangs on it, and
// hold, release and priority for those that wait. They are signed, authorised and recorded like any call; their actions are `batch:ExplainJob` and so on.
import { schedulingPriorityProblems } from '../core/definition/validate-settings.ts';
import type { JobId } from '../core/ids.ts';
import type { Job } from '../core/job/job.ts';
import type { QueueingChange } from '../engine/queued-jobs.ts';
import { changeQueued } from '../engine/queued-jobs.ts';
import type { ScheduleDeps } from '../engine/schedule-deps.ts';
import { getJob } from '../engine/store/jobs.ts';
import type { SideEndpoint } from './endpoints.ts';
import { ClientException } from './errors.ts';
import type { RequestContext } from './operation.ts';
import { isInScope, readJobId } from './operations/job-scope.ts';
import type { ApiRequest } from './request.ts';
import { decodePercent, readJsonBody } from './request.ts';

export interface JobEndpointsDeps {
  /** As the scheduler has it: the answer to why comes from the same snapshot and plan. */
  readonly schedule: (jobId: JobId) => Promise<ScheduleDeps>;
}

interface JobInput {
  readonly jobId: JobId;
  readonly priority?: number;
}

export function createJobEndpoints(deps: JobEndpointsDeps): readonly SideEndpoint[] {
  const change = (verb: QueueingChange['kind'], operation: string): SideEndpoint =>
    jobEndpoint(
      { method: 'POST', verb, operation, readOnly: false },
      (request) => (verb === 'priority' ? { priority: readPriority(request) } : {}),
      (context, input) => changeJob(deps, context, input, changeOf(verb, input)),
    );
  const ask = (verb: string, operation: string, answer: Question): SideEndpoint =>
    jobEndpoint(
      { method: 'GET', verb, operation, readOnly: true },
      () => ({}),
      (context, input) => answerAbout(deps, context, input, answer),
    );
  return [
    // Only who asks loads what makes the answer.
    ask('why', 'ExplainJob', async (schedule, { jobId }) =>
      (await import('../engine/why.ts')).whyWaiting(schedule, jobId),
    ),
    ask('cost', 'PriceJob', async (schedule, { jobId }) =>
      (await import('../engine/job-cost.ts')).jobCost(schedule, jobId),
    ),
    ask('graph', 'GraphJobs', async (schedule, job) =>
      (await import('./graph-answer.ts')).graphAnswer(schedule, job),
    ),
    change('hold', 'HoldJob'),
    change('release', 'ReleaseJob'),
    change('priority', 'PrioritizeJob'),
  ];
}

function jobEndpoint(
  about: {
    readonly method: string;
    readonly verb: string;
    readonly operation: string;
    readonly readOnly: boolean;
  },
  readMore: (request: ApiRequest) => Omit<JobInput, 'jobId'>,
  handle: (context: RequestContext, input: JobInput) => Promise<object>,
): SideEndpoint {
  const { method, verb, operation, readOnly } = about;
  const path = new RegExp(`^/_slipway/jobs/([^/]+)/${verb}$`);
  return {
    method,
    path,
    service: 'batch',
    operation,
    readOnly,
    readInput(request): JobInput {
      const jobId = readJobId(decodePercent(path.exec(request.rawPath)?.[1] ?? ''));
      return { jobId, ...readMore(request) };
    },
    // The router passes what readInput returned.
    handle: (context, input) => handle(context, input as JobInput),
  };
}

/** `undefined`: the job has gone meanwhile. */
type Question = (schedule: ScheduleDeps, job: Job) => Promise<object | undefined>;

async function answerAbout(
  deps: JobEndpointsDeps,
  context: RequestContext,
  { jobId }: JobInput,
  answerTo: Question,
): Promise<object> {
  const schedule = await deps.schedule(jobId);
  const found = await getJob(schedule.store, jobId);
  if (!found || !isInScope(context.scope, found.job)) throw noSuchJob(context, jobId);
  const answer = await answerTo(schedule, found.job);
  if (!answer) throw noSuchJob(context, jobId);
  return answer;
}

async function changeJob(
  deps: JobEndpointsDeps,
  context: RequestContext,
  { jobId }: JobInput,
  wanted: QueueingChange,
): Promise<object> {
  const { store, clock } = await deps.schedule(jobId);
  const found = await getJob(store, jobId);
  if (!found || !isInScope(context.scope, found.job)) throw noSuchJob(context, jobId);
  const result = await changeQueued({ store, clock }, jobId, wanted);
  switch (result.outcome) {
    case 'done':
      return placeOf(result.job);
    case 'missing':
      throw noSuchJob(context, jobId);
    case 'part':
      throw new ClientException(`Job ${jobId} has no place in line of its own yet; its whole job has.`);
    case 'too-late':
      throw new ClientException(
        `Job ${jobId} is ${result.job.status}; only a job that waits has a place in line.`,
      );
  }
}

function changeOf(kind: QueueingChange['kind'], { priority = 0 }: JobInput): QueueingChange {
  return kind === 'priority' ? { kind, priority } : { kind };
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

function noSuchJob({ scope }: RequestContext, jobId: JobId): ClientException {
  return new ClientException(`Job ${jobId} does not exist in ${scope.region}.`, 404);
}
