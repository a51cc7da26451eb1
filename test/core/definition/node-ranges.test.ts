import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isOpenEnded,
  parseTargetNodes,
  rangeOfNode,
  targetNodesProblems,
  type NodeRange,
} from '../../../core/definition/node-ranges.ts';
import { describeRules } from './rule-table.ts';

const GRAMMAR = 'must be a node index or a range such as 0:3, :3, 2: or :';

describe('targetNodes', () => {
  it.each<[string, NodeRange | undefined]>([
    ['0:3', { from: 0, to: 3 }],
    [':3', { from: 0, to: 3 }],
    ['2:', { from: 2, to: 9 }],
    [':', { from: 0, to: 9 }],
    ['4', { from: 4, to: 4 }],
    ['4:4', { from: 4, to: 4 }],
    ['0', { from: 0, to: 0 }],
    ['3:2', undefined],
    ['10:', undefined],
    ['', undefined],
    ['a', undefined],
    ['-1:2', undefined],
    ['1:2:3', undefined],
    [' 1', undefined],
  ])('reads %j among 10 nodes', (text, expected) => {
    expect(parseTargetNodes(text, 10)).toEqual(expected);
  });

  it('is open-ended when its end is left to the number of nodes', () => {
    expect(['2:', ':', '0:3', ':3', '4'].map(isOpenEnded)).toEqual([true, true, false, false, false]);
  });
});

describeRules('the ranges of 4 nodes', (targets: string[]) => targetNodesProblems('r', targets, 4), [
  {
    rule: 'are written in the grammar and end at the last node',
    accepts: [['0:3'], [':'], ['0:'], [':3'], ['0', '1:'], ['0:0', '1:1', '2', '3:']],
    refuses: [
      [['x'], `r[0].targetNodes ${GRAMMAR}, but is "x".`],
      [['0:4'], 'r[0].targetNodes must end below numNodes 4, but is "0:4".'],
      [['0:3', '4'], 'r[1].targetNodes must end below numNodes 4, but is "4".'],
      [['0:3', '4:'], 'r[1].targetNodes must begin below numNodes 4, but is "4:".'],
      [['3:2'], 'r[0].targetNodes must not end before it begins, but is "3:2".'],
    ],
  },
  {
    rule: 'cover every node together',
    accepts: [
      ['1:', '0'],
      ['2:3', '0:1'],
    ],
    refuses: [
      [['1:'], 'r.targetNodes must cover all nodes 0:3; node 0 is missing, but is ["1:"].'],
      [['0', '2:'], 'r.targetNodes must cover all nodes 0:3; node 1 is missing, but is ["0","2:"].'],
      [['0:2'], 'r.targetNodes must cover all nodes 0:3; node 3 is missing, but is ["0:2"].'],
    ],
  },
  {
    rule: 'nest or stay apart',
    accepts: [
      ['0:', '1:2'],
      [':', '2', '0:1'],
      ['0:', '1:3', '2'],
    ],
    refuses: [
      [
        ['0:2', '1:3'],
        'r[1].targetNodes must not overlap 0:2 unless one range lies inside the other, but is "1:3".',
      ],
      [
        [':', '0:3'],
        'r[1].targetNodes must not overlap : unless one range lies inside the other, but is "0:3".',
      ],
    ],
  },
]);

/** Neighbouring ranges over 8 nodes that begin at 0 and at each of `starts`. */
function blocks(starts: readonly number[]): readonly string[] {
  const froms = [0, ...starts];
  return froms.map((from, index) => `${from}:${(froms[index + 1] ?? 8) - 1}`);
}

describe('the range of a node', () => {
  it('is the narrowest that holds it', () => {
    const ranges = [
      { from: 0, to: 9 },
      { from: 2, to: 5 },
      { from: 4, to: 4 },
    ];
    expect([0, 2, 4, 5, 6, 10].map((node) => rangeOfNode(ranges, node))).toEqual([0, 1, 2, 1, 0, undefined]);
  });

  it('exists for every node of nested and neighbouring ranges, in whatever order they are written', () => {
    const cuts = fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 });
    const ranges = fc.tuple(cuts, fc.boolean()).chain(([starts, isNested]) =>
      fc.shuffledSubarray([...blocks(starts), ...(isNested ? [':'] : [])], {
        minLength: starts.length + 1 + (isNested ? 1 : 0),
      }),
    );
    fc.assert(
      fc.property(ranges, (targets) => {
        expect(targetNodesProblems('r', targets, 8)).toEqual([]);
        const parsed = targets.flatMap((target) => parseTargetNodes(target, 8) ?? []);
        for (let node = 0; node < 8; node += 1) {
          const forward = rangeOfNode(parsed, node);
          const backward = rangeOfNode(parsed.toReversed(), node);
          expect(forward).toBeDefined();
          expect(targets[forward ?? -1]).not.toBe(':');
          expect(parsed.length - 1 - (backward ?? 0)).toBe(forward);
        }
      }),
    );
  });

  it('is missing for some node of ranges that are refused for a gap', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(7), { minLength: 1, maxLength: 7 }), (nodes) => {
        expect(targetNodesProblems('r', nodes.map(String), 8)[0]?.message).toContain('is missing');
      }),
    );
  });
});
