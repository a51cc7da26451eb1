// Turns what runtimes see into the job's next state. Observations of one job are taken one after the other; repeated, late
// and reordered ones change nothing, because core looks at the attempt's number and the job's status.
import type { JobId } from '../core/ids.ts';
import { parseJobId } from '../core/ids.ts';
import { parseAttemptId } from '../core/job/job.ts';
import type { Job } from '../core/job/job.ts';
import type { AttemptExit } from '../core/job/attempt-steps.ts';
import { onExit, onRunning } from '../core/job/attempt-steps.ts';
import { onNodeExit, onNodeRunning } from '../core/job/multi-node.ts';
import { nodeView } from '../core/job/node-view.ts';
import { wholeExit } from '../core/job/whole-exit.ts';
import type { Observation } from './launch-ports.ts';
import type { JobStore } from './store/jobs.ts';
import { rowOwnerOf, transition } from './store/jobs.ts';

export interface ObserveDeps {
  readonly store: JobStore;
}

/** `changed`, `unchanged` (late or repeated), or `missing` (a job that is past its retention). */
export async function observe(
  deps: ObserveDeps,
  observation: Observation,
): Promise<'changed' | 'unchanged' | 'missing'> {
  const { jobId, number } = parseAttemptId(observation.attemptId);
  // For the nodes of a job, the row of the whole says where the attempt stands.
  const owner = rowOwnerOf(jobId);
  const node = owner === jobId ? undefined : parseJobId(jobId);
  const result = await transition(deps.store, owner, (job) =>
    node?.kind === 'node'
      ? nodeStepFor(job, node.index, number, observation)
      : stepFor(job, number, observation),
  );
  return result.outcome;
}

function nodeStepFor(job: Job, index: number, number: number, observation: Observation): Job | undefined {
  switch (observation.kind) {
    case 'running':
      return onNodeRunning(job, index, number, observation.atMs, observation);
    case 'exited':
      return onNodeExit(job, index, number, exitOf(job, observation, index), observation.atMs);
  }
}

function stepFor(job: Job, number: number, observation: Observation): Job | undefined {
  switch (observation.kind) {
    case 'running':
      return onRunning(job, number, observation.atMs, observation);
    case 'exited':
      return onExit(job, number, exitOf(job, observation), observation.atMs);
  }
}

function exitOf(
  job: Job,
  { exit, runtimeTaskId, launch }: Observation & { kind: 'exited' },
  nodeIndex?: number,
): AttemptExit {
  const { spec } = nodeIndex === undefined ? job : (nodeView(job, nodeIndex) ?? job);
  const whole = wholeExit(spec.containers, exit);
  return {
    ...whole,
    ...(runtimeTaskId === undefined ? {} : { runtimeTaskId }),
    ...(launch === undefined ? {} : { launch }),
  };
}

export interface Observer {
  take(observation: Observation): void;
  /** Resolves when everything taken so far is committed. */
  settled(): Promise<void>;
}

/**
 * Keeps the order of a job's own observations and lets different jobs go side by side. A failed write is tried again
 * without end, each time later: an exit that is not recorded would leave a job running for ever.
 */
export function createObserver(
  deps: ObserveDeps,
  onError: (error: unknown, observation: Observation) => void,
): Observer {
  const tails = new Map<JobId, Promise<void>>();

  async function settle(observation: Observation): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      try {
        await observe(deps, observation);
        return;
      } catch (error) {
        onError(error, observation);
        await new Promise((resolve) => {
          setTimeout(resolve, Math.min(5_000, 50 * 2 ** tries));
        });
      }
    }
  }

  return {
    take(observation) {
      const jobId = rowOwnerOf(parseAttemptId(observation.attemptId).jobId);
      const before = tails.get(jobId);
      const tail: Promise<void> = (
        before ? before.then(() => settle(observation)) : settle(observation)
      ).then(() => {
        if (tails.get(jobId) === tail) tails.delete(jobId);
      });
      tails.set(jobId, tail);
    },
    async settled() {
      while (tails.size > 0) await Promise.all(tails.values());
    },
  };
}
