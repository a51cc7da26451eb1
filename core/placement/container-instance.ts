// A machine as it is registered in a compute environment's cluster, and what is to become of the machines there: what a pass of
// the scheduler learns of the world. None of it is decided here; a later report replaces an earlier one.
import type { EpochMs } from '../ids.ts';
import type { Capacity } from './capacity.ts';
import type { FleetTrouble } from './shortage.ts';

export interface ContainerInstance {
  /** 32 hex digits: the last part of its ARN. */
  readonly id: string;
  /** `i-…`, or `mi-…` for a machine outside EC2. */
  readonly machineId: string;
  /** EC2's instance type; `external` for a machine outside EC2. */
  readonly type: string;
  /** All that it registered with. */
  readonly total: Capacity;
  readonly registeredAtMs: EpochMs;
  /** It takes nothing new: somebody drains it, or Spot is about to take it back. */
  readonly isDraining: boolean;
  /** Its agent answers. */
  readonly isConnected: boolean;
  /** Which of its environment's infrastructure updates it was launched by; absent before the first. */
  readonly generation?: string;
}

/** An infrastructure update: machines of another generation leave, with what they still hold at that moment. */
export interface FleetReplacement {
  readonly generation: string;
  readonly byMs: EpochMs;
}

/** Requests that came to nothing, and why. */
export interface FleetReport {
  readonly atMs: EpochMs;
  readonly requestIds: readonly string[];
  readonly types: readonly string[];
  readonly trouble: FleetTrouble;
}

/** All that is known of an environment's machines. */
export interface Machinery {
  readonly instances: readonly ContainerInstance[];
  readonly replacement?: FleetReplacement;
  readonly report?: FleetReport;
}

export const NO_MACHINERY: Machinery = { instances: [] };
