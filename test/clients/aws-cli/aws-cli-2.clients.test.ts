// The AWS CLI version 2, which is in no pip package: it is tested where one is installed (on Debian: apt-get install awscli).
// It differs from version 1 in exit codes, in `aws logs tail`, and, when old, in knowing no AWS_ENDPOINT_URL.
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestServer } from '../a-server.ts';
import { aServer } from '../a-server.ts';
import type { AwsCommand } from './aws-command.ts';
import { createAwsCommand, waitForJob } from './aws-command.ts';

/** What version 2 exits with when a service refuses. */
const REFUSED = 254;
const program = ['/usr/bin/aws', '/usr/local/bin/aws', 'aws'].find(isVersion2);

function isVersion2(candidate: string): boolean {
  try {
    return execFileSync(candidate, ['--version'], { encoding: 'utf8', stdio: 'pipe' }).startsWith(
      'aws-cli/2.',
    );
  } catch {
    return false; // not there
  }
}

describe.skipIf(program === undefined)('AWS CLI 2 (skipped where it is not installed)', () => {
  let server: TestServer;
  let aws: AwsCommand;

  beforeAll(async () => {
    server = await aServer();
    const globalArguments = ['--endpoint-url', server.endpoint];
    aws = createAwsCommand({
      program: program ?? 'aws',
      environment: server.clientEnvironment,
      globalArguments,
    });
  });
  afterAll(async () => {
    await server?.stop();
  });

  async function submit(name: string, script: string): Promise<string> {
    const { jobId } = await aws.json<{ jobId: string }>`
      batch submit-job --job-name ${name} --job-queue default --job-definition shell
        --container-overrides ${{ command: ['sh', '-c', script] }}`;
    return jobId;
  }

  it('runs a job and refuses a bad one with its own exit code', async () => {
    const job = await waitForJob(aws, await submit('good', 'exit 0'));
    expect(job).toMatchObject({ status: 'SUCCEEDED', container: { exitCode: 0 } });
    const { exitCode, stderr } = await aws.refusal`
      batch submit-job --job-name ${'bad name'} --job-queue default --job-definition shell`;
    expect(stderr).toContain('(ClientException)');
    expect(stderr).toContain('Job name should match valid pattern');
    expect(exitCode).toBe(REFUSED);
  });

  it('tails the logs of all jobs', async () => {
    const ids = [await submit('one', 'echo from one; echo still one'), await submit('two', 'echo from two')];
    for (const id of ids) await waitForJob(aws, id);
    const tail = await aws.text`logs tail /aws/batch/job --since 5m --format short`;
    const lines = tail.trimEnd().split('\n');
    const said = lines.map((line) => line.replace(/^\S+ /, ''));
    expect(said).toEqual(expect.arrayContaining(['from one', 'still one', 'from two']));
    expect(lines.filter((line) => !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d /.test(line))).toEqual([]);
  });

  it('tails one stream by its name', async () => {
    const job = await waitForJob(aws, await submit('three', 'echo only this'));
    const stream = job.container?.logStreamName ?? '';
    const tail = await aws.text`logs tail /aws/batch/job --log-stream-names ${stream} --format short`;
    expect(tail).toMatch(/^\S+ only this\n$/);
  });

  it('pages', async () => {
    const all = await aws.json<string[]>`
      batch list-jobs --job-queue default --job-status SUCCEEDED --query jobSummaryList[].jobId`;
    expect(all.length).toBeGreaterThanOrEqual(4);
    const paged = await aws.json`
      batch list-jobs --job-queue default --job-status SUCCEEDED --query jobSummaryList[].jobId --page-size 1`;
    expect(paged).toEqual(all);
  });
});
