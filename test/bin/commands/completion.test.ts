// What the shells offer, asked of the shells themselves; zsh's own, which wants a terminal, is asked in test/console.
import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { captureCli, environmentOf } from '../capture-cli.ts';
import { aJob, type FakeServer, startFakeServer } from '../fake-server.ts';

const jobs = [
  aJob({ jobId: 'b0b0b0b0-0000-4000-8000-000000000000', jobName: 'fetch', status: 'RUNNING', createdAt: 2 }),
  aJob({ jobId: 'b1b1b1b1-0000-4000-8000-000000000000', jobName: 'a $(touch x)', status: 'FAILED', createdAt: 1 }),
];
let fake: FakeServer;
let folder: string;
beforeAll(async () => {
  fake = await startFakeServer(jobs);
  folder = mkdtempSync(join(tmpdir(), 'slipway-completion-'));
  const program = resolve(import.meta.dirname, '../../../bin/slipway.ts');
  writeFileSync(join(folder, 'slipway'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
  chmodSync(join(folder, 'slipway'), 0o755);
  writeFileSync(join(folder, 'jobs.yaml'), '');
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await fake.close();
});

/** What a shell prints for a script, where `slipway` is ours and knows its server. */
async function printedBy(shell: string, ...args: readonly string[]): Promise<readonly string[]> {
  const env = { PATH: `${folder}:${process.env['PATH']}`, HOME: folder, ...environmentOf(fake) };
  const { stdout } = await promisify(execFile)(shell, args, { cwd: folder, env });
  return stdout.split('\n').filter(Boolean);
}

async function scriptFor(shell: string): Promise<string> {
  const { code, out } = await captureCli(['completion', shell]);
  expect(code).toBe(0);
  return out;
}

/** What bash offers for a line; the last word is being completed. */
async function bashOffers(...words: readonly string[]): Promise<readonly string[]> {
  const line = words.map((word) => `'${word}'`).join(' ');
  const ask = `COMP_WORDS=(${line})\nCOMP_CWORD=${words.length - 1}\n_slipway\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
  return printedBy('bash', '-c', `${await scriptFor('bash')}\n${ask}`);
}

/** The same of fish, without what it says about each. */
async function fishOffers(...words: readonly string[]): Promise<readonly string[]> {
  const ask = `complete -C ${words.map((word) => word || "''").join("' '")}`;
  const offers = await printedBy('fish', '--no-config', '-c', `${await scriptFor('fish')}\n${ask}`);
  return offers.map((offer) => offer.split('\t')[0] ?? '');
}

function needs(shell: string, { skip }: TestContext): void {
  const { error } = spawnSync(shell, ['-c', 'true']);
  skip(error !== undefined, `${shell} is not installed here; .ci/run installs it`);
}

const OFFERED: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['slipway', 'su'], ['submit']],
  [['slipway', 'ps', '--st'], ['--status']],
  [['slipway', 'ps', '--status', 'RUNNA'], ['RUNNABLE']],
  [['slipway', 'env', '--shell', 'f'], ['fish']],
  [['slipway', 'completion', 'z'], ['zsh']],
  [['slipway', 'keys', 'ro'], ['rotate']],
  [['slipway', 'watch', 'b0'], ['b0b0b0b0']],
  [['slipway', 'logs', 'b0b0b0b0', 'b1'], ['b1b1b1b1']],
  [['slipway', 'ps', '--array', 'b1'], ['b1b1b1b1']],
  [['slipway', 'run', '--queue', ''], ['default']],
];

describe('bash', () => {
  it.each([
    ...OFFERED,
    [['slipway', 'help', 'te'], ['terminate']],
    [['slipway', 'nonsense', ''], []],
    // Left to bash, which offers files.
    [['slipway', 'submit', '--file', 'job'], []],
    [['slipway', 'run', '--', 'basenam'], ['basename']],
  ] as typeof OFFERED)('after %j offers %j', async (words, offers) => {
    expect(await bashOffers(...words)).toEqual(offers);
  });
});

describe('fish', () => {
  it.each([...OFFERED, [['slipway', 'submit', '--file', 'job'], ['jobs.yaml']]] as typeof OFFERED)(
    'after %j offers %j',
    async (words, offers, context?: TestContext) => {
      if (context) needs('fish', context);
      expect(await fishOffers(...words)).toEqual(offers);
    },
  );
});
