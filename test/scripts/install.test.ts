import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

// Plain JavaScript, since it runs before anything is installed; its types are told here.
interface Install {
  readonly isInstalled: (folder: string) => boolean;
}
interface BundledNode {
  readonly isNewEnough: (version: string) => boolean;
  readonly findBundledNode: (folder: string) => string | undefined;
  readonly runInForeground: (program: string, args: readonly string[]) => Promise<number>;
}
const root = resolve(import.meta.dirname, '../..');
const { isInstalled } = (await import(join(root, 'scripts/install.mjs'))) as Install;
const { isNewEnough, findBundledNode, runInForeground } = (await import(
  join(root, 'bin/bundled-node.mjs')
)) as BundledNode;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-install-'));
  mkdirSync(join(folder, 'node_modules'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const node = `node_modules/node-${process.platform}-${process.arch}`;
const wanted = {
  '': { name: 'project' },
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/b': { version: '2.0.0', integrity: 'sha512-b', optional: true },
  [node]: { version: '24.0.0', integrity: 'sha512-node', optional: true },
};
const complete = { 'node_modules/a': wanted['node_modules/a'], [node]: wanted[node] };

function lock(file: string, packages: object | string): void {
  writeFileSync(join(folder, file), typeof packages === 'string' ? packages : JSON.stringify({ packages }));
}

describe('node_modules is up to date', () => {
  test.each<[boolean, string, object | string | undefined]>([
    [true, 'with everything but an optional package for another platform', complete],
    [
      true,
      'with packages that the lockfile does not ask for',
      { ...complete, 'node_modules/c': { version: '1.0.0' } },
    ],
    [false, 'never when npm did not finish', undefined],
    [false, 'never when npm’s account of it is cut off', '{"packages":'],
    [false, 'not without a package', { [node]: wanted[node] }],
    [false, 'not without the Node of this platform', { 'node_modules/a': wanted['node_modules/a'] }],
    [
      false,
      'not with another version',
      { ...complete, 'node_modules/a': { version: '1.0.1', integrity: 'sha512-a' } },
    ],
    [
      false,
      'not with other contents',
      { ...complete, 'node_modules/a': { version: '1.0.0', integrity: 'sha512-x' } },
    ],
  ])('%s: %s', (upToDate, _, present) => {
    lock('package-lock.json', wanted);
    if (present !== undefined) lock('node_modules/.package-lock.json', present);
    expect(isInstalled(folder)).toBe(upToDate);
  });

  test('for this checkout, where the tests run', () => {
    expect(isInstalled(root)).toBe(true);
  });
});

describe('the Node to run with', () => {
  test.each([
    ['18.20.0', false],
    ['22.17.1', false],
    ['22.18.0', true],
    ['23.0.0', true],
    ['24.1.0', true],
  ])('%s is new enough: %s', (version, expected) => {
    expect(isNewEnough(version)).toBe(expected);
  });

  test('is found in the folders above, as packages are', () => {
    const program = join(folder, node, 'bin', 'node');
    mkdirSync(join(folder, node, 'bin'), { recursive: true });
    writeFileSync(program, '');
    expect(findBundledNode(join(folder, 'node_modules', 'slipway', 'bin'))).toBe(program);
  });
});

describe('a program in the foreground', () => {
  test.each([
    ['its exit code', 'process.exit(7)', 7],
    ['128 and the signal that ended it', 'process.kill(process.pid, "SIGKILL")', 137],
  ])('passes on %s', async (_, script, code) => {
    expect(await runInForeground(process.execPath, ['-e', script])).toBe(code);
  });

  test('that cannot start is an error', async () => {
    await expect(runInForeground(join(folder, 'nothing'), [])).rejects.toThrow('ENOENT');
  });
});
