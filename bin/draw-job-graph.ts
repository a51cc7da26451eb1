// A graph of jobs as lines of text. Each job has one line, below the last of those it waits for; the others are named at its
// end. What follows one after the other stays in one column, so that only branches take width.
import { cutTo, fitTo, widthOf } from './text-width.ts';
import { formatArrayProgress, plain, shortId, type ArrayProgress } from './wording.ts';

export type EdgeKind = 'SUCCESS' | 'ANY' | 'FAILURE' | 'N_TO_N';

export interface GraphNode {
  readonly jobId: string;
  readonly jobName: string;
  readonly status: string;
  readonly createdAtMs: number;
  readonly isHeld?: boolean;
  readonly array?: ArrayProgress;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  /** Only this child of the awaited array counts. */
  readonly child?: string;
}

export interface DrawnJob {
  readonly node: GraphNode;
  /** Lines that lead to it, and how it hangs on what is above. */
  readonly lead: string;
  readonly name: string;
  readonly details: string;
}

/** Every job exactly once, whatever the edges are. */
export function drawJobGraph(
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
  width: number,
): readonly DrawnJob[] {
  const tree = treeOf(nodes, edges);
  const drawn: Omit<DrawnJob, 'name'>[] = [];
  // An explicit stack: a chain of jobs may be longer than the call stack is deep.
  const open = tree.roots.toReversed().map((node): Open => ({ node, lead: '', below: '' }));
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, lead, below } = next;
    const others = (tree.awaited.get(node.jobId) ?? []).filter((edge) => edge !== tree.above.get(node.jobId));
    drawn.push({ node, lead: leadIn(lead, width), details: detailsOf(node, others, tree.byId) });
    const children = tree.below.get(node.jobId) ?? [];
    open.push(...children.map((child, index) => opened(tree, children, child, index, below)).toReversed());
  }
  return named(drawn, width);
}

interface Open {
  readonly node: GraphNode;
  readonly lead: string;
  /** In front of what hangs on it. */
  readonly below: string;
}

function opened(
  tree: Tree,
  siblings: readonly GraphNode[],
  node: GraphNode,
  index: number,
  before: string,
): Open {
  const kind = tree.above.get(node.jobId)?.kind ?? 'SUCCESS';
  const word = kind === 'SUCCESS' ? '' : `${KIND_WORDS[kind]} `;
  if (siblings.length === 1) return { node, lead: `${before}↓ ${word}`, below: before };
  const isLast = index === siblings.length - 1;
  return {
    node,
    lead: `${before}${isLast ? '└─' : '├─'} ${word}`,
    below: `${before}${isLast ? '   ' : '│  '}`,
  };
}

/** How a job waits: for the end whatever it is, for a failure, child by child. */
const KIND_WORDS: Readonly<Record<EdgeKind, string>> = {
  SUCCESS: 'success',
  ANY: 'any',
  FAILURE: 'failure',
  N_TO_N: 'each',
};

/** Of what leads too far to the right only the end. */
function leadIn(lead: string, width: number): string {
  const most = Math.floor(width / 2);
  return lead.length <= most ? lead : `⋯${lead.slice(lead.length - most + 1)}`;
}

function detailsOf(
  node: GraphNode,
  others: readonly GraphEdge[],
  byId: ReadonlyMap<string, GraphNode>,
): string {
  const also = others.map(({ from, kind, child }) => {
    const name =
      plain(byId.get(from)?.jobName ?? shortId(from)) + (child === undefined ? '' : childSuffix(child));
    return kind === 'SUCCESS' ? name : `${name} (${KIND_WORDS[kind]})`;
  });
  const facts = [
    node.isHeld ? 'held' : '',
    node.array ? formatArrayProgress(node.array) : '',
    also.length === 0 ? '' : `also after ${also.join(', ')}`,
  ];
  return facts.filter((fact) => fact !== '').join('; ');
}

function childSuffix(child: string): string {
  return child.slice(child.indexOf(':'));
}

const NARROWEST_NAME = 8;
/** Two gaps, the longest status and a short id. */
const BESIDE_NAME = 2 + 9 + 2 + 8;

/** Names in one column where there is room for all of them, else cut to what the ids, the states and the details leave. */
function named(drawn: readonly Omit<DrawnJob, 'name'>[], width: number): readonly DrawnJob[] {
  const full = ({ node, lead }: Omit<DrawnJob, 'name'>): number =>
    widthOf(lead) + widthOf(plain(node.jobName));
  const widest = (of: (each: Omit<DrawnJob, 'name'>) => number): number =>
    drawn.reduce((most, each) => Math.max(most, of(each)), 0);
  // How far an array is comes before whole names; a list of what else is waited for need not be whole.
  const details = Math.min(
    widest((each) => (each.details === '' ? 0 : 2 + widthOf(each.details))),
    Math.floor(width / 3),
  );
  const column = Math.min(widest(full), Math.max(NARROWEST_NAME, width - BESIDE_NAME - details));
  return drawn.map((each) => {
    const room = column - widthOf(each.lead);
    const name = plain(each.node.jobName);
    return {
      ...each,
      name: room >= Math.min(NARROWEST_NAME, widthOf(name)) ? fitTo(name, room) : cutTo(name, NARROWEST_NAME),
    };
  });
}

interface Tree {
  readonly byId: ReadonlyMap<string, GraphNode>;
  readonly roots: readonly GraphNode[];
  readonly awaited: ReadonlyMap<string, readonly GraphEdge[]>;
  /** The edge by which a job is drawn. */
  readonly above: ReadonlyMap<string, GraphEdge>;
  readonly below: ReadonlyMap<string, readonly GraphNode[]>;
}

function treeOf(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): Tree {
  const byId = new Map(nodes.map((node) => [node.jobId, node]));
  const byAge = nodes.toSorted(
    (left, right) => left.createdAtMs - right.createdAtMs || (left.jobId < right.jobId ? -1 : 1),
  );
  const awaited = Map.groupBy(
    edges.filter(({ from, to }) => byId.has(from) && byId.has(to)),
    ({ to }) => to,
  );
  const depths = depthsOf(byAge, awaited);
  const depth = (id: string): number => depths.get(id) ?? 0;
  const above = new Map<string, GraphEdge>();
  const below = new Map<string, GraphNode[]>();
  const roots: GraphNode[] = [];
  for (const node of byAge) {
    const [edge] = (awaited.get(node.jobId) ?? [])
      .filter(({ from }) => depth(from) < depth(node.jobId))
      .toSorted((left, right) => depth(right.from) - depth(left.from));
    if (!edge) {
      roots.push(node);
      continue;
    }
    above.set(node.jobId, edge);
    below.set(edge.from, [...(below.get(edge.from) ?? []), node]);
  }
  return { byId, roots, awaited, above, below };
}

/** How many jobs are at most ahead of each, one after the other. Rounds are bounded, should edges ever lead in a circle. */
function depthsOf(
  nodes: readonly GraphNode[],
  awaited: ReadonlyMap<string, readonly GraphEdge[]>,
): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  // A dependent is younger than what it waits for, so one round is enough but for jobs of one millisecond.
  for (let round = 0, isChanged = true; isChanged && round < nodes.length; round += 1) {
    isChanged = false;
    for (const { jobId } of nodes) {
      const ahead = (awaited.get(jobId) ?? []).map(({ from }) => (depths.get(from) ?? 0) + 1);
      const depth = Math.max(0, ...ahead);
      isChanged ||= depth !== (depths.get(jobId) ?? 0);
      depths.set(jobId, depth);
    }
  }
  return depths;
}
