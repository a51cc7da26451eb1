// The local home as its clients meet it: over HTTP, signed, with real processes as jobs.
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Batch } from '@aws-sdk/client-batch';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { ECS } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalServer } from '../../local/server.ts';
import type { LocalOptions } from '../../local/local-options.ts';
import { aLocalServer, batchOf } from './a-local-server.ts';

let dataDir: string;
const open: LocalServer[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'slipway-local-'));
});
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(given: Partial<LocalOptions> = {}): Promise<LocalServer> {
  const server = await aLocalServer({
    dataDir,
    memoryMiB: 8_192,
    ...given,
  });
  open.push(server);
  return server;
}

async function run(batch: Batch, command: string[], more: object = {}) {
  const { jobId = '' } = await batch.submitJob({
    jobName: 'job',
    jobQueue: 'default',
    jobDefinition: 'shell',
    containerOverrides: { command },
    ...more,
  });
  return ended(batch, jobId);
}

async function ended(batch: Batch, jobId: string) {
  return expect
    .poll(async () => (await batch.describeJobs({ jobs: [jobId] })).jobs?.[0], {
      timeout: 10_000,
      interval: 10,
    })
    .toSatisfy((job) => job?.status === 'SUCCEEDED' || job?.status === 'FAILED')
    .then(async () => (await batch.describeJobs({ jobs: [jobId] })).jobs?.[0]);
}

describe('a job over the wire', () => {
  it('runs as a process, and its output is in CloudWatch Logs under its stream', async () => {
    const server = await start({ jobEnvironment: { FROM_OPERATOR: 'yes' } });
    const batch = batchOf(server);
    const job = await run(batch, [
      'sh',
      '-c',
      'echo "$AWS_BATCH_JQ_NAME $FROM_OPERATOR"; echo oops >&2; exit 3',
    ]);
    expect(job).toMatchObject({
      status: 'FAILED',
      statusReason: 'Essential container in task exited',
      container: { exitCode: 3 },
    });
    const logs = new CloudWatchLogs({
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: { ...server.credentials },
    });
    const { events = [] } = await logs.getLogEvents({
      logGroupName: '/aws/batch/job',
      logStreamName: job?.container?.logStreamName ?? '',
      startFromHead: true,
    });
    expect(events.map(({ message }) => message)).toEqual(['default yes', 'oops']);
    // The file is made a moment before the process runs, and file times are as coarse as the kernel's clock tick.
    expect(events.every(({ timestamp = 0 }) => Math.abs(timestamp - (job?.startedAt ?? 0)) < 1_000)).toBe(
      true,
    );
  });

  it('has a task behind it that ECS describes', async () => {
    const server = await start();
    const job = await run(batchOf(server), ['true']);
    const { computeEnvironments = [] } = await batchOf(server).describeComputeEnvironments({
      computeEnvironments: ['local'],
    });
    const ecs = new ECS({
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: { ...server.credentials },
    });
    const { tasks = [] } = await ecs.describeTasks({
      cluster: computeEnvironments[0]?.ecsClusterArn ?? '',
      tasks: [job?.container?.taskArn ?? ''],
    });
    expect(tasks).toMatchObject([{ lastStatus: 'STOPPED', containers: [{ exitCode: 0 }] }]);
  });

  it('keeps Regions apart, each with its own defaults', async () => {
    const server = await start();
    const job = await run(batchOf(server, 'eu-west-1'), ['true']);
    expect(job?.jobArn).toContain(':eu-west-1:');
    const elsewhere = await batchOf(server).describeJobs({ jobs: [job?.jobId ?? ''] });
    expect(elsewhere.jobs).toEqual([]);
  });

  it('goes on when the server is started again, and so does the queue', async () => {
    const first = await start({ vcpus: 1 });
    const batch = batchOf(first);
    const running = await batch.submitJob({
      jobName: 'long',
      jobQueue: 'default',
      jobDefinition: 'shell',
      containerOverrides: { command: ['sh', '-c', 'sleep 0.5; exit 7'] },
    });
    const waiting = await batch.submitJob({ jobName: 'next', jobQueue: 'default', jobDefinition: 'shell' });
    await expect
      .poll(async () => (await batch.describeJobs({ jobs: [running.jobId ?? ''] })).jobs?.[0]?.status)
      .toBe('RUNNING');
    await first.close();
    open.splice(0);
    const second = await start({ vcpus: 1 });
    expect(second.credentials).toEqual(first.credentials);
    expect(await ended(batchOf(second), running.jobId ?? '')).toMatchObject({
      container: { exitCode: 7 },
      attempts: [{}],
    });
    expect(await ended(batchOf(second), waiting.jobId ?? '')).toMatchObject({ status: 'SUCCEEDED' });
  });
});

