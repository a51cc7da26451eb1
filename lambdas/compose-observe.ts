// What takes ECS's events of tasks.
import { observe } from '../engine/observe.ts';
import { clock, composeStore } from './compose-store.ts';
import { readConfig } from './config.ts';
import type { TaskStateEvent } from './observe-event.ts';
import { observeEvent } from './observe-event.ts';
import { createTelemetry, measured } from './telemetry.ts';

export function composeObserve(): (event: TaskStateEvent) => Promise<void> {
  const config = readConfig('observe');
  const telemetry = createTelemetry('observe');
  const { store } = composeStore(config, telemetry);
  const deps = {
    observe: (observation: Parameters<typeof observe>[1]) => observe({ store }, observation),
    nowMs: () => clock.now(),
    log: telemetry.log,
  };
  return (event) => measured(telemetry, () => observeEvent(deps, event));
}
