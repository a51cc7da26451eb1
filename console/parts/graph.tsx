// A graph: boxes with a name and a remark, some of them links, and arrows between them. It is laid out again when its boxes or
// arrows are others, not when only their looks change.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { GraphLayout } from '../graph-layout.ts';
import { layOut, pathThrough } from '../graph-layout.ts';

export interface Box {
  readonly id: string;
  readonly name: string;
  readonly remark?: string;
  /** Class names. */
  readonly look: string;
  readonly title: string;
  readonly href?: string;
  readonly isCurrent?: boolean;
}

export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
  readonly look?: string;
}

interface GraphProps {
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
  readonly label: string;
}

const MOST_CHARACTERS = 26;
/** As the style sheet has it. */
const PADDING = 10;
const NARROW = 640;
/** A graph that is only a little too wide is made smaller; a wider one is scrolled. */
const SQUEEZE = 1.35;

export function Graph(props: GraphProps) {
  const { boxes, arrows, label } = props;
  const frame = useRef<HTMLDivElement>(null);
  const { layout, room } = useLayout(props, frame);
  const isSqueezed = layout !== undefined && layout.width > room && layout.width <= room * SQUEEZE;
  const width = layout === undefined ? 0 : isSqueezed ? room : layout.width;
  return (
    <div class="graph" ref={frame} tabIndex={0} role="group" aria-label={label}>
      {!layout && <p class="quiet">Drawing …</p>}
      {layout && (
        <svg
          viewBox={`0 0 ${layout.width} ${layout.height}`}
          width={width}
          height={(layout.height * width) / layout.width}
        >
          <defs>
            <marker
              id="arrow"
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              orient="auto"
            >
              <path d="M0 0.8L8 4L0 7.2z" class="arrow-head" />
            </marker>
          </defs>
          {arrows.map((arrow, place) => (
            <ArrowLine key={place} arrow={arrow} drawn={layout.edges[place]} />
          ))}
          {boxes.map((box) => (
            <BoxMark key={box.id} box={box} at={layout.nodes.get(box.id)} />
          ))}
        </svg>
      )}
    </div>
  );
}

function useLayout({ boxes, arrows }: GraphProps, frame: { readonly current: HTMLDivElement | null }) {
  const [room, setRoom] = useState(0);
  const [layout, setLayout] = useState<GraphLayout>();
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const measure = (): void => setRoom(element.clientWidth - 2 * PADDING);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  const direction = room < NARROW ? 'TB' : 'LR';
  const shape = JSON.stringify([
    boxes.map((box) => [box.id, widthOf(box), heightOf(box)]),
    arrows.map(({ from, to, label: text }) => [from, to, text]),
    direction,
  ]);
  useEffect(() => {
    if (room === 0) return undefined;
    const left = new AbortController();
    const nodes = boxes.map((box) => ({ id: box.id, width: widthOf(box), height: heightOf(box) }));
    const edges = arrows.map(({ from, to, label: text }) => ({
      from,
      to,
      ...(text === undefined ? {} : { labelWidth: text.length * 6 }),
    }));
    void layOut(nodes, edges, direction, left.signal).then((made) => {
      if (made && !left.signal.aborted) setLayout(made);
    });
    return () => left.abort();
  }, [shape, room === 0]);
  useEffect(() => {
    const element = frame.current;
    const at = layout?.nodes.get(boxes.find(({ isCurrent }) => isCurrent)?.id ?? '');
    if (!element || !at) return;
    // The page itself stays where it is.
    element.scrollLeft = at.x - element.clientWidth / 2;
    element.scrollTop = at.y - element.clientHeight / 2;
  }, [layout]);
  return { layout, room };
}

function widthOf({ name, remark = '' }: Box): number {
  const text = Math.max(textWidth(shortened(name), '620 12.5px'), textWidth(shortened(remark), '11px'));
  return Math.round(Math.max(64, text + 40));
}

let pen: CanvasRenderingContext2D | null | undefined;

/** In the font of the page. */
function textWidth(text: string, font: string): number {
  pen ??= document.createElement('canvas').getContext('2d');
  if (!pen) return text.length * 8;
  pen.font = `${font} ${getComputedStyle(document.documentElement).fontFamily}`;
  return pen.measureText(text).width;
}

function heightOf({ remark }: Box): number {
  return remark === undefined ? 32 : 46;
}

function ArrowLine({
  arrow,
  drawn,
}: {
  readonly arrow: Arrow;
  readonly drawn: GraphLayout['edges'][number] | undefined;
}) {
  if (!drawn) return null;
  return (
    <g class={`arrow ${arrow.look ?? ''}`}>
      <path d={pathThrough(drawn.points)} marker-end="url(#arrow)" />
      {drawn.label && arrow.label !== undefined && (
        <text x={drawn.label.x} y={drawn.label.y + 4} text-anchor="middle">
          {arrow.label}
        </text>
      )}
    </g>
  );
}

function BoxMark({
  box,
  at,
}: {
  readonly box: Box;
  readonly at: { readonly x: number; readonly y: number } | undefined;
}) {
  if (!at) return null;
  const [width, height] = [widthOf(box), heightOf(box)];
  const [left, top] = [at.x - width / 2, at.y - height / 2];
  const mark = (
    <>
      <title>{box.title}</title>
      <rect class="box-ground" x={left} y={top} width={width} height={height} rx="7" />
      <circle class="box-dot" cx={left + 14} cy={at.y - (box.remark === undefined ? 0 : 7)} r="4" />
      <text class="box-name" x={left + 24} y={at.y + (box.remark === undefined ? 4.5 : -2.5)}>
        {shortened(box.name)}
      </text>
      {box.remark !== undefined && (
        <text class="box-remark" x={left + 24} y={at.y + 14}>
          {shortened(box.remark)}
        </text>
      )}
    </>
  );
  const look = `box ${box.look}${box.isCurrent ? ' box-current' : ''}`;
  return box.href === undefined ? (
    <g class={look}>{mark}</g>
  ) : (
    <a class={look} href={box.href} aria-label={box.title} aria-current={box.isCurrent ? 'true' : undefined}>
      {mark}
    </a>
  );
}

function shortened(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS - 1)}…`;
}
