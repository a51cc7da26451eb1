// Keys with policies, and the audit trail, over a real server: two callers, one of them bound by tags and queue.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Batch } from '@aws-sdk/client-batch';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestJson } from '../../bin/signed-request.ts';
import type { LocalServer } from '../../local/server.ts';
import { aLocalServer, batchOf } from './a-local-server.ts';
import { captureCli, type Shown } from '../bin/capture-cli.ts';

const ACCOUNT = '123456789012';
const BASE = `arn:aws:batch:us-east-1:${ACCOUNT}`;
const POLICY = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: ['batch:Describe*', 'batch:List*'], Resource: '*' },
    {
      Effect: 'Allow',
      Action: 'batch:SubmitJob',
      Resource: ['arn:aws:batch:*:*:job-queue/default', 'arn:aws:batch:*:*:job-definition/shell'],
      Condition: { StringEquals: { 'aws:RequestTag/team': '${aws:username}' } },
    },
    { Effect: 'Allow', Action: 'batch:TagResource', Resource: 'arn:aws:batch:*:*:job/*' },
    {
      Effect: 'Allow',
      Action: ['batch:TerminateJob', 'batch:CancelJob'],
      Resource: 'arn:aws:batch:*:*:job/*',
      Condition: { StringEquals: { 'aws:ResourceTag/team': '${aws:username}' } },
    },
    { Effect: 'Deny', Action: 'batch:DeregisterJobDefinition', Resource: '*' },
  ],
};

let folder: string;
let server: LocalServer;
let owner: Batch;
let ci: Batch;
let ciKey: { accessKeyId: string; secretAccessKey: string };
const clients: Batch[] = [];

const batchWith = (credentials: { accessKeyId: string; secretAccessKey: string }): Batch => {
  const client = batchOf({ ...server, credentials });
  clients.push(client);
  return client;
};
const slipway = (...args: string[]): Promise<Shown> => captureCli(args, { cwd: folder });
async function makeKey(name: string, ...args: string[]): Promise<typeof ciKey> {
  const shown = await slipway('keys', 'create', '--name', name, '--json', ...args);
  if (shown.code !== 0) throw new Error(shown.err);
  return JSON.parse(shown.out) as typeof ciKey;
}

