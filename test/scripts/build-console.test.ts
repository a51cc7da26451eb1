import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
// @ts-expect-error -- a script for an older Node: plain JavaScript without types
import { isStale } from '../../scripts/build-console.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-build-'));
  write('console/parts/part.tsx', 1_000);
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, atSeconds: number): void {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, '');
  utimesSync(file, atSeconds, atSeconds);
}

it('the console is built when it never was', () => {
  expect(isStale(folder)).toBe(true);
});

it('the console is built again when a source is younger, and not otherwise', () => {
  write('dist/console/index.html', 2_000);
  expect(isStale(folder)).toBe(false);
  write('console/styles/base.css', 3_000);
  expect(isStale(folder)).toBe(true);
});

it('the console is built again when what it shares with its server is younger', () => {
  write('dist/console/index.html', 2_000);
  write('api/console/wire.ts', 1_000);
  expect(isStale(folder)).toBe(false);
  write('api/console/wire.ts', 3_000);
  expect(isStale(folder)).toBe(true);
});
