// What is told of machines, by ECS, EC2 and Auto Scaling.
import { machineNewsOf } from '../adapters/autoscaling/events.ts';
import { hearOfMachines } from '../engine/hear-of-machines.ts';
import { composeFollowing } from './compose-machines.ts';
import { composeSchedulerQueue } from './compose-scheduler-queue.ts';
import { clock, composeStore } from './compose-store.ts';
import { readConfig } from './config.ts';
import { createTelemetry, measured } from './telemetry.ts';
import { createDomainWaker } from './wake-domains.ts';

export function composeInstances(): (event: unknown) => Promise<void> {
  const config = readConfig('instances');
  const telemetry = createTelemetry('instances');
  const { table } = composeStore(config, telemetry);
  const waker = createDomainWaker({
    table,
    queue: composeSchedulerQueue(config, telemetry),
    nowMs: () => clock.now(),
  });
  const deps = composeFollowing(table, waker, telemetry);
  return (event) =>
    measured(telemetry, async () => {
      const news = machineNewsOf(event);
      // Of machines of others, or of nothing that matters here.
      if (news) await hearOfMachines(deps, news);
    });
}
