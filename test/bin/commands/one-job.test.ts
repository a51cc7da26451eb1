// The commands about one job: describe, why, cancel, terminate, and how they find the job that is meant.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { captureCli, environmentOf, type Shown } from '../capture-cli.ts';
import { aJob, FakeError, startFakeServer, type FakeServer } from '../fake-server.ts';

let fake: FakeServer;
beforeEach(async () => {
  fake = await startFakeServer();
});
afterEach(() => fake.close());

function slipway(...args: string[]): Promise<Shown> {
  return captureCli(args, { env: environmentOf(fake) });
}

function asked(operation: string): Record<string, unknown> | undefined {
  return fake.calls.find((call) => call.operation === operation)?.body;
}

describe('JOB', () => {
  const first = '3f2a1c9e-0000-4000-8000-000000000000';
  const second = '3f2b0000-0000-4000-8000-000000000000';
  beforeEach(() => {
    fake.jobs.push(
      aJob({ jobId: first, jobName: 'train' }),
      aJob({ jobId: second, jobName: 'eval', status: 'SUCCEEDED' }),
    );
  });

  test.each([
    ['a full id', first, first],
    ['an ARN', `arn:aws:batch:us-east-1:123456789012:job/${first}`, first],
    ['the start of an id', '3f2a', first],
    ['the start of the id of a job that has ended', '3f2b', second],
    ['a name', 'train', first],
    ['a name in another case', 'TRAIN', first],
    ['a child by its parent and index', '3f2a:7', `${first}:7`],
    ['a node by its job and index', 'train#1', `${first}#1`],
  ])('may be %s', async (_, typed, jobId) => {
    await slipway('describe', typed);
    expect(asked('describejobs')).toEqual({ jobs: [jobId] });
  });

  test('that fits several jobs is refused, with their ids', async () => {
    const { code, err } = await slipway('describe', '3f2');
    expect(code).toBe(1);
    expect(err).toContain('"3f2" fits 2 jobs; say which by its id.');
    expect(err).toMatch(/3f2a1c9e {2}train {2}RUNNABLE, 1m00s old/);
    expect(err).toMatch(/3f2b0000 {2}eval {2}SUCCEEDED/);
  });

  test('that fits none says how to list them', async () => {
    const { code, err } = await slipway('describe', 'nothing');
    expect(code).toBe(1);
    expect(err).toContain('slipway ps --all');
  });

  test('with a full id that the server does not know is refused', async () => {
    const { code, err } = await slipway('describe', '00000000-0000-4000-8000-000000000000');
    expect(code).toBe(1);
    expect(err).toContain('There is no job 00000000-0000-4000-8000-000000000000.');
  });
});

describe('slipway describe', () => {
  test('shows what is known and leaves out what is not', async () => {
    const job = aJob({
      jobName: 'train',
      status: 'FAILED',
      statusReason: 'Essential container in task exited',
      isTerminated: true,
      startedAt: 1_000,
      stoppedAt: 13_000,
      container: {
        command: ['python', 'train.py', '--note', 'two words'],
        exitCode: 9,
        resourceRequirements: [
          { type: 'VCPU', value: '2' },
          { type: 'MEMORY', value: '512' },
        ],
      },
      retryStrategy: { attempts: 2 },
      attempts: [
        { container: { exitCode: 1 }, statusReason: 'first', startedAt: 0, stoppedAt: 5_000 },
        { container: { exitCode: 9 }, statusReason: 'second' },
      ],
    });
    fake.jobs.push(job);
    const { code, out } = await slipway('describe', job.jobId ?? '');
    const facts = new Map(out.split('\n').map((line) => line.split(/ {2,}/) as [string, string]));
    expect(code).toBe(0);
    expect(facts.get('Status')).toBe('FAILED: Essential container in task exited (terminated)');
    expect(facts.get('Exit code')).toBe('9');
    expect(facts.get('Command')).toBe("python train.py --note 'two words'");
    expect(facts.get('Resources')).toBe('2 vCPU, 512 MiB');
    expect(facts.get('Stopped')).toMatch(/ago\), ran 12s$/);
    expect(facts.get('Attempt 1 of 2')).toBe('exit 1, first, ran 5.0s');
    expect(facts.get('Attempt 2 of 2')).toBe('exit 9, second, never ran');
    expect(facts.has('Image')).toBe(false);
    expect(facts.has('Array')).toBe(false);
  });

  test('says why a job waits, where the server knows', async () => {
    const [known, unknown] = [aJob(), aJob()];
    fake.jobs.push(known, unknown);
    fake.answers.set(`/_slipway/jobs/${known.jobId}/why`, () => ({
      jobId: known.jobId,
      status: 'RUNNABLE',
      reason: { code: 'NO_ROOM', message: 'waits for 8 vCPUs' },
    }));
    expect((await slipway('describe', known.jobId ?? '')).out).toMatch(/^Why +waits for 8 vCPUs$/m);
    const { code, out } = await slipway('describe', unknown.jobId ?? '');
    expect(code).toBe(0);
    expect(out).not.toMatch(/^Why/m);
  });

  test('shows the containers of a task', async () => {
    const containers = [
      {
        name: 'proxy',
        image: 'envoy',
        command: ['run it'],
        essential: false,
        exitCode: 143,
        logStreamName: 'p',
      },
      { name: 'main', image: 'app', reason: 'OutOfMemoryError' },
    ];
    const job = aJob({ container: {}, ecsProperties: { taskProperties: [{ containers }] } });
    fake.jobs.push(job);
    const { out } = await slipway('describe', job.jobId ?? '');
    expect(out).toMatch(/^Container proxy +envoy, 'run it', not essential, exit 143, p$/m);
    expect(out).toMatch(/^Container main +app, OutOfMemoryError$/m);
  });

  test('shows the nodes of a multi-node job', async () => {
    const job = aJob({
      status: 'FAILED',
      nodeProperties: { numNodes: 2, mainNode: 0, nodeRangeProperties: [] },
    });
    fake.jobs.push(
      job,
      aJob({ jobId: `${job.jobId}#0`, status: 'FAILED', container: { exitCode: 3, logStreamName: 'n0' } }),
      aJob({
        jobId: `${job.jobId}#1`,
        status: 'SUCCEEDED',
        statusReason: 'Essential container in task exited',
      }),
    );
    const { out } = await slipway('describe', job.jobId ?? '');
    expect(out).toMatch(/^Node 0 \(main\) +FAILED, exit 3, n0$/m);
    expect(out).toMatch(/^Node 1 +SUCCEEDED$/m);
  });

  test('shows what the runtime could not honour', async () => {
    const job = aJob({ status: 'SUCCEEDED' });
    fake.jobs.push(job);
    const notes = [
      { attempt: 1, note: 'No GPU.' },
      { attempt: 2, note: 'No GPU.' },
      { attempt: 2, node: 1, note: 'Slow.' },
    ];
    fake.answers.set(`/_slipway/jobs/${job.jobId}/why`, () => ({
      jobId: job.jobId,
      status: 'SUCCEEDED',
      notes,
    }));
    const { out } = await slipway('describe', job.jobId ?? '');
    expect(out.match(/^Not as asked.*$/gm)).toEqual([
      expect.stringMatching(/No GPU\.$/),
      expect.stringMatching(/node 1: Slow\.$/),
    ]);
    expect(out).not.toMatch(/^Why/m);
  });

  test('--json prints the job as the API answers it', async () => {
    const job = aJob();
    fake.jobs.push(job);
    expect(JSON.parse((await slipway('describe', '--json', job.jobId ?? '')).out)).toMatchObject({
      jobId: job.jobId,
    });
  });
});

