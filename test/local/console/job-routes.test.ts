// What a visitor does with a job: runs it again, holds it back, looks through its log; and the logs of what happened and who did it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Batch } from '@aws-sdk/client-batch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  AuditAnswer,
  EventsAnswer,
  JobAnswer,
  LogAnswer,
  LogSearchAnswer,
  RerunAnswer,
  RerunForm,
  SessionAnswer,
} from '../../../api/console/wire.ts';
import type { LocalServer } from '../../../local/server.ts';
import { aLocalServer, batchOf } from '../a-local-server.ts';
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
    vcpus: 8,
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

async function submit(script: string, more: object = {}): Promise<string> {
  const { jobId = '' } = await batch.submitJob({
    jobName: 'job',
    jobQueue: 'default',
    jobDefinition: 'shell',
    containerOverrides: { command: ['sh', '-c', script] },
    ...more,
  });
  return jobId;
}

const pathOf = (jobId: string): string => `/_console/jobs/${encodeURIComponent(jobId)}`;
const read = (jobId: string): Promise<JobAnswer> => visitor.read<JobAnswer>(pathOf(jobId));

async function until(jobId: string, status: string): Promise<JobAnswer> {
  await expect
    .poll(async () => (await read(jobId)).row.status, { timeout: 10_000, interval: 20 })
    .toBe(status);
  return read(jobId);
}

async function rerun(
  jobId: string,
  change: (form: RerunForm) => object,
): Promise<{ status: number; body: string }> {
  const form = await visitor.read<RerunForm>(`${pathOf(jobId)}/rerun`);
  const { queues: _queues, about: _about, ...sent } = { ...form, ...change(form) };
  return visitor.post(`${pathOf(jobId)}/rerun`, sent);
}

it('tells of each attempt where its time went', async () => {
  const jobId = await submit('exit 3', { retryStrategy: { attempts: 2 } });
  const { attempts } = await until(jobId, 'FAILED');
  expect(attempts.map(({ stages }) => stages.map(({ stage }) => stage))).toEqual([
    ['queued', 'started', 'ran'],
    ['queued', 'started', 'ran'],
  ]);
  for (const { runnableAtMs, stoppedAtMs, stages } of attempts) {
    const wholeMs = stages.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
    expect(wholeMs).toBe((stoppedAtMs ?? 0) - (runnableAtMs ?? 0));
  }
});

