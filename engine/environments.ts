// The life of a compute environment: a call commits its next state and what is to be done; the home's `applyEnvironment`
// does it to the capacity behind; the outcome is committed. A row says at any time what remains to be done, so a crash
// between the steps costs nothing but time: resumeEnvironments takes it up.
import type { ComputeEnvironmentArn, Scope } from '../core/ids.ts';
import { nameOf } from '../core/ids.ts';
import { NO_PROBLEMS, problem } from '../core/definition/problem.ts';
import type { Problems } from '../core/definition/problem.ts';
import type { ComputeEnvironment } from '../core/placement/compute-environment.ts';
import {
  deleteEnvironmentProblems,
  deletingEnvironment,
  settledEnvironment,
} from '../core/placement/compute-environment-change.ts';
import type { EnvironmentChange } from '../core/placement/compute-environment-change.ts';
import {
  createEnvironmentProblems,
  ENVIRONMENTS_MAX,
  newEnvironment,
} from '../core/placement/compute-environment-create.ts';
import type {
  CreateEnvironmentInput,
  UpdateEnvironmentInput,
} from '../core/placement/compute-environment-input.ts';
import {
  ENVIRONMENTS_PER_CLUSTER_MAX,
  foreignClusterProblems,
  quotaOfClusterProblems,
} from '../core/placement/compute-environment-eks.ts';
import { plannedUpdate, updateEnvironmentProblems } from '../core/placement/compute-environment-update.ts';
import { existsProblems, missingProblems } from '../core/resource.ts';
import type { Outcome } from '../core/resource.ts';
import { committedOrTold, STALE, untilCommitted } from './contention.ts';
import type { Ids } from './ports.ts';
import type { Table } from './table-ports.ts';
import {
  countEnvironments,
  everyEnvironment,
  getEnvironment,
  putEnvironment,
  removeEnvironment,
} from './store/compute-environments.ts';
import type { ChangeUnderWay, EnvironmentRecord, StoredEnvironment } from './store/compute-environments.ts';

/**
 * Does a change to the capacity behind an environment. May be called again with the same `changeId` after a crash. Where
 * the work takes longer than a call may, the answer is `in-progress`, and the home calls `settleEnvironment` with this
 * `changeId` when it is done. The outcome of a `delete` that worked is VALID: the environment is gone then.
 */
export type ApplyEnvironment = (
  environment: ComputeEnvironment,
  change: EnvironmentChange,
  changeId: string,
) => Promise<Outcome | 'in-progress'>;

export interface EnvironmentDeps {
  readonly table: Table;
  readonly ids: Pick<Ids, 'uuid'>;
  readonly applyEnvironment: ApplyEnvironment;
  /** Whether any job is STARTING or RUNNING in the environment. */
  readonly hasActiveJobs: (arn: ComputeEnvironmentArn) => Promise<boolean>;
  /** What may be scheduled has changed. */
  readonly onSettled: (arn: ComputeEnvironmentArn) => Promise<void>;
  /**
   * A change may have been committed, or could not be done or recorded: if the row asks for it, the next
   * resumeEnvironments does it.
   */
  readonly onChangeFailed: (arn: ComputeEnvironmentArn, error: unknown) => void;
}

/** The refusal of a call, or the environment as it was committed. */
export type EnvironmentAnswer =
  | { readonly problems: Problems }
  | { readonly environment: ComputeEnvironment };

export async function createEnvironment(
  deps: EnvironmentDeps,
  scope: Scope,
  input: CreateEnvironmentInput,
): Promise<EnvironmentAnswer> {
  const problems = createEnvironmentProblems(input);
  if (problems.length > 0) return { problems };
  const environment = newEnvironment(scope, deps.ids.uuid(), input);
  const ofCluster = await clusterProblems(deps, scope, input);
  if (ofCluster.length > 0) return { problems: ofCluster };
  if (await getEnvironment(deps.table, environment.ceArn)) return { problems: existsProblems() };
  if ((await countEnvironments(deps.table, scope, ENVIRONMENTS_MAX)) >= ENVIRONMENTS_MAX) {
    return { problems: quotaProblems() };
  }
  const record: EnvironmentRecord = { environment, usedBy: [], underWay: underWay(deps, { kind: 'create' }) };
  const { ceArn } = environment;
  const isNew = await committing(deps, ceArn, async () => {
    return (await deps.table.write([putEnvironment(record, 0)])).ok;
  });
  if (!isNew) return { problems: existsProblems() };
  await driveEnvironment(deps, environment.ceArn);
  return { environment };
}

async function clusterProblems(
  deps: EnvironmentDeps,
  scope: Scope,
  { eksConfiguration }: CreateEnvironmentInput,
): Promise<Problems> {
  const arn = eksConfiguration?.eksClusterArn;
  if (arn === undefined) return NO_PROBLEMS;
  const foreign = foreignClusterProblems(scope, arn);
  if (foreign.length > 0) return foreign;
  const sharing = (await everyEnvironment(deps.table)).filter(
    ({ record: { environment } }) =>
      environment.type === 'MANAGED' && environment.eksConfiguration?.eksClusterArn === arn,
  );
  return sharing.length >= ENVIRONMENTS_PER_CLUSTER_MAX ? quotaOfClusterProblems(arn) : NO_PROBLEMS;
}

