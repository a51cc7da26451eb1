import { expect, test } from 'vitest';
import { tileAt, tileCount, tileFile } from '../../../examples/render/tiles.mjs';

const [width, height] = [1024, 768];

test('the tiles cover the picture, each pixel once', () => {
  const covered = new Uint8Array(width * height);
  for (let index = 0; index < tileCount; index += 1) {
    const tile = tileAt(index);
    for (let y = tile.top; y < tile.top + tile.height; y += 1) {
      for (let x = tile.left; x < tile.left + tile.width; x += 1) covered[y * width + x]! += 1;
    }
  }
  expect(tileCount).toBeGreaterThanOrEqual(64);
  expect(covered.every((count) => count === 1)).toBe(true);
});

test('each tile has a file of its own', () => {
  const files = new Set(Array.from({ length: tileCount }, (_, index) => tileFile('/out', index)));
  expect(files.size).toBe(tileCount);
});
