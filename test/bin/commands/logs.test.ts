import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { captureCli, environmentOf, type Shown } from '../capture-cli.ts';
import { aJob, startFakeServer, type FakeServer } from '../fake-server.ts';

let fake: FakeServer;
beforeEach(async () => {
  fake = await startFakeServer();
});
afterEach(() => fake.close());

function logs(...args: string[]): Promise<Shown> {
  return captureCli(['logs', ...args], { env: environmentOf(fake) });
}

const lines = ['one', 'two', 'three', 'four', 'five'];

function aFinishedJob(): string {
  const attempts = [{ container: { logStreamName: 'first' } }, { container: { logStreamName: 'second' } }];
  const job = aJob({ status: 'FAILED', attempts, container: { logStreamName: 'second' } });
  fake.jobs.push(job);
  fake.logs.set('first', ['lost']).set('second', lines);
  return job.jobId ?? '';
}

describe('slipway logs', () => {
  test('prints the latest attempt, page after page', async () => {
    expect(await logs(aFinishedJob())).toEqual({ code: 0, out: 'one\ntwo\nthree\nfour\nfive\n', err: '' });
  });

  test('signs for the service logs', async () => {
    await logs(aFinishedJob());
    const scopes = fake.calls.filter((call) => call.operation === 'GetLogEvents').map((call) => call.scope);
    expect(new Set(scopes)).toEqual(new Set(['us-east-1/logs/aws4_request']));
  });

  test('looks into the group that the definition names', async () => {
    const container = {
      logStreamName: 'own',
      logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-group': '/team/jobs' } },
    } as const;
    const job = aJob({ status: 'SUCCEEDED', attempts: [{ container: { logStreamName: 'own' } }], container });
    fake.jobs.push(job);
    fake.logs.set('own', ['mine']);
    expect((await logs(job.jobId ?? '')).out).toBe('mine\n');
    const groups = fake.calls.map(({ body }) => body['logGroupName']).filter(Boolean);
    expect(new Set(groups)).toEqual(new Set(['/team/jobs']));
  });

  test('looks into the group of one container of several', async () => {
    const options = { 'awslogs-group': '/team/proxies' };
    const containers = [
      { name: 'app', logStreamName: 'app' },
      { name: 'proxy', logStreamName: 'proxy', logConfiguration: { logDriver: 'awslogs' as const, options } },
    ];
    const job = aJob({ status: 'RUNNING', ecsProperties: { taskProperties: [{ containers }] } });
    fake.jobs.push(job);
    fake.logs.set('app', ['a']).set('proxy', ['p']);
    await logs('--container', 'app', job.jobId ?? '');
    await logs('--container', 'proxy', job.jobId ?? '');
    const groups = fake.calls.map(({ body }) => body['logGroupName']).filter(Boolean);
    expect(new Set(groups)).toEqual(new Set(['/aws/batch/job', '/team/proxies']));
  });

  test('--tail prints the last lines only', async () => {
    expect((await logs('--tail', '2', aFinishedJob())).out).toBe('four\nfive\n');
  });

  test('--attempt chooses an earlier one', async () => {
    expect((await logs('--attempt', '1', aFinishedJob())).out).toBe('lost\n');
  });

  test('--attempt with a number too high says how many there were', async () => {
    const { code, err } = await logs('--attempt', '3', aFinishedJob());
    expect(code).toBe(1);
    expect(err).toContain('has no log of attempt 3.');
    expect(err).toContain('It has had 2 attempts');
  });

  test('--json prints an object a line, --timestamps a time', async () => {
    const jobId = aFinishedJob();
    expect((await logs('--json', '--attempt', '1', jobId)).out).toBe('{"message":"lost","timestamp":0}\n');
    expect((await logs('--timestamps', '--attempt', '1', jobId)).out).toBe('1970-01-01T00:00:00.000Z lost\n');
  });

  test('-f --tail goes on from the last lines to the end of the job', async () => {
    const job = aJob({ status: 'RUNNING', container: { logStreamName: 'live' } });
    fake.logs.set('live', [...lines]);
    let looks = 0;
    fake.answers.set('describejobs', () => {
      looks += 1;
      if (looks === 2) fake.logs.get('live')?.push('six');
      return { jobs: [looks > 2 ? { ...job, status: 'SUCCEEDED' } : job] };
    });
    expect((await logs('-f', '--tail', '1', job.jobId ?? '')).out).toBe('five\nsix\n');
  });

  test('-f of a job that has ended prints what there is', async () => {
    expect((await logs('-f', aFinishedJob())).out).toBe('one\ntwo\nthree\nfour\nfive\n');
  });

  test('says on stderr that a job has not written anything', async () => {
    const job = aJob({ status: 'RUNNABLE' });
    fake.jobs.push(job);
    const { code, out, err } = await logs(job.jobId ?? '');
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toContain('is RUNNABLE and has not written anything.');
  });

  test('of an array are those of its children, each line behind its job', async () => {
    const array = aJob({ status: 'PENDING', arrayProperties: { size: 3 } });
    const child = (index: number, status: 'SUCCEEDED' | 'RUNNABLE') =>
      aJob({
        jobId: `${array.jobId}:${index}`,
        status,
        ...(status === 'SUCCEEDED' && { container: { logStreamName: `log-${index}` } }),
      });
    fake.jobs.push(array, child(0, 'SUCCEEDED'), child(1, 'RUNNABLE'), child(2, 'SUCCEEDED'));
    fake.logs.set('log-0', ['a', 'b', 'c']).set('log-2', ['z']);
    const { code, out } = await logs(array.jobId ?? '');
    const id = array.jobId?.slice(0, 8);
    expect(code).toBe(0);
    const shown = out.trim().split('\n').toSorted();
    expect(shown).toEqual([`${id}:0 | a`, `${id}:0 | b`, `${id}:0 | c`, `${id}:2 | z`]);
    const asked = fake.calls.filter(({ operation }) => operation === 'GetLogEvents');
    expect(new Set(asked.map(({ body }) => body['logStreamName']))).toEqual(new Set(['log-0', 'log-2']));
  });

  test('-f of several goes on until the last of them has ended', async () => {
    const [first, second] = [1, 2].map((at) =>
      aJob({ status: 'RUNNING', container: { logStreamName: `s${at}` } }),
    );
    fake.logs.set('s1', ['one']).set('s2', ['uno']);
    let looks = 0;
    fake.answers.set('describejobs', ({ jobs }) => {
      looks += 1;
      if (looks === 3) fake.logs.set('s2', ['uno', 'dos']);
      const known = [
        { ...first, status: 'SUCCEEDED' },
        { ...second, status: looks < 3 ? 'RUNNING' : 'FAILED' },
      ];
      return { jobs: known.filter(({ jobId }) => (jobs as string[]).includes(jobId ?? '')) }; // DescribeJobs' list
    });
    const { out } = await logs('-f', '--json', first?.jobId ?? '', second?.jobId ?? '');
    const told = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { jobId: string; message: string });
    expect(told.map(({ message }) => message).toSorted()).toEqual(['dos', 'one', 'uno']);
    expect(told.find(({ message }) => message === 'dos')?.jobId).toBe(second?.jobId);
  });

  test('a part of several logs cannot be chosen', async () => {
    const { code, err } = await logs('--tail', '2', aFinishedJob(), aFinishedJob());
    expect(code).toBe(2);
    expect(err).toContain('--tail is for the log of one job.');
  });
});

