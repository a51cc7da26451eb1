import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { captureCli, environmentOf, type Shown, type Surroundings } from '../capture-cli.ts';
import { aJob, startFakeServer, type FakeServer } from '../fake-server.ts';

let fake: FakeServer;
beforeEach(async () => {
  fake = await startFakeServer();
});
afterEach(() => fake.close());

function run(args: readonly string[], around: Surroundings = {}): Promise<Shown> {
  return captureCli(['run', ...args], { env: environmentOf(fake), ...around });
}

function submitted(): Record<string, unknown> | undefined {
  return fake.calls.find((call) => call.operation === 'submitjob')?.body;
}

/** Answers SubmitJob with this job and lets each later look at it see the next of `looks`, then the last for good. */
function playJob(...looks: readonly Parameters<typeof aJob>[0][]): string {
  const { jobId } = aJob();
  let at = 0;
  fake.answers.set('submitjob', () => ({
    jobId,
    jobArn: `arn:aws:batch:us-east-1:123456789012:job/${jobId}`,
  }));
  fake.answers.set('describejobs', () => {
    const look = looks[Math.min(at, looks.length - 1)];
    at += 1;
    return { jobs: [aJob({ ...look, jobId })] };
  });
  return jobId ?? '';
}

describe('slipway run submits', () => {
  test('a command on the definition shell, named for its program', async () => {
    await run(['--', '/usr/bin/python3', 'train.py', '--epochs', '3']);
    expect(submitted()).toEqual({
      jobName: 'python3',
      jobQueue: 'default',
      jobDefinition: 'shell',
      containerOverrides: { command: ['/usr/bin/python3', 'train.py', '--epochs', '3'] },
    });
  });

  test('options of the program, with or without --', async () => {
    await run(['python3', '--version', '--json']);
    expect(submitted()).toMatchObject({
      containerOverrides: { command: ['python3', '--version', '--json'] },
    });
  });

  test('everything that was asked for', async () => {
    const options =
      '--vcpus 2 --memory 4G --gpus 1 --array 8 --queue gpu --name fit --timeout 90 --attempts 3';
    await run([...options.split(' '), '-e', 'A=1', '-e', 'B=x=y', '--', 'fit']);
    expect(submitted()).toEqual({
      jobName: 'fit',
      jobQueue: 'gpu',
      jobDefinition: 'shell',
      containerOverrides: {
        command: ['fit'],
        resourceRequirements: [
          { type: 'VCPU', value: '2' },
          { type: 'MEMORY', value: '4096' },
          { type: 'GPU', value: '1' },
        ],
        environment: [
          { name: 'A', value: '1' },
          { name: 'B', value: 'x=y' },
        ],
      },
      arrayProperties: { size: 8 },
      timeout: { attemptDurationSeconds: 90 },
      retryStrategy: { attempts: 3 },
    });
  });

  test.each([
    ['./my script.sh', 'my-script-sh'],
    ['__init__', 'init__'],
    ['…', 'job'],
  ])('%s under the name %s, which Batch allows', async (program, jobName) => {
    await run(['--', program]);
    expect(submitted()?.['jobName']).toBe(jobName);
  });

  test('an image on a definition that it registers once', async () => {
    const registered: object[] = [];
    fake.answers.set('registerjobdefinition', (body) => {
      const definition = {
        ...body,
        jobDefinitionArn: `arn:definition/${String(body['jobDefinitionName'])}:1`,
      };
      registered.push(definition);
      return definition;
    });
    fake.answers.set('describejobdefinitions', () => ({ jobDefinitions: registered }));
    await run(['--image', 'alpine', '--', 'true']);
    await run(['--image', 'alpine', '--', 'true']);
    expect(registered).toHaveLength(1);
    expect(registered[0]).toMatchObject({ type: 'container', containerProperties: { image: 'alpine' } });
    expect(submitted()?.['jobDefinition']).toMatch(/^arn:definition\/slipway-run-[0-9a-f]{12}:1$/);
  });

  test('and with --detach leaves, the id on stdout', async () => {
    const jobId = playJob({ status: 'RUNNABLE' });
    expect(await run(['--detach', '--', 'sleep', '60'])).toEqual({ code: 0, out: `${jobId}\n`, err: '' });
  });
});

