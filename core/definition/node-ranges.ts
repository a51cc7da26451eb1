// The ranges of a multi-node definition: `a:b`, `:b`, `a:`, `:` and `n`. They cover every node together, and where they
// nest, the narrower one says how a node runs; so any two ranges are apart or one lies inside the other.
import { NO_PROBLEMS, eachProblems, problem, type Problems } from './problem.ts';

/** Node indexes, both inclusive. */
export interface NodeRange {
  readonly from: number;
  readonly to: number;
}

const TARGET_NODES = /^(?:(\d{1,9})|(\d{1,9})?:(\d{1,9})?)$/;

/** Reads `targetNodes`; an open end reaches to the last node. `undefined`: not a range, or one that runs backwards. */
export function parseTargetNodes(targetNodes: string, numNodes: number): NodeRange | undefined {
  const match = TARGET_NODES.exec(targetNodes);
  if (!match) return undefined;
  const [, single, lower, upper] = match;
  const from = Number(single ?? lower ?? 0);
  const to = Number(single ?? upper ?? numNodes - 1);
  return from <= to ? { from, to } : undefined;
}

/** Whether a range ends wherever the last node is: only such a definition can be given another number of nodes. */
export function isOpenEnded(targetNodes: string): boolean {
  return targetNodes.endsWith(':');
}

function contains(outer: NodeRange, inner: NodeRange): boolean {
  return outer.from <= inner.from && inner.to <= outer.to;
}

/** Index of the range that a node follows: the narrowest that holds it. */
export function rangeOfNode(ranges: readonly NodeRange[], nodeIndex: number): number | undefined {
  let best: number | undefined;
  let width = Number.POSITIVE_INFINITY;
  for (const [index, { from, to }] of ranges.entries()) {
    if (from > nodeIndex || nodeIndex > to || to - from >= width) continue;
    best = index;
    width = to - from;
  }
  return best;
}

/** The rules for all ranges of a definition together. `field` is the list of node ranges. */
export function targetNodesProblems(field: string, targets: readonly string[], numNodes: number): Problems {
  const wrong = eachProblems(field, targets, (path, target) => targetProblems(path, target, numNodes));
  if (wrong.length > 0) return wrong;
  const ranges = targets.flatMap((target) => parseTargetNodes(target, numNodes) ?? []);
  for (const [index, range] of ranges.entries()) {
    const clash = ranges
      .slice(0, index)
      .findIndex((other) => overlaps(range, other) && contains(range, other) === contains(other, range));
    if (clash !== -1) {
      const rule = `must not overlap ${targets[clash]} unless one range lies inside the other`;
      return problem(`${field}[${index}].targetNodes`, rule, targets[index]);
    }
  }
  const gap = firstUncovered(ranges, numNodes);
  return gap === undefined
    ? NO_PROBLEMS
    : problem(
        `${field}.targetNodes`,
        `must cover all nodes 0:${numNodes - 1}; node ${gap} is missing`,
        targets,
      );
}

function targetProblems(field: string, target: string, numNodes: number): Problems {
  const path = `${field}.targetNodes`;
  const range = parseTargetNodes(target, numNodes);
  if (range === undefined) {
    const rule =
      TARGET_NODES.test(target) && !isOpenEnded(target)
        ? 'must not end before it begins'
        : TARGET_NODES.test(target)
          ? `must begin below numNodes ${numNodes}`
          : 'must be a node index or a range such as 0:3, :3, 2: or :';
    return problem(path, rule, target);
  }
  return range.to < numNodes ? NO_PROBLEMS : problem(path, `must end below numNodes ${numNodes}`, target);
}

function overlaps(one: NodeRange, other: NodeRange): boolean {
  return one.from <= other.to && other.from <= one.to;
}

/** Walks the ranges by their lower bound, so the cost does not depend on the number of nodes. */
function firstUncovered(ranges: readonly NodeRange[], numNodes: number): number | undefined {
  let next = 0;
  for (const { from, to } of ranges.toSorted((one, other) => one.from - other.from)) {
    if (from > next) return next;
    next = Math.max(next, to + 1);
  }
  return next < numNodes ? next : undefined;
}
