// The scripts that the jobs run, as the jobs run them: with a folder and an array index.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tileAt, tileCount, tileFile } from '../../../examples/render/tiles.mjs';

const scripts = resolve(import.meta.dirname, '../../../examples/render');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-render-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function runScript(name: string, env: Record<string, string> = {}): Promise<{ stdout: string }> {
  return promisify(execFile)(process.execPath, [join(scripts, name), folder], { env });
}

test('a child renders its tile into one whole file', async () => {
  const { stdout } = await runScript('render-tile.mjs', { AWS_BATCH_JOB_ARRAY_INDEX: '0' });
  const { width, height } = tileAt(0);
  const pixels = readFileSync(tileFile(folder, 0));
  expect(pixels).toHaveLength(width * height * 3);
  expect(new Set(pixels).size).toBeGreaterThan(20); // a picture, not a blank
  expect(readdirSync(join(folder, 'tiles'))).toHaveLength(1);
  expect(stdout).toMatch(/^tile 0: /);
});

test.each(['', '-1', '1.5', String(tileCount)])('a child refuses the array index "%s"', async (index) => {
  await expect(runScript('render-tile.mjs', { AWS_BATCH_JOB_ARRAY_INDEX: index })).rejects.toThrow(
    `AWS_BATCH_JOB_ARRAY_INDEX must be 0 to ${tileCount - 1}`,
  );
});

test('the assembly makes one picture of all tiles', async () => {
  await writeTiles();
  await runScript('assemble.mjs');
  const png = readFileSync(join(folder, 'render.png'));
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1024, 768]);
});

test('the assembly names a tile that is cut off, and leaves no picture', async () => {
  await writeTiles();
  await writeFile(tileFile(folder, 5), new Uint8Array(10));
  await expect(runScript('assemble.mjs')).rejects.toThrow(`${tileFile(folder, 5)} has 10 bytes instead of`);
  expect(existsSync(join(folder, 'render.png'))).toBe(false);
});

async function writeTiles(): Promise<void> {
  await mkdir(join(folder, 'tiles'), { recursive: true });
  for (let index = 0; index < tileCount; index += 1) {
    const { width, height } = tileAt(index);
    await writeFile(tileFile(folder, index), new Uint8Array(width * height * 3).fill(index));
  }
}
