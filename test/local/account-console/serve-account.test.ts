// The console of an account as a browser meets it, request by request: who may come in, what is passed on, what is said of refusals.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Batch } from '@aws-sdk/client-batch';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type {
  CellsAnswer,
  EventsAnswer,
  JobAnswer,
  JobsAnswer,
  LogAnswer,
  RerunForm,
  SessionAnswer,
  WorkflowAnswer,
} from '../../../api/console/wire.ts';
import { fixedCredentials } from '../../../local/account-console/caller-credentials.ts';
import type { AccountConsole } from '../../../local/account-console/serve-account.ts';
import { startAccountConsole } from '../../../local/account-console/serve-account.ts';
import type { LocalServer } from '../../../local/server.ts';
import { startLocal } from '../../../local/server.ts';
import { awsError } from '../../adapters/cloudwatch/a-log-group.ts';
import type { Visitor } from '../console/a-visitor.ts';
import { aVisitor, signedIn, tokenIn } from '../console/a-visitor.ts';
import type { CloudWatch } from './a-cloud-watch.ts';
import { ACCOUNT_HOME, aCloudWatch } from './a-cloud-watch.ts';
import type { Gateway } from './a-gateway.ts';
import { aGateway, CALLER } from './a-gateway.ts';

let dataDir: string;
let server: LocalServer;
let batch: Batch;
let gateway: Gateway;
let cloudWatch: CloudWatch;
let served: AccountConsole;
let visitor: Visitor;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'slipway-account-'));
  server = await startLocal({
    port: 0,
    portFallback: false,
    dataDir,
    runtime: 'process',
    vcpus: 4,
    memoryMiB: 4_096,
    account: '123456789012',
    accessKeys: [],
    allowReset: true,
    jobEnvironment: {},
    log: () => undefined,
    environment: { HOME: dataDir },
  });
  const { endpoint, region, credentials } = server;
  batch = new Batch({ endpoint, region, credentials: { ...credentials }, maxAttempts: 1 });
  gateway = await aGateway(server, ACCOUNT_HOME);
  cloudWatch = aCloudWatch(server);
  served = await startAccountConsole({
    endpoint: gateway.endpoint,
    region,
    signsFor: 'execute-api',
    credentials: fixedCredentials(CALLER),
    port: 0,
    portFallback: false,
    log: () => undefined,
    openReaders: cloudWatch.openReaders,
    pace: { hearEveryMs: 50, lookEveryMs: 50 },
  });
  visitor = await signedIn(served.url, served.link());
});
afterAll(async () => {
  batch.destroy();
  cloudWatch.stop();
  await served.close();
  await gateway.goAway();
  await fetch(`${server.endpoint}/_local/reset`, { method: 'POST' });
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
});
beforeEach(() => {
  gateway.refuse(undefined);
  gateway.seen.length = 0;
});

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

async function until(jobId: string, status: string): Promise<JobAnswer> {
  let answer: JobAnswer | undefined;
  const look = async (): Promise<string> =>
    (answer = await visitor.read<JobAnswer>(pathOf(jobId))).row.status;
  await expect.poll(look, { timeout: 10_000, interval: 50 }).toBe(status);
  if (!answer) throw new Error('polled at least once');
  return answer;
}

describe('who comes in', () => {
  it('has a link, which works once', async () => {
    const other = aVisitor(served.url);
    const token = tokenIn(served.link());
    expect((await other.post('/_console/session', { token })).status).toBe(200);
    expect((await aVisitor(served.url).post('/_console/session', { token })).status).toBe(401);
    expect((await other.get('/_console/overview')).status).toBe(200);
  });

  it.each(['session', 'overview', 'jobs', 'event-log', 'audit', 'events', 'history'])(
    'nobody else sees anything of %s',
    async (route) => {
      expect((await aVisitor(served.url).get(`/_console/${route}`)).status).toBe(401);
      const fromElsewhere = { 'sec-fetch-site': 'cross-site' };
      expect((await visitor.get(`/_console/${route}`, fromElsewhere)).status).toBe(403);
      expect((await visitor.get(`/_console/${route}`, { host: 'evil.example:80' })).status).toBe(403);
      expect(gateway.seen).toEqual([]);
    },
  );

  it('finds the page, and nothing that is signed for others', async () => {
    expect((await visitor.get('/')).status).toBe(200);
    for (const path of ['/v1/submitjob', '/_slipway/home', '/_slipway/console-link', '/_slipway/overview']) {
      expect((await visitor.post(path, {})).status).toBe(404);
    }
    expect(gateway.seen).toEqual([]);
  });

  it('is told whose account it is, and where', async () => {
    expect(await visitor.read<SessionAnswer>('/_console/session')).toMatchObject({
      account: '123456789012',
      region: 'us-east-1',
      regions: ['us-east-1'],
      runtime: 'ecs',
      endpoint: gateway.endpoint,
    });
  });
});

