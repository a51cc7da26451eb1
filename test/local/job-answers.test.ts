// What a job cost, what hangs on it and how the whole stands, asked of a real server with signed calls.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Batch } from '@aws-sdk/client-batch';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { requestJson, ServiceError } from '../../bin/signed-request.ts';
import type { LocalServer } from '../../local/server.ts';
import { aLocalServer, batchOf } from './a-local-server.ts';

let folder: string;
let server: LocalServer;
let batch: Batch;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-answers-'));
  server = await aLocalServer({
    dataDir: join(folder, '.slipway'),
    vcpus: 1,
    memoryMiB: 1_024,
    environment: { HOME: folder },
  });
  batch = batchOf(server);
});
afterAll(async () => {
  batch.destroy();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const ask = (path: string): Promise<unknown> =>
  requestJson({ ...server, foundIn: 'test' }, { service: 'batch', method: 'GET', path: `/_slipway/${path}` });

async function submit(jobName: string, more: object = {}): Promise<string> {
  const containerOverrides = { command: ['true'] };
  const input = { jobName, jobQueue: 'default', jobDefinition: 'shell', containerOverrides, ...more };
  return (await batch.submitJob(input)).jobId ?? '';
}

async function ended(jobId: string): Promise<void> {
  const status = async () => (await batch.describeJobs({ jobs: [jobId] })).jobs?.[0]?.status;
  await expect.poll(status, { interval: 20, timeout: 10_000 }).toMatch(/SUCCEEDED|FAILED/);
}

it('a job that ran here cost nothing, and Fargate would have taken a minute of its time', async () => {
  const jobId = await submit('priced', { arrayProperties: { size: 2 } });
  await ended(jobId);
  expect(await ask(`jobs/${jobId}/cost`)).toMatchObject({
    jobId,
    usd: 0,
    usdInAws: expect.closeTo((2 * (0.04048 + 0.004445 / 2)) / 60, 6),
    isFinal: true,
    childrenPriced: 2,
    attemptCount: 2,
  });
});

it('the graph of a child is that of its array, with the child that is waited for', async () => {
  const first = await submit('first', { arrayProperties: { size: 2 } });
  const second = await submit('second', { dependsOn: [{ jobId: `${first}:1` }] });
  await ended(second);
  const graph = {
    nodes: [
      { jobId: first, jobName: 'first', status: 'SUCCEEDED', array: { size: 2, succeeded: 2, failed: 0 } },
      { jobId: second, jobName: 'second', status: 'SUCCEEDED', queue: 'default' },
    ],
    edges: [{ from: first, to: second, kind: 'SUCCESS', child: `${first}:1` }],
    more: false,
  };
  expect(await ask(`jobs/${first}:0/graph`)).toMatchObject({ jobId: first, ...graph });
});

it('an overview has the queues, the environments, what happened lately and the jobs that wait', async () => {
  const jobId = await submit('too-big', {
    containerOverrides: { resourceRequirements: [{ type: 'VCPU', value: '64' }] },
  });
  const held = await submit('waits', { dependsOn: [{ jobId }] });
  const overview = async () => JSON.stringify(await ask('overview'));
  await expect.poll(overview, { interval: 20, timeout: 10_000 }).toContain(held);
  expect(await ask('overview')).toMatchObject({
    queues: [{ name: 'default', byState: { SUCCEEDED: { more: false } } }],
    environments: [{ name: 'local', vcpus: { used: expect.any(Number), max: 1 } }],
    history: { spanMs: 5_000, started: expect.any(Array) },
    jobs: expect.arrayContaining([expect.objectContaining({ jobId: held, queue: 'default' })]),
    moreJobs: false,
  });
});

it('the server tells what it is, and where the output of jobs is', async () => {
  expect(await ask('home')).toEqual({
    kind: 'local',
    account: '123456789012',
    region: 'us-east-1',
    runtime: 'process',
    logGroups: { jobs: '/aws/batch/job' },
  });
});

it('a job that is not there has neither', async () => {
  const gone = '00000000-0000-4000-8000-000000000000';
  for (const verb of ['cost', 'graph']) {
    await expect(ask(`jobs/${gone}/${verb}`)).rejects.toThrow(ServiceError);
  }
});