describe('run again', () => {
  it('a job is as it was, but for what was changed', async () => {
    const jobId = await submit('exit 3', {
      jobName: 'first',
      tags: { team: 'blue' },
      parameters: { some: 'thing' },
      retryStrategy: { attempts: 2 },
      timeout: { attemptDurationSeconds: 100 },
      containerOverrides: {
        command: ['sh', '-c', 'exit 3'],
        environment: [{ name: 'GREETING', value: 'hello' }],
        resourceRequirements: [{ type: 'MEMORY', value: '256' }],
      },
    });
    await until(jobId, 'FAILED');
    const form = await visitor.read<RerunForm>(`${pathOf(jobId)}/rerun`);
    expect(form).toMatchObject({
      jobName: 'first',
      queue: 'default',
      queues: ['default'],
      containers: [
        { command: ['sh', '-c', 'exit 3'], environment: [{ name: 'GREETING' }], memoryMiB: '256', gpus: '' },
      ],
    });
    const answer = await rerun(jobId, ({ containers: [container] }) => ({
      jobName: 'second',
      containers: [
        {
          ...container,
          command: ['sh', '-c', 'echo "$GREETING, $NAME"'],
          environment: [
            { name: 'GREETING', value: 'good day' },
            { name: 'NAME', value: '<b>you</b>' },
          ],
          vcpus: '2',
        },
      ],
    }));
    expect(answer.status, answer.body).toBe(200);
    const made = JSON.parse(answer.body) as RerunAnswer;
    const { row, detail, logs, overridden } = await until(made.jobId, 'SUCCEEDED');
    expect(row.name).toBe('second');
    expect(detail).toMatchObject({
      tags: { team: 'blue' },
      parameters: { some: 'thing' },
      retryStrategy: { attempts: 2 },
      timeout: { attemptDurationSeconds: 100 },
      container: {
        resourceRequirements: expect.arrayContaining([
          { type: 'VCPU', value: '2' },
          { type: 'MEMORY', value: '256' },
        ]),
      },
    });
    expect(overridden).toMatchObject({ command: true, environment: ['GREETING', 'NAME'] });
    const { lines } = await visitor.read<LogAnswer>(`${pathOf(made.jobId)}/log?task=${logs[0]?.taskId}`);
    expect(lines.map(({ text }) => text)).toEqual(['good day, <b>you</b>']);
  });

  it('an array is an array of the same size, and its children run again with it', async () => {
    const jobId = await submit('true', { arrayProperties: { size: 3 } });
    await until(jobId, 'SUCCEEDED');
    const answer = await rerun(jobId, () => ({}));
    const made = JSON.parse(answer.body) as RerunAnswer;
    expect((await until(made.jobId, 'SUCCEEDED')).row.children).toMatchObject({ SUCCEEDED: 3 });
    const ofChild = await visitor.get(`${pathOf(`${jobId}:1`)}/rerun`);
    expect([ofChild.status, JSON.parse(ofChild.body)]).toEqual([
      400,
      { message: `A child runs again with its whole job, ${jobId}.` },
    ]);
  });

  it('jobs of several containers and of several nodes keep what each of them runs', async () => {
    const container = (name: string, text: string) => ({
      name,
      image: 'busybox',
      command: ['sh', '-c', `echo ${text}`],
      resourceRequirements: [
        { type: 'VCPU' as const, value: '1' },
        { type: 'MEMORY' as const, value: '64' },
      ],
    });
    await batch.registerJobDefinition({
      jobDefinitionName: 'several',
      type: 'container',
      ecsProperties: { taskProperties: [{ containers: [container('one', '1'), container('two', '2')] }] },
    });
    await batch.registerJobDefinition({
      jobDefinitionName: 'nodes',
      type: 'multinode',
      nodeProperties: {
        numNodes: 2,
        mainNode: 0,
        nodeRangeProperties: [{ targetNodes: '0:', container: container('', 'node') }],
      },
    });
    for (const jobDefinition of ['several', 'nodes']) {
      const { jobId = '' } = await batch.submitJob({ jobName: 'whole', jobQueue: 'default', jobDefinition });
      await until(jobId, 'SUCCEEDED');
      const answer = await rerun(jobId, ({ containers: [first, ...others] }) => ({
        containers: [{ ...first, command: ['sh', '-c', 'echo changed'] }, ...others],
      }));
      expect(answer.status, answer.body).toBe(200);
      const { logs, nodes, row } = await until((JSON.parse(answer.body) as RerunAnswer).jobId, 'SUCCEEDED');
      const [log] = jobDefinition === 'nodes' ? (nodes[0]?.logs ?? []) : logs;
      const owner = jobDefinition === 'nodes' ? (nodes[0]?.row.jobId ?? '') : row.jobId;
      const { lines } = await visitor.read<LogAnswer>(`${pathOf(owner)}/log?task=${log?.taskId}`);
      expect(lines.map(({ text }) => text)).toEqual(['changed']);
    }
  });

  it.each([
    [{ jobName: 'no good name!' }, 'Job name should match valid pattern'],
    [{ queue: 'nowhere' }, 'JobQueue nowhere not found'],
    [{ containers: [] }, 'containers must have 1 elements, but has 0'],
    [{ containers: 'all' }, 'rerun.containers'],
  ])('is refused with %j', async (change, words) => {
    const jobId = await submit('true');
    const answer = await rerun(jobId, () => change);
    expect(answer.status).toBe(400);
    expect(answer.body).toContain(words);
  });
});

describe('a job that waits', () => {
  it('is held, moved and released', async () => {
    const blocker = await submit('sleep 60', {
      containerOverrides: {
        command: ['sleep', '60'],
        resourceRequirements: [{ type: 'VCPU', value: '8' }],
      },
    });
    await until(blocker, 'RUNNING');
    const jobId = await submit('true');
    await until(jobId, 'RUNNABLE');
    expect((await visitor.post(`${pathOf(jobId)}/hold`, {})).status).toBe(200);
    expect(await read(jobId)).toMatchObject({ row: { held: true }, why: { reason: { code: 'HELD' } } });
    expect((await visitor.post(`${pathOf(jobId)}/priority`, { priority: 7 })).status).toBe(200);
    expect((await visitor.post(`${pathOf(jobId)}/priority`, { priority: 10_000 })).status).toBe(400);
    expect((await visitor.post(`${pathOf(jobId)}/priority`, {})).status).toBe(400);
    expect((await visitor.post(`${pathOf(jobId)}/release`, {})).status).toBe(200);
    const { row, priority, heldAtMs } = await read(jobId);
    expect([row.held, priority, heldAtMs]).toEqual([undefined, 7, undefined]);
    await visitor.post(`${pathOf(blocker)}/terminate`, { reason: 'enough' });
    await until(jobId, 'SUCCEEDED');
    expect((await visitor.post(`${pathOf(jobId)}/hold`, {})).status).toBe(400);
  });
});

