import { afterEach, beforeEach, expect, test } from 'vitest';
import { captureCli, environmentOf, type Shown } from '../capture-cli.ts';
import { aJob, startFakeServer, type FakeServer } from '../fake-server.ts';

let fake: FakeServer;
beforeEach(async () => {
  fake = await startFakeServer();
});
afterEach(() => fake.close());

function watch(...args: string[]): Promise<Shown> {
  return captureCli(['watch', ...args], { env: environmentOf(fake) });
}

/** DescribeJobs answers the first of these, then the next, and so on with the last. */
function answers(...looks: ReturnType<typeof aJob>[]): void {
  fake.jobs.push(looks[0] ?? aJob());
  let at = 0;
  fake.answers.set('describejobs', () => ({ jobs: [looks[Math.min(at++, looks.length - 1)]] }));
}

test('an array shows how far it is, and its end', async () => {
  const job = aJob({ jobName: 'many', status: 'PENDING', createdAt: 1_000 });
  const at = (statusSummary: Record<string, number>) => ({ arrayProperties: { size: 4, statusSummary } });
  answers(
    { ...job, ...at({ RUNNING: 2 }) },
    { ...job, status: 'SUCCEEDED', stoppedAt: 4_000, ...at({ SUCCEEDED: 4 }) },
  );
  const { code, err } = await watch(job.jobId ?? '');
  expect(code).toBe(0);
  expect(err).toMatch(/^[0-9a-f]{8} many \[>+\.+\] 0 of 4 done, 2 running, 2 waiting\n/);
  expect(err).toMatch(/^[0-9a-f]{8} many SUCCEEDED 4 of 4 done, 3\.0s after its submission$/m);
});

test('any other job shows its state and why it waits, and its exit code becomes ours', async () => {
  const job = aJob({ jobName: 'slow', status: 'RUNNABLE' });
  fake.answers.set(`/_slipway/jobs/${job.jobId}/why`, () => ({
    jobId: job.jobId,
    status: 'RUNNABLE',
    reason: { code: 'NO_ROOM', message: 'local lacks 2 vCPUs' },
  }));
  answers(job, { ...job, status: 'FAILED', container: { exitCode: 7 }, createdAt: 0, stoppedAt: 1_000 });
  const { code, err } = await watch(job.jobId ?? '');
  expect(code).toBe(7);
  expect(err).toMatch(/^[0-9a-f]{8} slow RUNNABLE for \d+ms: local lacks 2 vCPUs\n/);
  expect(err).toMatch(/slow FAILED 1\.0s after its submission, exit 7$/m);
});

test('--json prints a line for each change and nothing else', async () => {
  const job = aJob({ status: 'RUNNING' });
  answers(job, job, { ...job, status: 'SUCCEEDED' });
  const { code, out, err } = await watch(job.jobId ?? '', '--json');
  const lines = out.trim().split('\n');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(lines.map((line) => (JSON.parse(line) as { status: string }).status)).toEqual([
    'RUNNING',
    'SUCCEEDED',
  ]);
});
