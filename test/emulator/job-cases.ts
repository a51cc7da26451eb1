// Jobs of every kind on the default queue. Those that take their time are submitted before anything else is tried.
import type { JobDetail } from '@aws-sdk/client-batch';
import { beforeAll, describe, expect, it } from 'vitest';
import { arnOf } from './a-deployed-slipway.ts';
import type { ADeployedSlipway } from './a-deployed-slipway.ts';

/** Batch's shortest timeout, and what the emulator needs to notice: it does not know timeouts that come with the input. */
const TIMEOUT_LIMIT_MS = 175_000;
const ARRAY_SIZE = 100;
const ARRAY_LIMIT_MS = 240_000;

/** Ids by the names below. */
export type SubmittedJobs = Readonly<Record<string, string>>;

export async function submitJobs({ submit }: ADeployedSlipway): Promise<SubmittedJobs> {
  const ids: Record<string, string> = {};
  ids['first'] = await submit('first', 'echo hello from $AWS_BATCH_JOB_ID; echo queue $AWS_BATCH_JQ_NAME', {
    tags: { team: 'blue' },
  });
  ids['timed-out'] = await submit('timed-out', 'sleep 300', { timeout: { attemptDurationSeconds: 60 } });
  ids['terminated'] = await submit('terminated', 'sleep 3000');
  ids['failing'] = await submit('failing', 'echo out of luck; exit 3');
  ids['after-failing'] = await submit('after-failing', 'true', { dependsOn: [{ jobId: ids['failing'] }] });
  ids['after-first'] = await submit('after-first', 'true', { dependsOn: [{ jobId: ids['first'] }] });
  ids['retried'] = await submit('retried', 'test $AWS_BATCH_JOB_ATTEMPT = 3', {
    retryStrategy: { attempts: 3 },
  });
  return ids;
}

export function describeJobs(deployed: () => ADeployedSlipway, submitted: () => SubmittedJobs): void {
  let slipway: ADeployedSlipway;
  let ids: SubmittedJobs;
  beforeAll(async () => {
    slipway = deployed();
    const array = await slipway.submit(
      'array',
      'echo child $AWS_BATCH_JOB_ARRAY_INDEX; test $AWS_BATCH_JOB_ARRAY_INDEX != 7',
      {
        arrayProperties: { size: ARRAY_SIZE },
      },
    );
    ids = { ...submitted(), array };
  });

  function ended(name: string, limitMs?: number): Promise<JobDetail> {
    return slipway.ended(ids[name] ?? '', limitMs);
  }

  describe('a job', () => {
    it('runs on the default queue as soon as the stack is there', async () => {
      const job = await ended('first');
      expect(job).toMatchObject({
        status: 'SUCCEEDED',
        jobQueue: arnOf('job-queue/default'),
        statusReason: 'Essential container in task exited',
        container: {
          exitCode: 0,
          taskArn: expect.stringMatching(/^arn:aws:ecs:us-east-1:\d+:task\/[^/]+\/[0-9a-f]{32}$/),
        },
        attempts: [{ container: { exitCode: 0 } }],
      });
      expect(job.createdAt).toBeLessThanOrEqual(job.startedAt ?? 0);
      expect(job.startedAt).toBeLessThanOrEqual(job.stoppedAt ?? 0);
    });

    it('writes its output to the stream that it names', async () => {
      const { container, jobId } = await ended('first');
      const stream = container?.logStreamName ?? '';
      expect(stream).toMatch(/^busybox\/default\/[0-9a-f]{32}$/);
      const said = await slipway.logOf(stream);
      expect(said).toContain(`hello from ${jobId}`);
      expect(said).toContain('queue default');
    });

    it('keeps its tags', async () => {
      const { jobArn = '' } = await ended('first');
      await slipway.batch.tagResource({ resourceArn: jobArn, tags: { phase: 'two' } });
      const { tags } = await slipway.batch.listTagsForResource({ resourceArn: jobArn });
      expect(tags).toEqual({ team: 'blue', phase: 'two' });
    });

    it('fails with the exit code of its command', async () => {
      expect(await ended('failing')).toMatchObject({ status: 'FAILED', container: { exitCode: 3 } });
    });

    it('starts only after what it depends on', async () => {
      const [first, after] = [await ended('first'), await ended('after-first')];
      expect(after.status).toBe('SUCCEEDED');
      expect(after.startedAt).toBeGreaterThanOrEqual(first.stoppedAt ?? 0);
    });

    it('fails without a start when what it depends on failed', async () => {
      const job = await ended('after-failing');
      expect(job).toMatchObject({ status: 'FAILED', statusReason: 'Dependent Job failed' });
      expect(job.startedAt).toBeUndefined();
    });

    it('is tried again as often as it may', async () => {
      const { status, attempts = [] } = await ended('retried');
      expect(status).toBe('SUCCEEDED');
      expect(attempts.map(({ container }) => container?.exitCode)).toEqual([1, 1, 0]);
      expect(new Set(attempts.map(({ container }) => container?.taskArn)).size).toBe(3);
    });

    it('ends when it is terminated, for the reason that was given', async () => {
      const jobId = ids['terminated'] ?? '';
      await slipway.until(jobId, ({ status }) => status === 'RUNNING');
      await slipway.batch.terminateJob({ jobId, reason: 'no longer wanted' });
      expect(await slipway.ended(jobId)).toMatchObject({
        status: 'FAILED',
        statusReason: 'no longer wanted',
      });
      await expect.poll(() => tasksStillRunning(slipway), { timeout: 30_000 }).not.toContain(jobId);
    });

    it('ends when its time is up, and is not tried again', async () => {
      const job = await ended('timed-out', TIMEOUT_LIMIT_MS);
      expect(job).toMatchObject({ status: 'FAILED', statusReason: 'Job attempt duration exceeded timeout' });
      expect(job.attempts).toHaveLength(1);
    });
  });

  describe('an array of a hundred', () => {
    it(
      'runs every child once, each with its index, and fails because one of them does',
      async () => {
        const parent = await ended('array', ARRAY_LIMIT_MS);
        expect(parent.status).toBe('FAILED');
        expect(parent.arrayProperties?.statusSummary).toMatchObject({ SUCCEEDED: ARRAY_SIZE - 1, FAILED: 1 });
        const failed = await slipway.describe(`${ids['array']}:7`);
        expect(failed).toMatchObject({ status: 'FAILED', container: { exitCode: 1 } });
        const last = await slipway.describe(`${ids['array']}:99`);
        expect(await slipway.logOf(last.container?.logStreamName ?? '')).toContain('child 99');
      },
      ARRAY_LIMIT_MS + 10_000,
    );
  });
}

/** Ids of the jobs whose containers run. */
async function tasksStillRunning({ emulator }: ADeployedSlipway): Promise<readonly string[]> {
  const { docker } = emulator;
  const running = (await docker.docker(['ps', '--quiet', '--filter', 'label=fakecloud-ecs-task']))
    .split('\n')
    .filter(Boolean);
  const format = '{{range .Config.Env}}{{println .}}{{end}}';
  const environments = await Promise.all(
    running.map((id) => docker.docker(['inspect', '--format', format, id]).catch(() => '')),
  );
  return environments.flatMap((text) => /AWS_BATCH_JOB_ID=(\S+)/.exec(text)?.[1] ?? []);
}
