// What a signed-in page is told of real jobs.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Batch } from '@aws-sdk/client-batch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  CellsAnswer,
  JobAnswer,
  JobsAnswer,
  LogAnswer,
  OverviewAnswer,
} from '../../../api/console/wire.ts';
import type { LocalServer } from '../../../local/server.ts';
import { aLocalServer, batchOf } from '../a-local-server.ts';
import { readServerSentEvents } from '../../../bin/read-server-sent-events.ts';
import type { Visitor } from './a-visitor.ts';
import { signedIn } from './a-visitor.ts';

let dataDir: string;
let server: LocalServer;
let batch: Batch;
let visitor: Visitor;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'slipway-console-'));
  server = await aLocalServer({
    dataDir,
    vcpus: 2,
    allowReset: true,
  });
  batch = batchIn('us-east-1');
  visitor = await signedIn(server.endpoint, server.consoleLink());
});
afterAll(async () => {
  batch.destroy();
  await fetch(`${server.endpoint}/_local/reset`, { method: 'POST' });
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
});

const batchIn = (region: string): Batch => batchOf(server, region);

async function submit(script: string, more: object = {}, to = batch): Promise<string> {
  const { jobId = '' } = await to.submitJob({
    jobName: 'job',
    jobQueue: 'default',
    jobDefinition: 'shell',
    containerOverrides: { command: ['sh', '-c', script] },
    ...more,
  });
  return jobId;
}

async function until(jobId: string, ...statuses: string[]): Promise<JobAnswer> {
  let answer: JobAnswer | undefined;
  await expect
    .poll(
      async () => {
        answer = await visitor.read<JobAnswer>(`/_console/jobs/${encodeURIComponent(jobId)}`);
        return statuses.includes(answer.row.status);
      },
      { timeout: 10_000, interval: 20 },
    )
    .toBe(true);
  if (!answer) throw new Error('polled at least once');
  return answer;
}

const pathOf = (jobId: string): string => `/_console/jobs/${encodeURIComponent(jobId)}`;

describe('a Region that nobody has used', () => {
  it('has its defaults and says so', async () => {
    const overview = await visitor.read<OverviewAnswer>('/_console/overview');
    expect(overview.queues).toMatchObject([
      {
        name: 'default',
        state: 'ENABLED',
        waiting: { count: 0, more: false },
        placed: 0,
        environments: ['local'],
      },
    ]);
    expect(overview.environments).toMatchObject([{ name: 'local', kind: 'EC2', vcpus: { used: 0, max: 2 } }]);
    expect(overview.machine).toMatchObject({
      vcpus: { used: 0, max: 2 },
      memoryMiB: { used: 0, max: 4_096 },
    });
  });
});

