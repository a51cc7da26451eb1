// What is told of a Region's queues, its compute environments and the machine below them. Types only: the console's page reads the
// same ones.
import type { JobStatus } from '../core/job/job.ts';

/** `more`: counting stopped there. */
export interface Count {
  readonly count: number;
  readonly more: boolean;
}

export interface QueueOverview {
  readonly name: string;
  readonly state: string;
  readonly status: string;
  readonly priority: number;
  readonly environments: readonly string[];
  /** In line, the children of arrays each by itself. */
  readonly waiting: Count;
  /** Set aside: nothing could ever hold them. */
  readonly unplaceable: Count;
  /** Holding capacity, children each by itself. */
  readonly placed: number;
  /** Whole jobs by state, an array as one. */
  readonly byState: Readonly<Record<JobStatus, Count>>;
  readonly oldestSinceMs?: number;
  readonly blocked?: { readonly jobId: string; readonly code: string; readonly message: string };
}

/** Absent: no limit of its own. */
export interface Use {
  readonly used: number;
  readonly max?: number;
}

export interface CapacityOverview {
  readonly vcpus: Use;
  readonly memoryMiB: Use;
  readonly gpus: Use;
}

/** A simulated instance. `leaving`: it takes nothing new and goes when it is empty. */
export interface InstanceOverview {
  readonly id: string;
  readonly type: string;
  readonly vcpus: Use;
  readonly memoryMiB: Use;
  readonly gpus: Use;
  readonly tasks: number;
  readonly launchedAtMs: number;
  readonly emptySinceMs?: number;
  readonly isSpot: boolean;
  readonly leaving: boolean;
}

export interface EnvironmentOverview extends CapacityOverview {
  readonly name: string;
  readonly kind: string;
  readonly state: string;
  readonly status: string;
  readonly statusReason: string;
  readonly placements: number;
  /** vCPUs that its instances should have; absent where there are none to come and go. */
  readonly wantedVcpus?: number;
  /** The oldest of its simulated instances, and how many there are and ever were; absent where it has none. */
  readonly instances?: {
    readonly shown: readonly InstanceOverview[];
    readonly count: number;
    readonly launched: number;
  };
}

export interface Overview {
  readonly nowMs: number;
  readonly queues: readonly QueueOverview[];
  readonly environments: readonly EnvironmentOverview[];
  readonly machine: CapacityOverview & { readonly placements: number };
}
