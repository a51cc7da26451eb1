// What a console that is served elsewhere asks, signed: the same answers as the pages of this server get, authorised and recorded.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Batch } from '@aws-sdk/client-batch';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type {
  Cells,
  CellsAnswer,
  JobAnswer,
  JobsAnswer,
  RerunForm,
  RerunInput,
  WorkflowAnswer,
} from '../../../api/console/wire.ts';
import { requestJson } from '../../../bin/signed-request.ts';
import type { LocalServer } from '../../../local/server.ts';
import { aLocalServer, batchOf } from '../a-local-server.ts';
import { captureCli } from '../../bin/capture-cli.ts';
import type { Visitor } from './a-visitor.ts';
import { signedIn } from './a-visitor.ts';

let folder: string;
let server: LocalServer;
let batch: Batch;
let visitor: Visitor;
let single: string;
let array: string;
let follower: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-console-'));
  server = await aLocalServer({
    dataDir: join(folder, '.slipway'),
    environment: { HOME: folder },
  });
  batch = batchOf(server);
  visitor = await signedIn(server.endpoint, server.consoleLink());
  single = await submit(
    { jobName: 'single', tags: { team: 'blue' }, retryStrategy: { attempts: 2 } },
    'exit 3',
  );
  array = await submit({ jobName: 'array', arrayProperties: { size: 3 } }, 'true');
  follower = await submit({ jobName: 'follower', dependsOn: [{ jobId: array }, { jobId: single }] }, 'true');
  await vi.waitUntil(async () => (await stateOf(follower)) === 'FAILED', PATIENCE);
  await vi.waitUntil(async () => (await stateOf(array)) === 'SUCCEEDED', PATIENCE);
});
afterAll(async () => {
  batch.destroy();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const PATIENCE = { timeout: 15_000, interval: 20 };

async function submit(more: object, script: string): Promise<string> {
  const { jobId = '' } = await batch.submitJob({
    jobName: 'job',
    jobQueue: 'default',
    jobDefinition: 'shell',
    containerOverrides: {
      command: ['sh', '-c', script],
      environment: [{ name: 'TOKEN', value: 'open sesame' }],
    },
    ...more,
  });
  return jobId;
}

async function stateOf(jobId: string): Promise<string | undefined> {
  return (await batch.describeJobs({ jobs: [jobId] })).jobs?.[0]?.status;
}

interface Asking {
  readonly method?: 'GET' | 'POST';
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly region?: string;
}

/** The types of wire.ts say what each answers. */
async function ask<Answer>(
  path: string,
  { method = 'GET', query, body, ...who }: Asking = {},
): Promise<Answer> {
  const { endpoint, region, credentials } = server;
  const answer = await requestJson(
    { endpoint, region, credentials, foundIn: 'the test', ...who },
    {
      service: 'batch',
      method,
      path: `/_slipway/console/jobs${path}`,
      ...(query ? { query } : {}),
      ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
    },
  );
  return answer as Answer;
}

describe('a signed call', () => {
  it.each([
    ['all', {}],
    ['of a queue and a state', { queue: 'default', status: 'FAILED' }],
    ['by name and tag', { name: 'sing*', tag: 'team=blue' }],
  ])('lists jobs as the page does: %s', async (_what, query) => {
    const { nowMs, ...listed } = await ask<JobsAnswer>('', { query });
    const shown = await visitor.read<JobsAnswer>(`/_console/jobs?${new URLSearchParams(query).toString()}`);
    expect({ ...listed, nowMs: shown.nowMs }).toEqual(shown);
    expect(listed.jobs.length).toBeGreaterThan(0);
    expect(nowMs).toBeGreaterThan(0);
  });

  it('lists an array’s children, and jobs by their ids', async () => {
    const children = await ask<JobsAnswer>('', { query: { array, status: 'SUCCEEDED' } });
    expect(children.jobs.map(({ index }) => index)).toEqual([0, 1, 2]);
    const chosen = await ask<JobsAnswer>('', { query: { ids: `${single},${array}` } });
    expect(chosen.jobs.map(({ name }) => name)).toEqual(['single', 'array']);
  });

  it('tells of one job, of a child and of an array what their pages show', async () => {
    for (const jobId of [single, array, `${array}:1`, follower]) {
      const asked = await ask<JobAnswer>(`/${encodeURIComponent(jobId)}`);
      const shown = await visitor.read<JobAnswer>(`/_console/jobs/${encodeURIComponent(jobId)}`);
      expect({ ...asked, nowMs: 0 }, jobId).toEqual({ ...shown, nowMs: 0 });
    }
    const { attempts, timeline, logs, row } = await ask<JobAnswer>(`/${single}`);
    expect([attempts.length, logs.length, row.exitCode]).toEqual([2, 2, 3]);
    expect(timeline.at(-1)?.status).toBe('FAILED');
  });

  it('tells the states of all children, and what hangs together', async () => {
    const { seq: _seq, ...shown } = await visitor.read<CellsAnswer>(`/_console/jobs/${array}/cells`);
    expect(await ask<Cells>(`/${array}/cells`)).toEqual(shown);
    expect(shown).toEqual({ size: 3, cells: 'SSS' });
    const workflow = await ask<WorkflowAnswer>(`/${array}/workflow`);
    expect(workflow).toEqual(await visitor.read<WorkflowAnswer>(`/_console/jobs/${array}/workflow`));
    expect(workflow.edges).toHaveLength(2);
  });

  it('gives the form of a rerun, and SubmitJob’s input for what comes back, which it does not submit', async () => {
    const form = await ask<RerunForm>(`/${single}/rerun`);
    expect(form).toEqual(await visitor.read<RerunForm>(`/_console/jobs/${single}/rerun`));
    const { queues: _queues, about: _about, ...sent } = { ...form, jobName: 'again' };
    const before = await ask<JobsAnswer>('', { query: { name: 'again' } });
    const { submitJob } = await ask<RerunInput>(`/${single}/rerun`, { method: 'POST', body: sent });
    expect(submitJob).toMatchObject({ jobName: 'again', jobQueue: 'default', tags: { team: 'blue' } });
    expect(before.jobs).toEqual([]);
    expect((await ask<JobsAnswer>('', { query: { name: 'again' } })).jobs).toEqual([]);
    const { jobId = '' } = await batch.submitJob(submitJob as Parameters<typeof batch.submitJob>[0]);
    expect((await ask<JobAnswer>(`/${jobId}`)).row).toMatchObject({ name: 'again' });
  });

  it.each([
    ['a filter', '', { query: { status: 'DONE' } }, 'status must be one of'],
    ['an unknown queue', '', { query: { queue: 'none' } }, 'queue must be a job queue of us-east-1'],
    ['what is no id', '/any', {}, 'Job "any" does not exist in us-east-1.'],
    ['an unknown job', `/00000000-0000-4000-8000-000000000000/cells`, {}, 'does not exist'],
    ['a form that is none', '/SINGLE/rerun', { method: 'POST', body: { jobName: 'x' } }, 'rerun.queue'],
    ['cells of what is no array', '/SINGLE/cells', {}, 'is no array'],
    ['a job of another Region', '/SINGLE', { region: 'eu-west-1' }, 'does not exist in eu-west-1'],
  ] as const)('is refused for %s', async (_what, path, asking, message) => {
    await expect(ask(path.replace('SINGLE', single), asking)).rejects.toMatchObject({
      name: 'ClientException',
      message: expect.stringContaining(message),
    });
  });
});

describe('a key with a policy', () => {
  async function keyFor(name: string, ...actions: string[]): Promise<NonNullable<Asking['credentials']>> {
    const policy = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
    };
    await writeFile(join(folder, `${name}.json`), JSON.stringify(policy));
    const args = ['keys', 'create', '--name', name, '--policy', `${name}.json`, '--json'];
    const shown = await captureCli(args, { cwd: folder });
    if (shown.code !== 0) throw new Error(shown.err);
    return JSON.parse(shown.out) as NonNullable<Asking['credentials']>; // as `keys create --json` prints it
  }

  it('needs for each what lists and describes jobs, and no more', async () => {
    const lister = { credentials: await keyFor('lister', 'batch:ListJobs') };
    const reader = { credentials: await keyFor('reader', 'batch:ListJobs', 'batch:Describe*') };
    expect(await ask<Cells>(`/${array}/cells`, lister)).toMatchObject({ size: 3 });
    for (const [path, action] of [
      ['', 'DescribeJobs'],
      [`/${single}`, 'DescribeJobs'],
      [`/${single}/workflow`, 'DescribeJobs'],
      [`/${single}/rerun`, 'DescribeJobs'],
    ] as const) {
      await expect(ask(path, lister)).rejects.toMatchObject({
        name: 'AccessDeniedException',
        message: expect.stringContaining(`batch:${action}`),
      });
      expect(await ask<object>(path, reader)).toBeDefined();
    }
  });

  it('leaves a record of each call, without the values of variables', async () => {
    const reader = { credentials: await keyFor('recorded', 'batch:ListJobs', 'batch:Describe*') };
    await ask('', { query: { name: 'single' }, ...reader });
    const form = await ask<RerunForm>(`/${single}/rerun`, reader);
    const { queues: _queues, about: _about, ...sent } = form;
    await ask(`/${single}/rerun`, { method: 'POST', body: sent, ...reader });
    await ask('/any', reader).catch(() => undefined);
    const shown = await captureCli(['audit', '--user', 'recorded', '--json', '--since', '1h'], {
      cwd: folder,
    });
    const records = shown.out
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(records).toMatchObject([
      { eventName: 'SearchJobs', readOnly: true, requestParameters: { query: { name: 'single' } } },
      { eventName: 'PrepareRerun', readOnly: true, requestParameters: { jobId: single } },
      { eventName: 'PrepareRerun', readOnly: true, requestParameters: { rerun: { jobName: 'single' } } },
      { eventName: 'InspectJob', errorCode: 'ClientException', requestParameters: { jobId: 'any' } },
    ]);
    expect(shown.out).not.toContain('open sesame');
  });
});
