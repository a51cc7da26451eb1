// What is heard of real machines, by an event. It may be late, doubled or lost: a look at the machines tells the same.
import type { ContainerInstance } from './container-instance.ts';

/** `version`: ECS counts the changes of a container instance, so that a late report is known for one. */
export interface InstanceReport {
  readonly version: number;
  /** Absent: it is gone. */
  readonly instance?: ContainerInstance;
}

export type MachineNews =
  | {
      readonly kind: 'instance';
      readonly clusterArn: string;
      /** Of the container instance. */
      readonly id: string;
      readonly report: InstanceReport;
    }
  /** Spot takes this machine back in two minutes. */
  | { readonly kind: 'interruption'; readonly machineId: string }
  /** Something happened in the group of the environment with this uuid. */
  | { readonly kind: 'group'; readonly uuid: string };