describe('a job', () => {
  it('that was retried has a timeline, its attempts, and a log for each', async () => {
    const jobId = await submit('echo "<b>attempt $AWS_BATCH_JOB_ATTEMPT</b>"; exit 3', {
      retryStrategy: { attempts: 2 },
    });
    const { row, timeline, attempts, logs, detail } = await until(jobId, 'FAILED');
    expect(row).toMatchObject({ exitCode: 3, attempts: 2, kind: 'single', definition: 'shell:1' });
    expect(timeline.map(({ status }) => status)).toEqual([
      'SUBMITTED',
      'RUNNABLE',
      'STARTING',
      'RUNNING',
      'RUNNABLE',
      'STARTING',
      'RUNNING',
      'FAILED',
    ]);
    expect(timeline.map(({ atMs }) => atMs)).toEqual(timeline.map(({ atMs }) => atMs).sort((a, b) => a - b));
    expect(attempts).toMatchObject([
      { number: 1, environment: 'local', exitCode: 3 },
      { number: 2, environment: 'local', exitCode: 3 },
    ]);
    expect(detail).toMatchObject({ jobId, container: { exitCode: 3 } });
    const read = (task = ''): Promise<LogAnswer> =>
      visitor.read<LogAnswer>(`${pathOf(jobId)}/log?task=${task}`);
    expect(logs).toHaveLength(2);
    const [first, second] = await Promise.all(logs.map(({ taskId }) => read(taskId)));
    expect([first?.lines[0]?.text, second?.lines[0]?.text]).toEqual(['<b>attempt 1</b>', '<b>attempt 2</b>']);
    expect(second).toMatchObject({ ended: true, size: 17, from: 0, to: 17 });
    expect((await visitor.get(`${pathOf(jobId)}/log?task=../../slipway.db`)).status).toBe(404);
  });

  it('that waits says why, at which place, and for whom', async () => {
    const running = await submit('sleep 60', { jobName: 'holds', ...demand(2) });
    await until(running, 'RUNNING');
    const first = await submit('true', demand(1));
    const second = await submit('true', demand(1));
    const dependent = await submit('true', { dependsOn: [{ jobId: second }] });
    await until(first, 'RUNNABLE');
    expect((await until(second, 'RUNNABLE')).why).toMatchObject({
      position: 2,
      reason: { code: 'BEHIND_OTHERS' },
    });
    expect((await until(dependent, 'PENDING')).waitsFor).toMatchObject([
      { row: { jobId: second }, end: 'SUCCESS' },
    ]);
    const { queues, machine } = await visitor.read<OverviewAnswer>('/_console/overview');
    expect(queues).toMatchObject([
      { waiting: { count: 2 }, placed: 1, blocked: { jobId: first, code: 'NO_CAPACITY' } },
    ]);
    expect(machine.vcpus).toEqual({ used: 2, max: 2 });
    for (const jobId of [first, second]) {
      const answer = await visitor.post(`${pathOf(jobId)}/cancel`, { reason: 'not needed <any more>' });
      expect(answer.status).toBe(200);
      expect((await until(jobId, 'FAILED')).row.statusReason).toBe('not needed <any more>');
    }
    await until(dependent, 'FAILED');
    await visitor.post(`${pathOf(running)}/terminate`, { reason: 'enough' });
    await until(running, 'FAILED');
  });

  it('is not told of, nor stopped, when it is unknown, malformed or of another Region', async () => {
    const other = batchIn('eu-west-1');
    const jobId = await submit('true', {}, other);
    other.destroy();
    for (const id of [jobId, '00000000-0000-4000-8000-000000000000', 'no-id', '%']) {
      const path = `/_console/jobs/${id}`;
      expect((await visitor.get(path)).status, id).toBe(id === '%' ? 400 : 404);
      expect((await visitor.post(`${path}/terminate`, { reason: 'x' })).status, id).toBe(
        id === '%' ? 400 : 404,
      );
    }
  });

  it.each([
    [{}, 'reason must be a text.'],
    [{ reason: '' }, 'reason must not be empty.'],
    [{ reason: 'x'.repeat(1_025) }, 'reason must have at most 1024 characters, but has 1025.'],
  ])('is not stopped for %j', async (body, message) => {
    const jobId = await submit('true');
    const answer = await visitor.post(`${pathOf(jobId)}/terminate`, body);
    expect([answer.status, JSON.parse(answer.body)]).toEqual([400, { message }]);
    await until(jobId, 'SUCCEEDED');
  });
});

function demand(vcpus: number): object {
  const resourceRequirements = [
    { type: 'VCPU', value: String(vcpus) },
    { type: 'MEMORY', value: '64' },
  ];
  return { containerOverrides: { command: ['sh', '-c', 'sleep 60'], resourceRequirements } };
}

describe('a log', () => {
  it('is followed: an answer waits for the next line, and for the end', async () => {
    const jobId = await submit('echo one; sleep 0.4; echo two');
    const { logs } = await until(jobId, 'RUNNING');
    const path = `${pathOf(jobId)}/log?task=${logs[0]?.taskId}`;
    await expect.poll(async () => (await visitor.read<LogAnswer>(`${path}&from=0`)).lines.length).toBe(1);
    const next = await visitor.read<LogAnswer>(`${path}&from=4&wait=1`);
    expect(next.lines.map(({ text }) => text)).toEqual(['two']);
    const end = await visitor.read<LogAnswer>(`${path}&from=8&wait=1`);
    expect(end).toMatchObject({ lines: [], ended: true, size: 8 });
  });

  it('of many lines opens at its end, and is read backwards from there', async () => {
    const jobId = await submit('seq 1 3000');
    const { logs } = await until(jobId, 'SUCCEEDED');
    const path = `${pathOf(jobId)}/log?task=${logs[0]?.taskId}`;
    const end = await visitor.read<LogAnswer>(`${path}&from=end`);
    expect([end.lines.length, end.lines[0]?.text, end.lines.at(-1)?.text]).toEqual([1_000, '2001', '3000']);
    const before = await visitor.read<LogAnswer>(`${path}&before=${end.from}`);
    expect([before.lines[0]?.text, before.lines.at(-1)?.text, before.to]).toEqual(['1001', '2000', end.from]);
    expect((await visitor.get(`${path}&from=-1`)).status).toBe(400);
  });
});

