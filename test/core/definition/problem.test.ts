import { describe, expect, it } from 'vitest';
import {
  absentProblems,
  countProblems,
  eachProblems,
  oneOfProblems,
  problem,
  requiredProblems,
  uniqueProblems,
  wholeNumberProblems,
} from '../../../core/definition/problem.ts';

describe('a problem', () => {
  it('names the field, the rule and the value', () => {
    expect(problem('size', 'must be small', 12)).toEqual([
      { field: 'size', rule: 'must be small', value: 12, message: 'size must be small, but is 12.' },
    ]);
  });

  it('takes a message that is known word by word', () => {
    expect(problem('image', 'is required', undefined, 'No image.')[0].message).toBe('No image.');
  });

  it('does not carry a large value back', () => {
    const [{ message, value }] = problem('text', 'must be short', 'x'.repeat(20_000));
    expect(message.length).toBeLessThan(300);
    expect(value).toHaveLength(20_000);
  });
});

describe('the common rules', () => {
  it.each([
    ['required: absent', requiredProblems('f', undefined), 'f is required.'],
    ['required: empty', requiredProblems('f', ''), 'f is required.'],
    [
      'whole number: range',
      wholeNumberProblems('f', 5, { min: 1, max: 4 }),
      'f must be a whole number from 1 to 4, but is 5.',
    ],
    [
      'whole number: fraction',
      wholeNumberProblems('f', 1.5, { min: 1 }),
      'f must be a whole number of at least 1, but is 1.5.',
    ],
    ['one of', oneOfProblems('f', 'c', ['a', 'b']), 'f must be one of a, b, but is "c".'],
    ['count: too many', countProblems('f', [1, 2], { max: 1 }), 'f must have at most 1 element, but has 2.'],
    [
      'count: exactly',
      countProblems('f', [], { min: 1, max: 1 }),
      'f must have exactly 1 element, but has 0.',
    ],
    ['count: between', countProblems('f', [], { min: 1, max: 9 }), 'f must have 1 to 9 elements, but has 0.'],
    ['unique', uniqueProblems('f', ['a', undefined, undefined, 'a']), 'f must be unique, but is "a".'],
    ['absent', absentProblems('f', { a: 1 }, 'here'), 'f.a is not allowed here, but is 1.'],
    ['each', eachProblems('f', ['', 'x'], requiredProblems), 'f[0] is required.'],
  ])('%s', (_name, problems, message) => {
    expect(problems.map((one) => one.message)).toEqual([message]);
  });

  it('say nothing where nothing is wrong', () => {
    expect([
      ...requiredProblems('f', 0),
      ...wholeNumberProblems('f', 4, { min: 1, max: 4 }),
      ...wholeNumberProblems('f', undefined, { min: 1 }),
      ...oneOfProblems('f', undefined, []),
      ...countProblems('f', undefined, { max: 0 }),
      ...uniqueProblems('f', ['a', 'b']),
      ...absentProblems('f', { a: undefined, b: [] }, 'here'),
      ...eachProblems('f', undefined, requiredProblems),
    ]).toEqual([]);
  });
});