describe('slipway why', () => {
  test.each([
    [
      {
        status: 'RUNNABLE',
        position: 4,
        queue: 'arn:aws:batch:us-east-1:1:job-queue/default',
        reason: { code: 'NO_ROOM', message: 'waits for 8 vCPUs' },
      },
      /^\w+ is RUNNABLE for 1m0\ds: waits for 8 vCPUs \(position 4 in default\) \[NO_ROOM\]\n$/,
    ],
    [{ status: 'RUNNING' }, /^\w+ is RUNNING for 1m0\ds\n$/],
  ])('%j', async (answer, text) => {
    const job = aJob({ jobId: `${aJob().jobId}:3` });
    fake.answers.set(`/_slipway/jobs/${encodeURIComponent(job.jobId ?? '')}/why`, () => ({
      jobId: job.jobId,
      since: Date.now() - 60_000,
      ...answer,
    }));
    const { code, out } = await slipway('why', job.jobId ?? '');
    expect(code).toBe(0);
    expect(out.replace(':3', '')).toMatch(text);
    expect(JSON.parse((await slipway('why', '--json', job.jobId ?? '')).out)).toMatchObject(answer);
  });

  test('passes on that the server does not know the job', async () => {
    const { jobId = '' } = aJob();
    fake.answers.set(`/_slipway/jobs/${jobId}/why`, () => {
      throw new FakeError(404, 'ResourceNotFoundException', `There is no job ${jobId}.`);
    });
    expect(await slipway('why', jobId)).toEqual({
      code: 1,
      out: '',
      err: `slipway: There is no job ${jobId}.\n`,
    });
  });
});

describe('slipway cancel', () => {
  test('takes back a job that waits', async () => {
    const job = aJob({ status: 'RUNNABLE' });
    fake.jobs.push(job);
    const { code } = await slipway('cancel', job.jobId ?? '', '--reason', 'wrong input');
    expect(code).toBe(0);
    expect(asked('canceljob')).toEqual({ jobId: job.jobId, reason: 'wrong input' });
  });

  test.each(['STARTING', 'RUNNING', 'SUCCEEDED', 'FAILED'] as const)(
    'refuses a job that is %s, which Batch would ignore',
    async (status) => {
      const job = aJob({ status });
      fake.jobs.push(job);
      const { code, err } = await slipway('cancel', job.jobId ?? '');
      expect(code).toBe(1);
      expect(err).toContain(status);
      expect(asked('canceljob')).toBeUndefined();
    },
  );
});

describe('slipway terminate', () => {
  test.each(['PENDING', 'RUNNABLE', 'STARTING', 'RUNNING'] as const)(
    'stops a job that is %s',
    async (status) => {
      const job = aJob({ status });
      fake.jobs.push(job);
      expect((await slipway('terminate', job.jobId ?? '')).code).toBe(0);
      expect(asked('terminatejob')).toEqual({ jobId: job.jobId, reason: 'Terminated by slipway terminate' });
    },
  );

  test('leaves a job alone that has ended, and says so', async () => {
    const job = aJob({ status: 'SUCCEEDED' });
    fake.jobs.push(job);
    const { code, err } = await slipway('terminate', job.jobId ?? '');
    expect(code).toBe(0);
    expect(err).toContain('had already ended: it is SUCCEEDED.');
    expect(asked('terminatejob')).toBeUndefined();
  });
});
