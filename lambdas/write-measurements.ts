// Measurements as EMF lines: one for each set of dimensions, with all its metrics and values.
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { Measurement } from './metrics.ts';
import { METRICS, METRICS_NAMESPACE } from './metrics.ts';

export function writeMeasurements(measurements: readonly Measurement[]): void {
  const series = new Map<string, Metrics>();
  for (const { metric, value, dimensions } of measurements) {
    const { name, unit, dimensions: names } = METRICS[metric];
    const labels = Object.fromEntries(names.map((label, index) => [label, dimensions[index] ?? 'unknown']));
    const key = JSON.stringify(labels);
    let metrics = series.get(key);
    if (!metrics) {
      metrics = new Metrics({ namespace: METRICS_NAMESPACE });
      // Its own dimension `service` would make every series another one than dashboards and alarms ask for.
      metrics.clearDefaultDimensions();
      metrics.addDimensions(labels);
      series.set(key, metrics);
    }
    metrics.addMetric(name, unit, value);
  }
  for (const metrics of series.values()) metrics.publishStoredMetrics();
}
