// What may be done to a job that waits, beyond cancelling it: hold it back, let it go again, and say how urgent it is. A held
// job stays what it is, RUNNABLE once nothing else keeps it, but stands in no line.
import type { EpochMs } from '../ids.ts';
import type { Job } from './job.ts';
import { isPlaced, isTerminal } from './job.ts';

export const HELD_REASON = 'HELD - The job is held until it is released.';

/** Neither placed nor ended. */
export function isQueued(job: Job): boolean {
  return !isPlaced(job) && !isTerminal(job);
}

export function onHeld(job: Job, atMs: EpochMs): Job | undefined {
  if (!isQueued(job) || job.heldAtMs !== undefined) return undefined;
  // What kept it from being placed is judged anew when it is back in line.
  const { unplaceable: _unplaceable, blocked: _blocked, ...rest } = job;
  return { ...rest, heldAtMs: Math.max(atMs, job.createdAtMs), statusReason: HELD_REASON };
}

export function onReleased(job: Job): Job | undefined {
  if (!isQueued(job) || job.heldAtMs === undefined) return undefined;
  const { heldAtMs: _since, statusReason: _reason, ...rest } = job;
  return rest;
}

/** Higher goes first: in its queue, or in its share of a queue that has a scheduling policy. */
export function onPriority(job: Job, priority: number): Job | undefined {
  return isQueued(job) && job.priority !== priority ? { ...job, priority } : undefined;
}

/** What an array's new children take over from it. */
export function inheritedQueueing({
  heldAtMs,
  priority,
}: Job): Partial<Pick<Job, 'heldAtMs' | 'priority' | 'statusReason'>> {
  return {
    ...(heldAtMs === undefined ? {} : { heldAtMs, statusReason: HELD_REASON }),
    ...(priority === undefined ? {} : { priority }),
  };
}

export type QueueingMember = 'heldAtMs' | 'priority';

/** A child as its array wants it in this respect; `undefined` when it is so already. */
export function alignedWith(parent: Job, child: Job, member: QueueingMember, atMs: EpochMs): Job | undefined {
  switch (member) {
    case 'heldAtMs':
      return parent.heldAtMs === undefined ? onReleased(child) : onHeld(child, atMs);
    case 'priority':
      return parent.priority === undefined ? undefined : onPriority(child, parent.priority);
  }
}
