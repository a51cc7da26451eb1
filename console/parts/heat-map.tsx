// All children of an array at once, a cell each. Drawn on a canvas, at most once a frame, and only what changed.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatCount } from '../format.ts';
import { useChanges, useLoaded } from '../hooks.ts';
import { goTo } from '../address.ts';
import { jobHref } from '../route.ts';
import { read } from '../server.ts';
import { CELL_LETTERS, JOB_STATUSES } from '../../api/console/wire.ts';
import type { CellsAnswer, JobStatus } from '../../api/console/wire.ts';
import { layoutFor, cellAt } from './cell-layout.ts';
import type { CellLayout } from './cell-layout.ts';
import { Failure, Loading } from './notices.tsx';
import { statusWord } from './status.tsx';

const STATUS_OF: ReadonlyMap<string, JobStatus> = new Map(
  JOB_STATUSES.map((status) => [CELL_LETTERS[status], status]),
);

export function HeatMap({ jobId }: { readonly jobId: string }) {
  const [cells, setCells] = useState<readonly string[]>();
  const loaded = useLoaded(`cells-${jobId}`, (signal) =>
    read<CellsAnswer>(`jobs/${encodeURIComponent(jobId)}/cells`, signal),
  );
  const pending = useRef<(readonly [number, string])[]>([]);
  useEffect(() => {
    if (!loaded.value) return;
    const next = loaded.value.cells.split('');
    // What was told while it was loaded is newer.
    for (const [index, letter] of pending.current) next[index] = letter;
    setCells(next);
  }, [loaded.value]);
  useChanges((message) => {
    if (!message) {
      pending.current = [];
      loaded.reload();
      return;
    }
    if (message.parts.length === 0) return;
    pending.current = [...pending.current, ...message.parts].slice(-20_000);
    setCells((before) => {
      if (!before) return before;
      const next = [...before];
      for (const [index, letter] of message.parts) next[index] = letter;
      return next;
    });
  });
  if (loaded.error !== undefined) return <Failure message={loaded.error} again={loaded.reload} />;
  if (!cells) return <Loading />;
  return <Cells jobId={jobId} cells={cells} />;
}

interface CellsProps {
  readonly jobId: string;
  readonly cells: readonly string[];
}

function Cells({ jobId, cells }: CellsProps) {
  const [cursor, setCursor] = useState<number>();
  const [layout, setLayout] = useState<CellLayout>();
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);

  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const fit = (): void => setLayout(layoutFor(cells.length, element.clientWidth));
    const observer = new ResizeObserver(fit);
    observer.observe(element);
    fit();
    return () => observer.disconnect();
  }, [cells.length]);
  useDrawing(canvas, cells, layout, cursor);

  const open = (index: number): void => goTo(jobHref(`${jobId}:${index}`));
  const move = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, number>> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -(layout?.columns ?? 1),
      ArrowDown: layout?.columns ?? 1,
    };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setCursor((at) => Math.min(cells.length - 1, Math.max(0, (at ?? -step) + step)));
    } else if (event.key === 'Enter' && cursor !== undefined) open(cursor);
  };
  const nextFailure = (): void => {
    const from = (cursor ?? -1) + 1;
    const found = cells.indexOf('F', from);
    setCursor(found >= 0 ? found : cells.indexOf('F'));
    canvas.current?.focus();
  };
  const counts = countsOf(cells);
  return (
    <div class="heat" ref={frame}>
      <p class="legend">
        {JOB_STATUSES.toReversed()
          .filter((status) => (counts.get(status) ?? 0) > 0)
          .map((status) => (
            <span key={status}>
              <span class={`swatch fill-${status}`} />
              {formatCount(counts.get(status) ?? 0)} {statusWord(status).toLowerCase()}
            </span>
          ))}
        {(counts.get('FAILED') ?? 0) > 0 && (
          <button type="button" onClick={nextFailure}>
            Next failure
          </button>
        )}
      </p>
      <canvas
        ref={canvas}
        tabIndex={0}
        role="application"
        aria-label={`${formatCount(cells.length)} children; arrow keys move, Enter opens`}
        onKeyDown={move}
        onMouseMove={(event) => setCursor(layout && cellAt(layout, event.offsetX, event.offsetY))}
        onMouseLeave={() => setCursor(undefined)}
        onClick={(event) => {
          const index = layout && cellAt(layout, event.offsetX, event.offsetY);
          if (index !== undefined) open(index);
        }}
      />
      <p class="quiet small" aria-live="polite">
        {cursor === undefined ? (
          'A cell is a child: click it, or walk with the arrow keys.'
        ) : (
          <a href={jobHref(`${jobId}:${cursor}`)}>
            Child {cursor}: {wordAt(cells, cursor)}
          </a>
        )}
      </p>
      <Failures jobId={jobId} cells={cells} />
    </div>
  );
}

