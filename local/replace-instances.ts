// Infrastructure updates on one machine: the simulated instances of an environment take nothing new, and end with what is still
// on them when their time is up. What a runtime then tells of those attempts is told as the loss of their host.
import type { ComputeEnvironmentArn, EpochMs } from '../core/ids.ts';
import type { ComputeEnvironment } from '../core/placement/compute-environment.ts';
import { DEFAULT_UPDATE_POLICY } from '../core/placement/compute-environment.ts';
import type { EnvironmentChange } from '../core/placement/compute-environment-change.ts';
import { HEALTHY } from '../core/placement/compute-environment-change.ts';
import type { Outcome } from '../core/resource.ts';
import { ec2InstanceId } from '../core/placement/fleet.ts';
import type { InstanceReplacements } from '../engine/schedule-deps.ts';
import type { Clock } from '../engine/ports.ts';
import type { Observation } from '../engine/launch-ports.ts';

export interface ReplaceInstancesDeps {
  readonly clock: Clock;
  /** A pass of the scheduler takes up what is due. */
  readonly wake: () => void;
  readonly stop: (attemptId: string) => void;
  /** The change of this id is done. */
  readonly settle: (ceArn: ComputeEnvironmentArn, changeId: string, outcome: Outcome) => void;
}

export interface ReplaceInstances {
  readonly replacements: InstanceReplacements;
  /** The home's `applyEnvironment`. */
  apply(
    environment: ComputeEnvironment,
    change: EnvironmentChange,
    changeId: string,
  ): Promise<Outcome | 'in-progress'>;
  /** An observation as it is to be judged. */
  translate(observation: Observation): Observation;
}

export function createReplaceInstances(deps: ReplaceInstancesDeps): ReplaceInstances {
  const due = new Map<ComputeEnvironmentArn, { readonly byMs: EpochMs; readonly changeId: string }>();
  /** Attempts whose instance has ended, and how AWS words that. */
  const lost = new Map<string, string>();
  return {
    replacements: {
      due: () => new Map([...due].map(([ceArn, { byMs }]) => [ceArn, byMs])),
      begun(ceArn) {
        const replacement = due.get(ceArn);
        if (!replacement) return;
        due.delete(ceArn);
        deps.settle(ceArn, replacement.changeId, HEALTHY);
      },
      endAttempts(attemptIds, instance) {
        for (const attemptId of attemptIds) {
          if (lost.has(attemptId)) continue;
          lost.set(attemptId, `Host EC2 (instance ${ec2InstanceId(instance.id)}) terminated.`);
          deps.stop(attemptId);
        }
      },
    },
    async apply(environment, change, changeId) {
      // Whatever else changes needs nothing built: an environment is what its owner says, at once.
      if (change.kind !== 'update' || !change.infrastructure || environment.type !== 'MANAGED')
        return HEALTHY;
      const { terminateJobsOnUpdate, jobExecutionTimeoutMinutes } =
        environment.updatePolicy ?? DEFAULT_UPDATE_POLICY;
      const graceMs = terminateJobsOnUpdate ? 0 : jobExecutionTimeoutMinutes * 60_000;
      due.set(environment.ceArn, { byMs: deps.clock.now() + graceMs, changeId });
      deps.wake();
      return 'in-progress';
    },
    translate(observation) {
      const reason = lost.get(observation.attemptId);
      if (reason === undefined || observation.kind !== 'exited') return observation;
      lost.delete(observation.attemptId);
      return { ...observation, exit: { ...observation.exit, cause: 'host-lost', reason } };
    },
  };
}