describe('a caller', () => {
  it('without a signature is refused, whatever it asks for', async () => {
    const { endpoint } = await start();
    for (const [path, init] of [
      ['/v1/submitjob', { method: 'POST', body: '{}' }],
      ['/_local/events', {}],
      ['/_slipway/jobs/00000000-0000-4000-8000-000000000001/why', {}],
    ] as const) {
      const answer = await fetch(`${endpoint}${path}`, init);
      expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([
        403,
        'MissingAuthenticationTokenException',
      ]);
    }
  });

  it('with a wrong secret is refused, and with a key of the user’s own AWS configuration is not', async () => {
    const server = await start();
    const wrong = { ...server.credentials, secretAccessKey: 'wrong' };
    await expect(batchOf({ ...server, credentials: wrong }).describeJobQueues({})).rejects.toMatchObject({
      name: 'InvalidSignatureException',
      $metadata: { httpStatusCode: 403 },
    });
    const own = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
    await expect(batchOf({ ...server, credentials: own }).describeJobQueues({})).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
    await rm(join(dataDir, '.aws'), { recursive: true, force: true });
    await import('node:fs/promises').then(({ mkdir }) => mkdir(join(dataDir, '.aws')));
    const profile = '[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret\n';
    await writeFile(join(dataDir, '.aws', 'credentials'), profile);
    await expect
      .poll(
        () =>
          batchOf({ ...server, credentials: own })
            .describeJobQueues({})
            .then(({ jobQueues }) => jobQueues?.length),
        {
          timeout: 5_000,
          interval: 300,
        },
      )
      .toBe(1);
  });
});

describe('reset', () => {
  it('does not exist unless it was allowed', async () => {
    const { endpoint } = await start();
    const answer = await fetch(`${endpoint}/_local/reset`, { method: 'POST' });
    expect(answer.status).toBe(404);
  });

  it('stops everything, empties every Region and keeps the keys', async () => {
    const server = await start({ allowReset: true });
    const batch = batchOf(server);
    const { jobId = '' } = await batch.submitJob({
      jobName: 'endless',
      jobQueue: 'default',
      jobDefinition: 'shell',
      containerOverrides: { command: ['sh', '-c', 'echo $$ >pid; pwd; exec sleep 1000'] },
    });
    await expect
      .poll(async () => (await batch.describeJobs({ jobs: [jobId] })).jobs?.[0]?.status)
      .toBe('RUNNING');
    const fromPage = await fetch(`${server.endpoint}/_local/reset`, {
      method: 'POST',
      headers: { origin: 'http://evil.example' },
    });
    expect(fromPage.status).toBe(403);
    expect((await fetch(`${server.endpoint}/_local/reset`, { method: 'POST' })).status).toBe(200);
    expect((await batch.describeJobs({ jobs: [jobId] })).jobs).toEqual([]);
    expect(await run(batch, ['true'])).toMatchObject({ status: 'SUCCEEDED' });
  });
});

describe('starting', () => {
  it('leaves the endpoint and the keys in a file only their owner can read, and takes it away at the end', async () => {
    const server = await start();
    const file = join(dataDir, 'endpoint.json');
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      endpoint: server.endpoint,
      ...server.credentials,
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await server.close();
    open.splice(0);
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('on a port in use says so, or takes another when that was asked for', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    try {
      await expect(start({ port })).rejects.toMatchObject({
        name: 'PortInUseError',
        message: expect.stringContaining(String(port)),
      });
      const server = await start({ port, portFallback: true });
      expect(server.endpoint).not.toContain(`:${port}`);
    } finally {
      other.close();
    }
  });

  it('on a data folder that another server uses says so at once and harms nobody', async () => {
    const first = await start();
    await expect(start()).rejects.toMatchObject({ name: 'StoreInUseError' });
    expect(await run(batchOf(first), ['true'])).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('on data of a newer version says so and changes nothing', async () => {
    const file = join(dataDir, 'slipway.db');
    await (await start()).close();
    open.splice(0);
    const db = new DatabaseSync(file);
    db.exec('PRAGMA user_version = 9999');
    db.close();
    const before = await readFile(file);
    await expect(start()).rejects.toMatchObject({ name: 'StoreVersionError' });
    expect(await readFile(file)).toEqual(before);
  });

  it('on a file that is no store says so', async () => {
    await writeFile(
      join(dataDir, 'slipway.db'),
      'this is not a database, and long enough to be read as one'.repeat(50),
    );
    await expect(start()).rejects.toMatchObject({ name: 'StoreCorruptError' });
  });

  it('with Docker asked for where none answers says what to do', async () => {
    const environment = { HOME: dataDir, DOCKER_HOST: `unix://${dataDir}/none.sock` };
    await expect(start({ runtime: 'docker', environment })).rejects.toMatchObject({
      name: 'RuntimeUnavailableError',
    });
  });
});
