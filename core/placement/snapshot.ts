// What the scheduler sees when it decides: the heads of the queues and what the environments have.
import type { ComputeEnvironmentArn, EpochMs, QueueArn } from '../ids.ts';
import type { ConsumableStock } from '../queue/consumable-resource.ts';
import type { Candidate, FairFront } from '../queue/line.ts';
import type { Capacity } from './capacity.ts';
import type { FleetRules } from './fleet-rules.ts';
import type { Fleet } from './fleet.ts';

export interface QueueSnapshot {
  readonly queueArn: QueueArn;
  readonly priority: number;
  /** Ascending order. */
  readonly environments: readonly ComputeEnvironmentArn[];
  /** The first jobs of a FIFO queue, in dispatch order. */
  readonly heads: readonly Candidate[];
  /** Others may stand behind the heads. */
  readonly mayHaveMore?: boolean;
  /** How many others, where that was counted: for them, too, machines are asked for. */
  readonly behind?: number;
  /** A queue with a scheduling policy: the fronts of its shares, instead of heads. */
  readonly fair?: FairFront;
}

export interface EnvironmentSnapshot {
  readonly ceArn: ComputeEnvironmentArn;
  readonly clusterName: string;
  /** ENABLED and VALID. */
  readonly usable: boolean;
  /** Fargate, Spot and unmanaged environments hold no multi-node jobs. */
  readonly refusesMultiNode?: boolean;
  /** All it may ever hold at once; `Infinity` for what it does not limit. */
  readonly max: Capacity;
  readonly used: Capacity;
  /** Where placements are on simulated instances; absent where the machine below is all there is. */
  readonly fleet?: FleetSnapshot;
  /** Empty where there are no container instances; absent where the machine below is the only one. */
  readonly instanceIds?: readonly string[];
}

export interface FleetSnapshot {
  readonly rules: FleetRules;
  readonly now: Fleet;
  readonly atMs: EpochMs;
}

/** The machine below all environments of a local home; the cloud has none. */
export interface HostSnapshot {
  readonly total: Capacity;
  readonly used: Capacity;
  readonly freeGpuIds: readonly number[];
}

export interface Snapshot {
  readonly queues: readonly QueueSnapshot[];
  readonly environments: ReadonlyMap<ComputeEnvironmentArn, EnvironmentSnapshot>;
  readonly host?: HostSnapshot;
  /** By ARN, those that a candidate needs; one that does not exist is missing. */
  readonly consumables?: ReadonlyMap<string, ConsumableStock>;
}
