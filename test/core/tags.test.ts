import { describe, expect, it } from 'vitest';
import type { Tags } from '../../core/tags.ts';
import { mergeProblems, mergeTags, removalProblems, removeTags } from '../../core/tags.ts';
import { describeRules } from './definition/rule-table.ts';

const many = (count: number, prefix = 'k'): Tags =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, 'v']));

describeRules('tagging', ([before, added]: readonly [Tags, Tags]) => mergeProblems(before, added), [
  {
    rule: 'leaves at most 50 tags, counting a replaced one once',
    accepts: [
      [many(49), { last: '' }],
      [many(50), { k0: 'other' }],
    ],
    refuses: [
      [[many(50), { one: 'more' }], 'tags must have at most 50 tags, but has 51.'],
      [[{}, many(51)], 'tags must have at most 50 tags, but has 51.'],
    ],
  },
  {
    rule: 'takes keys of 1 to 128 characters that do not begin with aws:',
    accepts: [[{}, { ['k'.repeat(128)]: 'v', 'metaflow.user': 'v', awsome: 'v' }]],
    refuses: [
      [[{}, { '': 'v' }], 'tags must have keys of 1 to 128 characters, but is "".'],
      [[{}, { 'Aws:x': 'v' }], 'tags must not have keys that begin with aws:, but is "Aws:x".'],
    ],
  },
  {
    rule: 'takes values of up to 256 characters',
    accepts: [[{}, { k: 'v'.repeat(256) }]],
    refuses: [
      [[{}, { k: 'v'.repeat(257) }], `tags.k must have at most 256 characters, but is "${'v'.repeat(199)}….`],
    ],
  },
]);
describeRules('untagging', removalProblems, [
  {
    rule: 'takes 1 to 50 keys that could be tags',
    accepts: [['a'], Object.keys(many(50))],
    refuses: [
      [[], 'tagKeys must have 1 to 50 elements, but has 0.'],
      [Object.keys(many(51)), 'tagKeys must have 1 to 50 elements, but has 51.'],
      [['aws:a'], 'tagKeys must not have keys that begin with aws:, but is "aws:a".'],
    ],
  },
]);

describe('tags', () => {
  it('are added, and replaced where the key is known', () => {
    expect(mergeTags({ a: '1', b: '2' }, { b: '3', c: '4' })).toEqual({ a: '1', b: '3', c: '4' });
  });
  it('are removed by key, unknown keys notwithstanding', () => {
    expect(removeTags({ a: '1', b: '2' }, ['b', 'zzz'])).toEqual({ a: '1' });
  });
});
