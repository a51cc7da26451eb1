// The AWS CLI (version 1, from pip) against a local server, as people type it: shorthand and JSON arguments, --query,
// its own paging, its texts and exit codes.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonEnvironment } from '../python-environment.ts';
import type { TestServer } from '../a-server.ts';
import { aServer } from '../a-server.ts';
import type { AwsCommand, DescribedJob } from './aws-command.ts';
import { createAwsCommand, waitForJob } from './aws-command.ts';

const TIMED_OUT = 'Job attempt duration exceeded timeout';
const UNKNOWN_ID = 'abcdef01-0000-4000-8000-000000000000';
const REGION_ARN = 'arn:aws:batch:us-east-1:123456789012';
/** What the CLI exits with when a service refuses; version 2 has 254. */
const REFUSED = 255;

let server: TestServer;
let aws: AwsCommand;
/** The shortest timeout is a minute, so this job runs beside all the others. */
let timedOutId: string;

beforeAll(async () => {
  const { aws: program } = await pythonEnvironment();
  server = await aServer();
  aws = createAwsCommand({ program, environment: server.clientEnvironment });
  timedOutId = await submit('sleep 600', '--timeout', 'attemptDurationSeconds=60');
});
afterAll(async () => {
  await server?.stop();
});

/** Submits a shell command with the definition that every Region has, and returns the job's id. */
async function submit(script: string, ...more: readonly string[]): Promise<string> {
  const overrides = { command: ['sh', '-c', script] };
  const { jobId } = await aws.json<{ jobId: string }>`
    batch submit-job --job-name job --job-queue default --job-definition shell
      --container-overrides ${overrides} ${more}`;
  return jobId;
}

async function run(script: string, ...more: readonly string[]): Promise<DescribedJob> {
  return waitForJob(aws, await submit(script, ...more));
}

interface Described {
  readonly state: string;
  readonly status: string;
}

async function settles(kind: 'environment' | 'queue', name: string, wanted: string): Promise<void> {
  const probe = async (): Promise<string> => {
    const [found] =
      kind === 'queue'
        ? await aws.json<Described[]>`batch describe-job-queues --job-queues ${name} --query jobQueues`
        : await aws.json<Described[]>`
            batch describe-compute-environments --compute-environments ${name} --query computeEnvironments`;
    return found ? `${found.state} ${found.status}` : 'absent';
  };
  await expect.poll(probe, { timeout: 30_000, interval: 200 }).toBe(wanted);
}

