// A node of a multi-node job by its status, as the job's row holds it.
import type { NodePlace } from '../definition/environment.ts';
import type { EpochMs } from '../ids.ts';
import type { EndedAttempt, StopRequest } from './attempt.ts';

/**
 * A node's part in one attempt of its job. All nodes are in one row, so what another member of the row says is not said
 * again: where it ran is with the job's attempt, and without a statusReason it is that of the stop request.
 */
export type NodeAttempt = Pick<
  EndedAttempt,
  'runtimeTaskId' | 'startedAtMs' | 'stoppedAtMs' | 'exitCode' | 'reason' | 'containers'
> & { readonly statusReason?: string };

interface NodeBase {
  /** Ended ones, oldest first; in step with the job's whenever the job is not placed. */
  readonly attempts: readonly NodeAttempt[];
  /** Somebody wants this node alone to end. It stands for all attempts: a stopped node is not started again. */
  readonly stopRequest?: StopRequest;
}

/** RUNNABLE: waits for the main node, or with the whole job for its next placement. */
export type WaitingNode = NodeBase & { readonly status: 'RUNNABLE' };
export type StartingNode = NodeBase & { readonly status: 'STARTING' };
export type RunningNode = NodeBase & {
  readonly status: 'RUNNING';
  readonly startedAtMs: EpochMs;
  /** Where the other nodes reach it. */
  readonly address?: string;
  readonly note?: string;
  readonly runtimeTaskId?: string;
};
export type LiveNode = StartingNode | RunningNode;
/** Ended in the job's attempt under way, or for good. */
export type EndedNode = NodeBase & {
  readonly status: 'SUCCEEDED' | 'FAILED';
  readonly startedAtMs?: EpochMs;
  readonly stoppedAtMs: EpochMs;
  /** Absent: that of the stop request. */
  readonly statusReason?: string;
};
export type NodeState = WaitingNode | LiveNode | EndedNode;

/** What the view of a node knows beyond a single job. */
export interface NodeView extends NodePlace {
  /** Its own address, while it runs. */
  readonly address?: string;
  /** The main node's task: the same for all nodes of one attempt, and for no other. */
  readonly groupTaskId?: string;
}
