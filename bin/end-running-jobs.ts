// Stops what runs on a server that is about to close for good, so that no process of a job outlives it.
import type { Batch } from '@aws-sdk/client-batch';
import { setTimeout as sleep } from 'node:timers/promises';
import { listQueueNames, newestJobs } from './list-jobs.ts';

/** A job that does not end within this gets to finish by itself. */
const patienceMs = 8_000;
const lookEveryMs = 100;
const atMost = 1_000;

/** Terminates the placed jobs of every queue and waits, within bounds, until none is left. */
export async function endRunningJobs(batch: Batch): Promise<void> {
  const giveUpAtMs = performance.now() + patienceMs;
  const asked = new Set<string>();
  for (;;) {
    const running = await listPlacedJobs(batch);
    for (const jobId of running.filter((id) => !asked.has(id))) {
      await batch.terminateJob({ jobId, reason: 'The server is closing' });
      asked.add(jobId);
    }
    if (running.length === 0 || performance.now() > giveUpAtMs) return;
    await sleep(lookEveryMs);
  }
}

// An array's parent is PENDING while its children run, and only they are placed.
async function listPlacedJobs(batch: Batch): Promise<string[]> {
  const queues = await listQueueNames(batch);
  const placed: string[] = [];
  for (const jobQueue of queues) {
    const pending = await newestJobs(batch, { jobQueue, jobStatus: 'PENDING' }, atMost);
    const arrays = pending.jobs.filter((job) => job.arrayProperties?.size !== undefined);
    const owners = [{ jobQueue }, ...arrays.map((job) => ({ arrayJobId: job.jobId }))];
    for (const owner of owners) {
      for (const jobStatus of ['STARTING', 'RUNNING'] as const) {
        const { jobs } = await newestJobs(batch, { ...owner, jobStatus }, atMost);
        placed.push(...jobs.map((job) => job.jobId).filter((id) => id !== undefined));
      }
    }
  }
  return placed;
}
