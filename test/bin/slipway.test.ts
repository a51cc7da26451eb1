// The command as a process: what only a process has, such as symbolic links, pipes that close and signals.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { environmentOf } from './capture-cli.ts';
import { aJob, startFakeServer } from './fake-server.ts';

const shim = resolve(import.meta.dirname, '../../bin/slipway.mjs');
let elsewhere: string;
beforeAll(() => {
  elsewhere = mkdtempSync(join(tmpdir(), 'slipway-process-'));
  symlinkSync(shim, join(elsewhere, 'slipway'));
});
afterAll(() => rmSync(elsewhere, { recursive: true }));

test('runs from any folder through a symbolic link, without a word on stderr', async () => {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [join(elsewhere, 'slipway'), '--version'],
    {
      cwd: elsewhere,
    },
  );
  expect({ stdout, stderr }).toEqual({ stdout: `${packageJson.version}\n`, stderr: '' });
});

test('ends quietly when the reader of its output has left', async () => {
  const fake = await startFakeServer(Array.from({ length: 900 }, () => aJob({ status: 'RUNNING' })));
  try {
    const child = spawn(process.execPath, [shim, 'ps', '--limit', '900'], {
      cwd: elsewhere,
      env: { ...process.env, ...environmentOf(fake) },
    });
    let stderr = '';
    child.stderr.on('data', (text) => (stderr += text));
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise((ended) => child.once('exit', ended));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  } finally {
    await fake.close();
  }
});

test('a signal reaches a command that waits, which then ends as it means to', async () => {
  const fake = await startFakeServer();
  try {
    let looks = 0;
    // It follows from its second look on; before, a signal ends it as any other process.
    const followed = new Promise<void>((heard) => {
      fake.answers.set('describejobs', () => {
        looks += 1;
        if (looks === 2) heard();
        return { jobs: [aJob({ status: 'RUNNING' })] };
      });
    });
    const job = aJob();
    const child = spawn(process.execPath, [shim, 'logs', '-f', job.jobId ?? ''], {
      cwd: elsewhere,
      env: { ...process.env, ...environmentOf(fake) },
      stdio: 'ignore',
    });
    await followed;
    child.kill('SIGTERM');
    const ended = await new Promise((done) => child.once('exit', (code, signal) => done({ code, signal })));
    expect(ended).toEqual({ code: 0, signal: null });
  } finally {
    await fake.close();
  }
});
