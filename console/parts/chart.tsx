// Values over time as lines and areas. The library that draws them is loaded with the first chart.
import { useEffect, useRef, useState } from 'preact/hooks';
import type UPlot from 'uplot';
import { loadPart } from '../load-part.ts';
import { useScheme } from '../scheme.ts';

export interface ChartSeries {
  readonly name: string;
  /** The name of a CSS variable. */
  readonly colour: string;
  readonly isFilled?: boolean;
}

type Values = readonly (readonly (number | null)[])[];

interface ChartProps {
  readonly title: string;
  readonly summary: string;
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  /** In the order of the series. */
  readonly values: Values;
  readonly isLogarithmic?: boolean;
  readonly format: (value: number) => string;
  /** What is told of a place that is pointed at. */
  readonly readout: (place: number) => string;
}

const HEIGHT = 150;

export function Chart(props: ChartProps) {
  const { title, summary, series, times, values, readout } = props;
  const place = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<number>();
  useChart(place, props, setPointed);
  const isPointed = pointed !== undefined && pointed < times.length;
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{title}</span>
        <span class="quiet small number">{isPointed ? readout(pointed) : summary}</span>
      </figcaption>
      <div ref={place} class="chart-place" role="img" aria-label={`${title}: ${summary}`} />
      <p class="chart-legend quiet small">
        {series.map(({ name, colour }, index) => (
          <span key={name} class={values[index]?.some((value) => value) ? undefined : 'none'}>
            <span class="swatch" style={{ background: `var(${colour})` }} />
            {name}
          </span>
        ))}
      </p>
    </figure>
  );
}

function useChart(
  place: { readonly current: HTMLDivElement | null },
  props: ChartProps,
  onPointed: (place: number | undefined) => void,
): void {
  const scheme = useScheme();
  const plot = useRef<UPlot | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const left = new AbortController();
    const observer = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    void loadPart(() => import('uplot'), left.signal).then((loaded) => {
      if (!loaded || left.signal.aborted) return;
      const Plot = loaded.default;
      plot.current = new Plot(
        optionsOf(latest.current, element, Plot, onPointed),
        dataOf(latest.current),
        element,
      );
      observer.observe(element);
    });
    return () => {
      left.abort();
      observer.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [scheme]);
  useEffect(() => {
    plot.current?.setData(dataOf(props));
  }, [props.times, props.values]);
}

/** A logarithm has no zero. */
function dataOf({ times, values, isLogarithmic }: ChartProps): UPlot.AlignedData {
  const drawn = isLogarithmic
    ? values.map((line) => line.map((value) => (value === null ? null : Math.max(1, value))))
    : values;
  return [[...times], ...drawn.map((line) => [...line])];
}

function optionsOf(
  { series, isLogarithmic, format }: ChartProps,
  element: HTMLElement,
  Plot: typeof UPlot,
  onPointed: (place: number | undefined) => void,
): UPlot.Options {
  const colourOf = (name: string): string => resolvedColour(element, name);
  const axis = {
    stroke: colourOf('--ink-quiet'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: colourOf('--rule'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    padding: [8, 8, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: { y: isLogarithmic ? { distr: 3, range: logRange } : { range: fromZero } },
    axes: [
      {
        ...axis,
        space: 70,
        size: 26,
        values: [[1, '{HH}:{mm}:{ss}', null, null, null, null, null, null, 1]],
        grid: { show: false },
      },
      {
        ...axis,
        ...(isLogarithmic ? { filter: decades, grid: { ...axis.grid, filter: decades } } : {}),
        size: 58,
        space: 34,
        values: (_plot, splits) => splits.map((value) => (value === null ? '' : format(value))),
      },
    ],
    series: [
      {},
      ...series.map(({ name, colour, isFilled }) => {
        const stroke = colourOf(colour);
        const stepped = Plot.paths.stepped?.({ align: 1 });
        return {
          label: name,
          stroke,
          width: 1.5,
          ...(isFilled ? { fill: translucent(stroke) } : {}),
          ...(stepped && !isLogarithmic ? { paths: stepped } : {}),
          ...(isLogarithmic ? { spanGaps: true } : {}),
          points: { show: isLogarithmic ?? false, size: 4 },
        };
      }),
    ],
    hooks: { setCursor: [(plot) => onPointed(plot.cursor.idx ?? undefined)] },
  };
}

/** Lines at 1, 10, 100 and so on, and none between. */
function decades(_plot: UPlot, splits: number[]): (number | null)[] {
  return splits.map((value) => (Number.isInteger(Math.round(Math.log10(value) * 1e6) / 1e6) ? value : null));
}

function fromZero(_plot: UPlot, _least: number, most: number): [number, number] {
  return [0, Math.max(1, (Number.isFinite(most) ? most : 0) * 1.1)];
}

/** Whole decades, at least two, so that the axis has something to say. */
function logRange(_plot: UPlot, least: number, most: number): [number, number] {
  const low = Number.isFinite(least) && least > 0 ? 10 ** Math.floor(Math.log10(least)) : 1;
  const high = Number.isFinite(most) && most > 0 ? 10 ** Math.ceil(Math.log10(most * 1.01)) : 100;
  return [low, Math.max(low * 100, high)];
}

/** What a CSS variable comes to here: a canvas does not know variables. */
function resolvedColour(element: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function translucent(colour: string): string {
  return colour.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.35)');
}
