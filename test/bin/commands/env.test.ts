import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { quoteForShell } from '../../../bin/commands/env.ts';
import { captureCli } from '../capture-cli.ts';
import { startFakeServer, type FakeServer } from '../fake-server.ts';

let root: string;
let fake: FakeServer;
beforeEach(async () => {
  fake = await startFakeServer();
  root = mkdtempSync(join(tmpdir(), 'slipway-env-'));
  mkdirSync(join(root, '.slipway'));
  const written = {
    endpoint: fake.endpoint,
    region: 'us-east-1',
    accessKeyId: 'ID',
    secretAccessKey: `s/e+c'r"e$t`,
    pid: 1,
  };
  writeFileSync(join(root, '.slipway', 'endpoint.json'), JSON.stringify(written));
});
afterEach(async () => {
  rmSync(root, { recursive: true });
  await fake.close();
});

const names = [
  'AWS_ENDPOINT_URL_BATCH',
  'AWS_ENDPOINT_URL_CLOUDWATCH_LOGS',
  'AWS_ENDPOINT_URL_ECS',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
];

describe('slipway env', () => {
  test('prints what a shell evaluates to the exact values', async () => {
    const { code, out, err } = await captureCli(['env'], { cwd: root });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const script = `eval "$1"\nfor name in ${names.join(' ')} AWS_SESSION_TOKEN; do eval "printf '%s\\n' \\"\\$$name\\""; done`;
    const values = execFileSync('sh', ['-c', script, 'sh', out], {
      encoding: 'utf8',
      env: { AWS_SESSION_TOKEN: 'stale' },
    });
    expect(values.split('\n').slice(0, -1)).toEqual([
      fake.endpoint,
      fake.endpoint,
      fake.endpoint,
      'ID',
      `s/e+c'r"e$t`,
      'us-east-1',
      'us-east-1',
      '',
    ]);
  });

  test('replaces what an earlier server left in the shell', async () => {
    const env = {
      AWS_ENDPOINT_URL_BATCH: 'http://127.0.0.1:1',
      AWS_ACCESS_KEY_ID: 'OLD',
      AWS_SECRET_ACCESS_KEY: 'old',
    };
    const { out } = await captureCli(['env'], { cwd: root, env });
    expect(out).toContain(`export AWS_ENDPOINT_URL_BATCH=${fake.endpoint}\n`);
    expect(out).toContain('export AWS_ACCESS_KEY_ID=ID\n');
  });

  test('has the syntax of other shells', async () => {
    const fish = await captureCli(['env', '--shell', 'fish'], { cwd: root });
    expect(fish.out).toContain(`set -gx AWS_SECRET_ACCESS_KEY 's/e+c\\'r"e$t'\n`);
    const powershell = await captureCli(['env', '--shell', 'powershell'], { cwd: root });
    expect(powershell.out).toContain(`$env:AWS_SECRET_ACCESS_KEY = 's/e+c''r"e$t'\n`);
  });

  test('prints an object with --json', async () => {
    const { out } = await captureCli(['env', '--json'], { cwd: root });
    expect(Object.keys(JSON.parse(out)).sort()).toEqual([...names].sort());
  });

  test('prints nothing to evaluate when the server is gone', async () => {
    await fake.close();
    const { code, out, err } = await captureCli(['env'], { cwd: root });
    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).toContain('No Slipway server answers');
  });
});

describe('quoteForShell', () => {
  test.each([
    ['plain-1.2_3', 'plain-1.2_3'],
    ['', "''"],
    ['two words', "'two words'"],
    ["it's", `'it'\\''s'`],
    ['$(reboot)', `'$(reboot)'`],
    ['~', `'~'`],
  ])('%s becomes %s', (value, quoted) => {
    expect(quoteForShell(value)).toBe(quoted);
  });
});
