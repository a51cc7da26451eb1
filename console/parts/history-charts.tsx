// Throughput and start latency over time, from what the server counted as it happened.
import { useEffect, useState } from 'preact/hooks';
import { formatClock, formatCount, formatDuration, formatPlural } from '../format.ts';
import { useAccountEndpoint, useChanges, useLoaded } from '../hooks.ts';
import { read } from '../server.ts';
import type { HistoryAnswer } from '../../api/console/wire.ts';
import { Chart } from './chart.tsx';
import type { ChartSeries } from './chart.tsx';

const RANGES = { 5: '5 minutes', 60: 'hour' } as const;
type Range = keyof typeof RANGES;

/** Time goes on also while nothing changes. */
const MOVE_MS = 5_000;
const RELOAD_MS = 2_000;

export function HistoryCharts() {
  // An account's numbers come by the minute.
  const isAccount = useAccountEndpoint() !== undefined;
  const [minutes, setMinutes] = useState<Range>(isAccount ? 60 : 5);
  const { value, error, reload } = useLoaded(
    `history-${minutes}`,
    (signal) => read<HistoryAnswer>(`history?minutes=${minutes}`, signal),
    RELOAD_MS,
  );
  useChanges(reload);
  useEffect(() => {
    const timer = setInterval(reload, MOVE_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <section class="history" aria-labelledby="history">
      <div class="section-head">
        <h2 id="history">The last {RANGES[minutes]}</h2>
        <span class="choice" role="group" aria-label="Span">
          {([5, 60] as const).map((range) => (
            <button
              key={range}
              type="button"
              class="plain"
              aria-pressed={range === minutes}
              onClick={() => setMinutes(range)}
            >
              {range === 5 ? '5 min' : '1 h'}
            </button>
          ))}
        </span>
      </div>
      {error === undefined ? (
        <div class="charts">
          {value && <Throughput history={value} />}
          {value && <Latency history={value} />}
        </div>
      ) : (
        <p class="quiet">{error}</p>
      )}
    </section>
  );
}

function timesOf({ fromMs, spanMs, started }: HistoryAnswer): readonly number[] {
  return started.map((_, place) => (fromMs + place * spanMs) / 1000);
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((left, right) => left + right, 0);
}

const THROUGHPUT: readonly ChartSeries[] = [
  { name: 'Ended', colour: '--cell-SUCCEEDED', isFilled: true },
  { name: 'Failed', colour: '--cell-FAILED', isFilled: true },
  { name: 'Started', colour: '--cell-RUNNING' },
];

function Throughput({ history }: { readonly history: HistoryAnswer }) {
  const { succeeded, failed, started, spanMs } = history;
  const perSecond = (count: number): number => count / (spanMs / 1000);
  const ended = succeeded.map((count, place) => count + (failed[place] ?? 0));
  const failures = sumOf(failed);
  return (
    <Chart
      title="Throughput"
      summary={`${formatPlural(sumOf(ended), 'job')} ended${failures > 0 ? `, ${formatCount(failures)} failed` : ''}`}
      times={timesOf(history)}
      series={THROUGHPUT}
      values={[ended.map(perSecond), failed.map(perSecond), started.map(perSecond)]}
      format={rateText}
      readout={(place) =>
        `${formatClock((history.fromMs ?? 0) + place * spanMs)}: ${rateText(perSecond(ended[place] ?? 0))} ended, ${rateText(perSecond(failed[place] ?? 0))} failed, ${rateText(perSecond(started[place] ?? 0))} started`
      }
    />
  );
}

function rateText(rate: number): string {
  return `${rate >= 10 ? formatCount(Math.round(rate)) : Number(rate.toFixed(1))}/s`;
}

const LATENCY: readonly ChartSeries[] = [
  { name: 'Half within', colour: '--accent' },
  { name: '95 % within', colour: '--cell-RUNNABLE' },
];

function Latency({ history }: { readonly history: HistoryAnswer }) {
  const { startMedianMs, startSlowMs, spanMs } = history;
  const last = startMedianMs.findLast((value) => value !== null);
  const told = (value: number | null | undefined): string =>
    typeof value === 'number' ? formatDuration(value) : '–';
  return (
    <Chart
      title="From submission to start"
      summary={last === undefined || last === null ? 'none started' : `half within ${formatDuration(last)}`}
      times={timesOf(history)}
      series={LATENCY}
      values={[startMedianMs, startSlowMs]}
      isLogarithmic
      format={formatDuration}
      readout={(place) =>
        `${formatClock(history.fromMs + place * spanMs)}: half within ${told(startMedianMs[place])}, 95 % within ${told(startSlowMs[place])}`
      }
    />
  );
}
