// What may have to follow from a committed change; each of these is safe to repeat.
import type { JobId, QueueArn } from '../ids.ts';
import type { ChildMove } from './array.ts';
import type { Job } from './job.ts';
import type { QueueingMember } from './queued.ts';

export type Reaction =
  /** The job was accepted or written: look at what it waits for. */
  | { readonly kind: 'evaluate-dependencies'; readonly job: Job }
  /** The job was accepted straight into its line: its queue may have been deleted at that moment. */
  | { readonly kind: 'check-queue'; readonly job: Job }
  /** An array's parent is free to go: write its children. */
  | { readonly kind: 'expand'; readonly job: Job }
  /** Something may be placeable in this queue. `arrived`: the job that has just come into line there. */
  | { readonly kind: 'schedule'; readonly queueArn: QueueArn; readonly arrived?: JobId }
  /** A placed job needs an execution that drives it. */
  | { readonly kind: 'drive'; readonly job: Job }
  /** The row moved on: the execution waiting for it may too. */
  | { readonly kind: 'wake'; readonly job: Job }
  /** An attempt holds the capacity of this placement no longer. */
  | {
      readonly kind: 'release';
      readonly placementId: string;
      readonly taskId: string;
      readonly queueArn: QueueArn;
    }
  /** A container is settled: what its runtime kept of it may go, apart from the log. */
  | { readonly kind: 'forget'; readonly attemptId: string; readonly taskId: string }
  | { readonly kind: 'stop-container'; readonly attemptId: string }
  | { readonly kind: 'stop-children'; readonly job: Job }
  /** What was said of an array's place in line holds for its children. */
  | { readonly kind: 'align-children'; readonly parentId: JobId; readonly member: QueueingMember }
  | { readonly kind: 'fold'; readonly parentId: JobId; readonly move: ChildMove }
  | { readonly kind: 'settle-dependents'; readonly job: Job }
  | { readonly kind: 'publish'; readonly job: Job }
  /** The job was found blocked at the head of its queue. */
  | { readonly kind: 'publish-blocked'; readonly job: Job };
