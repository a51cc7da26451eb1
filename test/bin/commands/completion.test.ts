// What the shells offer, asked of the shells themselves, with a stand-in for the command that their scripts call. On a terminal,
// with the command itself, and for zsh, which completes on a terminal only: test/console/completion.console.test.ts.
import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi, type TestContext } from 'vitest';
import { captureCli, environmentOf } from '../capture-cli.ts';
import { aJob, type FakeServer, startFakeServer } from '../fake-server.ts';

const jobs = [
  aJob({ jobId: 'b0b0b0b0-0000-4000-8000-000000000000', jobName: 'fetch', status: 'RUNNING', createdAt: 2 }),
  aJob({
    jobId: 'b1b1b1b1-0000-4000-8000-000000000000',
    jobName: 'a $(touch x)',
    status: 'FAILED',
    createdAt: 1,
  }),
];
let fake: FakeServer;
let folder: string;
beforeAll(async () => {
  fake = await startFakeServer(jobs);
  folder = mkdtempSync(join(tmpdir(), 'slipway-completion-'));
  const answers =
    "completion\\ jobs*) printf 'b0b0b0b0\\tfetch RUNNING\\nb1b1b1b1\\n' ;; completion\\ queues*) echo default ;;";
  writeFileSync(join(folder, 'slipway'), `#!/bin/sh\necho "$*" >>asked\ncase "$*" in ${answers} esac\n`);
  chmodSync(join(folder, 'slipway'), 0o755);
  writeFileSync(join(folder, 'jobs.yaml'), '');
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await fake.close();
});

/** What a shell prints for a script. */
async function printedBy(shell: string, ...args: readonly string[]): Promise<readonly string[]> {
  const env = { PATH: `${folder}:${process.env['PATH']}`, HOME: folder };
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
  const ask = `complete -C '${words.join(' ')}'`;
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
    [['slipway', 'run', '--', 'slipwa'], ['slipway']],
  ] as typeof OFFERED)('after %j offers %j', async (words, offers) => {
    expect(await bashOffers(...words)).toEqual(offers);
  });

  it('asks with the words typed so far, which may name the server', async () => {
    await bashOffers('slipway', 'watch', '--data-dir', 'my data', 'b');
    expect(readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n').at(-1)).toBe(
      'completion jobs -- watch --data-dir my data',
    );
  });
});

describe('fish', () => {
  it.for([...OFFERED, [['slipway', 'submit', '--file', 'job'], ['jobs.yaml']]] as typeof OFFERED)(
    'after %j offers %j',
    async ([words, offers], context) => {
      needs('fish', context);
      expect(await fishOffers(...words)).toEqual(offers);
    },
  );
});

describe('what the server knows', () => {
  it('comes a line each, and holds nothing that a shell could take for more', async () => {
    const env = environmentOf(fake);
    expect((await captureCli(['completion', 'jobs'], { env })).out).toBe(
      'b0b0b0b0\tfetch RUNNING\nb1b1b1b1\ta???touch?x? FAILED\n',
    );
    fake.answers.set('describejobqueues', () => ({
      jobQueues: [{ jobQueueName: 'default' }, { jobQueueName: '$(touch x)' }],
    }));
    expect((await captureCli(['completion', 'queues'], { env })).out).toBe('default\n');
    fake.answers.delete('describejobqueues');
  });

  it('is asked of the server that the line names, and is not waited for', async () => {
    const elsewhere = await captureCli(
      ['completion', 'jobs', '--', 'watch', '--endpoint', 'http://127.0.0.1:9', '--region=eu-west-1'],
      { env: environmentOf(fake) },
    );
    expect(elsewhere).toMatchObject({ code: 3, out: '' });
    let endedWith: number | undefined;
    fake.answers.set('describejobqueues', () => {
      throw new Error('it takes its time'); // the SDK asks again, for seconds
    });
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      const asked = captureCli(['completion', 'queues'], {
        env: environmentOf(fake),
        onExitNow: (code) => (endedWith = code),
      });
      await vi.advanceTimersByTimeAsync(2_000);
      expect(endedWith).toBe(0);
      await vi.runAllTimersAsync();
      await asked;
    } finally {
      vi.useRealTimers();
      fake.answers.delete('describejobqueues');
    }
  });
});

it('a shell that is not known is a usage error', async () => {
  expect(await captureCli(['completion', 'csh'])).toMatchObject({ code: 2 });
});
