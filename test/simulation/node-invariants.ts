// What must hold of the nodes of a multi-node job: the main node alone starts by itself, the others because it runs; each starts
// once an attempt; how a node ended is what its host saw; and the job settles only when the last of them has ended.
import type { JobId } from '../../core/ids.ts';
import { nodeJobId, parseJobId } from '../../core/ids.ts';
import type { Job } from '../../core/job/job.ts';
import { attemptId, isPlaced } from '../../core/job/job.ts';
import type { MultiNodeJob } from '../../core/job/node.ts';
import { isLiveNode, isMultiNode, nodesOf } from '../../core/job/node.ts';
import { nodeViews } from '../../core/job/node-view.ts';
import type { JobMove } from './committed-rows.ts';
import type { Watched } from './invariants.ts';
import type { HostContainer } from './simulated-host.ts';

/** The job that a container belongs to: of a node its whole job. */
export function ownerOf(jobId: JobId): JobId {
  const parsed = parseJobId(jobId);
  return parsed?.kind === 'node' ? parsed.root : jobId;
}

export function nodeIndexOf(jobId: JobId): number | undefined {
  const parsed = parseJobId(jobId);
  return parsed?.kind === 'node' ? parsed.index : undefined;
}

/** The attempt by which a job is known to its host: of a multi-node job its main node's. */
export function witnessOf(job: Job, number: number): string {
  return attemptId(isMultiNode(job) ? nodeJobId(job.jobId, job.spec.nodes.mainNode) : job.jobId, number);
}

/** Whether the row says of this attempt, a job's or a node's, that it runs or is about to. */
export function isLiveAttempt(job: Job | undefined, id: string): boolean {
  if (!job || !isPlaced(job)) return false;
  if (!isMultiNode(job)) return attemptId(job.jobId, job.attempt.number) === id;
  return nodesOf(job).some(
    (node, index) => isLiveNode(node) && attemptId(nodeJobId(job.jobId, index), job.attempt.number) === id,
  );
}

/** A node starts for a row that says so, and no other than the main node before that one runs. */
export function checkNodeStart(watched: Watched, container: HostContainer, index: number): void {
  const { rows, violated, host } = watched;
  const { attemptId: id, task } = container;
  const job = rows.jobs.get(ownerOf(container.jobId));
  if (!job || !isMultiNode(job) || !isPlaced(job)) return;
  const node = nodesOf(job)[index];
  if (node?.status !== 'STARTING') violated('3 attempts', `${id} starts, and its row says ${node?.status}`);
  const { mainNode, numNodes } = job.spec.nodes;
  const { environment } = task;
  const told = [environment['AWS_BATCH_JOB_NODE_INDEX'], environment['AWS_BATCH_JOB_NUM_NODES']];
  if (JSON.stringify(told) !== JSON.stringify([String(index), String(numNodes)]))
    violated('3 attempts', `${id} is told to be node ${told.join(' of ')}`);
  if (index === mainNode) return;
  const main = nodesOf(job)[mainNode];
  if (main === undefined || main.status === 'RUNNABLE' || main.status === 'STARTING')
    violated('4 dependencies', `${id} starts before its main node runs`);
  if (!host.containers.has(witnessOf(job, job.attempt.number)))
    violated('4 dependencies', `${id} starts, and its main node never did`);
}

export function checkNodeMove(watched: Watched, { before, after }: JobMove): void {
  if (!after || !isMultiNode(after)) return;
  const known = before && isMultiNode(before) ? nodesOf(before) : [];
  for (const [index, node] of nodesOf(after).entries()) {
    const ended = node.attempts.length - (known[index]?.attempts.length ?? 0);
    if (ended < 0 || ended > 1)
      watched.violated('3 attempts', `${nodeJobId(after.jobId, index)} has ${ended} more attempts`);
    if (ended === 1) checkNodeEnd(watched, after, index);
  }
  if (before && isPlaced(before) && !isPlaced(after)) checkAllEnded(watched, before);
}

function checkNodeEnd({ host, violated }: Watched, after: MultiNodeJob, index: number): void {
  const { attempts } = nodesOf(after)[index] ?? { attempts: [] };
  const last = attempts.at(-1);
  const id = attemptId(nodeJobId(after.jobId, index), attempts.length);
  const container = host.containers.get(id)?.at(-1);
  if (container && !container.end)
    violated('3 attempts', `${id} is said to have ended, and its container runs`);
  const exitCode = container?.end?.exit.exitCode;
  if (last?.exitCode !== exitCode)
    violated('7 messages', `${id} is said to have exited with ${last?.exitCode}; the host saw ${exitCode}`);
}

/** Its machines are given back at once: nothing of the attempt may be left on any of them. */
function checkAllEnded({ host, violated }: Watched, before: Job): void {
  const left = host.live().filter((container) => ownerOf(container.jobId) === before.jobId);
  for (const { attemptId: id } of left) violated('3 attempts', `${before.jobId} settles while ${id} runs`);
}

/** What a commit of a multi-node job moved among its nodes, as its readers see them: each change of a status is told. */
export function movesOfNodes({ before, after, version }: JobMove): readonly JobMove[] {
  const earlier = before === undefined ? [] : nodeViews(before);
  return (after === undefined ? [] : nodeViews(after)).flatMap((view, index): JobMove[] => {
    const known = earlier[index];
    if (known?.status === view.status) return [];
    return [{ ...(known ? { before: known } : {}), after: view, version }];
  });
}
