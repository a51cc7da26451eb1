// How the picture is cut into tiles, one per job, and where a tile's pixels wait for the assembly.
import { join } from 'node:path';
import { picture } from './scene.mjs';

export const grid = { columns: 8, rows: 12 };
export const tileCount = grid.columns * grid.rows;

/** The rectangle of tile `index`, counted row by row from the top left. Together the tiles cover the picture once. */
export function tileAt(index) {
  const column = index % grid.columns;
  const row = Math.floor(index / grid.columns);
  const left = edge(column, grid.columns, picture.width);
  const top = edge(row, grid.rows, picture.height);
  return {
    left,
    top,
    width: edge(column + 1, grid.columns, picture.width) - left,
    height: edge(row + 1, grid.rows, picture.height) - top,
  };
}

function edge(at, parts, length) {
  return Math.round((at * length) / parts);
}

export function tileFile(folder, index) {
  return join(folder, 'tiles', `tile-${String(index).padStart(3, '0')}.rgb`);
}