describe('a text in a log', () => {
  it('is found upwards and downwards, each line once, colours or not', async () => {
    const jobId = await submit(`seq 1 12000; printf 'an er\\033[31mror\\033[0m here\\n'; echo last`);
    const { logs } = await until(jobId, 'SUCCEEDED');
    const path = `${pathOf(jobId)}/log`;
    const task = `task=${logs[0]?.taskId}`;
    const search = (query: string) => visitor.read<LogSearchAnswer>(`${path}/search?${task}&${query}`);
    const lineAt = async (place = 0): Promise<string | undefined> =>
      (await visitor.read<LogAnswer>(`${path}?${task}&from=${place}`)).lines[0]?.text;
    const { size } = await visitor.read<LogAnswer>(`${path}?${task}&from=end`);

    const error = await search(`text=ERROR&before=${size}`);
    expect(await lineAt(error.found)).toContain('an er');
    const found: (string | undefined)[] = [];
    for (let before = size; ;) {
      const answer = await search(`text=1199&before=${before}`);
      if (answer.found === undefined) break;
      found.push(await lineAt(answer.found));
      before = answer.found;
    }
    expect(found).toEqual([
      '11999',
      '11998',
      '11997',
      '11996',
      '11995',
      '11994',
      '11993',
      '11992',
      '11991',
      '11990',
      '11199',
      '1199',
    ]);
    const first = await search('text=1199&from=0');
    expect(await lineAt(first.found)).toBe('1199');
    expect(await search('text=nowhere&from=0')).toEqual({ reached: size, isDone: true });
    expect((await visitor.get(`${path}/search?${task}&from=0&text=`)).status).toBe(400);
    expect((await visitor.get(`${path}/search?task=${'0'.repeat(32)}&from=0&text=x`)).status).toBe(404);
  });
});

describe('what happened', () => {
  it('is told as events, newest first, narrowed, and each as it was published', async () => {
    const jobId = await submit('exit 9', { jobName: 'eventful' });
    await until(jobId, 'FAILED');
    const { rows, after } = await visitor.read<EventsAnswer>('/_console/event-log?text=eventful');
    expect(rows.map(({ status }) => status)).toEqual(['FAILED', 'RUNNING', 'STARTING', 'RUNNABLE']);
    expect(rows[0]).toMatchObject({ jobId, exitCode: 9, queue: 'default', name: 'eventful' });
    const failed = await visitor.read<EventsAnswer>('/_console/event-log?status=FAILED&queue=default');
    expect(failed.rows.every(({ status }) => status === 'FAILED')).toBe(true);
    expect((await visitor.read<EventsAnswer>(`/_console/event-log?after=${after}`)).rows).toEqual([]);
    const whole = await visitor.read<object>(`/_console/event-log/${rows[0]?.seq}`);
    expect(whole).toMatchObject({ source: 'slipway.batch', region: 'us-east-1', detail: { jobId } });
    expect((await visitor.get('/_console/event-log/99999999')).status).toBe(404);
  });

  it('and who did it, in the console too, without what is secret', async () => {
    const jobId = await submit('true', {
      jobName: 'audited',
      containerOverrides: { environment: [{ name: 'PASSWORD', value: 'not-for-the-record' }] },
    });
    await visitor.post(`${pathOf(jobId)}/terminate`, { reason: 'by hand' });
    const { rows } = await visitor.read<AuditAnswer>('/_console/audit?kind=changes');
    expect(rows.slice(0, 2).map(({ event }) => event)).toEqual(['TerminateJob', 'SubmitJob']);
    expect(rows.every(({ readOnly }) => !readOnly)).toBe(true);
    const record = await visitor.get(`/_console/audit/${rows[1]?.seq}`);
    expect(record.body).toContain('audited');
    expect(record.body).not.toContain('not-for-the-record');
    expect((await visitor.read<AuditAnswer>('/_console/audit?text=no-such-thing')).rows).toEqual([]);
  });
});

describe('another Region', () => {
  it('is offered once it has queues, and chosen for this visitor alone', async () => {
    const other = await signedIn(server.endpoint, server.consoleLink());
    const refused = await other.post('/_console/region', { region: 'eu-north-1' });
    expect([refused.status, refused.body]).toEqual([
      400,
      expect.stringContaining('region must be one of us-east-1'),
    ]);
    const there = batchIn('eu-west-1');
    await there.describeJobQueues({});
    there.destroy();
    const chosen = await other.post('/_console/region', { region: 'eu-west-1' });
    expect(JSON.parse(chosen.body)).toMatchObject({
      region: 'eu-west-1',
      regions: ['eu-west-1', 'us-east-1'],
    });
    expect((await other.read<SessionAnswer>('/_console/session')).region).toBe('eu-west-1');
    expect((await other.read<EventsAnswer>('/_console/event-log')).rows).toEqual([]);
    expect((await visitor.read<SessionAnswer>('/_console/session')).region).toBe('us-east-1');
    // A refusal is recorded where it was looked, in the words that the visitor read.
    await other.post(`${pathOf('any')}/terminate`, { reason: 'by hand' });
    const [refusal] = (await other.read<AuditAnswer>('/_console/audit?kind=errors')).rows;
    expect(refusal).toMatchObject({
      event: 'TerminateJob',
      user: 'slipway-console',
      errorMessage: 'Job "any" does not exist in eu-west-1.',
    });
  });
});
