// `slipway top`, `watch` and `dag` on a real terminal: what is on the screen while jobs run, in any size, and after it was left.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { widthOf } from '../../bin/text-width.ts';
import type { ServerProcess } from '../local/a-server-process.ts';
import { startServerProcess } from '../local/a-server-process.ts';
import { projectFolder, submit, untilStatus } from './a-console.ts';
import type { TmuxTerminal } from './a-tmux.ts';
import { aTmux } from './a-tmux.ts';

let folder: string;
let server: ServerProcess;
let batch: ReturnType<ServerProcess['batch']>;
let terminal: TmuxTerminal;
const flags = ['--allow-reset', '--vcpus', '2'];
const dataDir = (): string => join(folder, '.slipway');
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-top-'));
  server = await startServerProcess(dataDir(), flags);
  batch = server.batch();
});
afterAll(async () => {
  batch.destroy();
  await fetch(`${server.endpoint}/_local/reset`, { method: 'POST' });
  await server.end();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  const environment = { slipway: `${process.execPath} ${join(projectFolder, 'bin', 'slipway.ts')}` };
  terminal = aTmux({ columns: 100, rows: 24, folder, environment });
});
afterEach(() => terminal.close());

const type = (line: string): void => terminal.press(`$slipway ${line}`, 'Enter');

/** Alone on its line: nothing has been typed since. */
const PROMPT = /^bash-\S+[#$]$/m;

/** Nothing was cut off at the edge by the terminal, and no line wrapped onto the next. */
function expectFits(columns: number, rows: number): void {
  const lines = terminal.screen();
  expect(lines.length).toBeLessThanOrEqual(rows);
  for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
  expect(lines[0]).toMatch(/^slipway \d\d:\d\d:\d\d /);
}

describe('slipway top', () => {
  it('shows an array as it goes, and leaves the terminal as it was', async () => {
    const array = await submit(batch, 'sleep 0.2', { jobName: 'squares', arrayProperties: { size: 60 } });
    terminal.press('echo before', 'Enter');
    await terminal.sees(/^before$/m);
    type('top');
    await terminal.sees(/squares +PENDING .* [1-9]\d* of 60 done/);
    expect(terminal.isTaken()).toBe(true);
    expect(terminal.isCursorShown()).toBe(false);
    expectFits(100, 24);
    expect(terminal.screen().join('\n')).toMatch(/^default +\d+ .*waits for room/m);
    terminal.picture('top');
    await untilStatus(batch, array, 'SUCCEEDED');
    await terminal.sees('No jobs wait or run.');
    terminal.press('q');
    await terminal.sees(PROMPT);
    expect(terminal.isTaken()).toBe(false);
    expect(terminal.isCursorShown()).toBe(true);
    expect(terminal.screen()).toContain('before');
    terminal.press('echo "code $?"', 'Enter');
    await terminal.sees(/^code 0$/m);
  });

  it.each([
    [40, 12],
    [57, 20],
    [160, 50],
  ])('fits a screen of %i columns and %i rows, also one that became so', async (columns, rows) => {
    const array = await submit(batch, 'sleep 0.2', {
      jobName: 'an-array-with-a-name-that-is-longer-than-a-narrow-screen-is-wide',
      arrayProperties: { size: 40 },
    });
    type('top');
    await terminal.sees(/ of 40 done/);
    terminal.resize(columns, rows);
    await terminal.sees(/JOB +NAME +STATUS/);
    await expect.poll(() => terminal.screen().length, { interval: 50, timeout: 10_000 }).toBe(rows);
    await new Promise((resolve) => setTimeout(resolve, 1_500)); // a look later, on a real clock
    expectFits(columns, rows);
    terminal.picture(`top-${columns}`);
    terminal.press('C-c');
    await terminal.sees(PROMPT);
    expect(terminal.isTaken()).toBe(false);
    await batch.terminateJob({ jobId: array, reason: 'seen' });
    await untilStatus(batch, array, 'FAILED', 'SUCCEEDED');
  });

  it('outlives its server', async () => {
    type('top');
    await terminal.sees(/^QUEUE/m);
    await server.kill();
    await terminal.sees('The server does not answer');
    terminal.picture('top-server-away');
    const { port } = new URL(server.endpoint);
    server = await startServerProcess(dataDir(), [...flags, '--port', port]);
    batch = server.batch();
    await submit(batch, 'sleep 5', { jobName: 'after-the-restart' });
    await terminal.sees(/after-the-restart +(STARTING|RUNNING)/);
    terminal.press('q');
    await terminal.sees(PROMPT);
  });
});

describe('beside it', () => {
  it('watch draws a bar that moves, and ends with the job', async () => {
    const array = await submit(batch, 'sleep 0.3', { jobName: 'bars', arrayProperties: { size: 20 } });
    type(`watch ${array}`);
    await terminal.sees(/bars \[#+>*\.*\] \d+ of 20 done/);
    terminal.picture('watch');
    await terminal.sees(/bars SUCCEEDED 20 of 20 done/);
  });

  it('dag draws a workflow that fits', async () => {
    const first = await submit(batch, 'true', { jobName: 'fetch' });
    const left = await submit(batch, 'true', { jobName: 'left', dependsOn: [{ jobId: first }] });
    const right = await submit(batch, 'exit 3', { jobName: 'right', dependsOn: [{ jobId: first }] });
    const last = await submit(batch, 'true', {
      jobName: 'join',
      dependsOn: [{ jobId: left }, { jobId: right }],
    });
    await untilStatus(batch, last, 'FAILED');
    terminal.resize(50, 24);
    terminal.press('clear', 'Enter');
    type(`dag ${first}`);
    await terminal.sees(
      /^fetch +SUCCEEDED {2}[0-9a-f]{8}\n├─ left +SUCCEEDED .*\n│ {2}↓ join +FAILED .*also.*\n└─ right +FAILED/m,
    );
    terminal.picture('dag');
  });
});
