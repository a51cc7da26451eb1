// Starts the containers of a multi-node job's nodes, for statemachines/multi-node-job.asl.json. Repeatable: a node that has
// started is started by no second call, and one that must not run any more is not started at all.
import type { PlacedJob } from '../core/job/job.ts';
import { attemptId, isPlaced } from '../core/job/job.ts';
import { onNodeExit } from '../core/job/multi-node.ts';
import { isMultiNode, mustNodeStop, nodesOf } from '../core/job/node.ts';
import type { MultiNodeJob } from '../core/job/node.ts';
import { nodeView } from '../core/job/node-view.ts';
import type { Progress } from '../core/job/progress.ts';
import { goneProgress, progressFrom } from '../core/job/progress.ts';
import type { JobId } from '../core/ids.ts';
import type { MachineDeps } from './machine-deps.ts';
import { returnToLine } from './return-to-line.ts';
import { stopStarted } from './stop-started.ts';
import { getJob, transition } from './store/jobs.ts';

export interface LaunchNodesRequest {
  readonly jobId: JobId;
  readonly attempt: number;
}

/** Nodes whose containers are asked for at the same time. */
const AT_ONCE = 32;

/** Starts the nodes that the main node has let go. Answers with where the job stands and what is left of its timeout. */
export async function launchNodes(deps: MachineDeps, request: LaunchNodesRequest): Promise<Progress> {
  const found = await getJob(deps.store, request.jobId);
  if (!found) return goneProgress(request.jobId, request.attempt);
  const { job } = found;
  if (isMultiNode(job) && job.status === 'RUNNING' && job.attempt.number === request.attempt) {
    const waiting = [...nodesOf(job).keys()].filter((index) => nodesOf(job)[index]?.status === 'STARTING');
    const launchInTurn = async (): Promise<void> => {
      for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
        await launchNode(deps, job, index);
      }
    };
    // Nothing goes on in a function after its answer: one that cannot be started must not leave the starts of others half-way.
    const lanes = await Promise.allSettled(Array.from({ length: AT_ONCE }, launchInTurn));
    for (const lane of lanes) if (lane.status === 'rejected') throw lane.reason;
  }
  const now = await getJob(deps.store, request.jobId);
  return now ? progressFrom(now.job, deps.clock.now()) : goneProgress(request.jobId, request.attempt);
}

/** Starts one node that is STARTING in the row given; one that is to be stopped ends without having run. */
export async function launchNode(
  deps: MachineDeps,
  job: MultiNodeJob & PlacedJob,
  index: number,
): Promise<void> {
  const view = nodeView(job, index);
  if (view?.status !== 'STARTING') return;
  const { number } = job.attempt;
  const id = attemptId(view.jobId, number);
  // Rows grow old while other nodes are launched.
  if (await mustStop(deps, job.jobId, number, index)) {
    if (!(await stopStarted(deps, view))) await failStart(deps, job, index);
    return;
  }
  const outcome = await deps.launcher.start(deps.taskOf(view));
  if (!outcome.started) {
    // Until the main node has run nothing is lost by another placement; later the others' work would be.
    const isBare = outcome.kind === 'no-capacity' && job.status === 'STARTING';
    if (isBare) await returnToLine(deps, job, outcome.reason);
    else await failStart(deps, job, index, outcome.reason);
    return;
  }
  // A stop that came between the look at the row and the start found no container yet.
  if (await mustStop(deps, job.jobId, number, index)) {
    await deps.launcher.stop(id, deps.stopGraceSeconds);
  }
}

/** Also when the attempt is over: its container would then be nobody's. */
async function mustStop(deps: MachineDeps, jobId: JobId, number: number, index: number): Promise<boolean> {
  const job = (await getJob(deps.store, jobId))?.job;
  if (!job || !isMultiNode(job) || !isPlaced(job) || job.attempt.number !== number) return true;
  return mustNodeStop(job, index);
}

async function failStart(
  deps: MachineDeps,
  { jobId, attempt }: PlacedJob,
  index: number,
  reason?: string,
): Promise<void> {
  const exit = { cause: 'failed-to-start' as const, ...(reason === undefined ? {} : { reason }) };
  await transition(deps.store, jobId, (now) =>
    // A node that was seen running meanwhile did start.
    isMultiNode(now) && nodesOf(now)[index]?.status === 'STARTING'
      ? onNodeExit(now, index, attempt.number, exit, deps.clock.now())
      : undefined,
  );
}