describe('a page', () => {
  it('reads jobs, one job, its log and what hangs on it', async () => {
    const jobId = await submit('echo "$((40 + 2)) is it"');
    const dependent = await submit('true', { dependsOn: [{ jobId }] });
    const job = await until(jobId, 'SUCCEEDED');
    expect(job.timeline.map(({ status }) => status)).toContain('RUNNING');
    const task = job.logs[0]?.taskId;
    const log = await visitor.read<LogAnswer>(`${pathOf(jobId)}/log?task=${task}`);
    expect(log).toMatchObject({ lines: [{ text: '42 is it' }], from: 0, isUnmeasured: true });
    const { jobs } = await visitor.read<JobsAnswer>('/_console/jobs?name=job&status=SUCCEEDED');
    expect(jobs.map((row) => row.jobId)).toContain(jobId);
    const graph = await visitor.read<WorkflowAnswer>(`${pathOf(dependent)}/workflow`);
    expect(graph.edges).toEqual([{ from: jobId, to: dependent, kind: 'SUCCESS' }]);
  });

  it('reads the map of an array with the place of the changes that follow', async () => {
    const jobId = await submit('true', { arrayProperties: { size: 5 } });
    await until(jobId, 'SUCCEEDED');
    const { cells, size, seq } = await visitor.read<CellsAnswer>(`${pathOf(jobId)}/cells`);
    expect([cells, size]).toEqual(['SSSSS', 5]);
    expect(seq).toBeGreaterThanOrEqual(0);
  });

  it('runs a job again by SubmitJob itself, and stops it', async () => {
    const jobId = await submit('sleep 60', { jobName: 'again' });
    const form = await visitor.read<RerunForm>(`${pathOf(jobId)}/rerun`);
    const { jobName, queue, containers } = form;
    const answer = await visitor.post(`${pathOf(jobId)}/rerun`, { jobName, queue, containers });
    const { jobId: made } = JSON.parse(answer.body) as { jobId: string };
    expect(made).not.toBe(jobId);
    for (const each of [jobId, made]) {
      expect((await visitor.post(`${pathOf(each)}/terminate`, { reason: 'enough' })).status).toBe(200);
      expect((await until(each, 'FAILED')).row).toMatchObject({ name: 'again', statusReason: 'enough' });
    }
    expect(gateway.seen.filter((call) => call.startsWith('POST /v1'))).toEqual([
      'POST /v1/submitjob',
      'POST /v1/terminatejob',
      'POST /v1/terminatejob',
    ]);
  });

  it.each(['nonsense', '../../v1/submitjob', 'a%2F..%2Fb'])('reaches nothing by the id %s', async (id) => {
    expect((await visitor.get(`/_console/jobs/${encodeURIComponent(id)}`)).status).toBe(404);
    expect((await visitor.post(`/_console/jobs/${encodeURIComponent(id)}/hold`, {})).status).toBe(404);
    expect(gateway.seen).toEqual([]);
  });

  it('is told of a job that is not there', async () => {
    const answer = await visitor.get(pathOf('00000000-0000-4000-8000-000000000000'));
    expect(answer.status).toBe(404);
    expect(answer.body).toContain('does not exist');
  });
});

describe('events and audit', () => {
  it('come from the log groups of the account, whole ones by their number', async () => {
    const jobId = await submit('exit 7', { jobName: 'told-of' });
    const read = () => visitor.read<EventsAnswer>('/_console/event-log?status=FAILED&text=told-of');
    await expect.poll(async () => (await read()).rows.length, { timeout: 10_000, interval: 100 }).toBe(1);
    const [row] = (await read()).rows;
    expect(row).toMatchObject({ jobId, name: 'told-of', queue: 'default', status: 'FAILED', exitCode: 7 });
    expect(await visitor.read(`/_console/event-log/${row?.seq}`)).toMatchObject({ detail: { jobId } });
    const audit = () => visitor.get('/_console/audit?kind=changes&text=SubmitJob');
    await expect.poll(async () => (await audit()).body, { timeout: 10_000 }).toContain('"event":"SubmitJob"');
    expect((await visitor.get('/_console/event-log/1')).status).toBe(404);
    expect((await visitor.get('/_console/event-log?after=x')).status).toBe(400);
  });

  it('that may not be read are told with what it takes', async () => {
    cloudWatch.forbid(cloudWatch.audit, true);
    const answer = await visitor.get('/_console/audit?text=a-new-question');
    cloudWatch.forbid(cloudWatch.audit, false);
    expect(answer.status).toBe(403);
    expect(answer.body).toContain('logs:FilterLogEvents');
    expect(answer.body).toContain('/slipway/audit');
  });
});

describe('refusals', () => {
  it('of IAM come to the page as they are', async () => {
    const message = 'User: ada is not authorized to perform: batch:ListJobs on resource: *';
    gateway.refuse({ status: 403, type: 'AccessDeniedException', message });
    const answer = await visitor.get('/_console/jobs');
    expect([answer.status, JSON.parse(answer.body)]).toEqual([403, { message }]);
  });

  it('of the keys make the page wait, the session with it', async () => {
    gateway.refuse({ status: 403, type: 'ExpiredTokenException', message: 'The token is expired' });
    await expect
      .poll(async () => (await visitor.get('/_console/session')).status, { timeout: 5_000 })
      .toBe(424);
    expect((await visitor.get('/_console/jobs')).body).toContain('does not take the AWS credentials');
  });
});

it('a service that keeps no events says so, and one that says something new of CloudWatch is told', async () => {
  const { events: _events, audit: _audit, ...readers } = await cloudWatch.openReaders();
  const bare = await startAccountConsole({
    endpoint: gateway.endpoint,
    region: server.region,
    signsFor: 'execute-api',
    credentials: fixedCredentials(CALLER),
    port: 0,
    portFallback: false,
    log: () => undefined,
    openReaders: async () => ({
      ...readers,
      history: {
        read: () => Promise.reject(Object.assign(awsError('Teapot', 'short and stout'), { $metadata: {} })),
      },
    }),
  });
  try {
    const other = await signedIn(bare.url, bare.link());
    expect((await other.get('/_console/event-log')).body).toContain('keeps no log of its events');
    expect((await other.get('/_console/audit')).body).toContain('keeps no audit trail');
    const history = await other.get('/_console/history');
    expect([history.status, history.body]).toEqual([409, expect.stringContaining('Teapot: short and stout')]);
  } finally {
    await bare.close();
  }
});
