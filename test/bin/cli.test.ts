import { createServer } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { captureCli, environmentOf } from './capture-cli.ts';
import { FakeError, startFakeServer } from './fake-server.ts';

let empty: string;
beforeAll(() => {
  empty = mkdtempSync(join(tmpdir(), 'slipway-cli-'));
});
afterAll(() => rmSync(empty, { recursive: true }));

const verbs = [
  'local',
  'env',
  'demo',
  'run',
  'ps',
  'logs',
  'describe',
  'why',
  'cancel',
  'terminate',
  'events',
  'submit',
  'watch',
  'top',
  'dag',
  'cost',
  'hold',
  'release',
  'priority',
  'console',
  'doctor',
  'completion',
  'audit',
  'proxy',
];

describe('help', () => {
  test('lists every command', async () => {
    const { code, out } = await captureCli(['--help']);
    expect(code).toBe(0);
    for (const verb of verbs) expect(out).toMatch(new RegExp(`^  ${verb}\\b`, 'm'));
  });

  test.each(verbs)('of %s has examples and says what the exit codes mean', async (verb) => {
    const { code, out, err } = await captureCli([verb, '--help']);
    expect(code).toBe(0);
    expect(out).toMatch(/Examples:\n {2}\$ .*slipway/);
    expect(out).toContain('Exit codes: ');
    expect(err).toBe('');
  });

  const silent = ['local', 'demo', 'completion', 'proxy'];
  test.each(verbs.filter((verb) => !silent.includes(verb)))(
    'of %s, which answers something, offers --json',
    async (verb) => {
      expect((await captureCli([verb, '--help'])).out).toContain('--json');
    },
  );

  test('says what the exit codes are, and when there are colours', async () => {
    const { out } = await captureCli(['--help']);
    expect(out).toMatch(/^Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no server answers/m);
    expect(out).toContain('NO_COLOR=1');
  });

  test('--version prints the version of the package', async () => {
    expect(await captureCli(['--version'])).toEqual({ code: 0, out: `${packageJson.version}\n`, err: '' });
  });
});

describe('wrong usage', () => {
  test.each([
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['ps', '--bogus'], "unknown option '--bogus'"],
    [['run', '--array', '1', '--', 'true'], 'A whole number from 2 to 10000 is wanted.'],
    [['run', '--memory', 'lots', '--', 'true'], 'MiB is wanted'],
    [['run', '--vcpus', '0', '--', 'true'], 'A number above 0 is wanted.'],
    [['run', '--env', 'NOVALUE', '--', 'true'], 'NAME=VALUE is wanted.'],
    [['run'], "missing required argument 'command'"],
    [['local', '--port', '70000'], 'A whole number from 0 to 65535 is wanted.'],
    [['local', '--runtime', 'podman'], 'Allowed choices are auto, docker, process.'],
    [['local', '--account', '42'], '--account: 12 digits are wanted, not "42".'],
    [['local', '--access-key', 'onlyid'], 'ID:SECRET is wanted.'],
    [['ps', '--status', 'LOST'], '--status: there is no status "LOST".'],
    [['ps', '--endpoint', 'localhost'], '--endpoint is not an http address: localhost'],
  ])('%j ends with 2 and a sentence on stderr', async (args, sentence) => {
    const { code, out, err } = await captureCli(args, { cwd: empty });
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(/^slipway: /);
    expect(err).toContain(sentence);
  });
});

describe('without a server', () => {
  test('says what was tried and what to type, and ends with 3', async () => {
    const { code, out, err } = await captureCli(['ps'], { cwd: empty });
    expect(code).toBe(3);
    expect(out).toBe('');
    expect(err).toContain(`.slipway/endpoint.json in ${empty}`);
    expect(err).toContain('slipway local');
  });

  test('that answers, names the address and where it was read, without a stack', async () => {
    const port = await freePort();
    const env = {
      AWS_ENDPOINT_URL_BATCH: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
    };
    const { code, err } = await captureCli(['ps'], { env, cwd: empty });
    expect(code).toBe(3);
    expect(err).toContain(
      `No Slipway server answers at http://127.0.0.1:${port} (from AWS_ENDPOINT_URL_BATCH).`,
    );
    expect(err).toContain('unset AWS_ENDPOINT_URL_BATCH');
    expect(err).not.toMatch(/^\s+at /m);
  });
});

describe("the service's errors", () => {
  test('are shown as it words them, with 1, and with a stack only for SLIPWAY_DEBUG', async () => {
    const fake = await startFakeServer();
    try {
      fake.answers.set('submitjob', () => {
        throw new FakeError(400, 'ClientException', 'JobQueue nowhere not found.');
      });
      const args = ['run', '--queue', 'nowhere', '--', 'true'];
      const quiet = await captureCli(args, { env: environmentOf(fake) });
      expect(quiet).toEqual({ code: 1, out: '', err: 'slipway: JobQueue nowhere not found.\n' });
      const loud = await captureCli(args, { env: { ...environmentOf(fake), SLIPWAY_DEBUG: '1' } });
      expect(loud.err).toMatch(/^\s+at /m);
    } finally {
      await fake.close();
    }
  });

  test('about keys say how to get the right ones', async () => {
    const fake = await startFakeServer();
    try {
      fake.answers.set('describejobqueues', () => {
        throw new FakeError(403, 'UnrecognizedClientException', 'The security token is invalid.');
      });
      const { code, err } = await captureCli(['ps'], { env: environmentOf(fake) });
      expect(code).toBe(1);
      expect(err).toContain('eval "$(slipway env)"');
    } finally {
      await fake.close();
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
