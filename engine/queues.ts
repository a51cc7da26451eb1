// The life of a job queue: a call commits its next state together with the references to what it uses. Nothing has to be
// built for a queue, so CREATING and UPDATING end at once; DELETING ends when the queue's jobs have ended. A crash between
// the steps costs nothing but time: resumeQueues takes them up.
import { problem } from '../core/definition/problem.ts';
import type { Problems } from '../core/definition/problem.ts';
import { arnOf, nameOf } from '../core/ids.ts';
import type { ComputeEnvironmentArn, QueueArn, Scope } from '../core/ids.ts';
import type { JobQueue } from '../core/queue/job-queue.ts';
import {
  createQueueProblems,
  deletingQueue,
  healthyQueue,
  newQueue,
  QUEUES_MAX,
  updatedQueue,
  updateQueueProblems,
} from '../core/queue/validate-job-queue.ts';
import type { CreateQueueInput, Named, UpdateQueueInput } from '../core/queue/validate-job-queue.ts';
import { deleteProblems, existsProblems, isChanging, missingProblems } from '../core/resource.ts';
import { committedOrTold, STALE, untilCommitted } from './contention.ts';
import type { Table } from './table-ports.ts';
import { getEnvironments } from './store/compute-environments.ts';
import { commitQueueOps, countQueues, everyQueue, getQueue, removeQueueOps } from './store/queues.ts';
import type { QueueReferences } from './store/queues.ts';
import { getPolicies } from './store/scheduling-policies.ts';

export interface QueueDeps {
  readonly table: Table;
  /**
   * Ends the jobs of a queue that is being deleted, with QUEUE_DELETED_REASON. May be called again for the same queue.
   * `in-progress`: not all have ended yet; whoever ends the last one calls `resumeQueues` or `finishQueue`.
   */
  readonly onQueueDeleting: (queueArn: QueueArn) => Promise<'done' | 'in-progress'>;
  /** What may be scheduled has changed. */
  readonly onSettled: (queueArn: QueueArn) => Promise<void>;
  /** A commit may have been made, or a step after it went wrong: if the row asks for it, the next resumeQueues does it. */
  readonly onChangeFailed: (queueArn: QueueArn, error: unknown) => void;
}

/** The refusal of a call, or the queue as it was committed. */
export type QueueAnswer = { readonly problems: Problems } | { readonly queue: JobQueue };

export async function createQueue(
  deps: QueueDeps,
  scope: Scope,
  input: CreateQueueInput,
): Promise<QueueAnswer> {
  const arn = arnOf(scope, 'job-queue', input.jobQueueName) as QueueArn; // of this type
  const answer = await committing<QueueAnswer>(deps, arn, async () => {
    const { named, references } = await readNamed(deps.table, input);
    const problems = createQueueProblems(input, named);
    if (problems.length > 0) return { problems };
    const queue = newQueue(scope, input, named);
    if (await getQueue(deps.table, queue.queueArn)) return { problems: existsProblems() };
    if ((await countQueues(deps.table, scope, QUEUES_MAX)) >= QUEUES_MAX)
      return { problems: quotaProblems() };
    const written = await deps.table.write(commitQueueOps(queue, 0, references));
    return written.ok ? { queue } : STALE;
  });
  if ('queue' in answer) await driveQueue(deps, answer.queue.queueArn);
  return answer;
}

function quotaProblems(): Problems {
  const message = `An account may have at most ${QUEUES_MAX} job queues in a Region, and has them.`;
  return problem('jobQueueName', 'must be within the quota', undefined, message);
}

export async function updateQueue(
  deps: QueueDeps,
  arn: QueueArn,
  input: UpdateQueueInput,
): Promise<QueueAnswer> {
  const answer = await committing<QueueAnswer>(deps, arn, async () => {
    const stored = await getQueue(deps.table, arn);
    if (stored === undefined) return { problems: missingProblems('jobQueue', nameOf(arn)) };
    const before = stored.record.queue;
    const { named, references } = await readNamed(deps.table, input, before);
    const problems = updateQueueProblems(before, input, named);
    if (problems.length > 0) return { problems };
    const queue = updatedQueue(before, input, named);
    const written = await deps.table.write(commitQueueOps(queue, stored.version, references));
    return written.ok ? { queue } : STALE;
  });
  if ('queue' in answer) await driveQueue(deps, arn);
  return answer;
}

