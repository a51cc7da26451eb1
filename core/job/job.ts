// A job by its status: a field that cannot exist yet cannot be written down. The job is the single truth about its life;
// executions, containers and events are consequences of it.
import type { EpochMs, JobId } from '../ids.ts';
import type { EndedAttempt, LiveAttempt, StopRequest } from './attempt.ts';
import type { JobSpec } from './spec.ts';
import type { NodeState, NodeView } from './node-state.ts';
import type { Refusals } from '../placement/refusals.ts';
import type { WaitingReason } from '../placement/waiting-reason.ts';

export const JOB_STATUSES = [
  'SUBMITTED',
  'PENDING',
  'RUNNABLE',
  'STARTING',
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];
export type TerminalStatus = 'SUCCEEDED' | 'FAILED';

interface JobBase {
  readonly jobId: JobId;
  readonly jobArn: string;
  /** An array's parent has no attempts; a child shares its parent's spec. A `node` is a view on its multi-node job, never a row. */
  readonly kind: 'single' | 'array' | 'child' | 'multinode' | 'node';
  readonly parentId?: JobId;
  readonly arrayIndex?: number;
  readonly spec: JobSpec;
  readonly createdAtMs: EpochMs;
  /** Ended attempts, oldest first. */
  readonly attempts: readonly EndedAttempt[];
  readonly statusReason?: string;
  readonly stopRequest?: StopRequest;
  /** Array parents: how many children stand where. */
  readonly children?: ChildCounts;
  /** Array parents: the last change of a child that is counted, per change stream; what came before is not counted again. */
  readonly foldedThrough?: Readonly<Record<string, string>>;
  /** Array parents whose change streams have no names: the children whose end is counted, as in marks.ts. */
  readonly endedChildren?: string;
  /** Multi-node jobs, from the first placement or stop of a node on: where each node stands, by its index. */
  readonly nodes?: readonly NodeState[];
  /** Views of nodes only. */
  readonly node?: NodeView;
  /** Dependencies still outstanding. */
  readonly awaiting: readonly JobId[];
  /** Fails once its dependencies allow it to start, with this reason (contract §2.6: overrides that are too long). */
  readonly failsAtStart?: string;
  /** When it last became RUNNABLE; its age in the queue. */
  readonly runnableAtMs?: EpochMs;
  /** Set while no compute environment of its queue could ever hold it; it then blocks nobody behind it. */
  readonly unplaceable?: WaitingReason;
  /** Somebody holds it back, since then: it stands in no line. */
  readonly heldAtMs?: EpochMs;
  /** Where it stands among those who wait; in place of the specification's schedulingPriority. 0 to 9999. */
  readonly priority?: number;
  /** Environments that had no capacity for it when it was placed there. */
  readonly refusals?: Refusals;
  /** Why it cannot go on, in AWS's words, and since when; kept while it is judged anew. */
  readonly blocked?: Blockage;
}

export interface Blockage {
  /** When this reason was found first. */
  readonly sinceMs: EpochMs;
  /** The status reason of contract §4.6. */
  readonly reason: string;
}

export type ChildCounts = Readonly<Record<JobStatus, number>> & {
  readonly updatedAtMs: EpochMs;
};

export type SubmittedJob = JobBase & { readonly status: 'SUBMITTED' };
/** `expanded`: an array parent whose children have been asked for. */
export type PendingJob = JobBase & { readonly status: 'PENDING'; readonly expanded?: true };
export type RunnableJob = JobBase & { readonly status: 'RUNNABLE'; readonly runnableAtMs: EpochMs };
export type StartingJob = JobBase & { readonly status: 'STARTING'; readonly attempt: LiveAttempt };
export type RunningJob = JobBase & {
  readonly status: 'RUNNING';
  readonly attempt: LiveAttempt;
  readonly startedAtMs: EpochMs;
};
export type EndedJob = JobBase & {
  readonly status: TerminalStatus;
  readonly startedAtMs?: EpochMs;
  readonly stoppedAtMs: EpochMs;
};
export type PlacedJob = StartingJob | RunningJob;
export type Job = SubmittedJob | PendingJob | RunnableJob | StartingJob | RunningJob | EndedJob;

export function isTerminal(job: Job): job is EndedJob {
  return job.status === 'SUCCEEDED' || job.status === 'FAILED';
}

export function isPlaced(job: Job): job is PlacedJob {
  return job.status === 'STARTING' || job.status === 'RUNNING';
}

/** The identity of an attempt everywhere outside the row: containers, placements, observations. */
export function attemptId(jobId: JobId, attemptNumber: number): string {
  return `${jobId}/${attemptNumber}`;
}

/** The identity of a placement: that of its attempt, unless the attempt was placed before and found no capacity. */
export function placementId(
  jobId: JobId,
  { number, placementNumber }: Pick<LiveAttempt, 'number' | 'placementNumber'>,
): string {
  const id = attemptId(jobId, number);
  return placementNumber === undefined ? id : `${id}~${placementNumber}`;
}

export function parseAttemptId(text: string): { readonly jobId: JobId; readonly number: number } {
  const slash = text.lastIndexOf('/');
  return { jobId: text.slice(0, slash) as JobId, number: Number(text.slice(slash + 1)) };
}