function wordAt(cells: readonly string[], index: number): string {
  const status = STATUS_OF.get(cells[index] ?? '');
  return status ? statusWord(status).toLowerCase() : '';
}

function countsOf(cells: readonly string[]): ReadonlyMap<JobStatus, number> {
  const counts = new Map<JobStatus, number>();
  for (const letter of cells) {
    const status = STATUS_OF.get(letter);
    if (status) counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  return counts;
}

const SHOWN_FAILURES = 24;

function Failures({ jobId, cells }: CellsProps) {
  const failed = cells.flatMap((letter, index) => (letter === 'F' ? [index] : []));
  if (failed.length === 0) return null;
  return (
    <p class="failures">
      <span class="bad">Failed:</span>{' '}
      {failed.slice(0, SHOWN_FAILURES).map((index) => (
        <a key={index} href={jobHref(`${jobId}:${index}`)}>
          {index}
        </a>
      ))}
      {failed.length > SHOWN_FAILURES && (
        <span class="quiet">and {formatCount(failed.length - SHOWN_FAILURES)} more</span>
      )}
    </p>
  );
}

/** What the canvas shows. */
interface Drawn {
  readonly cells: readonly string[];
  readonly layout: CellLayout;
  readonly cursor: number | undefined;
}

function useDrawing(
  canvas: { readonly current: HTMLCanvasElement | null },
  cells: readonly string[],
  layout: CellLayout | undefined,
  cursor: number | undefined,
): void {
  const drawn = useRef<Drawn | undefined>(undefined);
  const [scheme, setScheme] = useState(0);
  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const redraw = (): void => {
      drawn.current = undefined;
      setScheme((count) => count + 1);
    };
    dark.addEventListener('change', redraw);
    return () => dark.removeEventListener('change', redraw);
  }, []);
  useEffect(() => {
    if (!layout) return undefined;
    const request = requestAnimationFrame(() => {
      const element = canvas.current;
      if (!element) return;
      draw(element, cells, layout, cursor, drawn.current);
      drawn.current = { cells, layout, cursor };
    });
    return () => cancelAnimationFrame(request);
  }, [cells, layout, cursor, scheme]);
}

function draw(
  canvas: HTMLCanvasElement,
  cells: readonly string[],
  layout: CellLayout,
  cursor: number | undefined,
  before: Drawn | undefined,
): void {
  const { columns, side, gap, width, height } = layout;
  const isAnew = before?.layout !== layout || before.cells.length !== cells.length;
  const scale = devicePixelRatio;
  if (isAnew) {
    canvas.width = width * scale;
    canvas.height = height * scale;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const pen = canvas.getContext('2d');
  if (!pen) return;
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  const style = getComputedStyle(canvas);
  const colours = new Map<string, string>();
  for (const status of JOB_STATUSES)
    colours.set(CELL_LETTERS[status], style.getPropertyValue(`--cell-${status}`));
  for (const [index, letter] of cells.entries()) {
    const isSame = !isAnew && before.cells[index] === letter && index !== before.cursor && index !== cursor;
    if (isSame) continue;
    const x = (index % columns) * side;
    const y = Math.floor(index / columns) * side;
    pen.clearRect(x, y, side, side);
    pen.fillStyle = colours.get(letter) ?? '';
    pen.fillRect(x, y, side - gap, side - gap);
    if (index !== cursor) continue;
    pen.strokeStyle = style.color;
    pen.lineWidth = 1.5;
    pen.strokeRect(x + 0.75, y + 0.75, side - gap - 1.5, side - gap - 1.5);
  }
}
