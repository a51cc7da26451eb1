// What a scheduling pass, and whoever looks at a domain as a pass does, is given.
import type { ComputeEnvironmentArn, EpochMs, QueueArn } from '../core/ids.ts';
import type { Capacity } from '../core/placement/capacity.ts';
import type { FleetInstance } from '../core/placement/fleet.ts';
import type { FleetRules } from '../core/placement/fleet-rules.ts';
import type { JobStateTimeLimitAction } from '../core/queue/job-queue.ts';
import type { FairsharePolicy } from '../core/queue/scheduling-policy.ts';
import type { Clock } from './ports.ts';
import type { JobStore } from './store/jobs.ts';

/** The part of queues and environments that scheduling needs. */
export interface SchedulingDomain {
  readonly queues: readonly {
    readonly queueArn: QueueArn;
    readonly priority: number;
    readonly environments: readonly ComputeEnvironmentArn[];
    /** Present exactly for a queue with a scheduling policy. */
    readonly fairShare?: FairsharePolicy;
    /** Present when it has any. */
    readonly timeLimits?: readonly JobStateTimeLimitAction[];
  }[];
  readonly environments: readonly {
    readonly ceArn: ComputeEnvironmentArn;
    readonly clusterName: string;
    readonly usable: boolean;
    readonly refusesMultiNode?: boolean;
    readonly max: Capacity;
    /** Present where instances are simulated, or real. */
    readonly fleetRules?: FleetRules;
    /** Where they are real: the cluster they register in. */
    readonly clusterArn?: string;
    /** Empty where there are none. */
    readonly instanceIds?: readonly string[];
  }[];
}

/** The machine below all environments of a local home. */
export interface Host {
  readonly total: Capacity;
  readonly gpuIds: readonly number[];
}

/** What an infrastructure update does to instances: a home that simulates them has it done by the scheduler. */
export interface InstanceReplacements {
  /** Environments whose instances are to be replaced, and the moment by which those must be gone. */
  due(): ReadonlyMap<ComputeEnvironmentArn, EpochMs>;
  /** It is committed that nothing new comes onto them. */
  begun(ceArn: ComputeEnvironmentArn): void;
  /** An instance ends with these attempts on it. Asked for again until their capacity is given back. */
  endAttempts(attemptIds: readonly string[], instance: FleetInstance): void;
}

export interface ScheduleDeps {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly loadDomain: () => Promise<SchedulingDomain>;
  readonly host?: Host;
  /** Of a home that simulates instances. */
  readonly replacements?: InstanceReplacements;
}
