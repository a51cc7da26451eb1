// How many jobs started and ended lately, and how long they took to start, from the metrics that the functions write: a number for each
// minute. The metrics' names are those of lambdas/telemetry.ts; a test compares the two.
import type { CloudWatchClient, MetricDataQuery, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { EpochMs } from '../../core/ids.ts';
import type { RetryPolicy } from '../aws/back-off.ts';
import { askPatiently } from './reading.ts';

/** One number for each span of `spanMs`, oldest first, the first of which begins at `fromMs`. */
export interface HistoryNumbers {
  readonly fromMs: EpochMs;
  readonly spanMs: number;
  /** Jobs that ran for the first time. */
  readonly started: readonly number[];
  readonly succeeded: readonly number[];
  readonly failed: readonly number[];
  /** From submission to the first start; null where none started. */
  readonly startMedianMs: readonly (number | null)[];
  readonly startSlowMs: readonly (number | null)[];
}

export interface MetricHistory {
  read(minutes: number): Promise<HistoryNumbers>;
}

export interface MetricHistoryOptions {
  readonly client: Pick<CloudWatchClient, 'send'>;
  readonly namespace: string;
  readonly nowMs: () => EpochMs;
  readonly retry?: RetryPolicy;
}

/** Names and dimensions as they are asked for. */
export const START_TIME = { metric: 'StartTime' } as const;
export const JOBS_ENDED = { metric: 'JobsEnded', dimension: 'Outcome' } as const;

const MINUTE_MS = 60_000;
/** Asking costs money, and the functions' numbers come by the minute. */
const REMEMBERED_MS = 20_000;

export function createMetricHistory(options: MetricHistoryOptions): MetricHistory {
  const { nowMs } = options;
  const remembered = new Map<
    number,
    { readonly untilMs: EpochMs; readonly numbers: Promise<HistoryNumbers> }
  >();
  return {
    async read(minutes) {
      const known = remembered.get(minutes);
      if (known && nowMs() < known.untilMs) return known.numbers;
      const numbers = readNumbers(options, minutes);
      remembered.set(minutes, { untilMs: nowMs() + REMEMBERED_MS, numbers });
      // What failed is asked for again.
      numbers.catch(() => remembered.delete(minutes));
      return numbers;
    },
  };
}

async function readNumbers(options: MetricHistoryOptions, minutes: number): Promise<HistoryNumbers> {
  // The minute under way is the last.
  const fromMs = (Math.floor(options.nowMs() / MINUTE_MS) - minutes + 1) * MINUTE_MS;
  const found = await readSeries(options, fromMs, fromMs + minutes * MINUTE_MS);
  const series = (id: string): readonly (number | null)[] => {
    const values = found.get(id);
    return Array.from({ length: minutes }, (_, place) => values?.get(fromMs + place * MINUTE_MS) ?? null);
  };
  const counts = (id: string): readonly number[] => series(id).map((value) => value ?? 0);
  const times = (id: string): readonly (number | null)[] =>
    series(id).map((value) => (value === null ? null : Math.round(value)));
  return {
    fromMs,
    spanMs: MINUTE_MS,
    started: counts('started'),
    succeeded: counts('succeeded'),
    failed: counts('failed'),
    startMedianMs: times('median'),
    startSlowMs: times('slow'),
  };
}

/** Values by their time, by the query's id. */
async function readSeries(
  { client, namespace, retry }: MetricHistoryOptions,
  fromMs: EpochMs,
  untilMs: EpochMs,
): Promise<ReadonlyMap<string, ReadonlyMap<EpochMs, number>>> {
  const series = new Map<string, Map<EpochMs, number>>();
  const asked = { action: 'cloudwatch:GetMetricData', subject: `the metrics of ${namespace}` };
  let token: string | undefined;
  do {
    const command = new GetMetricDataCommand({
      StartTime: new Date(fromMs),
      EndTime: new Date(untilMs),
      MetricDataQueries: queriesOf(namespace),
      ...(token === undefined ? {} : { NextToken: token }),
    });
    const answer = await askPatiently(asked, () => client.send(command), retry);
    for (const result of answer.MetricDataResults ?? []) addValues(series, result);
    token = answer.NextToken;
  } while (token !== undefined);
  return series;
}

function addValues(series: Map<string, Map<EpochMs, number>>, result: MetricDataResult): void {
  const { Id = '', Timestamps = [], Values = [] } = result;
  const values = series.get(Id) ?? new Map<EpochMs, number>();
  series.set(Id, values);
  for (const [place, time] of Timestamps.entries()) values.set(time.getTime(), Values[place] ?? 0);
}

function queriesOf(namespace: string): MetricDataQuery[] {
  const query = (
    id: string,
    statistic: string,
    metric: string,
    dimensions: Readonly<Record<string, string>>,
  ) => ({
    Id: id,
    MetricStat: {
      Metric: {
        Namespace: namespace,
        MetricName: metric,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      },
      Period: MINUTE_MS / 1000,
      Stat: statistic,
    },
  });
  const ended = (outcome: string) =>
    query(outcome, 'Sum', JOBS_ENDED.metric, { [JOBS_ENDED.dimension]: outcome });
  return [
    query('started', 'SampleCount', START_TIME.metric, {}),
    ended('succeeded'),
    ended('failed'),
    query('median', 'p50', START_TIME.metric, {}),
    query('slow', 'p95', START_TIME.metric, {}),
  ];
}
