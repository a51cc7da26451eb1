// What a visitor may do to a job: stop it, hold it back, change its place in line, run it again. Each says what SubmitJob and its
// kin would say.
import { ClientException } from '../../api/errors.ts';
import type { CallContext } from '../../api/operation.ts';
import { stopJob } from '../../api/operations/stop-job.ts';
import { readJsonBody } from '../../api/request.ts';
import { schedulingPriorityProblems } from '../../core/definition/validate-settings.ts';
import type { AcceptDeps } from '../../engine/accept.ts';
import type { QueueingChange } from '../../engine/queued-jobs.ts';
import { changeQueued } from '../../engine/queued-jobs.ts';
import { findJob } from './one-job.ts';
import { rerunForm, rerunJob } from './rerun.ts';
import type { RerunAnswer, RerunForm } from './wire.ts';
import type { Visit } from './visit.ts';

export async function stopByVisitor({
  console,
  scope,
  request,
  parts: [jobId = '', kind],
}: Visit): Promise<object> {
  const { reason } = readJsonBody(request);
  if (typeof reason !== 'string') throw new ClientException('reason must be a text.');
  await findJob(console.store, scope, jobId);
  await stopJob(console.schedule, scope, kind === 'cancel' ? 'cancel' : 'terminate', { jobId, reason });
  return {};
}

export async function queueByVisitor({ console, scope, request, parts }: Visit): Promise<object> {
  const [text = '', verb = ''] = parts;
  const { jobId } = await findJob(console.store, scope, text);
  const { outcome } = await changeQueued(console, jobId, readChange(verb, readJsonBody(request)));
  if (outcome === 'done') return {};
  throw new ClientException(
    outcome === 'part'
      ? `Job ${jobId} has no place in line of its own; its whole job has.`
      : `Job ${jobId} does not wait any more; only a job that waits has a place in line.`,
  );
}

function readChange(verb: string, { priority }: Readonly<Record<string, unknown>>): QueueingChange {
  if (verb === 'hold' || verb === 'release') return { kind: verb };
  if (typeof priority !== 'number') throw new ClientException('priority must be a number.');
  const [wrong] = schedulingPriorityProblems('priority', priority);
  if (wrong) throw new ClientException(wrong.message);
  return { kind: 'priority', priority };
}

export async function formForVisitor({ console, scope, parts: [jobId = ''] }: Visit): Promise<RerunForm> {
  return rerunForm(console.store, scope, await findJob(console.store, scope, jobId));
}

export async function rerunByVisitor(visit: Visit): Promise<RerunAnswer> {
  const {
    console,
    scope,
    request,
    parts: [jobId = ''],
  } = visit;
  return rerunJob(contextOf(visit), await findJob(console.store, scope, jobId), readJsonBody(request));
}

/** A session is not one of the access keys: it acts for the account's owner, who made its link. */
function contextOf({ console, scope, request, requestId }: Visit): CallContext<AcceptDeps> {
  return {
    deps: { store: console.store, clock: console.clock, ids: console.ids },
    scope,
    identity: {
      arn: `arn:${scope.partition}:iam::${scope.account}:user/slipway-console`,
      accountId: scope.account,
      accessKeyId: '',
      principalId: 'slipway-console',
      type: 'IAMUser',
    },
    requestId,
    sourceIp: request.sourceIp ?? '',
    userAgent: request.headers['user-agent'] ?? '',
    atMs: console.clock.now(),
  };
}
