// What the scheduler decides.
import type { ComputeEnvironmentArn, JobId, QueueArn } from '../ids.ts';
import type { ContainerDemand } from '../job/spec.ts';
import type { Fleet, InstanceShare } from './fleet.ts';
import type { WaitingReason } from './waiting-reason.ts';

export interface PlannedPlacement {
  readonly jobId: JobId;
  readonly ceArn: ComputeEnvironmentArn;
  readonly clusterName: string;
  readonly demand: ContainerDemand;
  readonly gpuIds: readonly number[];
  /** Of an environment with simulated instances: one, or one for each node. */
  readonly instances?: readonly InstanceShare[];
  /** The container instances it is on, as in `Placement`. */
  readonly instanceIds?: readonly string[];
  readonly instanceTypes?: readonly string[];
  readonly machineIds?: readonly string[];
}

export interface Plan {
  readonly placements: readonly PlannedPlacement[];
  /** The head each queue stopped at, and why. */
  readonly blocked: readonly {
    readonly queueArn: QueueArn;
    readonly jobId: JobId;
    readonly reason: WaitingReason;
  }[];
  /** Jobs that leave their line: nothing their queue may use could ever hold them, or a total must be raised first. */
  readonly unplaceable: readonly { readonly jobId: JobId; readonly reason: WaitingReason }[];
  /** Queues where jobs may stand behind all that were placed or left out. */
  readonly unfinished: readonly QueueArn[];
  /** Environments whose instances change, with what the plan places on them. */
  readonly fleets: ReadonlyMap<ComputeEnvironmentArn, Fleet>;
}
