// The other commands on a real terminal: narrow and wide, with texts that mean harm, while the server goes away, and left by Ctrl-C.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { widthOf } from '../../bin/text-width.ts';
import type { ServerProcess } from '../local/a-server-process.ts';
import { startServerProcess } from '../local/a-server-process.ts';
import { projectFolder, submit, untilStatus } from './a-console.ts';
import type { TmuxTerminal } from './a-tmux.ts';
import { aTmux } from './a-tmux.ts';

const LONG = 'a-job-with-a-name-that-is-longer-than-a-narrow-screen-is-wide';
/** Clears the screen, names the window, rings, turns everything red, and is wide. */
const HARM = 'bad \u001B[2J\u001B]0;owned\u0007\u001B[31mred \u0007漢字漢字 end';
const WORKFLOW = `
jobs:
  ${LONG}: { command: echo prepared }
  parts: { after: ${LONG}, array: 3, command: echo part $AWS_BATCH_JOB_ARRAY_INDEX }
  bad: { after: parts, command: exit 4 }
  last: { afterAny: bad, command: echo done }
`;

let folder: string;
let server: ServerProcess;
let batch: ReturnType<ServerProcess['batch']>;
let terminal: TmuxTerminal;
const leftBehind: string[] = [];
const flags = ['--allow-reset', '--vcpus', '2'];
const dataDir = (): string => join(folder, '.slipway');
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-terminal-'));
  server = await startServerProcess(dataDir(), flags);
  batch = server.batch();
  await writeFile(join(folder, 'jobs.yaml'), WORKFLOW);
});
afterAll(async () => {
  batch.destroy();
  await fetch(`${server.endpoint}/_local/reset`, { method: 'POST' });
  await server.end();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => open(80));
afterEach(async () => {
  terminal.close();
  // What a test left behind would stand in line before the next one's jobs.
  for (const jobId of leftBehind.splice(0)) {
    await batch.terminateJob({ jobId, reason: 'seen' });
    await untilStatus(batch, jobId, 'FAILED', 'SUCCEEDED');
  }
});

function open(columns: number, more: Readonly<Record<string, string>> = {}): void {
  const environment = { slipway: `${process.execPath} ${join(projectFolder, 'bin', 'slipway.ts')}`, ...more };
  terminal = aTmux({ columns, rows: 40, folder, environment });
}
const type = (line: string): void => terminal.press('-l', `${line}\n`);

let asked = 0;
/** What a command line shows from its first line to its exit code. */
async function shown(line: string): Promise<{ readonly lines: readonly string[]; readonly code: number }> {
  const mark = `ended-${(asked += 1)}`;
  type(`clear; $slipway ${line}; echo "${mark}"-$?`);
  await terminal.sees(new RegExp(`^${mark}-\\d+$`, 'm'));
  const lines = terminal.screen();
  const end = lines.findLastIndex((text) => text.startsWith(mark));
  return { lines: lines.slice(0, end), code: Number(lines[end]?.slice(mark.length + 1)) };
}

describe.each([40, 80, 200])('on %i columns', (columns) => {
  it('tables, drawings and bars fit, and say what matters', async () => {
    terminal.close();
    open(columns);
    const { code } = await shown('submit -f jobs.yaml --wait');
    expect(code).toBe(1);
    terminal.picture(`submit-${columns}`);
    const { jobSummaryList: [last] = [] } = await batch.listJobs({
      jobQueue: 'default',
      filters: [{ name: 'JOB_NAME', values: ['last'] }],
    });
    const id = last?.jobId ?? '';
    const looks: readonly (readonly [string, string, RegExp])[] = [
      ['dag', id, columns < 80 ? /last +SUCCEEDED/ : /parts +SUCCEEDED .* 3 of 3 done$/m],
      ['ps', '--all --limit 8', /last +SUCCEEDED/],
      ['top', '--once', /^QUEUE/m],
    ];
    for (const [name, rest, tells] of looks) {
      const { lines, code: ended } = await shown(`${name} ${rest}`);
      terminal.picture(`${name}-${columns}`);
      expect([name, ended]).toEqual([name, 0]);
      expect(lines.join('\n')).toMatch(tells);
      expect(terminal.wrapped(), name).toEqual([]);
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    }
    for (const line of [`cost ${id}`, `describe ${id}`, `why ${id}`, 'doctor']) {
      expect([line, (await shown(line)).code]).toEqual([line, 0]);
      terminal.picture(`${line.split(' ')[0]}-${columns}`);
    }
  });

  it('watch of a thousand never loses the count, and Ctrl-C leaves nothing behind', async () => {
    terminal.close();
    open(columns);
    const array = await submit(batch, 'sleep 0.1', { jobName: LONG, arrayProperties: { size: 1_000 } });
    leftBehind.push(array);
    type(`clear; $slipway watch ${array}; echo code-"$?"`);
    await terminal.sees(/ [1-9]\d* of 1000 done/);
    if (columns >= 80) await terminal.sees(/ of 1000 done, .*\/s, .* left/);
    expect(terminal.wrapped()).toEqual([]);
    terminal.picture(`watch-${columns}`);
    terminal.press('C-c');
    await terminal.sees(/^code-130$/m);
    const [first, second] = terminal.screen();
    expect(first).toMatch(/^Left; [0-9a-f]{8} is PENDING and goes on\.$/);
    expect(second).toBe('code-130');
  });
});

describe('texts that mean harm', () => {
  it('are shown and not obeyed, whichever command shows them', async () => {
    const jobId = await submit(batch, 'sleep 60', { jobName: 'harmed' });
    await untilStatus(batch, jobId, 'RUNNING');
    await batch.terminateJob({ jobId, reason: HARM });
    await untilStatus(batch, jobId, 'FAILED');
    terminal.close();
    open(80, { NO_COLOR: '1' });
    for (const line of [
      `describe ${jobId}`,
      'ps --all --limit 3',
      `watch ${jobId}`,
      `why ${jobId}`,
      `events --job ${jobId}`,
    ]) {
      const { lines } = await shown(`${line} 2>&1`);
      terminal.picture(`harm-${line.split(' ')[0]}`);
      expect([line, terminal.title()]).not.toEqual([line, 'owned']);
      // Nothing of it was cleared away, and with NO_COLOR nothing has a colour.
      expect(lines.join('\n'), line).toContain(jobId.slice(0, 8));
      expect(terminal.colored(), line).toBe(false);
    }
    expect((await shown(`describe ${jobId}`)).lines.join('\n')).toContain('漢字漢字 end (terminated)');
  });

  it('come into a pipe without colours, and with them when they are asked for', async () => {
    await shown('ps --all --limit 3 > plain; FORCE_COLOR=1 $slipway ps --all --limit 3 > painted');
    const { lines } = await shown('--version; grep -c "$(printf "\\033")" plain painted');
    expect(lines.slice(1)).toEqual(['plain:0', 'painted:4']);
    const piped = await shown('top | head -n 1');
    expect(piped.lines).toHaveLength(1);
    expect(terminal.isTaken()).toBe(false);
  });
});

describe('Ctrl-C', () => {
  it.each<[string, RegExp, number]>([
    ['logs -f ID', /ready/, 0],
    ['logs -f ID ID2', /\| ready/, 0],
    ['events -f', /RUNNING|SUCCEEDED|RUNNABLE/, 0],
    ['watch ID', /RUNNING for/, 130],
  ])('ends %s', async (line, until, code) => {
    const ids = [
      await submit(batch, 'echo ready; sleep 60', { jobName: 'one' }),
      await submit(batch, 'echo ready; sleep 60', { jobName: 'two' }),
    ];
    await Promise.all(ids.map((id) => untilStatus(batch, id, 'RUNNING')));
    type(`clear; $slipway ${line.replace('ID2', ids[1] ?? '').replace('ID', ids[0] ?? '')}; echo code-"$?"`);
    // Something happens all the while: what is followed shows from when it is.
    let isSeen = false;
    const seen = terminal.sees(until).finally(() => (isSeen = true));
    while (!isSeen) {
      await submit(batch, 'true', { jobName: 'something-happens' });
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    await seen;
    terminal.press('C-c');
    // The terminal shows the key itself before it.
    await terminal.sees(new RegExp(`^(\\^C)?code-${code}$`, 'm'));
    expect(terminal.screen().join('\n')).not.toContain('    at ');
    for (const jobId of ids) await batch.terminateJob({ jobId, reason: 'seen' });
    await Promise.all(ids.map((id) => untilStatus(batch, id, 'FAILED')));
  });

  it('asks the job of run to end, whose exit code it then has', async () => {
    type('clear; $slipway run --name asked -- sh -c "echo begun; sleep 60"; echo code-"$?"');
    await terminal.sees(/^begun$/m);
    terminal.press('C-c');
    await terminal.sees(/^(\^C)?Asking the job to end/m);
    await terminal.sees(/^code-143$/m);
    terminal.picture('run-interrupted');
    expect(terminal.screen().join('\n')).toMatch(/FAILED .*exit 143, Ctrl-C in slipway run/);
  });
});

describe('a server that goes away and comes back', () => {
  it.each<[string, number]>([
    ['watch ID', 3],
    ['logs -f ID ID', 0],
    ['logs -f ID', 0],
    ['submit -f later.yaml --wait', 1],
  ])('is waited for by %s', async (line, code) => {
    const jobId = await submit(batch, 'echo begun; sleep 6; echo over; exit 3', { jobName: 'through' });
    await untilStatus(batch, jobId, 'RUNNING');
    await writeFile(
      join(folder, 'later.yaml'),
      'jobs: { slow: { command: "sleep 6; exit 3" }, quick: { command: "true" } }\n',
    );
    type(`clear; $slipway ${line.replaceAll('ID', jobId)}; echo code-"$?"`);
    await terminal.sees(line.startsWith('submit') ? /have ended|quick SUCCEEDED/ : /begun|RUNNING for/);
    await server.kill();
    await terminal.sees(/^The server does not answer; waiting for it to come back …$/m);
    terminal.picture(`away-${line.replaceAll(/ ?ID| .*yaml.*/g, '').replace(' ', '')}`);
    const { port } = new URL(server.endpoint);
    server = await startServerProcess(dataDir(), [...flags, '--port', port]);
    batch.destroy();
    batch = server.batch();
    await terminal.sees(new RegExp(`^code-${code}$`, 'm'));
    const screen = terminal.screen().join('\n');
    if (line.startsWith('logs')) expect(screen).toMatch(/begun[^]*over/);
    expect(screen.match(/begun/g)?.length ?? 1).toBe(1);
  });

  it('is not there at all: one sentence, what to type, and 3', async () => {
    terminal.close();
    open(80, {
      AWS_ENDPOINT_URL_BATCH: 'http://127.0.0.1:9',
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
    });
    const { lines, code } = await shown('ps');
    expect(code).toBe(3);
    expect(lines.join(' ')).toMatch(
      /^slipway: No Slipway server answers at http:.*Start one with: slipway local$/,
    );
  });
});
