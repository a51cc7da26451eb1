// The commands that run a server in their own process: local and demo, with a stand-in for that server.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LocalOptions } from '../../../local/local-options.ts';
import type { StartServer } from '../../../bin/start-server.ts';
import { captureCli, type Shown } from '../capture-cli.ts';
import { aJob, keys, startFakeServer, type FakeServer } from '../fake-server.ts';

let fake: FakeServer;
let root: string;
let started: LocalOptions[];
let closed: number;
beforeEach(async () => {
  fake = await startFakeServer();
  root = mkdtempSync(join(tmpdir(), 'slipway-serving-'));
  started = [];
  closed = 0;
});
afterEach(async () => {
  rmSync(root, { recursive: true });
  await fake.close();
});

const startServer: StartServer = async (options) => {
  started.push(options);
  return {
    endpoint: fake.endpoint,
    region: 'us-east-1',
    runtime: 'process',
    credentials: keys,
    dataDir: options.dataDir,
    consoleLink: () => `${fake.endpoint}/#token=one`,
    close: async () => void (closed += 1),
  };
};

interface Play {
  readonly start?: StartServer;
  /** Presses Ctrl-C as soon as this has been printed. */
  readonly interruptAt?: string;
  /** Presses it twice, and hears with which code the process would end. */
  readonly onForce?: (code: number) => void;
}

async function slipway(args: readonly string[], play: Play = {}): Promise<Shown> {
  let interrupt = (): void => {};
  let written = '';
  return captureCli(args, {
    cwd: root,
    startServer: play.start ?? startServer,
    onReady: (press) => (interrupt = press),
    ...(play.onForce && { onExitNow: play.onForce }),
    onWrite: (text) => {
      const before = written;
      written += text;
      if (!play.interruptAt || before.includes(play.interruptAt) || !written.includes(play.interruptAt))
        return;
      setImmediate(() => interrupt());
      if (play.onForce) setImmediate(() => interrupt());
    },
  });
}

describe('slipway local', () => {
  test('says where it serves, and closes at Ctrl-C with 0', async () => {
    const { code, out } = await slipway(['local'], { interruptAt: 'ready' });
    expect({ code, out, closed }).toEqual({ code: 0, out: `Slipway ready: ${fake.endpoint}\n`, closed: 1 });
  });

  test('passes its options on', async () => {
    const options =
      '--port 0 --data-dir data --runtime process --vcpus 4 --memory 8G --gpus 1 --account 210987654321 --network net ' +
      '--access-key A:B:C --access-key D:E --job-env X=1 --job-env Y=a=b --allow-reset --secrets secrets.json --retention 7';
    await slipway(['local', ...options.split(' ')], { interruptAt: 'ready' });
    expect(started).toEqual([
      {
        port: 0,
        portFallback: false,
        dataDir: join(root, 'data'),
        runtime: 'process',
        vcpus: 4,
        memoryMiB: 8192,
        gpus: 1,
        account: '210987654321',
        network: 'net',
        accessKeys: [
          { accessKeyId: 'A', secretAccessKey: 'B:C' },
          { accessKeyId: 'D', secretAccessKey: 'E' },
        ],
        jobEnvironment: { X: '1', Y: 'a=b' },
        secretsFile: join(root, 'secrets.json'),
        retentionMs: 7 * 86_400_000,
        allowReset: true,
        log: expect.any(Function),
      },
    ]);
  });

  test('has the defaults it documents', async () => {
    await slipway(['local'], { interruptAt: 'ready' });
    expect(started).toEqual([
      {
        port: 7411,
        portFallback: false,
        dataDir: join(root, '.slipway'),
        runtime: 'auto',
        account: '123456789012',
        accessKeys: [],
        jobEnvironment: {},
        retentionMs: 30 * 86_400_000,
        allowReset: false,
        log: expect.any(Function),
      },
    ]);
  });

  test('ends at once at the second Ctrl-C, when it does not close', async () => {
    const start: StartServer = async (options) => ({
      ...(await startServer(options)),
      close: () => new Promise(() => {}),
    });
    const code = await new Promise(
      (force) => void slipway(['local'], { start, interruptAt: 'ready', onForce: force }),
    );
    expect(code).toBe(1);
  });

  test('that cannot start says why and what to type, and ends with 1', async () => {
    const inUse = Object.assign(new Error('Port 7411 on 127.0.0.1 is in use.'), {
      name: 'PortInUseError',
      hint: 'Try --port.',
    });
    const { code, out, err } = await slipway(['local'], { start: () => Promise.reject(inUse) });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toBe('slipway: Port 7411 on 127.0.0.1 is in use.\nTry --port.\n');
  });

  test.each([
    [[], ['{"level":"error","event":"b"}']],
    [['--verbose'], ['{"level":"info","event":"a"}', '{"level":"error","event":"b"}']],
  ])('with %j logs %j', async (flags, lines) => {
    const start: StartServer = (options) => {
      options.log({ level: 'info', event: 'a' });
      options.log({ level: 'error', event: 'b' });
      return startServer(options);
    };
    const { err } = await slipway(['local', ...flags], { start, interruptAt: 'ready' });
    expect(err.split('\n').filter((line) => line.startsWith('{'))).toEqual(lines);
  });
});

