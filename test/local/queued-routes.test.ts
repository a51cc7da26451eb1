// Hold, release and priority over HTTP, signed, and by the command line.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Batch } from '@aws-sdk/client-batch';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { changeQueuedJob } from '../../bin/change-queued-job.ts';
import { askWhy } from '../../bin/ask-why.ts';
import { requestJson } from '../../bin/signed-request.ts';
import type { LocalServer } from '../../local/server.ts';
import { aLocalServer, batchOf } from './a-local-server.ts';
import { captureCli, type Shown } from '../bin/capture-cli.ts';

let dataDir: string;
let server: LocalServer;
let batch: Batch;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'slipway-queued-'));
  server = await aLocalServer({
    dataDir: join(dataDir, '.slipway'),
    vcpus: 1,
    memoryMiB: 1_024,
    environment: { HOME: dataDir },
  });
  batch = batchOf(server);
});
afterEach(async () => {
  await go();
  // A process that outlived its folder would wait for ever.
  await vi.waitUntil(async () => (await runningJobs()).length === 0, { timeout: 10_000, interval: 20 });
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
});

const cliServer = () => ({ ...server, foundIn: 'test' });
const slipway = (...args: string[]): Promise<Shown> => captureCli(args, { cwd: dataDir });

async function submit(command: readonly string[], more: object = {}): Promise<string> {
  const input = { jobName: 'job', jobQueue: 'default', jobDefinition: 'shell', ...more };
  return (await batch.submitJob({ ...input, containerOverrides: { command: [...command] } })).jobId ?? '';
}
async function statusOf(jobId: string): Promise<string | undefined> {
  return (await batch.describeJobs({ jobs: [jobId] })).jobs?.[0]?.status;
}
const runningJobs = async (): Promise<readonly object[]> =>
  (await batch.listJobs({ jobQueue: 'default', jobStatus: 'RUNNING' })).jobSummaryList ?? [];
const until = (jobId: string, status: string): Promise<void> =>
  expect.poll(() => statusOf(jobId), { interval: 10, timeout: 10_000 }).toBe(status);
const go = (): Promise<void> => writeFile(join(dataDir, 'go'), '');
const waitForGo = (): string[] => ['sh', '-c', `until test -e ${join(dataDir, 'go')}; do sleep 0.02; done`];

describe('a job that waits', () => {
  it('is held, released and moved by signed calls', async () => {
    const first = await submit(waitForGo());
    await until(first, 'RUNNING');
    const jobId = await submit(['true']);
    await until(jobId, 'RUNNABLE');
    expect(await changeQueuedJob(cliServer(), jobId, 'hold')).toEqual({
      jobId,
      status: 'RUNNABLE',
      held: true,
      heldAt: expect.any(Number),
    });
    expect(await askWhy(cliServer(), jobId)).toMatchObject({ reason: { code: 'HELD' } });
    expect(await changeQueuedJob(cliServer(), jobId, 'priority', { priority: 7 })).toMatchObject({
      priority: 7,
    });
    expect(await changeQueuedJob(cliServer(), jobId, 'release')).toEqual({
      jobId,
      status: 'RUNNABLE',
      held: false,
      priority: 7,
    });
    await go();
    await until(jobId, 'SUCCEEDED');
  });

  it('is held, released and moved by the command line', async () => {
    const first = await submit(waitForGo());
    const jobId = await submit(['true'], { jobName: 'nightly' });
    await until(jobId, 'RUNNABLE');
    expect(await slipway('hold', 'nightly')).toMatchObject({
      code: 0,
      out: '',
      err: expect.stringMatching(/^Held /),
    });
    await go();
    await until(first, 'SUCCEEDED');
    expect((await slipway('why', jobId)).out).toMatch(/is held until it is released \[HELD\]/);
    expect((await slipway('describe', jobId)).out).toMatch(/^Why +is held until it is released$/m);
    expect(await slipway('priority', 'nightly', '10000')).toMatchObject({ code: 2 });
    expect((await slipway('priority', 'nightly', '3', '--json')).out).toContain('"priority": 3');
    expect(await slipway('release', jobId)).toMatchObject({ code: 0 });
    await until(jobId, 'SUCCEEDED');
  });
});

describe('a call about a job’s place in line', () => {
  const call = (path: string, body: string, region = 'us-east-1'): Promise<unknown> =>
    requestJson({ ...cliServer(), region }, { service: 'batch', method: 'POST', path, body });

  it('is refused without a signature', async () => {
    for (const verb of ['hold', 'release', 'priority']) {
      const path = `/_slipway/jobs/00000000-0000-4000-8000-000000000001/${verb}`;
      const answer = await fetch(`${server.endpoint}${path}`, { method: 'POST', body: '{}' });
      expect(answer.status).toBe(403);
    }
  });

  it.each([
    ['{}', 'priority must be a number, but is absent.'],
    ['{"priority":"7"}', 'priority must be a number, but is "7".'],
    ['{"priority":10000}', 'priority must be a whole number from 0 to 9999, but is 10000.'],
    ['{"priority":1.5}', 'priority must be a whole number from 0 to 9999, but is 1.5.'],
  ])('refuses the priority %s', async (body, message) => {
    const jobId = await submit(['true']);
    await expect(call(`/_slipway/jobs/${jobId}/priority`, body)).rejects.toMatchObject({ message });
  });

  it('is refused for a job that runs, is not here, or is none', async () => {
    const jobId = await submit(waitForGo());
    await until(jobId, 'RUNNING');
    const message = `Job ${jobId} is RUNNING; only a job that waits has a place in line.`;
    await expect(call(`/_slipway/jobs/${jobId}/hold`, '{}')).rejects.toMatchObject({
      name: 'ClientException',
      message,
    });
    await expect(call(`/_slipway/jobs/${jobId}/hold`, '{}', 'eu-west-1')).rejects.toMatchObject({
      message: `Job ${jobId} does not exist in eu-west-1.`,
      $metadata: { httpStatusCode: 404 },
    });
    await expect(call('/_slipway/jobs/nightly/hold', '{}')).rejects.toMatchObject({
      name: 'ClientException',
    });
    await expect(call(`/_slipway/jobs/${jobId}%230/hold`, '{}')).rejects.toMatchObject({
      message: expect.stringContaining('does not exist'),
    });
  });
});

it('tells by why and describe what the runtime could not honour', async () => {
  await batch.registerJobDefinition({
    jobDefinitionName: 'picky',
    type: 'container',
    containerProperties: { image: 'busybox', vcpus: 1, memory: 64, command: ['true'], user: '1000' },
  });
  const jobId = await submit(['true'], { jobDefinition: 'picky' });
  await until(jobId, 'SUCCEEDED');
  const why = await askWhy(cliServer(), jobId);
  expect(why.notes).toEqual([{ attempt: 1, note: expect.stringContaining('without: image, user') }]);
  expect((await slipway('why', jobId)).out).toMatch(/\nnot as asked: .*without: image, user/);
  expect((await slipway('describe', jobId)).out).toMatch(/^Not as asked +.*without: image, user/m);
});