describe('an array', () => {
  it('shows each child’s state, and its list their parent’s counts', async () => {
    const jobId = await submit('test $AWS_BATCH_JOB_ARRAY_INDEX -ne 3', {
      jobName: 'tiles',
      arrayProperties: { size: 6 },
    });
    expect(await visitor.read<CellsAnswer>(`${pathOf(jobId)}/cells`)).toMatchObject({ size: 6 });
    await until(jobId, 'FAILED');
    const { cells } = await visitor.read<CellsAnswer>(`${pathOf(jobId)}/cells`);
    expect(cells).toBe('SSSFSS');
    const failed = await visitor.read<JobsAnswer>(`/_console/jobs?array=${jobId}&status=FAILED`);
    expect(failed.jobs).toMatchObject([{ jobId: `${jobId}:3`, index: 3, kind: 'child' }]);
    const listed = await visitor.read<JobsAnswer>('/_console/jobs?queue=default&status=FAILED');
    expect(listed.jobs.find((row) => row.jobId === jobId)?.children).toMatchObject({
      SUCCEEDED: 5,
      FAILED: 1,
    });
    expect((await until(`${jobId}:3`, 'FAILED')).parentId).toBe(jobId);
    expect((await visitor.get(`${pathOf(`${jobId}:3`)}/cells`)).status).toBe(400);
  });
});

describe('the list of jobs', () => {
  it('has pages of a hundred, newest first', async () => {
    await Promise.all(Array.from({ length: 101 }, () => submit('true', { jobName: 'many' })));
    const first = await visitor.read<JobsAnswer>('/_console/jobs?queue=default');
    expect(first.jobs).toHaveLength(100);
    const path = `/_console/jobs?queue=default&after=${encodeURIComponent(first.next ?? '')}`;
    const second = await visitor.read<JobsAnswer>(path);
    const ids = [...first.jobs, ...second.jobs].map((row) => row.jobId);
    expect(new Set(ids).size).toBe(ids.length);
    const times = [...first.jobs, ...second.jobs].map((row) => row.createdAtMs);
    expect(times).toEqual([...times].sort((a, b) => b - a));
  });

  it('finds a job by its id, the beginning of its id, and a part of its name', async () => {
    const jobId = await submit('true', { jobName: 'Needle-in-hay' });
    for (const text of [jobId, jobId.toUpperCase(), jobId.slice(0, 8), 'needle', ' in-HAY ']) {
      const found = await visitor.read<JobsAnswer>(`/_console/jobs?name=${encodeURIComponent(text)}`);
      expect(
        found.jobs.map((row) => row.jobId),
        text,
      ).toEqual([jobId]);
    }
    expect((await visitor.read<JobsAnswer>('/_console/jobs?name=no-such-job')).jobs).toEqual([]);
  });

  it.each([
    'queue=none',
    'name=x&from=yesterday',
    'queue=default&status=WRONG',
    'queue=default&after=%00',
    'array=none&status=FAILED',
    `ids=${'a,'.repeat(100)}`,
  ])('refuses %s', async (query) => {
    const answer = await visitor.get(`/_console/jobs?${query}`);
    expect([400, 404]).toContain(answer.status);
    expect(JSON.parse(answer.body)).toEqual({ message: expect.any(String) });
  });
});

describe('the event stream', () => {
  it('tells what changes as it happens, and what was missed', async () => {
    const stream = await visitor.stream('/_console/events');
    const events = readServerSentEvents(stream)[Symbol.asyncIterator]();
    const hello = (await events.next()).value as { readonly id?: string; readonly event?: string };
    expect(hello.event).toBe('hello');
    const jobId = await submit('true');
    let seen = '';
    while (!seen.includes(`["${jobId}","SUCCEEDED"]`))
      seen += JSON.stringify((await events.next()).value).replaceAll('\\', '');
    stream.destroy();
    const again = await visitor.stream(`/_console/events?after=${hello.id}`);
    const missed = readServerSentEvents(again)[Symbol.asyncIterator]();
    await missed.next();
    expect(JSON.stringify((await missed.next()).value)).toContain(jobId);
    again.destroy();
  });
});