describe('aws batch', () => {
  it('makes, uses, changes and removes a compute environment and a queue', async () => {
    const created = await aws.json<object>`
      batch create-compute-environment --compute-environment-name ce --type MANAGED --tags team=a,purpose=test
        --compute-resources type=FARGATE,maxvCpus=4,subnets=subnet-1,subnet-2,securityGroupIds=sg-1`;
    const computeEnvironmentArn = `${REGION_ARN}:compute-environment/ce`;
    expect(created).toEqual({ computeEnvironmentName: 'ce', computeEnvironmentArn });
    await settles('environment', 'ce', 'ENABLED VALID');
    await aws.text`batch create-job-queue --job-queue-name queue --priority 10
      --compute-environment-order order=1,computeEnvironment=ce`;
    await settles('queue', 'queue', 'ENABLED VALID');
    await aws.text`batch update-compute-environment --compute-environment ce --state DISABLED`;
    await settles('environment', 'ce', 'DISABLED VALID');
    const kept = await aws.refusal`batch delete-compute-environment --compute-environment ce`;
    expect(kept.stderr).toContain('Cannot delete, found existing JobQueue relationship');
    await aws.text`batch update-job-queue --job-queue queue --state DISABLED`;
    await settles('queue', 'queue', 'DISABLED VALID');
    await aws.text`batch delete-job-queue --job-queue ${REGION_ARN}:job-queue/queue`;
    await settles('queue', 'queue', 'absent');
    await aws.text`batch delete-compute-environment --compute-environment ${computeEnvironmentArn}`;
    await settles('environment', 'ce', 'absent');
  });

  it('registers a definition from a file, reads it back, uses and deregisters it', async () => {
    const input = {
      jobDefinitionName: 'from-file',
      type: 'container',
      parameters: { word: 'hello' },
      containerProperties: {
        image: 'busybox',
        command: ['echo', 'Ref::word'],
        environment: [{ name: 'A', value: 'é' }],
        resourceRequirements: [
          { type: 'VCPU', value: '1' },
          { type: 'MEMORY', value: '64' },
        ],
      },
    };
    const file = join(server.clientEnvironment['HOME'] ?? '', 'definition.json');
    await writeFile(file, JSON.stringify(input));
    const registered = await aws.json<object>`batch register-job-definition --cli-input-json file://${file}`;
    const jobDefinitionArn = `${REGION_ARN}:job-definition/from-file:1`;
    expect(registered).toEqual({ jobDefinitionName: 'from-file', revision: 1, jobDefinitionArn });
    const described = await aws.json<{ jobDefinitions: object[] }>`
      batch describe-job-definitions --job-definition-name from-file --status ACTIVE`;
    expect(described.jobDefinitions).toHaveLength(1);
    expect(described.jobDefinitions[0]).toMatchObject(input);
    const { jobId } = await aws.json<{ jobId: string }>`
      batch submit-job --job-name x --job-queue ${REGION_ARN}:job-queue/default
        --job-definition ${jobDefinitionArn} --parameters word=bye`;
    expect(await logOf(await waitForJob(aws, jobId))).toEqual(['bye']);
    await aws.text`batch deregister-job-definition --job-definition from-file:1`;
    const refused = await aws.refusal`
      batch submit-job --job-name x --job-queue default --job-definition from-file`;
    expect(refused.stderr).toContain(
      'JobDefinition name from-file does not exist or is not in ACTIVE status',
    );
  });

  it('runs a job and tells how it ended', async () => {
    const good = await run('exit 0');
    expect(good).toMatchObject({ status: 'SUCCEEDED', container: { exitCode: 0 } });
    const bad = await run('exit 42');
    expect(bad).toMatchObject({ status: 'FAILED', container: { exitCode: 42 } });
    expect(bad.statusReason).toBe('Essential container in task exited');
    const both = await aws.text`
      batch describe-jobs --jobs ${bad.jobId} ${UNKNOWN_ID} ${good.jobId} --output text
        --query jobs[].[status,container.exitCode]`;
    expect(both).toBe('FAILED\t42\nSUCCEEDED\t0\n');
  });

  it('retries by rules in shorthand', async () => {
    const rules = 'attempts=4,evaluateOnExit=[{onExitCode=7,action=RETRY},{onReason="*",action=EXIT}]';
    const job = await run('exit $((AWS_BATCH_JOB_ATTEMPT < 2 ? 7 : 8))', '--retry-strategy', rules);
    expect(job.status).toBe('FAILED');
    expect(job.attempts.map(({ container }) => container.exitCode)).toEqual([7, 8]);
  });

  it('runs arrays, and arrays that wait for arrays child by child', async () => {
    const size = ['--array-properties', 'size=3'];
    const firstId = await submit('exit $((AWS_BATCH_JOB_ARRAY_INDEX == 1 ? 1 : 0))', ...size);
    const second = await run('true', ...size, '--depends-on', `jobId=${firstId},type=N_TO_N`);
    expect(second).toMatchObject({ status: 'FAILED', statusReason: 'Array Child Job failed' });
    expect(second.arrayProperties).toMatchObject({ size: 3, statusSummary: { SUCCEEDED: 2, FAILED: 1 } });
    const reasons = await aws.json`
      batch list-jobs --array-job-id ${second.jobId} --job-status FAILED --query jobSummaryList[].statusReason`;
    expect(reasons).toEqual(['Dependent Job failed']);
    const sequence = await run('true', ...size, '--depends-on', 'type=SEQUENTIAL');
    expect(sequence.status).toBe('SUCCEEDED');
  });

  it('waits for other jobs, and fails with them', async () => {
    const firstId = await submit('sleep 1');
    const after = await run('true', '--depends-on', `jobId=${firstId}`);
    const first = await waitForJob(aws, firstId);
    expect(after.startedAt).toBeGreaterThanOrEqual(first.stoppedAt ?? Infinity);
    const failedId = await submit('exit 1');
    const behind = await run('true', '--depends-on', `jobId=${failedId}`);
    expect(behind).toMatchObject({ status: 'FAILED', statusReason: 'Dependent Job failed', attempts: [] });
  });

  it('cancels what waits and terminates what runs', async () => {
    const runningId = await submit('sleep 600');
    const waitingId = await submit('true', '--depends-on', `jobId=${runningId}`);
    await waitForJob(aws, runningId, { statuses: ['RUNNING'] });
    await aws.text`batch cancel-job --job-id ${waitingId} --reason ${'not wanted'}`;
    await aws.text`batch terminate-job --job-id ${runningId} --reason ${'stop it, now'}`;
    const running = await waitForJob(aws, runningId);
    expect(running).toMatchObject({ status: 'FAILED', statusReason: 'stop it, now', isTerminated: true });
    const waiting = await waitForJob(aws, waitingId);
    expect(waiting).toMatchObject({ status: 'FAILED', isCancelled: true, attempts: [] });
    for (const verb of ['cancel-job', 'terminate-job']) {
      await aws.text`batch ${verb} --job-id ${runningId} --reason again`;
      await aws.text`batch ${verb} --job-id ${UNKNOWN_ID} --reason nobody`;
    }
    expect(await waitForJob(aws, runningId)).toEqual(running);
  });

  it('filters by name, the newest first, however small the pages', async () => {
    const jobIds: string[] = [];
    for (const name of ['page-a', 'page-b', 'Page-c']) {
      const { jobId } = await aws.json<{ jobId: string }>`
        batch submit-job --job-name ${name} --job-queue default --job-definition shell`;
      jobIds.unshift(jobId);
    }
    for (const paging of [[], ['--page-size', '1']]) {
      const found = await aws.json`
        batch list-jobs --job-queue default --filters name=JOB_NAME,values=PAGE-* ${paging}
          --query jobSummaryList[].jobId`;
      expect(found).toEqual(jobIds);
    }
  });

  it('goes on where a page ended', async () => {
    for (let count = 0; count < 3; count += 1) await run('true');
    interface Page {
      readonly jobSummaryList: readonly { readonly jobId: string }[];
      readonly NextToken?: string;
    }
    const all = await aws.json<Page>`batch list-jobs --job-queue default --job-status SUCCEEDED`;
    const seen: string[] = [];
    for (let token: string | undefined, more = true; more; more = token !== undefined) {
      const from = token === undefined ? [] : ['--starting-token', token];
      const page = await aws.json<Page>`
        batch list-jobs --job-queue default --job-status SUCCEEDED --max-items 3 --page-size 2 ${from}`;
      seen.push(...page.jobSummaryList.map(({ jobId }) => jobId));
      token = page.NextToken;
    }
    expect(seen.length).toBeGreaterThan(3);
    expect(seen).toEqual(all.jobSummaryList.map(({ jobId }) => jobId));
  });

  it('tags, lists and untags', async () => {
    const arn = `${REGION_ARN}:job-queue/default`;
    const tags = { 'a b/c': 'é & =', keep: 'yes' };
    await aws.text`batch tag-resource --resource-arn ${arn} --tags ${tags}`;
    expect(await aws.json`batch list-tags-for-resource --resource-arn ${arn}`).toEqual({ tags });
    await aws.text`batch untag-resource --resource-arn ${arn} --tag-keys ${'a b/c'} other`;
    expect(await aws.json`batch describe-job-queues --job-queues default --query jobQueues[0].tags`).toEqual({
      keep: 'yes',
    });
  });

  it('keeps Regions apart', async () => {
    const jobId = await submit('sleep 2');
    const there = ['--region', 'eu-west-1'];
    expect(await aws.json`batch describe-jobs --jobs ${jobId} ${there}`).toEqual({ jobs: [] });
    await aws.text`batch terminate-job --job-id ${jobId} --reason afar ${there}`;
    expect((await waitForJob(aws, jobId)).status).toBe('SUCCEEDED');
    expect(await aws.json`batch describe-job-queues --query jobQueues[].jobQueueArn ${there}`).toEqual([
      'arn:aws:batch:eu-west-1:123456789012:job-queue/default',
    ]);
  });

  it.each([
    ['a bad name', ['--job-name', 'bad name'], 'Job name should match valid pattern'],
    ['an unknown queue', ['--job-queue', 'never-was'], 'JobQueue never-was not found.'],
    ['a short timeout', ['--timeout', 'attemptDurationSeconds=59'], 'timeout.attemptDurationSeconds'],
    ['an array of one', ['--array-properties', 'size=1'], 'arrayProperties.size'],
    ['an unknown dependency', ['--depends-on', `jobId=${UNKNOWN_ID}`], UNKNOWN_ID],
  ])('says what is wrong with %s', async (_what, args, text) => {
    const { exitCode, stderr } = await aws.refusal`
      batch submit-job --job-name x --job-queue default --job-definition shell ${args}`;
    expect(stderr).toContain('An error occurred (ClientException) when calling the SubmitJob operation');
    expect(stderr).toContain(text);
    expect(exitCode).toBe(REFUSED);
  });

  it('is refused with a wrong secret', async () => {
    const { aws: program } = await pythonEnvironment();
    const environment = { ...server.clientEnvironment, AWS_SECRET_ACCESS_KEY: 'x'.repeat(40) };
    const { stderr } = await createAwsCommand({ program, environment }).refusal`batch describe-job-queues`;
    expect(stderr).toContain('InvalidSignatureException');
  });

  it('sees a job stopped by its timeout', async () => {
    const job = await waitForJob(aws, timedOutId, { limitMs: 120_000 });
    expect(job).toMatchObject({ status: 'FAILED', statusReason: TIMED_OUT });
    expect(job.attempts.map(({ statusReason }) => statusReason)).toEqual([TIMED_OUT]);
  });
});

