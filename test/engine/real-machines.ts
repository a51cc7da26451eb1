// AWS's side of an environment with machines, in memory: a group that launches what it is asked for when the test lets it, and a
// cluster in which machines register. It refuses to end a machine that holds a task, unless the test allows it.
import type { ContainerInstance } from '../../core/placement/container-instance.ts';
import type { FleetTrouble } from '../../core/placement/shortage.ts';
import type { LaunchFailure, Machine } from '../../core/placement/machine-steps.ts';
import type { Machines, RegisteredInstance } from '../../engine/capacity-ports.ts';
import { machine } from '../core/placement/a-real-fleet.ts';

export interface RealMachines extends Machines {
  desired: number;
  types: readonly string[];
  machines: Machine[];
  failures: LaunchFailure[];
  registered: ContainerInstance[];
  /** Container instances with a task on them. */
  readonly busy: Set<string>;
  readonly draining: Set<string>;
  readonly ended: string[];
  readonly deregistered: string[];
  refusal: FleetTrouble | undefined;
  /** Launches all that is asked for; the machines are not registered yet. */
  launch(): void;
  /** Registers everything that was launched. */
  register(atMs: number): readonly ContainerInstance[];
}

export function realMachines(): RealMachines {
  let count = 0;
  let version = 0;
  const world: RealMachines = {
    desired: 0,
    types: [],
    machines: [],
    failures: [],
    registered: [],
    busy: new Set(),
    draining: new Set(),
    ended: [],
    deregistered: [],
    refusal: undefined,
    launch() {
      while (world.machines.length < world.desired) {
        const type = world.types[0] ?? '';
        world.machines.push({ machineId: machine((count += 1), type).machineId, type });
      }
    },
    register(registeredAtMs) {
      const known = new Set(world.registered.map(({ machineId }) => machineId));
      const coming = world.machines.filter(({ machineId }) => !known.has(machineId));
      const joined = coming.map(({ machineId, type }) =>
        machine(Number.parseInt(machineId.slice(2), 16), type, { registeredAtMs }),
      );
      world.registered.push(...joined);
      return joined;
    },
    async describeGroup() {
      const { desired, types, machines, failures } = world;
      return { desired, types, machines: [...machines], failures };
    },
    async resize(_environment, { desired, types }) {
      if (world.refusal) return world.refusal;
      world.desired = desired;
      world.types = types;
      return undefined;
    },
    async drain(_cluster, ids) {
      for (const id of ids) world.draining.add(id);
      return ids.filter((id) => !world.busy.has(id));
    },
    async end(_environment, machineIds) {
      world.ended.push(...machineIds);
      world.desired -= machineIds.length;
      world.machines = world.machines.filter(({ machineId }) => !machineIds.includes(machineId));
      world.registered = world.registered.filter(({ machineId }) => !machineIds.includes(machineId));
    },
    async launchedBefore(machineIds) {
      return machineIds;
    },
    async listInstances(): Promise<readonly RegisteredInstance[]> {
      return world.registered.map((instance) => ({
        version: (version += 1),
        instance: { ...instance, isDraining: world.draining.has(instance.id) },
      }));
    },
    async deregisterEnded(_cluster, instances) {
      world.deregistered.push(...instances.map(({ id }) => id));
    },
  };
  return world;
}
