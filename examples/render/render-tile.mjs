// One child of the array job: renders the tile that its array index names. Usage: node render-tile.mjs FOLDER
import { renderTile } from './scene.mjs';
import { tileAt, tileCount, tileFile } from './tiles.mjs';
import { writeFileAtomically } from './write-file.mjs';

const [folder] = process.argv.slice(2);
const givenIndex = process.env.AWS_BATCH_JOB_ARRAY_INDEX ?? '';
const index = /^\d+$/.test(givenIndex) ? Number(givenIndex) : -1;
if (!folder) throw new Error('usage: node render-tile.mjs FOLDER');
if (index < 0 || index >= tileCount) {
  throw new Error(`AWS_BATCH_JOB_ARRAY_INDEX must be 0 to ${tileCount - 1}, not "${givenIndex}"`);
}

const startedMs = performance.now();
const tile = tileAt(index);
const file = tileFile(folder, index);
writeFileAtomically(file, renderTile(tile));
const seconds = ((performance.now() - startedMs) / 1000).toFixed(2);
console.log(
  `tile ${index}: ${tile.width} x ${tile.height} pixels at (${tile.left}, ${tile.top}) in ${seconds} s`,
);
