// What operators see of the functions: one-line JSON logs with a fixed event name, and metrics as EMF lines in the same log,
// which cost no call. The names and dimensions here are a contract with dashboards and alarms.
import type { Log } from '../api/errors.ts';
import { metersOperations } from './config.ts';
import type { Measurement, MetricKey } from './metrics.ts';
import { once } from './once.ts';
import type { OperationsMeter } from './operations-meter.ts';
import type { FunctionName } from './registry.ts';

export interface Telemetry {
  /** Most calls of the API log nothing, and then need not load what writes it; a line is written a moment later. */
  readonly log: Log;
  /** `dimensions` in the order that METRICS names them. */
  measure(metric: MetricKey, value: number, ...dimensions: readonly string[]): void;
  /** Only where the environment asks for it. */
  readonly meter?: () => Promise<OperationsMeter>;
  /** Writes what was measured; called at the end of every invocation. */
  publish(): Promise<void>;
}

/** Events whose name says that something went wrong. */
const WRONG = /fail|broke|corrupt|unreadable|unrecorded/;

export function createTelemetry(name: FunctionName): Telemetry {
  const write = once(async () => (await import('./write-log.ts')).createLogWriter(`slipway-${name}`));
  let written: Promise<void>[] = [];
  let measurements: Measurement[] = [];
  const meter = metersOperations()
    ? once(async () => (await import('./operations-meter.ts')).createOperationsMeter())
    : undefined;
  const log: Log = (event, fields) => {
    const level = WRONG.test(event) ? 'error' : 'info';
    written.push(write().then((to) => to(level, event, fields)));
  };
  return {
    log,
    ...(meter === undefined ? {} : { meter }),
    measure(metric, value, ...dimensions) {
      measurements.push({ metric, value, dimensions });
    },
    async publish() {
      if (meter) log('operations.metered', { ...(await meter()).take() });
      const lines = written;
      written = [];
      await Promise.all(lines);
      if (measurements.length === 0) return;
      const taken = measurements;
      measurements = [];
      // Most invocations measure nothing, and then need not load what writes it.
      const { writeMeasurements } = await import('./write-measurements.ts');
      writeMeasurements(taken);
    },
  };
}

/** Runs one invocation; what it measured is written however it ends. */
export async function measured<T>(telemetry: Pick<Telemetry, 'publish'>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await telemetry.publish();
  }
}