describe('slipway run follows', () => {
  const stream = 'shell/default/0123';

  test('the log on stdout and the states on stderr, and ends with the exit code of the job', async () => {
    fake.logs.set(stream, ['one', 'two', 'three']);
    playJob(
      { status: 'RUNNABLE' },
      { status: 'RUNNING', container: { logStreamName: stream } },
      {
        status: 'FAILED',
        container: { logStreamName: stream, exitCode: 7 },
        startedAt: 1_000,
        stoppedAt: 3_000,
      },
    );
    const { code, out, err } = await run(['--', 'false']);
    expect(code).toBe(7);
    expect(out).toBe('one\ntwo\nthree\n');
    expect(err.split('\n').slice(1)).toEqual(['RUNNABLE', 'RUNNING', 'FAILED ran 2.0s, exit 7', '']);
  });

  test('with --json the job alone on stdout, and its log beside what is told to people', async () => {
    fake.logs.set('only', ['a line of the log']);
    playJob({ status: 'SUCCEEDED', container: { logStreamName: 'only', exitCode: 0 } });
    const { code, out, err } = await run(['--json', '--', 'x']);
    expect([code, JSON.parse(out)]).toMatchObject([0, { status: 'SUCCEEDED', container: { exitCode: 0 } }]);
    expect(err).toMatch(/^a line of the log$/m);
  });

  test('the logs of all attempts, each once', async () => {
    fake.logs.set('first', ['attempt 1']).set('second', ['attempt 2']);
    const attempts = [{ container: { logStreamName: 'first', exitCode: 1 } }];
    playJob(
      { status: 'RUNNING', container: { logStreamName: 'first' } },
      { status: 'RUNNABLE', container: { logStreamName: 'first' }, attempts },
      { status: 'RUNNING', container: { logStreamName: 'second' }, attempts },
      {
        status: 'SUCCEEDED',
        container: { logStreamName: 'second' },
        attempts: [...attempts, { container: { logStreamName: 'second' } }],
      },
    );
    expect(await run(['--', 'flaky'])).toMatchObject({ code: 0, out: 'attempt 1\nattempt 2\n' });
  });

  test.each([
    [
      'without an exit code',
      { statusReason: 'Task failed to start', container: { reason: 'CannotPullContainerError: no' } },
      'FAILED CannotPullContainerError: no',
    ],
    [
      'in spite of exit code 0',
      { statusReason: 'enough', container: { exitCode: 0 } },
      'FAILED exit 0, enough',
    ],
  ])('a job that failed %s and ends with 1', async (_, job, sentence) => {
    playJob({ status: 'FAILED', ...job });
    const { code, err } = await run(['--', 'x']);
    expect(code).toBe(1);
    expect(err).toContain(sentence);
  });

  test('and says why a job waits once that takes a while', async () => {
    const jobId = playJob({});
    let explained = false;
    fake.answers.set('describejobs', () => ({
      jobs: [aJob({ jobId, status: explained ? 'SUCCEEDED' : 'RUNNABLE' })],
    }));
    fake.answers.set(`/_slipway/jobs/${jobId}/why`, () => {
      explained = true;
      const queue = 'arn:aws:batch:us-east-1:123456789012:job-queue/default';
      return {
        jobId,
        status: 'RUNNABLE',
        position: 2,
        queue,
        reason: { code: 'NO_ROOM', message: 'waits for 8 vCPUs' },
      };
    });
    const { code, err } = await run(['--', 'x']);
    expect(code).toBe(0);
    expect(err).toContain('  why: waits for 8 vCPUs (position 2 in default)\n');
  });

  test('an array by its counts, and shows how children failed', async () => {
    const parent = playJob(
      { status: 'PENDING', arrayProperties: { size: 3, statusSummary: { RUNNING: 3 } } },
      { status: 'FAILED', arrayProperties: { size: 3, statusSummary: { SUCCEEDED: 2, FAILED: 1 } } },
    );
    const child = aJob({
      jobId: `${parent}:1`,
      status: 'FAILED',
      arrayProperties: { index: 1 },
      container: { exitCode: 9, logStreamName: 'child' },
    });
    fake.logs.set('child', ['boom']);
    fake.jobs.push(child);
    const describeParent = fake.answers.get('describejobs');
    fake.answers.set('describejobs', (body, url) =>
      (body['jobs'] as string[])[0] === child.jobId ? { jobs: [child] } : describeParent?.(body, url),
    );
    const { code, out, err } = await run(['--array', '3', '--', 'x']);
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toContain('0 of 3 done, 3 running');
    expect(err).toContain('3 of 3 done, 1 failed');
    expect(err).toContain(':1 failed: exit 9\n');
    expect(err).toContain('boom\n');
  });

  test('a job that Ctrl-C asks to end, to its end', async () => {
    const jobId = playJob({ status: 'RUNNING' });
    fake.answers.set('terminatejob', () => {
      fake.answers.set('describejobs', () => ({
        jobs: [
          aJob({
            jobId,
            status: 'FAILED',
            container: { exitCode: 143 },
            statusReason: 'Ctrl-C in slipway run',
          }),
        ],
      }));
      return {};
    });
    const { code, err } = await run(['--', 'sleep', '60'], { onReady: pressOnce });
    expect(code).toBe(143);
    expect(err).toContain('Asking the job to end (Ctrl-C again leaves it as it is)');
    expect(fake.calls.find((call) => call.operation === 'terminatejob')?.body).toMatchObject({ jobId });
  });

  test('no further after a second Ctrl-C', async () => {
    const jobId = playJob({ status: 'RUNNING' });
    const { code, err } = await run(['--', 'sleep', '60'], {
      onReady: (interrupt) => {
        void whenAsked('describejobs').then(interrupt).then(interrupt);
      },
    });
    expect(code).toBe(130);
    expect(err).toContain(`slipway logs -f ${jobId.slice(0, 8)}`);
  });

  function pressOnce(interrupt: () => void): void {
    void whenAsked('describejobs').then(interrupt);
  }

  async function whenAsked(operation: string): Promise<void> {
    while (!fake.calls.some((call) => call.operation === operation)) await new Promise(setImmediate);
  }
});