describe('slipway logs of a job of several parts', () => {
  const containers = (status: object[]) => [{ containers: status }];

  function aJobOfTwo(): string {
    const first = [
      { name: 'proxy', logStreamName: 'p1' },
      { name: 'main', logStreamName: 'm1' },
    ];
    const latest = [
      { name: 'proxy', logStreamName: 'p2' },
      { name: 'main', logStreamName: 'm2' },
    ];
    const job = aJob({
      status: 'FAILED',
      container: {},
      ecsProperties: { taskProperties: containers(latest) },
      attempts: [{ taskProperties: containers(first) }, { taskProperties: containers(latest) }],
    });
    fake.jobs.push(job);
    fake.logs
      .set('p1', ['proxy once'])
      .set('p2', ['proxy again'])
      .set('m1', ['main once'])
      .set('m2', ['main again']);
    return job.jobId ?? '';
  }

  test('--container chooses one of several containers, of any attempt', async () => {
    const jobId = aJobOfTwo();
    expect((await logs(jobId, '--container', 'main')).out).toBe('main again\n');
    expect((await logs(jobId, '-c', 'proxy', '--attempt', '1')).out).toBe('proxy once\n');
  });

  test.each([
    [[], 'has 2 containers; each has its own log.'],
    [['--container', 'x'], 'has no container "x".'],
  ])('%j says which containers there are', async (args, message) => {
    const { code, err } = await logs(aJobOfTwo(), ...args);
    expect(code).toBe(1);
    expect(err).toContain(message);
    expect(err).toContain('--container proxy|main');
  });

  test('--container of a job that has one says so', async () => {
    const { code, err } = await logs(aFinishedJob(), '--container', 'main');
    expect(code).toBe(1);
    expect(err).toContain('has one container only');
  });

  function aJobOfNodes(): string {
    const job = aJob({
      status: 'SUCCEEDED',
      container: undefined,
      nodeProperties: { numNodes: 2, mainNode: 1 } as never,
    }); // of which no more is read
    fake.jobs.push(job);
    for (const node of [0, 1]) {
      fake.jobs.push(
        aJob({
          jobId: `${job.jobId}#${node}`,
          status: 'SUCCEEDED',
          container: { logStreamName: `n${node}` },
        }),
      );
      fake.logs.set(`n${node}`, [`node ${node}`]);
    }
    return job.jobId ?? '';
  }

  test('prints the main node’s, or that of --node', async () => {
    const jobId = aJobOfNodes();
    expect((await logs(jobId)).out).toBe('node 1\n');
    expect((await logs(jobId, '--node', '0')).out).toBe('node 0\n');
    expect((await logs(`${jobId}#0`)).out).toBe('node 0\n');
  });

  test('--node that is not there, or of another job, is refused', async () => {
    expect((await logs(aJobOfNodes(), '--node', '2')).err).toContain('has 2 nodes; the last is 1.');
    expect((await logs(aFinishedJob(), '--node', '0')).err).toContain('is not a multi-node job');
  });
});
