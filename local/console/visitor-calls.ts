// What a visitor of the console changes, done as the calls of the API that it stands for, and recorded as these. A session is not one
// of the access keys: it acts for the account's owner, who made its link.
import { rerunInput } from '../../api/console/rerun.ts';
import type { Rerun, RerunAnswer } from '../../api/console/wire.ts';
import type { Log } from '../../api/errors.ts';
import { ClientException, toApiError } from '../../api/errors.ts';
import type { CallRecord, Identity, RequestContext } from '../../api/operation.ts';
import { stopJob } from '../../api/operations/stop-job.ts';
import { submitJob } from '../../api/operations/submit-job.ts';
import { inputReader } from '../../api/shapes/operation-shapes.ts';
import { InvalidInput } from '../../api/shapes/parse.ts';
import type { Scope } from '../../core/ids.ts';
import type { Job } from '../../core/job/job.ts';
import type { Ids } from '../../engine/ports.ts';
import type { QueueingChange } from '../../engine/queued-jobs.ts';
import { changeQueued } from '../../engine/queued-jobs.ts';
import type { ScheduleDeps } from '../../engine/schedule-deps.ts';
import type { Visit } from './source.ts';

export interface VisitorCallDeps {
  readonly schedule: ScheduleDeps;
  readonly ids: Ids;
  readonly onCall: (record: CallRecord) => Promise<void>;
  readonly log: Log;
}

const OPERATION_OF: Readonly<Record<QueueingChange['kind'], string>> = {
  hold: 'HoldJob',
  release: 'ReleaseJob',
  priority: 'PrioritizeJob',
};

/** A call on behalf of a visitor. `find`: the job, or a refusal, which is recorded too. */
export interface VisitorCall {
  readonly visit: Visit;
  readonly scope: Scope;
  readonly jobId: string;
  readonly find: () => Promise<Job>;
}

export async function stopByVisitor(
  deps: VisitorCallDeps,
  call: VisitorCall,
  kind: 'cancel' | 'terminate',
  reason: string,
): Promise<void> {
  const operation = kind === 'cancel' ? 'CancelJob' : 'TerminateJob';
  await recorded(deps, call, operation, { reason }, async () => {
    const { jobId } = await call.find();
    await stopJob(deps.schedule, call.scope, kind, { jobId, reason });
    return {};
  });
}

export async function queueByVisitor(
  deps: VisitorCallDeps,
  call: VisitorCall,
  change: QueueingChange,
): Promise<void> {
  const { kind, ...more } = change;
  await recorded(deps, call, OPERATION_OF[kind], more, async () => {
    const { jobId } = await call.find();
    const { outcome } = await changeQueued(deps.schedule, jobId, change);
    if (outcome === 'done') return {};
    throw new ClientException(
      outcome === 'part'
        ? `Job ${jobId} has no place in line of its own; its whole job has.`
        : `Job ${jobId} does not wait any more; only a job that waits has a place in line.`,
    );
  });
}

/** Refused in SubmitJob's own words. */
export async function rerunByVisitor(
  deps: VisitorCallDeps,
  call: VisitorCall,
  rerun: Rerun,
): Promise<RerunAnswer> {
  const { store, clock } = deps.schedule;
  return recorded(deps, call, 'SubmitJob', rerun, async (context) => {
    const input = submitJobInput(rerunInput(await call.find(), rerun));
    const submitted = await submitJob.handle({ ...context, deps: { store, clock, ids: deps.ids } }, input);
    return { jobId: submitted.jobId ?? '' };
  });
}

type SubmitJobInput = Parameters<typeof submitJob.handle>[1];

/** What SubmitJob is given has its shape, whoever calls it. */
function submitJobInput(input: object): SubmitJobInput {
  try {
    return inputReader('SubmitJob').parse(input) as SubmitJobInput; // just checked against it
  } catch (error) {
    if (error instanceof InvalidInput) throw new ClientException(error.message);
    throw error;
  }
}

async function recorded<Answer extends object>(
  deps: VisitorCallDeps,
  { visit, scope, jobId }: VisitorCall,
  operation: string,
  input: object,
  act: (context: RequestContext) => Promise<Answer>,
): Promise<Answer> {
  const { requestId, sourceIp, userAgent } = visit;
  const atMs = deps.schedule.clock.now();
  const context: RequestContext = { scope, identity: visitor(scope), requestId, sourceIp, userAgent, atMs };
  const about = { service: 'batch', operation, readOnly: false, context, input: { ...input, jobId } };
  try {
    const output = await act(context);
    await record(deps, { ...about, outcome: { ok: true, output } });
    return output;
  } catch (thrown) {
    const error = toApiError(thrown, requestId, deps.log);
    await record(deps, { ...about, outcome: { ok: false, error } });
    throw error;
  }
}

/** As the router does it: what is done is done, also where it cannot be written down. */
async function record({ onCall, log }: VisitorCallDeps, call: CallRecord): Promise<void> {
  try {
    await onCall(call);
  } catch (error) {
    const { operation, context } = call;
    log('call.unrecorded', { requestId: context.requestId, operation, error: String(error) });
  }
}

function visitor({ partition, account }: Scope): Identity {
  return {
    arn: `arn:${partition}:iam::${account}:user/slipway-console`,
    accountId: account,
    accessKeyId: '',
    principalId: 'slipway-console',
    type: 'IAMUser',
  };
}
