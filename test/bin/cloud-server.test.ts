// A server in an AWS account, as commands reach it: two stand-ins, one behind API Gateway's signature, one for CloudWatch Logs.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { askedOnce, cloudServer, isCloudEndpoint } from '../../bin/cloud-server.ts';
import type { Server } from '../../bin/server.ts';
import { readLogTail } from '../../bin/job-log.ts';
import { requestJson } from '../../bin/signed-request.ts';
import type { Terminal } from '../../bin/terminal.ts';
import { openBatch, visitServer } from '../../bin/use-server.ts';
import { aJob, FakeError, keys, startFakeServer, type FakeServer } from './fake-server.ts';

let gateway: FakeServer;
let logs: FakeServer;
let server: Server;
beforeEach(async () => {
  [gateway, logs] = [await startFakeServer(), await startFakeServer()];
  server = {
    endpoint: gateway.endpoint,
    region: 'eu-west-1',
    credentials: async () => keys,
    foundIn: '--endpoint',
    signsFor: 'execute-api',
    logsEndpoint: logs.endpoint,
  };
});
afterEach(async () => {
  await gateway.close();
  await logs.close();
});

const scopes = (fake: FakeServer): readonly string[] => fake.calls.map(({ scope }) => scope);

test.each([
  ['https://abc123.execute-api.eu-west-1.amazonaws.com', true],
  ['https://abc123-vpce-1.execute-api.eu-west-1.amazonaws.com', true],
  ['http://127.0.0.1:7411', false],
  ['https://batch.eu-west-1.amazonaws.com', false],
])('%s is behind API Gateway: %s', (endpoint, is) => expect(isCloudEndpoint(endpoint)).toBe(is));

describe('calls', () => {
  test('of the Batch client are signed for API Gateway', async () => {
    const job = aJob();
    gateway.jobs.push(job);
    const batch = await openBatch(server);
    const { jobs } = await batch.describeJobs({ jobs: [job.jobId ?? ''] });
    batch.destroy();
    expect(jobs).toHaveLength(1);
    expect(scopes(gateway)).toEqual(['eu-west-1/execute-api/aws4_request']);
  });

  test('beside it are, too', async () => {
    gateway.answers.set('/_slipway/overview', () => ({}));
    await requestJson(server, { service: 'batch', method: 'GET', path: '/_slipway/overview' });
    expect(scopes(gateway)).toEqual(['eu-west-1/execute-api/aws4_request']);
  });

  test('for logs go to CloudWatch Logs, signed for it', async () => {
    logs.logs.set('stream', ['one', 'two']);
    expect((await readLogTail(server, { name: 'stream' }, 5)).events.map(({ message }) => message)).toEqual([
      'one',
      'two',
    ]);
    expect(scopes(logs)).toEqual(['eu-west-1/logs/aws4_request']);
    expect(gateway.calls).toEqual([]);
  });

  test('for logs are made again when there were too many', async () => {
    logs.logs.set('stream', ['one']);
    let refused = 0;
    logs.answers.set('GetLogEvents', () => {
      if (refused++ < 2) throw new FakeError(400, 'ThrottlingException', 'Rate exceeded');
      return undefined;
    });
    expect((await readLogTail(server, { name: 'stream' }, 5)).events).toHaveLength(1);
    expect(logs.calls).toHaveLength(3);
  });
});

const endpoint = 'http://abc.execute-api.eu-west-1.amazonaws.com.invalid';
const env = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: keys.accessKeyId,
  AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
};

describe('the group of a log', () => {
  const groups = (): readonly unknown[] => logs.calls.map(({ body }) => body['logGroupName']);
  const withHome = (): Server => ({ ...server, jobLogGroup: async () => '/team/jobs' });

  test('is the one that the definition names, else the one that the server tells, else AWS Batch’s own', async () => {
    logs.logs.set('stream', ['one']);
    await readLogTail(withHome(), { name: 'stream', group: '/my/jobs' }, 5);
    await readLogTail(withHome(), { name: 'stream' }, 5);
    await readLogTail(server, { name: 'stream' }, 5);
    expect(groups()).toEqual(['/my/jobs', '/team/jobs', '/aws/batch/job']);
  });

  test('is asked for once, and is AWS Batch’s own where that is not told', async () => {
    const answers = [{ region: 'eu-west-1', logGroups: { jobs: '/team/jobs' } }, undefined];
    const asked = answers.map(async (answer) => {
      const fake = await startFakeServer();
      if (answer) fake.answers.set('/_slipway/home', () => answer);
      const told = askedOnce({ ...server, endpoint: fake.endpoint });
      const found = [await told(), await told()];
      await fake.close();
      return [found, fake.calls.length];
    });
    expect(await Promise.all(asked)).toEqual([
      [['/team/jobs', '/team/jobs'], 1],
      [[undefined, undefined], 1],
    ]);
  });
});

describe('a command', () => {
  test('that finds nobody there says where the address is told', async () => {
    const terminal: Pick<Terminal, 'env'> = { env };
    const found = cloudServer(terminal as Terminal, endpoint, '--endpoint', {});
    expect(found.credentials).toBeTypeOf('function');
    const away = { ...found, endpoint: 'http://127.0.0.1:1', credentials: async () => keys };
    const asked = visitServer(away, () => requestJson(away, { service: 'batch', method: 'GET', path: '/x' }));
    await expect(asked).rejects.toMatchObject({
      exitCode: 3,
      hint: expect.stringContaining('outputs of its stack'),
    });
  });

  test('that the gateway refuses says what the identity needs', async () => {
    gateway.answers.set('/_slipway/overview', () => {
      throw new FakeError(403, '', 'Forbidden');
    });
    const asked = visitServer(server, () =>
      requestJson(server, { service: 'batch', method: 'GET', path: '/_slipway/overview' }),
    );
    await expect(asked).rejects.toMatchObject({ hint: expect.stringContaining('execute-api:Invoke') });
  });
});
