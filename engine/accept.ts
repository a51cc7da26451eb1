// Accepts a job: settles its specification, checks what it waits for, and writes its row with its dependency edges in one
// atomic write; a job that waits for no other is written straight into its line. Once this answers, the job ends or waits with a visible reason, whatever happens to this process.
import type { JobDefinition } from '../core/definition/definition.ts';
import type { Problem } from '../core/definition/problem.ts';
import { resolveJobSpec } from '../core/definition/job-spec.ts';
import type { SubmitJobInput } from '../core/definition/wire.ts';
import type { EpochMs, QueueArn, Scope } from '../core/ids.ts';
import { arnOf, nameOf } from '../core/ids.ts';
import { initialCounts } from '../core/job/array.ts';
import { edgesOf } from '../core/job/dependencies.ts';
import type { SubmittedJob } from '../core/job/job.ts';
import type { Dependency, JobSpec } from '../core/job/spec.ts';
import { onDependenciesKnown } from '../core/job/lifecycle.ts';
import { ACTIVE_SHARES_MAX } from '../core/queue/fair-share.ts';
import { STALE, untilCommitted } from './contention.ts';
import type { Accepted } from './earlier-submission.ts';
import { earlierSubmission } from './earlier-submission.ts';
import type { Clock, Ids } from './ports.ts';
import type { WriteOp } from './table-ports.ts';
import { joinShare } from './shares.ts';
import { checkConsumable, getConsumables } from './store/consumable-resources.ts';
import type { JobStore, StoredJob } from './store/jobs.ts';
import { getJobs, insertJob } from './store/jobs.ts';
import type { SubmissionToken } from './store/submission-tokens.ts';
import { submissionOp } from './store/submission-tokens.ts';

export interface AcceptDeps {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly ids: Ids;
}

export interface Submission {
  readonly scope: Scope;
  readonly queueArn: QueueArn;
  readonly definition: JobDefinition;
  readonly submit: SubmitJobInput;
  /** Under which it is accepted once. */
  readonly token?: SubmissionToken;
}

export async function acceptJob(deps: AcceptDeps, submission: Submission): Promise<Accepted> {
  const { scope, queueArn, definition, submit, token } = submission;
  const resolved = resolveJobSpec(definition, submit, queueArn);
  if ('problem' in resolved) return resolved;
  const spec = resolved.ok;
  const message = await dependencyProblem(deps, scope, spec);
  if (message !== undefined) return { problem: { message } };

  const jobId = deps.ids.jobId();
  const atMs = deps.clock.now();
  const submitted: SubmittedJob = {
    jobId,
    jobArn: arnOf(scope, 'job', jobId),
    kind: spec.nodes ? 'multinode' : spec.arraySize === undefined ? 'single' : 'array',
    spec,
    createdAtMs: atMs,
    attempts: [],
    awaiting: [],
    status: 'SUBMITTED',
    ...(spec.arraySize === undefined ? {} : { children: initialCounts(spec.arraySize, atMs) }),
    ...(resolved.failsAtStart === undefined ? {} : { failsAtStart: resolved.failsAtStart }),
  };
  const edges = edgesOf(jobId, spec);
  // Who waits for nobody is in line at once: one write and one reaction less on the way of most jobs.
  const isFree = edges.length === 0 && submitted.kind !== 'array';
  const job = isFree ? (onDependenciesKnown(submitted, [], false, atMs) ?? submitted) : submitted;
  return untilCommitted<Accepted>(jobId, async () => {
    const earlier = token && (await earlierSubmission(deps.store, scope, token));
    if (earlier) return earlier;
    const provided = await provisionsOf(deps, spec, atMs);
    if ('problem' in provided) return provided;
    const ops = [...provided.ops, ...(token ? [submissionOp(scope, token, jobId, atMs)] : [])];
    const outcome = await insertJob(deps.store, job, edges, ops);
    return outcome === 'inserted' ? { job } : STALE;
  });
}

/** What must hold, or be written, together with the new row. */
async function provisionsOf(
  deps: AcceptDeps,
  { queueArn, shareIdentifier, consumables = [] }: JobSpec,
  atMs: EpochMs,
): Promise<{ readonly ops: readonly WriteOp[] } | { readonly problem: Pick<Problem, 'message'> }> {
  const arns = consumables.map(({ arn }) => arn);
  const found = arns.length === 0 ? [] : await getConsumables(deps.store.table, arns);
  const missing = arns.find((_, index) => found[index] === undefined);
  if (missing !== undefined)
    return { problem: { message: `ConsumableResource ${nameOf(missing)} not found.` } };
  // Each must still be there at the commit: one that a job needs is not deleted.
  const ops = found.flatMap((stored) => (stored ? [checkConsumable(stored)] : []));
  if (shareIdentifier === undefined) return { ops };
  const joined = await joinShare(deps.store, queueArn, shareIdentifier, atMs);
  if (joined !== 'full') return { ops: [...ops, joined] };
  const message = `shareIdentifier ${shareIdentifier} would be one more than the ${ACTIVE_SHARES_MAX} active shares that a job queue may have.`;
  return { problem: { message } };
}

/** What is wrong with the jobs it wants to wait for: they must exist here, and N_TO_N needs an array of the same size. */
async function dependencyProblem(deps: AcceptDeps, scope: Scope, spec: JobSpec): Promise<string | undefined> {
  const named = [
    ...spec.dependsOn.flatMap(({ jobId, type }) =>
      jobId === undefined ? [] : [{ jobId, type, field: 'dependsOn' }],
    ),
    ...(spec.after ?? []).map(({ jobId }) => ({ jobId, type: undefined, field: 'slipway:after' })),
  ];
  const found = await getJobs(
    deps.store,
    named.map(({ jobId }) => jobId),
  );
  for (const [index, dependency] of named.entries()) {
    const message = oneDependencyProblem(scope, spec, dependency, found[index]);
    if (message !== undefined) return message;
  }
  return undefined;
}

function oneDependencyProblem(
  scope: Scope,
  spec: JobSpec,
  dependency: Pick<Dependency, 'jobId'> & {
    readonly type: Dependency['type'] | undefined;
    readonly field: string;
  },
  found: StoredJob | undefined,
): string | undefined {
  const job = found?.job;
  if (!job || !job.jobArn.startsWith(arnOf(scope, 'job', ''))) {
    return `${dependency.field}: job ${dependency.jobId} does not exist in ${scope.region}.`;
  }
  if (dependency.type !== 'N_TO_N') return undefined;
  const size = job.spec.arraySize;
  if (job.kind !== 'array' || size === undefined) {
    return `dependsOn: type N_TO_N needs an array job, but ${dependency.jobId} is not one.`;
  }
  return size === spec.arraySize
    ? undefined
    : `dependsOn: type N_TO_N needs arrays of the same size, but this one has ${spec.arraySize} and ${dependency.jobId} has ${size}.`;
}