const GROUP = ['--log-group-name', '/aws/batch/job'];

/** Lines of a job's log, from the head unless told otherwise. */
async function logOf(job: DescribedJob, from = ['--start-from-head']): Promise<string[]> {
  const stream = job.container?.logStreamName ?? '';
  return aws.json`logs get-log-events ${GROUP} --log-stream-name ${stream} ${from} --query events[].message`;
}

describe('aws logs', () => {
  it('reads a log from its head, from its tail, and by pattern', async () => {
    const job = await run('for i in 1 2 3 4 5 6; do echo line $i; done; echo ERROR seven >&2');
    expect(await logOf(job, ['--start-from-head', '--limit', '2'])).toEqual(['line 1', 'line 2']);
    expect(await logOf(job, ['--no-start-from-head', '--limit', '2'])).toEqual(['line 6', 'ERROR seven']);
    const stream = job.container?.logStreamName ?? '';
    const found = await aws.json`
      logs filter-log-events ${GROUP} --log-stream-names ${stream} --filter-pattern ERROR
        --query events[].message`;
    expect(found).toEqual(['ERROR seven']);
  });

  it('finds the streams of a definition', async () => {
    const job = await run('echo x');
    const streams = await aws.json`
      logs describe-log-streams ${GROUP} --log-stream-name-prefix shell/default/
        --query logStreams[].logStreamName`;
    expect(streams).toContain(job.container?.logStreamName);
  });

  it('says that a stream is not there', async () => {
    const { stderr } = await aws.refusal`logs get-log-events ${GROUP} --log-stream-name no/such/one`;
    expect(stderr).toContain('(ResourceNotFoundException)');
  });
});

describe('aws ecs', () => {
  it('shows the cluster of a compute environment', async () => {
    const [clusterArn = ''] = await aws.json<string[]>`
      batch describe-compute-environments --compute-environments local
        --query computeEnvironments[].ecsClusterArn`;
    expect(await aws.json`ecs list-clusters --query clusterArns`).toContain(clusterArn);
    const status = await aws.text`
      ecs describe-clusters --clusters ${clusterArn} --query clusters[].status --output text`;
    expect(status).toBe('ACTIVE\n');
  });
});
