// Where the nodes and edges of a graph lie. The library that knows is loaded when the first graph is shown.
import { loadPart } from './load-part.ts';

export interface GraphNode {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** Of the edge's label; absent: it has none. */
  readonly labelWidth?: number;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface GraphLayout {
  readonly width: number;
  readonly height: number;
  /** Centres, by id. */
  readonly nodes: ReadonlyMap<string, Point>;
  /** In the order of the edges. */
  readonly edges: readonly { readonly points: readonly Point[]; readonly label?: Point }[];
}

const LABEL_HEIGHT = 14;

/** `undefined`: whoever wanted it has left. */
export async function layOut(
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
  direction: 'LR' | 'TB',
  left: AbortSignal,
): Promise<GraphLayout | undefined> {
  const dagre = await loadPart(() => import('@dagrejs/dagre'), left);
  if (!dagre) return undefined;
  const { Graph, layout } = dagre;
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: direction, nodesep: 18, ranksep: 44, edgesep: 12, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id, width, height } of nodes) graph.setNode(id, { width, height });
  for (const [place, { from, to, labelWidth }] of edges.entries()) {
    const label = labelWidth === undefined ? {} : { width: labelWidth, height: LABEL_HEIGHT, labelpos: 'c' };
    graph.setEdge(from, to, label, String(place));
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { readonly width?: number; readonly height?: number }; // layout has set them
  return {
    width,
    height,
    nodes: new Map(nodes.map(({ id }) => [id, graph.node(id) as Point])), // layout has placed it
    edges: edges.map(({ from, to, labelWidth }, place) => {
      const { points, x, y } = graph.edge(from, to, String(place)) as Partial<Point> & {
        readonly points: readonly Point[];
      }; // layout has drawn it
      const label = labelWidth === undefined || x === undefined || y === undefined ? undefined : { x, y };
      return { points, ...(label ? { label } : {}) };
    }),
  };
}

/** Through the points, rounded at each. */
export function pathThrough(points: readonly Point[]): string {
  const [first, ...others] = points;
  if (!first) return '';
  const parts = [`M${told(first)}`];
  for (const [place, point] of others.entries()) {
    const next = others[place + 1];
    if (!next) parts.push(`L${told(point)}`);
    else parts.push(`Q${told(point)} ${told({ x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 })}`);
  }
  return parts.join(' ');
}

function told({ x, y }: Point): string {
  return `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
}
