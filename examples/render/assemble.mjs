// The job that depends on the array: puts the tiles together. Usage: node assemble.mjs FOLDER
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng } from './png.mjs';
import { picture } from './scene.mjs';
import { tileAt, tileCount, tileFile } from './tiles.mjs';
import { writeFileAtomically } from './write-file.mjs';

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('usage: node assemble.mjs FOLDER');

const pixels = new Uint8Array(picture.width * picture.height * 3);
for (let index = 0; index < tileCount; index += 1) placeTile(index);
const file = join(folder, 'render.png');
const png = encodePng(picture.width, picture.height, pixels);
writeFileAtomically(file, png);
console.log(
  `${file}: ${picture.width} x ${picture.height} pixels, ${png.length} bytes, from ${tileCount} tiles`,
);

function placeTile(index) {
  const { left, top, width, height } = tileAt(index);
  const tile = readFileSync(tileFile(folder, index));
  if (tile.length !== width * height * 3) {
    throw new Error(`${tileFile(folder, index)} has ${tile.length} bytes instead of ${width * height * 3}`);
  }
  for (let row = 0; row < height; row += 1) {
    const from = row * width * 3;
    pixels.set(tile.subarray(from, from + width * 3), ((top + row) * picture.width + left) * 3);
  }
}
