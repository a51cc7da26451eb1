import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cellAt, layoutFor } from '../../console/parts/cell-layout.ts';

const sizes = fc.record({
  count: fc.integer({ min: 2, max: 10_000 }),
  width: fc.integer({ min: 200, max: 2_000 }),
});

it('every cell has a place inside, and is found at it', () => {
  fc.assert(
    fc.property(sizes, fc.nat(), ({ count, width }, some) => {
      const layout = layoutFor(count, width);
      const index = some % count;
      const [x, y] = [
        (index % layout.columns) * layout.side,
        Math.floor(index / layout.columns) * layout.side,
      ];
      expect(x + layout.side).toBeLessThanOrEqual(layout.width);
      expect(y + layout.side).toBeLessThanOrEqual(layout.height);
      expect(layout.width).toBeLessThanOrEqual(width);
      expect(cellAt(layout, x + 1, y + 1)).toBe(index);
    }),
  );
});

it.each([
  [-1, 0],
  [0, -1],
  [10_000, 0],
  [0, 10_000],
])('there is no cell at %d, %d', (x, y) => {
  expect(cellAt(layoutFor(100, 500), x, y)).toBeUndefined();
});

it('ten cells are easy to hit, and ten thousand fit a screen', () => {
  expect(layoutFor(10, 1_200).side).toBeGreaterThanOrEqual(20);
  expect(layoutFor(10_000, 1_200).height).toBeLessThanOrEqual(340);
});
