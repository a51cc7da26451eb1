import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawJobGraph, type EdgeKind, type GraphEdge, type GraphNode } from '../../bin/draw-job-graph.ts';

let age = 0;
const job = (jobName: string, more: Partial<GraphNode> = {}): GraphNode => ({
  jobId: `${jobName}-0000-4000-8000-000000000000`,
  jobName,
  status: 'PENDING',
  createdAtMs: (age += 1),
  ...more,
});
const edge = (
  from: string,
  to: string,
  kind: EdgeKind = 'SUCCESS',
  more: Partial<GraphEdge> = {},
): GraphEdge => ({
  from: job(from).jobId,
  to: job(to).jobId,
  kind,
  ...more,
});

function drawn(names: readonly string[], edges: readonly GraphEdge[], width = 100): readonly string[] {
  return drawJobGraph(
    names.map((name) => job(name)),
    edges,
    width,
  ).map(({ lead, name, details }) => `${lead}${name.trimEnd()}${details && ` ; ${details}`}`);
}

describe('a graph of jobs', () => {
  it('is one column where one follows the other', () => {
    expect(drawn(['a', 'b', 'c'], [edge('a', 'b'), edge('b', 'c')])).toEqual(['a', '↓ b', '↓ c']);
  });

  it('branches where several wait for one, and names what else a job waits for', () => {
    const edges = [edge('a', 'b'), edge('a', 'c'), edge('b', 'd'), edge('c', 'd'), edge('b', 'e')];
    expect(drawn(['a', 'b', 'c', 'd', 'e'], edges)).toEqual([
      'a',
      '├─ b',
      '│  ├─ d ; also after c',
      '│  └─ e',
      '└─ c',
    ]);
  });

  it.each([90, 120])('cuts names before it cuts how far an array is, on %i columns', (width) => {
    const long = job('x'.repeat(200));
    const array = job('parts', { array: { size: 1000, succeeded: 998, failed: 1 } });
    const edges = [{ from: long.jobId, to: array.jobId, kind: 'SUCCESS' as const }];
    const [first, second] = drawJobGraph([long, array], edges, width);
    expect(first?.name).toMatch(/^x+…$/);
    const line = `${first?.name}  SUCCEEDED  01234567  ${second?.details}`;
    expect(line).toHaveLength(width);
    expect(second?.details).toBe('999 of 1000 done, 1 failed');
  });

  it('puts a job below the one that comes last', () => {
    const edges = [edge('a', 'z'), edge('a', 'b'), edge('b', 'z')];
    expect(drawn(['a', 'b', 'z'], edges)).toEqual(['a', '↓ b', '↓ z ; also after a']);
  });

  it('says how a job waits when not for success', () => {
    const edges = [
      edge('a', 'b', 'ANY'),
      edge('a', 'c', 'FAILURE'),
      edge('a', 'd', 'N_TO_N'),
      edge('b', 'd', 'SUCCESS', { child: `${job('b').jobId}:3` }),
      edge('c', 'd', 'ANY'),
    ];
    expect(drawn(['a', 'b', 'c', 'd'], edges)).toEqual([
      'a',
      '├─ any b',
      '│  ↓ d ; also after a (each), c (any)',
      '└─ failure c',
    ]);
  });

  it('shows how far arrays are and what is held', () => {
    const array = job('a', { array: { size: 10, succeeded: 6, failed: 1 }, isHeld: true });
    expect(drawJobGraph([array], [], 80)[0]?.details).toBe('held; 7 of 10 done, 1 failed');
  });

  it('of a circle, which cannot be, still has every job', () => {
    expect(drawn(['a', 'b'], [edge('a', 'b'), edge('b', 'a')])).toHaveLength(2);
  });

  it('has every job exactly once, below one it waits for, in any graph and width', () => {
    const graph = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.array(fc.tuple(fc.nat(39), fc.nat(39))));
    fc.assert(
      fc.property(graph, fc.integer({ min: 40, max: 120 }), ([count, pairs], width) => {
        const names = Array.from({ length: count }, (_, index) => `j${String(index).padStart(2, '0')}`);
        const edges = pairs
          .map(([left, right]) => [Math.min(left, right), Math.max(left, right)] as const)
          .filter(([left, right]) => left !== right && right < count)
          .map(([left, right]) => edge(names[left] ?? '', names[right] ?? ''));
        const lines = drawJobGraph(
          names.map((name) => job(name)),
          edges,
          width,
        );
        const order = lines.map(({ node }) => node.jobName);
        expect(order.toSorted()).toEqual(names);
        for (const { lead } of lines) expect(lead.length).toBeLessThanOrEqual(width / 2 + 1);
      }),
      { numRuns: 200 },
    );
  });

  it('of ten thousand jobs one after the other is drawn', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `j${index}`);
    const nodes = names.map((name) => job(name));
    const edges = nodes
      .slice(1)
      .map((node, at) => ({ from: nodes[at]?.jobId ?? '', to: node.jobId, kind: 'SUCCESS' as const }));
    expect(drawJobGraph(nodes, edges, 80)).toHaveLength(10_000);
  });
});
