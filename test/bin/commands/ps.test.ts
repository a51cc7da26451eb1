import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { captureCli, environmentOf, type Shown } from '../capture-cli.ts';
import { aJob, startFakeServer, type FakeServer } from '../fake-server.ts';

let fake: FakeServer;
beforeEach(async () => {
  fake = await startFakeServer();
});
afterEach(() => fake.close());

function ps(...args: string[]): Promise<Shown> {
  return captureCli(['ps', ...args], { env: environmentOf(fake) });
}

describe('slipway ps', () => {
  test('shows what waits and runs, newest first, with what one wants to know next', async () => {
    const nowMs = Date.now();
    fake.jobs.push(
      aJob({ jobName: 'old', status: 'RUNNING', createdAt: nowMs - 3_600_000, startedAt: nowMs - 65_000 }),
      aJob({
        jobName: 'new',
        status: 'RUNNABLE',
        createdAt: nowMs - 60_000,
        statusReason: 'MISCONFIGURATION:JOB',
      }),
      aJob({
        jobName: 'many',
        status: 'PENDING',
        createdAt: nowMs - 120_000,
        arrayProperties: { size: 4, statusSummary: { SUCCEEDED: 1, RUNNING: 2, RUNNABLE: 1 } },
      }),
      aJob({ jobName: 'over', status: 'SUCCEEDED' }),
    );
    const { code, out, err } = await ps();
    const [titles, ...rows] = out.split('\n').slice(0, -1);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(titles).toMatch(/^JOB +NAME +STATUS +QUEUE +AGE +TIME +NOTE$/);
    expect(rows.map((row) => row.split(/ +/)[1])).toEqual(['new', 'many', 'old']);
    expect(rows[0]).toMatch(/RUNNABLE +default +1m0\ds +MISCONFIGURATION:JOB$/);
    expect(rows[1]).toMatch(/1 of 4 done, 2 running, 1 waiting$/);
    expect(rows[2]).toMatch(/RUNNING +default +1h00m +1m\d\ds$/);
  });

  test('--all shows how the finished ones ended', async () => {
    fake.jobs.push(
      aJob({
        jobName: 'bad',
        status: 'FAILED',
        container: { exitCode: 3 },
        statusReason: 'Essential container in task exited',
      }),
      aJob({
        jobName: 'big',
        status: 'FAILED',
        container: { exitCode: 137, reason: 'OutOfMemoryError: killed' },
      }),
      aJob({
        jobName: 'fine',
        status: 'SUCCEEDED',
        container: { exitCode: 0 },
        statusReason: 'Essential container in task exited',
      }),
    );
    const { out } = await ps('--all');
    expect(out).toMatch(/ bad .* exit 3$/m);
    expect(out).toMatch(/ big .* exit 137; OutOfMemoryError: killed$/m);
    expect(out).toMatch(/ fine +SUCCEEDED +default +1m0\ds$/m);
  });

  test('asks how far an array is when the listing does not say', async () => {
    const job = aJob({
      status: 'PENDING',
      arrayProperties: { size: 9, statusSummary: { SUCCEEDED: 3, RUNNING: 6 } },
    });
    fake.jobs.push(job);
    fake.answers.set('listjobs', () => ({ jobSummaryList: [{ ...job, arrayProperties: { size: 9 } }] }));
    expect((await ps('--status', 'PENDING')).out).toContain('3 of 9 done, 6 running');
  });

  test('--json prints the summaries as the API answers them', async () => {
    const job = aJob({ status: 'RUNNING' });
    fake.jobs.push(job);
    const { out } = await ps('--json');
    expect(JSON.parse(out)).toMatchObject({
      jobs: [{ jobId: job.jobId, status: 'RUNNING', queue: 'default' }],
      more: false,
    });
  });

  test('--status asks for these statuses only, in any case', async () => {
    await ps('--status', 'failed', '--status', 'RUNNING');
    const asked = fake.calls
      .filter((call) => call.operation === 'listjobs')
      .map((call) => call.body['jobStatus']);
    expect(new Set(asked)).toEqual(new Set(['FAILED', 'RUNNING']));
  });

  test('--queue asks for that queue only', async () => {
    await ps('--queue', 'gpu', '--status', 'RUNNING');
    expect(fake.calls.map((call) => [call.operation, call.body['jobQueue']])).toEqual([['listjobs', 'gpu']]);
  });

  test('--limit cuts the list and says that there are more', async () => {
    for (let count = 0; count < 5; count += 1) fake.jobs.push(aJob());
    const { out, err } = await ps('--limit', '2');
    expect(out.split('\n')).toHaveLength(4);
    expect(err).toContain('There are more');
  });

  test('--array lists the children by their index', async () => {
    const parent = aJob({ status: 'PENDING', arrayProperties: { size: 11 } });
    const child = (index: number, status: 'RUNNING' | 'FAILED') =>
      aJob({ jobId: `${parent.jobId}:${index}`, status, arrayProperties: { index } });
    fake.jobs.push(parent, child(10, 'RUNNING'), child(2, 'FAILED'));
    const { out } = await ps('--array', parent.jobId ?? '');
    const ids = out
      .split('\n')
      .slice(1, -1)
      .map((row) => row.split(' ')[0]?.replace(/^.*:/, ''));
    expect(ids).toEqual(['2', '10']);
  });

  test('reads on while there are pages', async () => {
    const pages = [[aJob(), aJob()], [], [aJob()]];
    fake.answers.set('listjobs', (body) => {
      const at = Number(body['nextToken'] ?? 0);
      return { jobSummaryList: pages[at], ...(at < 2 && { nextToken: String(at + 1) }) };
    });
    const { out } = await ps('--status', 'RUNNABLE', '--json');
    expect(JSON.parse(out).jobs).toHaveLength(3);
  });

  test('says on stderr what to do when there is nothing to list', async () => {
    expect(await ps()).toEqual({
      code: 0,
      out: '',
      err: 'No jobs wait or run. Finished ones: slipway ps --all\n',
    });
    expect((await ps('--json')).out).toContain('"jobs": []');
  });
});
