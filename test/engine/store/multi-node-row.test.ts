// DynamoDB takes rows of at most 400 KB: the largest multi-node job that is accepted must stay below that in every state.
import { expect, it } from 'vitest';
import { ATTEMPTS_MAX, NODE_ATTEMPTS_MAX } from '../../../core/definition/limits.ts';
import type { Job } from '../../../core/job/job.ts';
import { onPlaced, onStopRequested } from '../../../core/job/lifecycle.ts';
import { onNodeStopRequested } from '../../../core/job/stop-node.ts';
import { onNodeExit, onNodeRunning } from '../../../core/job/multi-node.ts';
import { jobRow } from '../../../engine/store/job-rows.ts';
import { anAttempt } from '../../core/job/a-job.ts';
import { aMultiNodeJob } from '../../core/job/a-multi-node-job.ts';

const LIMIT_BYTES = 400 * 1024;
/** What a definition of the greatest length leaves of it. */
const ROOM_BYTES = LIMIT_BYTES - 2 * 24 * 1024;
const NOW_MS = 1_800_000_000_000;
const LONG = 'x'.repeat(1_024);

function sizeOf(job: Job): number {
  return JSON.stringify(jobRow(job, 0)).length;
}

/** Every node runs and ends with the longest texts there are, in each attempt; the main node last. */
function worstLife(numNodes: number, attempts: number, stop: 'none' | 'whole' | 'each'): number {
  const retryStrategy = { attempts, evaluateOnExit: [] };
  let job: Job = aMultiNodeJob('RUNNABLE', {
    numNodes,
    spec: { retryStrategy },
    more: { createdAtMs: NOW_MS },
  });
  let largest = 0;
  const step = (next: Job | undefined): void => {
    job = next ?? job;
  };
  for (let number = 1; number <= attempts && job.status === 'RUNNABLE'; number += 1) {
    job = onPlaced(job, { ...anAttempt(number), placedAtMs: NOW_MS });
    for (let index = 0; index < numNodes; index += 1) {
      step(onNodeRunning(job, index, number, NOW_MS, { note: LONG, address: '255.255.255.255' }));
    }
    const request = { kind: 'terminate' as const, reason: LONG, atMs: NOW_MS };
    if (stop === 'whole') step(onStopRequested(job, request));
    for (let index = 1; index < numNodes && stop === 'each'; index += 1) {
      step(onNodeStopRequested(job, index, request));
    }
    largest = Math.max(largest, sizeOf(job));
    const exit = { cause: 'exited' as const, exitCode: 137, reason: LONG };
    for (let index = numNodes - 1; index >= 0; index -= 1) {
      step(onNodeExit(job, index, number, exit, NOW_MS));
    }
    largest = Math.max(largest, sizeOf(job));
  }
  return largest;
}

it.each([
  [NODE_ATTEMPTS_MAX, 1, 'none'],
  [NODE_ATTEMPTS_MAX, 1, 'whole'],
  [NODE_ATTEMPTS_MAX, 1, 'each'],
  [NODE_ATTEMPTS_MAX / ATTEMPTS_MAX, ATTEMPTS_MAX, 'none'],
] as const)(
  '%i nodes with %i attempts, of which are stopped: %s, fit into a row',
  (numNodes, attempts, stop) => {
    const bytes = worstLife(numNodes, attempts, stop);
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThan(ROOM_BYTES);
  },
);
