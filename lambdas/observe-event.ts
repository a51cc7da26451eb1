// ECS's events of tasks as observations of attempts. Whose task it is, the task itself says; events of other tasks say nothing.
import { observationsOf } from '../adapters/ecs/observations.ts';
import type { EcsTaskState } from '../adapters/ecs/task-state.ts';
import type { Observation } from '../engine/launch-ports.ts';

export interface TaskStateEvent {
  /** When it was sent, ISO 8601. */
  readonly time: string;
  readonly detail: EcsTaskState & { readonly group?: string };
}

export interface ObserveEventDeps {
  readonly observe: (observation: Observation) => Promise<'changed' | 'unchanged' | 'missing'>;
  readonly nowMs: () => number;
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void;
}

export async function observeEvent(deps: ObserveEventDeps, { time, detail }: TaskStateEvent): Promise<void> {
  // The group is given the same text; not every sender of events tells who started a task.
  const startedBy = detail.startedBy ?? detail.group;
  const sentAtMs = Date.parse(time);
  const seenAtMs = Number.isNaN(sentAtMs) ? deps.nowMs() : sentAtMs;
  for (const observation of observationsOf({ ...detail, startedBy }, seenAtMs)) {
    const outcome = await deps.observe(observation);
    const { kind, attemptId } = observation;
    deps.log('task.observed', { kind, attemptId, outcome, taskArn: detail.taskArn });
  }
}
