// What the runtimes could not honour of a job, attempt by attempt: AWS's JobDetail has no place for it.
import type { Job } from './job.ts';
import { isPlaced } from './job.ts';
import { nodeViews } from './node-view.ts';

export interface AttemptNote {
  /** Counted from 1. */
  readonly attempt: number;
  /** Of a multi-node job. */
  readonly node?: number;
  /** One or more sentences. */
  readonly note: string;
}

/** Oldest first; of a multi-node job, its nodes' in order. */
export function attemptNotes(job: Job): readonly AttemptNote[] {
  if (job.kind === 'multinode') {
    return nodeViews(job).flatMap((view, node) => ownNotes(view).map((own) => ({ ...own, node })));
  }
  return ownNotes(job);
}

function ownNotes(job: Job): readonly AttemptNote[] {
  const ended = job.attempts.map(({ note }, index) => ({ attempt: index + 1, note }));
  const live = isPlaced(job) ? [{ attempt: job.attempt.number, note: job.attempt.note }] : [];
  return [...ended, ...live].flatMap(({ attempt, note }) => (note === undefined ? [] : [{ attempt, note }]));
}