/** Deleting what does not exist is no mistake. */
export async function deleteQueue(deps: QueueDeps, arn: QueueArn): Promise<Problems> {
  const problems = await committing<Problems>(deps, arn, async () => {
    const stored = await getQueue(deps.table, arn);
    if (stored === undefined) return [];
    const found = deleteProblems(stored.record.queue);
    if (found.length > 0) return found;
    const written = await deps.table.write(
      commitQueueOps(deletingQueue(stored.record.queue), stored.version),
    );
    return written.ok ? [] : STALE;
  });
  if (problems.length === 0) await driveQueue(deps, arn);
  return problems;
}

function committing<T>(deps: QueueDeps, arn: QueueArn, attempt: () => Promise<T | typeof STALE>): Promise<T> {
  return committedOrTold(arn, attempt, (error) => deps.onChangeFailed(arn, error));
}

/** Takes up every change that an earlier process left under way. Returns how many there were. */
export async function resumeQueues(deps: QueueDeps): Promise<number> {
  const unfinished = (await everyQueue(deps.table)).filter(({ record }) => isChanging(record.queue.status));
  for (const { record } of unfinished) await driveQueue(deps, record.queue.queueArn);
  return unfinished.length;
}

/** The call that asked for the change has been answered by its commit; what goes wrong here must not unsay that. */
async function driveQueue(deps: QueueDeps, arn: QueueArn): Promise<void> {
  try {
    const stored = await getQueue(deps.table, arn);
    if (stored === undefined || !isChanging(stored.record.queue.status)) return;
    const isDeleting = stored.record.queue.status === 'DELETING';
    if (isDeleting && (await deps.onQueueDeleting(arn)) === 'in-progress') return;
    await finishQueue(deps, arn);
  } catch (error) {
    deps.onChangeFailed(arn, error);
  }
}

/** Commits the end of the change under way: healthy, or gone. The caller knows that a deleted queue's jobs have ended. */
export async function finishQueue(deps: QueueDeps, arn: QueueArn): Promise<void> {
  const finished = await untilCommitted<boolean>(arn, async () => {
    const stored = await getQueue(deps.table, arn);
    if (stored === undefined || !isChanging(stored.record.queue.status)) return false;
    const { queue } = stored.record;
    const ops =
      queue.status === 'DELETING'
        ? removeQueueOps(stored, (await readNamed(deps.table, {}, queue)).references)
        : commitQueueOps(healthyQueue(queue), stored.version);
    return (await deps.table.write(ops)).ok ? true : STALE;
  });
  if (finished) await deps.onSettled(arn);
}

/** What a request names and what the queue names already, read once: for the rules, and for the commit that relies on it. */
async function readNamed(
  table: Table,
  input: UpdateQueueInput,
  before?: JobQueue,
): Promise<{ readonly named: Named; readonly references: QueueReferences }> {
  const places = [...(input.computeEnvironmentOrder ?? []), ...(before?.computeEnvironmentOrder ?? [])];
  const ceArns = new Set<ComputeEnvironmentArn>(places.map((place) => place.computeEnvironment));
  const policyArns = new Set([input.schedulingPolicyArn, before?.schedulingPolicyArn].filter((arn) => arn));
  const [environments, policies] = await Promise.all([
    getEnvironments(table, [...ceArns]),
    getPolicies(
      table,
      [...policyArns].filter((arn) => arn !== undefined),
    ),
  ]);
  const references = {
    environments: environments.filter((stored) => stored !== undefined),
    policies: policies.filter((stored) => stored !== undefined),
  };
  const policy = references.policies.find(({ record }) => record.policy.arn === input.schedulingPolicyArn);
  const named: Named = {
    environments: new Map(
      references.environments.map(({ record: { environment } }) => [environment.ceArn, environment]),
    ),
    ...(policy === undefined ? {} : { policy: policy.record.policy }),
  };
  return { named, references };
}
