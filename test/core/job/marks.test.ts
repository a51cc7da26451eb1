import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isMarked, marked } from '../../../core/job/marks.ts';

it('holds exactly the numbers that were put in, in any order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(500)), (numbers) => {
      const marks = numbers.reduce(marked, '');
      const held = Array.from({ length: 520 }, (_, index) => index).filter((index) => isMarked(marks, index));
      expect(held).toEqual([...new Set(numbers)].sort((left, right) => left - right));
    }),
  );
});

it('is small: ten thousand fit into 1,700 characters', () => {
  expect(marked('', 9_999).length).toBeLessThan(1_700);
});
