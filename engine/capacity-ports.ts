// What real machines need from the outside: the building and taking down of compute environments, and the instances of
// those that have some. Port interfaces like those of ports.ts, which holds the rest.
import type { ContainerInstance } from '../core/placement/container-instance.ts';
import type { FleetTrouble } from '../core/placement/shortage.ts';
import type { MachineGroup } from '../core/placement/machine-steps.ts';
import type { ComputeEnvironment, ManagedEnvironment } from '../core/placement/compute-environment.ts';
import type { EnvironmentChange } from '../core/placement/compute-environment-change.ts';
import type { EpochMs } from '../core/ids.ts';

/** A change of a compute environment that is under way: what is wanted, as the row holds it, and which change that is. */
export interface EnvironmentWork {
  readonly environment: ComputeEnvironment;
  readonly change: EnvironmentChange;
  /** Tells this change from any other; every call for it may come again, also after it was answered with `done`. */
  readonly changeId: string;
}

/**
 * What a step came to. `wait`: begun, not finished; the same step is asked again after about that time. `because` says on what
 * it waits, and becomes part of the status reason when patience ends. `refused`: the owner's mistake, or a limit of theirs,
 * which no repetition cures; `reason` is a sentence for the owner, without a prefix (`The subnet subnet-1 does not exist.`).
 */
export type StepAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'wait'; readonly seconds: number; readonly because: string }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * The real capacity behind compute environments: clusters, launch templates, groups of instances, capacity providers.
 * statemachines/compute-environment.asl.json calls the steps in this order:
 *   create, update: prepare, isReady → VALID        delete: drain, isDrained, remove → gone
 * Each step ends within one function call (well under 25 s), can be repeated and resumed from wherever an earlier call died,
 * and throws only what another try may cure (after its own bounded retries): the machine repeats it for some minutes and then
 * sets the environment INVALID with the error. What is not there counts as removed; a delete may follow a create that was
 * refused half-way. Unmanaged environments have a cluster only; for kinds a home does not run, `prepare` refuses.
 */
export interface Infrastructure {
  /** Makes what is missing, and changes what differs, until everything has been asked for as the environment says; starts the replacement of instances for an infrastructure update. */
  prepare(work: EnvironmentWork): Promise<StepAnswer>;
  /** Whether what was asked for is there: placements may be made. */
  isReady(work: EnvironmentWork): Promise<StepAnswer>;
  /** Asks for the end of all capacity: nothing new starts on it, and instances leave once they are idle. */
  drain(work: EnvironmentWork): Promise<StepAnswer>;
  /** Whether all capacity has gone. */
  isDrained(work: EnvironmentWork): Promise<StepAnswer>;
  /** Deletes what is left, the cluster last. */
  remove(work: EnvironmentWork): Promise<StepAnswer>;
}

// ------------------------------------------------------------------------------------------------------- Machines

/**
 * The machines behind compute environments: groups of them that are launched and ended here (EC2 and SPOT), and all that are
 * registered in a cluster, also those of an owner. Each call may be repeated at any time.
 */
export interface Machines {
  /** `undefined`: it has no group, not yet or no more. Launches that failed are looked for from `failedSinceMs` on; absent: not at all. */
  describeGroup(environment: ManagedEnvironment, failedSinceMs?: EpochMs): Promise<MachineGroup | undefined>;
  /** Which and how many machines the group shall have; none is ended by it. What AWS refuses is the answer. */
  resize(
    environment: ManagedEnvironment,
    size: { readonly desired: number; readonly types: readonly string[] },
  ): Promise<FleetTrouble | undefined>;
  /** Nothing is started on these container instances any more. The answer: those that hold no task. */
  drain(clusterArn: string, instanceIds: readonly string[]): Promise<readonly string[]>;
  /** Ends exactly these machines of the group, which is not to replace them. Those that are gone already are no mistake. */
  end(environment: ManagedEnvironment, machineIds: readonly string[]): Promise<void>;
  /** Which of these machines were launched before then. */
  launchedBefore(machineIds: readonly string[], atMs: EpochMs): Promise<readonly string[]>;
  /** What is registered in a cluster; a cluster that does not exist has nothing. */
  listInstances(clusterArn: string): Promise<readonly RegisteredInstance[]>;
  /** Takes container instances out of their cluster whose machines do not exist any more; others stay. */
  deregisterEnded(
    clusterArn: string,
    instances: readonly Pick<ContainerInstance, 'id' | 'machineId'>[],
  ): Promise<void>;
}

/** `version`: grows with each change of the registration. */
export interface RegisteredInstance {
  readonly version: number;
  readonly instance: ContainerInstance;
}
