import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { METRICS_NAMESPACE } from '../../lambdas/metrics.ts';
import { writeMeasurements } from '../../lambdas/write-measurements.ts';

interface EmfLine {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
  readonly [name: string]: unknown;
}

let written: string;
beforeEach(() => {
  written = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    written += String(chunk);
    return true;
  });
});
afterEach(() => void vi.restoreAllMocks());

it('a series has exactly the dimensions that dashboards and alarms ask for', () => {
  writeMeasurements([
    { metric: 'queueDepth', value: 7, dimensions: ['q'] },
    { metric: 'oldestWaitingSeconds', value: 3, dimensions: ['q'] },
    { metric: 'failures', value: 1, dimensions: ['exited'] },
  ]);
  const lines = written
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as EmfLine); // EMF's shape
  const told = lines.map((line) => {
    const [metrics] = line._aws.CloudWatchMetrics;
    return {
      namespace: metrics?.Namespace,
      dimensions: metrics?.Dimensions,
      names: metrics?.Metrics.map(({ Name }) => Name),
    };
  });
  expect(told).toEqual([
    {
      namespace: METRICS_NAMESPACE,
      dimensions: [['JobQueue']],
      names: ['QueueDepth', 'OldestWaitingSeconds'],
    },
    { namespace: METRICS_NAMESPACE, dimensions: [['Cause']], names: ['Failures'] },
  ]);
  expect(lines[0]).toMatchObject({ JobQueue: 'q', QueueDepth: 7, OldestWaitingSeconds: 3 });
});