function quotaProblems(): Problems {
  const message = `An account may have at most ${ENVIRONMENTS_MAX} compute environments in a Region, and has them.`;
  return problem('computeEnvironmentName', 'must be within the quota', undefined, message);
}

export async function updateEnvironment(
  deps: EnvironmentDeps,
  arn: ComputeEnvironmentArn,
  input: UpdateEnvironmentInput,
): Promise<EnvironmentAnswer> {
  const answer = await committing<EnvironmentAnswer>(deps, arn, async () => {
    const stored = await getEnvironment(deps.table, arn);
    if (stored === undefined) return { problems: missingProblems('computeEnvironment', nameOf(arn)) };
    const { record, version } = stored;
    const problems = updateEnvironmentProblems(record.environment, input);
    if (problems.length > 0) return { problems };
    const { environment, change } = plannedUpdate(record.environment, input);
    const written = await deps.table.write([
      putEnvironment({ ...record, environment, underWay: underWay(deps, change) }, version),
    ]);
    return written.ok ? { environment } : STALE;
  });
  if ('environment' in answer) await driveEnvironment(deps, arn);
  return answer;
}

/** Deleting what does not exist is no mistake. */
export async function deleteEnvironment(
  deps: EnvironmentDeps,
  arn: ComputeEnvironmentArn,
): Promise<Problems> {
  const problems = await committing<Problems>(deps, arn, async () => {
    const stored = await getEnvironment(deps.table, arn);
    if (stored === undefined) return [];
    const { record, version } = stored;
    const hasActiveJobs = await deps.hasActiveJobs(arn);
    const found = deleteEnvironmentProblems(record.environment, { queues: record.usedBy, hasActiveJobs });
    if (found.length > 0) return found;
    const environment = deletingEnvironment(record.environment);
    const next = { ...record, environment, underWay: underWay(deps, { kind: 'delete' }) };
    const written = await deps.table.write([putEnvironment(next, version)]);
    return written.ok ? [] : STALE;
  });
  if (problems.length === 0) await driveEnvironment(deps, arn);
  return problems;
}

function committing<T>(
  deps: EnvironmentDeps,
  arn: ComputeEnvironmentArn,
  attempt: () => Promise<T | typeof STALE>,
): Promise<T> {
  return committedOrTold(arn, attempt, (error) => deps.onChangeFailed(arn, error));
}

/** Takes up every change that an earlier process left under way. Returns how many there were. */
export async function resumeEnvironments(deps: EnvironmentDeps): Promise<number> {
  const unfinished = (await everyEnvironment(deps.table)).filter(
    ({ record }) => record.underWay !== undefined,
  );
  for (const { record } of unfinished) await driveEnvironment(deps, record.environment.ceArn);
  return unfinished.length;
}

function underWay(deps: EnvironmentDeps, change: EnvironmentChange): ChangeUnderWay {
  return { changeId: deps.ids.uuid(), change };
}

/** The call that asked for the change has been answered by its commit; what goes wrong here must not unsay that. */
async function driveEnvironment(deps: EnvironmentDeps, arn: ComputeEnvironmentArn): Promise<void> {
  try {
    const stored = await getEnvironment(deps.table, arn);
    if (stored?.record.underWay === undefined) return;
    const { environment, underWay } = stored.record;
    const outcome = await deps.applyEnvironment(environment, underWay.change, underWay.changeId);
    if (outcome !== 'in-progress') await settleEnvironment(deps, arn, underWay.changeId, outcome);
  } catch (error) {
    deps.onChangeFailed(arn, error);
  }
}

/** Commits how a change ended. A change that is not under way any more has been settled by somebody else. */
export async function settleEnvironment(
  deps: EnvironmentDeps,
  arn: ComputeEnvironmentArn,
  changeId: string,
  outcome: Outcome,
): Promise<void> {
  const settled = await untilCommitted<boolean>(arn, async () => {
    const stored = await getEnvironment(deps.table, arn);
    const underWay = stored?.record.underWay;
    if (stored === undefined || underWay?.changeId !== changeId) return false;
    const isGone = underWay.change.kind === 'delete' && outcome.status === 'VALID';
    const op = isGone ? removeEnvironment(stored) : putSettled(stored, outcome);
    const written = await deps.table.write([op]);
    return written.ok ? true : STALE;
  });
  if (settled) await deps.onSettled(arn);
}

function putSettled(
  { record, version }: StoredEnvironment,
  outcome: Outcome,
): ReturnType<typeof putEnvironment> {
  const { underWay: _done, ...kept } = record;
  return putEnvironment({ ...kept, environment: settledEnvironment(record.environment, outcome) }, version);
}
