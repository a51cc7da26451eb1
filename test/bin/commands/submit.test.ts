import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { captureCli, environmentOf, type Shown } from '../capture-cli.ts';
import { FakeError, startFakeServer, type FakeServer } from '../fake-server.ts';

let fake: FakeServer;
let folder: string;
beforeEach(async () => {
  fake = await startFakeServer();
  folder = await mkdtemp(join(tmpdir(), 'slipway-submit-'));
});
afterEach(async () => {
  await fake.close();
  await rm(folder, { recursive: true, force: true });
});

async function submit(text: string, ...args: string[]): Promise<Shown> {
  await writeFile(join(folder, 'jobs.yaml'), text);
  return captureCli(['submit', '-f', 'jobs.yaml', ...args], { env: environmentOf(fake), cwd: folder });
}

const submissions = () => fake.calls.filter(({ operation }) => operation === 'submitjob');
const names = () => submissions().map(({ body }) => body['jobName']);

test('submits each job after those it follows, by their ids', async () => {
  const { code, out, err } = await submit(`
jobs:
  last: { command: echo done, after: [left, right], afterAny: first, memory: 256, tags: { team: x } }
  left: { command: "true", after: first, array: 3 }
  right: { command: "true", afterFailure: first, array: 3, each: left, priority: 7 }
  first: { command: [echo, 1], env: { A: b } }
`);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(names()).toEqual(['first', 'left', 'right', 'last']);
  const [first, left, right] = fake.jobs.map(({ jobId }) => jobId);
  expect(out).toMatch(new RegExp(`^JOB +NAME\n${first} +first\n`));
  const [, , third, fourth] = submissions().map(({ body }) => body);
  expect(third).toMatchObject({
    dependsOn: [{ jobId: left, type: 'N_TO_N' }],
    parameters: { 'slipway:after-failure': first },
    schedulingPriorityOverride: 7,
    arrayProperties: { size: 3 },
  });
  expect(fourth).toMatchObject({
    jobQueue: 'default',
    jobDefinition: 'shell',
    dependsOn: [{ jobId: left }, { jobId: right }],
    parameters: { 'slipway:after-any': first },
    tags: { team: 'x' },
    containerOverrides: {
      command: ['sh', '-c', 'echo done'],
      resourceRequirements: [{ type: 'MEMORY', value: '256' }],
    },
  });
});

test('follows more jobs than dependsOn takes', async () => {
  const many = Array.from({ length: 25 }, (_, at) => `j${at}`);
  const jobs = many.map((name) => `  ${name}: { command: "true" }`).join('\n');
  await submit(`jobs:\n${jobs}\n  end: { command: "true", after: [${many.join(', ')}] }`);
  const end = submissions().at(-1)?.body;
  const ids = fake.jobs.map(({ jobId }) => jobId);
  expect(end?.['dependsOn']).toEqual(ids.slice(0, 20).map((jobId) => ({ jobId })));
  expect(end?.['parameters']).toEqual({ 'slipway:after': ids.slice(20, 25).join(' ') });
});

test('tells every mistake with its line and field, and submits nothing', async () => {
  const { code, err } = await submit('jobs:\n  a: { command: x, memory: lots }\n  b: { after: a }\n');
  expect(code).toBe(2);
  expect(err).toContain(
    'jobs.yaml:2: jobs.a.memory must be MiB, at least 4, such as 512 or 2G; found "lots"\n',
  );
  expect(err).toContain('jobs.yaml:3: jobs.b has neither `command` nor `definition`: nothing would run\n');
  expect(err).toContain('Nothing was submitted.');
  expect(fake.calls).toEqual([]);
});

test('asks the server for queues and definitions before the first job', async () => {
  fake.answers.set('describejobqueues', ({ jobQueues }) => {
    const state = String(jobQueues) === 'off' ? 'DISABLED' : 'ENABLED';
    return { jobQueues: String(jobQueues) === 'none' ? [] : [{ state, status: 'VALID' }] };
  });
  fake.answers.set('describejobdefinitions', () => ({ jobDefinitions: [{ status: 'INACTIVE' }] }));
  const { code, err } = await submit(
    'jobs:\n  a: { command: x, queue: none }\n  b: { command: x, queue: off }\n  c: { definition: gone }\n',
  );
  expect(code).toBe(2);
  expect(err).toContain('jobs.yaml:2: jobs.a.queue there is no queue "none"');
  expect(err).toContain('jobs.yaml:3: jobs.b.queue the queue "off" is disabled and takes no jobs');
  expect(err).toContain('jobs.yaml:4: jobs.c.definition there is no active job definition "gone"');
  expect(submissions()).toEqual([]);
});

test('--check says that nothing is wrong, and submits nothing', async () => {
  const { code, err } = await submit('jobs: { a: { command: x } }', '--check');
  expect({ code, err }).toEqual({ code: 0, err: 'jobs.yaml: 1 job, nothing wrong\n' });
  expect(submissions()).toEqual([]);
});

test('--check --json says the same to programs', async () => {
  const good = await submit('jobs: { a: { command: x } }', '--check', '--json');
  expect([good.code, JSON.parse(good.out)]).toEqual([0, { jobs: 1, problems: [] }]);
  const bad = await submit('jobs:\n  a: { command: x, memory: lots }\n', '--check', '--json');
  expect(bad.code).toBe(2);
  expect(JSON.parse(bad.out)).toMatchObject({ jobs: 0, problems: [{ line: 2, field: 'jobs.a.memory' }] });
  expect(submissions()).toEqual([]);
});

test('ends what it submitted when the server refuses a later job', async () => {
  fake.answers.set('submitjob', ({ jobName }) => {
    if (jobName === 'b') throw new FakeError(400, 'ClientException', 'no such share');
    return undefined;
  });
  const { code, err } = await submit('jobs:\n  a: { command: x }\n  b: { command: x, after: a, share: s }\n');
  expect(code).toBe(1);
  expect(err).toContain('Line 3: b was refused: no such share');
  expect(err).toContain('The 1 submitted before it were ended again.');
  const ended = fake.calls.filter(({ operation }) => operation === 'terminatejob');
  expect(ended.map(({ body }) => body['jobId'])).toEqual([fake.jobs[0]?.jobId]);
});

test('--wait follows all of them, and fails when one has failed', async () => {
  fake.answers.set('describejobs', ({ jobs }) => ({
    jobs: fake.jobs
      .filter(({ jobId }) => (jobs as string[]).includes(jobId ?? '')) // DescribeJobs' list
      .map((job) => ({
        ...job,
        status: job.jobName === 'bad' ? 'FAILED' : 'SUCCEEDED',
        statusReason: job.jobName === 'bad' ? 'out of luck' : 'Essential container in task exited',
        stoppedAt: (job.createdAt ?? 0) + 2_000,
      })),
  }));
  const { code, err } = await submit('jobs:\n  good: { command: x }\n  bad: { command: x }\n', '--wait');
  expect(code).toBe(1);
  expect(err).toMatch(/^[0-9a-f]{8} good SUCCEEDED after 2\.0s$/m);
  expect(err).toMatch(/^[0-9a-f]{8} bad FAILED after 2\.0s: out of luck$/m);
});

test('a file that is not there is told as such', async () => {
  const shown = await captureCli(['submit', '-f', 'absent.yaml'], { env: environmentOf(fake), cwd: folder });
  expect(shown).toMatchObject({
    code: 2,
    err: expect.stringContaining('absent.yaml cannot be read (ENOENT)') as string,
  });
});
