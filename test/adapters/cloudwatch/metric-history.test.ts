import type { CloudWatchClient, MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { expect, it } from 'vitest';
import { createMetricHistory, JOBS_ENDED, START_TIME } from '../../../adapters/cloudwatch/metric-history.ts';
import { METRICS } from '../../../lambdas/metrics.ts';
import { awsError } from './a-log-group.ts';

const NOON = Date.parse('2026-11-22T12:00:00Z');

interface Asked {
  readonly StartTime: Date;
  readonly EndTime: Date;
  readonly MetricDataQueries: readonly MetricDataQuery[];
  readonly NextToken?: string;
}

/** Metrics with some values, by query, by minutes after noon; in pages of two queries. */
function aHistory(values: Readonly<Record<string, Readonly<Record<number, number>>>>) {
  const clock = { nowMs: NOON + 5 * 60_000 + 30_000 };
  const asked: Asked[] = [];
  const failures: Error[] = [];
  const client = {
    send: async ({ input }: { readonly input: Asked }) => {
      asked.push(input);
      const failure = failures.shift();
      if (failure) throw failure;
      const start = Number(input.NextToken ?? 0);
      const page = input.MetricDataQueries.slice(start, start + 2);
      return {
        MetricDataResults: page.map(({ Id = '' }) => ({
          Id,
          Timestamps: Object.keys(values[Id] ?? {}).map((minute) => new Date(NOON + Number(minute) * 60_000)),
          Values: Object.values(values[Id] ?? {}),
        })),
        ...(start + 2 < input.MetricDataQueries.length ? { NextToken: String(start + 2) } : {}),
      };
    },
  } as unknown as Pick<CloudWatchClient, 'send'>; // one command is all that is sent
  const history = createMetricHistory({ client, namespace: 'Slipway', nowMs: () => clock.nowMs });
  return { history, asked, clock, failures };
}

it('has a number for each minute, up to the one under way', async () => {
  const { history, asked } = aHistory({
    started: { 1: 4, 5: 2 },
    succeeded: { 2: 3 },
    failed: { 4: 1 },
    median: { 1: 812.4 },
    slow: { 1: 2_000 },
  });
  expect(await history.read(5)).toEqual({
    fromMs: NOON + 60_000,
    spanMs: 60_000,
    started: [4, 0, 0, 0, 2],
    succeeded: [0, 3, 0, 0, 0],
    failed: [0, 0, 0, 1, 0],
    startMedianMs: [812, null, null, null, null],
    startSlowMs: [2_000, null, null, null, null],
  });
  expect(asked[0]?.StartTime).toEqual(new Date(NOON + 60_000));
  expect(asked[0]?.EndTime).toEqual(new Date(NOON + 6 * 60_000));
});

it('asks for the metrics that the functions write', async () => {
  const { history, asked } = aHistory({});
  await history.read(5);
  expect(START_TIME).toEqual({ metric: METRICS.startTime.name });
  expect(METRICS.startTime.dimensions).toEqual([]);
  expect([JOBS_ENDED.dimension]).toEqual(METRICS.jobsEnded.dimensions);
  const names = asked[0]?.MetricDataQueries.map(({ MetricStat }) => MetricStat?.Metric?.MetricName);
  const { startTime, jobsEnded } = METRICS;
  expect(new Set(names)).toEqual(new Set([startTime.name, jobsEnded.name]));
});

it('is asked for again only after a while, since asking costs money', async () => {
  const { history, asked, clock } = aHistory({});
  await Promise.all([history.read(5), history.read(5)]);
  await history.read(5);
  expect(asked).toHaveLength(3);
  await history.read(60);
  expect(asked).toHaveLength(6);
  clock.nowMs += 21_000;
  await history.read(5);
  expect(asked).toHaveLength(9);
});

it('says what the identity needs, and tries again the next time', async () => {
  const { history, failures } = aHistory({});
  failures.push(awsError('AccessDenied', 'no'));
  await expect(history.read(5)).rejects.toThrow('the metrics of Slipway; it needs cloudwatch:GetMetricData');
  expect((await history.read(5)).started).toHaveLength(5);
});
