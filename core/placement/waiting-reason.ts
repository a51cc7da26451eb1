// Why a job is not running yet, for machines (`code`, `details`) and for people (`message`). Every waiting job has one.
import type { JobId } from '../ids.ts';
import type { Refusal } from './refusals.ts';
import type { Shortage } from './shortage.ts';

export type WaitingReason =
  | { readonly code: 'DEPENDENCIES'; readonly message: string; readonly waitsFor: readonly JobId[] }
  | { readonly code: 'CHILDREN'; readonly message: string }
  /** A node of a multi-node job, whose main node has to run first. */
  | { readonly code: 'MAIN_NODE'; readonly message: string }
  | { readonly code: 'JUST_ARRIVED'; readonly message: string }
  /** Somebody holds it back; it goes on when it is released. */
  | { readonly code: 'HELD'; readonly message: string }
  | {
      readonly code: 'BEHIND_OTHERS';
      readonly message: string;
      readonly ahead: number;
      readonly head?: WaitingReason;
    }
  /** Another share of its queue has used less, by weight. */
  | {
      readonly code: 'SHARE_TURN';
      readonly message: string;
      readonly shareIdentifier: string;
      /** vCPU-seconds that count against its share now, and the share's weight. */
      readonly usedVcpuSeconds: number;
      readonly weightFactor: number;
      /** Whose turn it is, and why that one waits. */
      readonly turnOf?: string;
      readonly head?: WaitingReason;
    }
  | { readonly code: 'RESERVED_FOR_SHARES'; readonly message: string; readonly reservedVcpus: number }
  | { readonly code: 'NO_CAPACITY'; readonly message: string; readonly lacks: readonly Shortage[] }
  /** Environments with room for it, by their limits, could get no capacity; they are asked again at the times given. */
  | { readonly code: 'CAPACITY_REFUSED'; readonly message: string; readonly refusals: readonly Refusal[] }
  | {
      readonly code: 'CONSUMABLE';
      readonly message: string;
      readonly lacks: readonly ConsumableShortage[];
      /** No end of other jobs can help: a total must be raised, or a resource created, first. */
      readonly untilRaised: boolean;
    }
  | {
      readonly code: 'ENVIRONMENTS_UNAVAILABLE';
      readonly message: string;
      readonly environments: readonly string[];
    }
  | { readonly code: 'NEVER_FITS'; readonly message: string; readonly lacks: readonly Shortage[] };

/** What one consumable resource lacks for a job. */
export interface ConsumableShortage {
  /** ARN. */
  readonly consumableResource: string;
  readonly wanted: number;
  readonly available: number;
  /** The most that could be available without its total being raised. */
  readonly atMost: number;
}

/** Whether a job leaves its line for it: nothing that the scheduler waits for would change it. */
export function leavesLine(reason: WaitingReason): boolean {
  return reason.code === 'NEVER_FITS' || (reason.code === 'CONSUMABLE' && reason.untilRaised);
}

/** Whether it is the size of instances that does not suffice, whatever the environment's maximum. */
function isOfType({ instanceType, toLaunch }: Shortage): boolean {
  return instanceType !== undefined && toLaunch !== true;
}

/**
 * AWS Batch's statusReason for a blocked head of a queue (contract §4.6); `undefined` where AWS has no words for it.
 * Source: AWS Batch User Guide, "Job queue blocked events".
 */
export function statusReasonText(reason: WaitingReason): string | undefined {
  switch (reason.code) {
    case 'NEVER_FITS':
      // It is the kind of environment that does not fit: AWS has no words for that.
      if (reason.lacks.length === 0) return undefined;
      return reason.lacks.every((lack) => lack.resource === 'VCPU' && !isOfType(lack))
        ? 'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - CE(s) associated with the job queue cannot meet the CPU requirement of the job.'
        : 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement (vCPU/memory/GPU) is higher than that can be met by the CE(s) attached to the job queue.';
    case 'ENVIRONMENTS_UNAVAILABLE':
      return 'ACTION_REQUIRED - CE(s) associated with the job queue are disabled.';
    case 'CAPACITY_REFUSED': {
      const names = reason.refusals.map(({ ceArn }) => ceArn.split('/').at(-1)).join(', ');
      return `CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested for instance type [${names}]`;
    }
    case 'NO_CAPACITY':
      return troubleText(reason.lacks);
    case 'CONSUMABLE':
    case 'SHARE_TURN':
    case 'RESERVED_FOR_SHARES':
    case 'BEHIND_OTHERS':
    case 'JUST_ARRIVED':
    case 'HELD':
    case 'DEPENDENCIES':
    case 'CHILDREN':
    case 'MAIN_NODE':
      return undefined;
  }
}

/** Said only when every environment that could serve has its trouble: where one is merely full, its jobs' ends will help. */
function troubleText(lacks: readonly Shortage[]): string | undefined {
  const troubled = new Set(lacks.filter(({ trouble }) => trouble).map(({ place }) => place));
  const [first] = lacks.filter(({ trouble }) => trouble);
  if (!first?.trouble || !lacks.every(({ place }) => troubled.has(place))) return undefined;
  switch (first.trouble.kind) {
    case 'capacity':
      return `CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested for instance type [${first.instanceType}]`;
    case 'configuration':
      return 'MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED - Your compute environment associated with this job queue has an unsupported instance type configuration.';
    case 'permissions':
      return 'MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS – Batch service role has a permission issue.';
    // Machines that start and do not join: AWS has no words for that, and does not know why either.
    case 'not-joined':
      return 'UNDETERMINED - Batch job is blocked, root cause is undetermined.';
  }
}