async function start(): Promise<void> {
  server = await aLocalServer({
    dataDir: join(folder, '.slipway'),
    vcpus: 1,
    memoryMiB: 1_024,
    account: ACCOUNT,
    environment: { HOME: folder },
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-access-'));
  await start();
  await writeFile(join(folder, 'ci.json'), JSON.stringify(POLICY));
  owner = batchWith(server.credentials);
  ciKey = await makeKey('ci', '--policy', 'ci.json');
  ci = batchWith(ciKey);
  // Nothing is to run: what is submitted waits.
  await owner.describeJobQueues({});
  await owner.updateComputeEnvironment({ computeEnvironment: 'local', state: 'DISABLED' });
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const submission = (tags?: Record<string, string>) => ({
  jobName: 'job',
  jobQueue: 'default',
  jobDefinition: 'shell',
  ...(tags && { tags }),
});
const refused = (action: string, resource: string, because: string) => ({
  name: 'AccessDeniedException',
  message: `User: arn:aws:iam::${ACCOUNT}:user/ci is not authorized to perform: ${action} on resource: ${resource} ${because}`,
  $metadata: { httpStatusCode: 403 },
});
const notAllowed = (action: string, resource: string) =>
  refused(action, resource, `because no identity-based policy allows the ${action} action`);

describe('a key with a policy', () => {
  it('submits with its own tag, and not without it or with another', async () => {
    expect((await ci.submitJob(submission({ team: 'ci' }))).jobId).toBeDefined();
    const queue = `${BASE}:job-queue/default`;
    await expect(ci.submitJob(submission())).rejects.toMatchObject(notAllowed('batch:SubmitJob', queue));
    await expect(ci.submitJob(submission({ team: 'ops' }))).rejects.toMatchObject(
      notAllowed('batch:SubmitJob', queue),
    );
  });

  it('submits to the queue and by the definition it may, and to no other', async () => {
    const tags = { team: 'ci' };
    await expect(ci.submitJob({ ...submission(tags), jobQueue: 'gold' })).rejects.toMatchObject(
      notAllowed('batch:SubmitJob', `${BASE}:job-queue/gold`),
    );
    // By revision, the revision is asked for.
    await expect(ci.submitJob({ ...submission(tags), jobDefinition: 'shell:1' })).rejects.toMatchObject(
      notAllowed('batch:SubmitJob', `${BASE}:job-definition/shell:1`),
    );
  });

  it('ends the jobs with its tag, and no others', async () => {
    const own = (await ci.submitJob(submission({ team: 'ci' }))).jobId ?? '';
    const other = (await owner.submitJob(submission({ team: 'ops' }))).jobId ?? '';
    await ci.terminateJob({ jobId: own, reason: 'mine' });
    await expect(ci.terminateJob({ jobId: other, reason: 'not mine' })).rejects.toMatchObject(
      notAllowed('batch:TerminateJob', `${BASE}:job/${other}`),
    );
    await expect(
      ci.terminateJob({ jobId: own.replace(/^./, '0').replace(/.$/, '0'), reason: 'x' }),
    ).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  it('ends what it may of several jobs, and is told of the rest', async () => {
    const own = (await ci.submitJob(submission({ team: 'ci' }))).jobId ?? '';
    const other = (await owner.submitJob(submission({ team: 'ops' }))).jobId ?? '';
    const body = JSON.stringify({ jobs: [own, other], reason: 'x' });
    const answer = await requestJson(
      { endpoint: server.endpoint, region: 'us-east-1', credentials: ciKey, foundIn: 'test' },
      {
        service: 'batch',
        method: 'POST',
        path: '/v1/terminatejobs',
        body,
        headers: { 'content-type': 'application/json' },
      },
    );
    expect(answer).toEqual({
      successful: [own],
      errors: [
        {
          job: other,
          code: 'AccessDenied',
          message: notAllowed('batch:TerminateJob', `${BASE}:job/${other}`).message,
        },
      ],
    });
    const { jobs = [] } = await owner.describeJobs({ jobs: [other] });
    expect(jobs).toMatchObject([{ status: 'RUNNABLE' }]);
  });

  it('is told when a denial stands in its way', async () => {
    await expect(ci.deregisterJobDefinition({ jobDefinition: 'shell:1' })).rejects.toMatchObject(
      refused(
        'batch:DeregisterJobDefinition',
        `${BASE}:job-definition/shell:1`,
        'with an explicit deny in an identity-based policy',
      ),
    );
  });

  it('reaches nothing beside the Batch API that it was not given', async () => {
    const logs = new CloudWatchLogs({
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: { ...ciKey },
      maxAttempts: 1,
    });
    await expect(logs.describeLogGroups({})).rejects.toMatchObject({ name: 'AccessDeniedException' });
    logs.destroy();
    const other = (await owner.submitJob(submission({ team: 'ops' }))).jobId ?? '';
    const env = {
      AWS_ENDPOINT_URL_BATCH: server.endpoint,
      AWS_ACCESS_KEY_ID: ciKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ciKey.secretAccessKey,
    };
    const asCi = (...args: string[]): Promise<Shown> => captureCli(args, { cwd: folder, env });
    expect((await asCi('hold', other)).err).toContain(
      `not authorized to perform: batch:CancelJob on resource: ${BASE}:job/${other}`,
    );
    expect((await asCi('why', other)).code).toBe(0);
    for (const args of [
      ['keys', 'list'],
      ['keys', 'create', '--name', 'x', '--full-access'],
      ['audit'],
      ['console', '--no-open'],
    ]) {
      expect((await asCi(...args)).err).toContain('is not authorized to perform: slipway:');
    }
  });
});

describe('keys', () => {
  it('are listed without secrets, replaced and deleted', async () => {
    const first = await makeKey('ops', '--full-access');
    const asFirst = batchWith(first);
    await asFirst.listJobs({ jobQueue: 'default' });
    const listed = await slipway('keys', 'list');
    expect(listed.out).toMatch(new RegExp(`${first.accessKeyId} +ops +full`));
    expect(listed.out + (await slipway('keys', 'list', '--json')).out).not.toContain(first.secretAccessKey);
    const rotated = await slipway('keys', 'rotate', first.accessKeyId);
    const [, id = '', secret = ''] =
      /AWS_ACCESS_KEY_ID=(\S+)\nAWS_SECRET_ACCESS_KEY=(\S+)\n/.exec(rotated.out) ?? [];
    await expect(asFirst.listJobs({ jobQueue: 'default' })).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
    const asSecond = batchWith({ accessKeyId: id, secretAccessKey: secret });
    await asSecond.listJobs({ jobQueue: 'default' });
    expect(await slipway('keys', 'delete', id)).toMatchObject({ code: 0, err: `Deleted ${id}.\n` });
    await expect(asSecond.listJobs({ jobQueue: 'default' })).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
    expect((await slipway('keys', 'delete', id)).err).toContain('accessKeyId must be that of a key');
  });

  it('that were replaced with an overlap both work until it is over', async () => {
    const old = await makeKey('slow', '--policy', 'ci.json');
    const { out } = await slipway('keys', 'rotate', old.accessKeyId, '--overlap', '1', '--json');
    const made = JSON.parse(out) as typeof ciKey & { policies: object[] };
    expect(made.policies).toEqual([POLICY]);
    for (const key of [old, made]) await batchWith(key).describeJobs({ jobs: [] });
    expect((await slipway('keys', 'list')).out).toMatch(
      new RegExp(`${old.accessKeyId} +slow +1 policy +\\S+( \\S+)? +\\d`),
    );
  });

  it('are refused without a wish for full access, and with a policy that IAM would refuse', async () => {
    expect(await slipway('keys', 'create', '--name', 'x')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Either --policy'),
    });
    await writeFile(join(folder, 'bad.json'), '{"Statement": {"Effect": "Allow", "Action": "*"}}');
    expect(await slipway('keys', 'create', '--name', 'x', '--policy', 'bad.json')).toMatchObject({
      code: 2,
      err: expect.stringContaining('policy.Statement must have exactly one of Resource and NotResource'),
    });
    expect((await slipway('keys', 'create', '--name', 'a b', '--full-access')).err).toContain(
      'name must have 1 to 64',
    );
  });
});

describe('the audit trail', () => {
  it('holds each call with its caller, its parameters without secrets, and its outcome', async () => {
    await ci.submitJob({
      ...submission({ team: 'ci' }),
      containerOverrides: { environment: [{ name: 'TOKEN', value: 'open sesame' }] },
    });
    await ci.submitJob({ ...submission(), jobName: 'refused' }).catch(() => undefined);
    const { out } = await slipway('audit', '--user', 'ci', '--event', 'SubmitJob', '--json', '--since', '1h');
    expect(out).not.toContain('open sesame');
    const records = out
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(records.slice(-2)).toMatchObject([
      {
        eventVersion: '1.11',
        eventSource: 'batch.amazonaws.com',
        eventName: 'SubmitJob',
        eventType: 'AwsApiCall',
        awsRegion: 'us-east-1',
        sourceIPAddress: '127.0.0.1',
        userAgent: expect.stringContaining('aws-sdk-js'),
        readOnly: false,
        recipientAccountId: ACCOUNT,
        userIdentity: {
          type: 'IAMUser',
          userName: 'ci',
          accessKeyId: ciKey.accessKeyId,
          arn: `arn:aws:iam::${ACCOUNT}:user/ci`,
        },
        requestParameters: {
          jobName: 'job',
          containerOverrides: { environment: [{ name: 'TOKEN', value: 'HIDDEN_DUE_TO_SECURITY_REASONS' }] },
        },
        responseElements: { jobName: 'job', jobId: expect.any(String) },
      },
      {
        errorCode: 'AccessDeniedException',
        requestParameters: { jobName: 'refused' },
        responseElements: null,
      },
    ]);
  });

  it('tells errors apart, and never the secret of a key that was made', async () => {
    const key = await makeKey('seen', '--full-access');
    const errors = (await slipway('audit', '--errors')).out.trim().split('\n');
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.every((line) => /Exception: /.test(line))).toBe(true);
    const { out } = await slipway('audit', '--event', 'CreateAccessKey', '--json');
    expect(out).toContain(key.accessKeyId);
    expect(out).not.toContain(key.secretAccessKey);
  });

  it('is followed until Ctrl-C', async () => {
    let interrupt = (): void => undefined;
    let seen = '';
    const following = captureCli(['audit', '-f', '-n', '1', '--event', 'DescribeComputeEnvironments'], {
      cwd: folder,
      onReady: (press) => (interrupt = press),
      onWrite: (text) => void (seen += text),
    });
    await owner.describeComputeEnvironments({});
    await expect.poll(() => seen, { interval: 20, timeout: 10_000 }).toContain('DescribeComputeEnvironments');
    interrupt();
    expect((await following).code).toBe(0);
  });

  it('and the keys outlive the server', async () => {
    await server.close();
    await start();
    expect((await slipway('audit', '--event', 'SubmitJob', '--user', ciKey.accessKeyId)).out).toContain(
      'SubmitJob',
    );
    await expect(batchWith(ciKey).submitJob(submission())).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    const log = await readFile(join(folder, '.slipway', 'endpoint.json'), 'utf8');
    expect(log).not.toContain(ciKey.secretAccessKey);
  });
});