describe('slipway demo', () => {
  /** Lets the array and the assembly take these states, look by look; the last stays. */
  function play(...looks: readonly (readonly [array: object, assembly: object])[]): void {
    const [array, assembly] = [aJob({ jobName: 'render' }), aJob({ jobName: 'assemble' })];
    let at = 0;
    fake.answers.set('registerjobdefinition', (body) => ({
      jobDefinitionArn: String(body['jobDefinitionName']),
    }));
    fake.answers.set('submitjob', (body) => (body['jobName'] === 'render' ? array : assembly));
    fake.answers.set('describejobs', (body) => {
      if ((body['jobs'] as string[]).length === 1) return undefined;
      const [arrayNow, assemblyNow] = looks[Math.min(at, looks.length - 1)] ?? [{}, {}];
      at += 1;
      return {
        jobs: [
          { ...array, ...arrayNow },
          { ...assembly, ...assemblyNow },
        ],
      };
    });
  }

  function arrayOf(status: string, statusSummary: Record<string, number>): object {
    return { status, arrayProperties: { size: 96, statusSummary } };
  }

  test('submits an array and its assembly, shows how far they are and what to type next', async () => {
    play(
      [arrayOf('PENDING', { SUCCEEDED: 40, RUNNING: 2 }), { status: 'PENDING' }],
      [arrayOf('SUCCEEDED', { SUCCEEDED: 96 }), { status: 'SUCCEEDED' }],
    );
    const { code, out, err } = await slipway(['demo'], { interruptAt: 'ps --all' });
    expect({ code, closed }).toEqual({ code: 0, closed: 1 });
    expect(out).toMatch(/^Slipway ready: http/);
    expect(out).toContain('40 of 96 done, 2 running, 54 waiting');
    expect(out).toContain('96 of 96 done');
    expect(out).toContain(`${join('out', 'render', 'render.png')}  97 jobs in `);
    expect(out).toContain('eval "$(npx slipway env)"');
    expect(out).toContain(`--container-overrides '{"command":["echo","hello"]}'`);
    expect(err).toContain('Closing');
    const [array, assembly] = fake.calls
      .filter((call) => call.operation === 'submitjob')
      .map((call) => call.body);
    expect(array).toMatchObject({
      arrayProperties: { size: 96 },
      parameters: { folder: join(root, 'out', 'render') },
    });
    expect(assembly).toMatchObject({ dependsOn: [{ jobId: expect.any(String) }] });
  });

  test('takes any free port and runs jobs as processes', async () => {
    play([arrayOf('SUCCEEDED', { SUCCEEDED: 96 }), { status: 'SUCCEEDED' }]);
    const { code, out } = await slipway(['demo', '--exit']);
    expect(code).toBe(0);
    expect(out).toContain('(Port 7411 is taken by another program.)');
    expect(started).toMatchObject([{ port: 7411, portFallback: true, runtime: 'process' }]);
  });

  test('names the child that failed, shows the end of its log, closes, and ends with 1', async () => {
    play([arrayOf('FAILED', { SUCCEEDED: 95, FAILED: 1 }), { status: 'PENDING' }]);
    const child = aJob({ status: 'FAILED', container: { exitCode: 9, logStreamName: 'child' } });
    fake.jobs.push(child);
    fake.answers.set('listjobs', (body) =>
      body['arrayJobId'] ? { jobSummaryList: [child] } : { jobSummaryList: [] },
    );
    fake.logs.set('child', ['boom']);
    const { code, err } = await slipway(['demo']);
    expect({ code, closed }).toEqual({ code: 1, closed: 1 });
    expect(err).toMatch(/The rendering failed\.\n {2}\w+ failed: exit 9\n--- end of the log of \w+\nboom\n$/);
  });

  test('stops its jobs and those that run when Ctrl-C comes early, and ends with 0', async () => {
    play([arrayOf('PENDING', { RUNNING: 2 }), { status: 'PENDING' }]);
    const other = aJob({ status: 'RUNNING' });
    fake.jobs.push(other);
    fake.answers.set('terminatejob', (body) => {
      if (body['jobId'] === other.jobId) fake.jobs.length = 0;
      return {};
    });
    const { code } = await slipway(['demo'], { interruptAt: '2 running' });
    expect({ code, closed }).toEqual({ code: 0, closed: 1 });
    const reasons = fake.calls
      .filter((call) => call.operation === 'terminatejob')
      .map((call) => call.body['reason']);
    expect(reasons).toEqual(['Ctrl-C in slipway demo', 'Ctrl-C in slipway demo', 'The server is closing']);
  });
});
