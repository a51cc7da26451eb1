// What only a real account can prove, by jobs: IAM's authoriser in front, Fargate underneath, CloudWatch's logs behind. Run by a
// person, against a service of theirs: see docs/testing.md. It submits about 120 small jobs, which cost a few cents.
import { Batch } from '@aws-sdk/client-batch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnAccount } from './an-account.ts';
import { anAccount } from './an-account.ts';

const LIMIT_MS = 900_000;

let account: AnAccount;
beforeAll(() => {
  account = anAccount();
});
afterAll(() => account?.close());

describe('a deployed service', () => {
  it(
    'runs a job, and keeps what it wrote',
    async () => {
      const job = await account.ended(await account.submit('hello', 'echo hello from $AWS_BATCH_JOB_ID'));
      expect(job).toMatchObject({ status: 'SUCCEEDED', container: { exitCode: 0 } });
      await expect
        .poll(() => account.logOf(job), { timeout: 60_000, interval: 2_000 })
        .toContain(`hello from ${job.jobId}`);
    },
    LIMIT_MS,
  );

  it(
    'tells how a job failed',
    async () => {
      const job = await account.ended(await account.submit('sad', 'exit 3'));
      expect(job).toMatchObject({
        status: 'FAILED',
        statusReason: 'Essential container in task exited',
        container: { exitCode: 3 },
      });
    },
    LIMIT_MS,
  );

  it(
    'tries again as often as it was told',
    async () => {
      const script = 'test "$AWS_BATCH_JOB_ATTEMPT" = 2';
      const job = await account.ended(
        await account.submit('again', script, { retryStrategy: { attempts: 3 } }),
      );
      expect(job.status).toBe('SUCCEEDED');
      expect(job.attempts).toHaveLength(2);
    },
    LIMIT_MS,
  );

  it(
    'ends an attempt that takes too long',
    async () => {
      const timeout = { attemptDurationSeconds: 60 };
      const job = await account.ended(await account.submit('long', 'sleep 600', { timeout }));
      expect(job).toMatchObject({ status: 'FAILED', statusReason: 'Job attempt duration exceeded timeout' });
    },
    LIMIT_MS,
  );

  it(
    'ends a job that is terminated',
    async () => {
      const jobId = await account.submit('stopped', 'sleep 600');
      await account.until(jobId, ({ status }) => status === 'RUNNING');
      await account.batch.terminateJob({ jobId, reason: 'enough' });
      expect(await account.ended(jobId)).toMatchObject({ status: 'FAILED', statusReason: 'enough' });
    },
    LIMIT_MS,
  );

  it(
    'starts a job after those it depends on',
    async () => {
      const first = await account.submit('first', 'true');
      const second = await account.submit('second', 'true', { dependsOn: [{ jobId: first }] });
      const after = await account.ended(second);
      expect(after.status).toBe('SUCCEEDED');
      expect(after.startedAt).toBeGreaterThanOrEqual((await account.ended(first)).stoppedAt ?? Infinity);
    },
    LIMIT_MS,
  );

  it(
    'runs an array of a hundred, each with its own index',
    async () => {
      const jobId = await account.submit('many', 'test $AWS_BATCH_JOB_ARRAY_INDEX -lt 99', {
        arrayProperties: { size: 100 },
      });
      const job = await account.ended(jobId);
      expect(job).toMatchObject({ status: 'FAILED', statusReason: 'Array Child Job failed' });
      expect(job.arrayProperties?.statusSummary).toMatchObject({ SUCCEEDED: 99, FAILED: 1 });
    },
    LIMIT_MS,
  );

  it(
    'takes nobody without an identity',
    async () => {
      const { SLIPWAY_ENDPOINT: endpoint = '' } = process.env;
      const credentials = {
        accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
        secretAccessKey: 'not the secret of anybody',
      };
      const stranger = new Batch({ endpoint, credentials, maxAttempts: 1 });
      await expect(stranger.describeJobQueues({})).rejects.toMatchObject({
        $metadata: { httpStatusCode: 403 },
      });
      stranger.destroy();
      expect((await fetch(`${endpoint}/v1/describejobqueues`, { method: 'POST', body: '{}' })).status).toBe(
        403,
      );
    },
    LIMIT_MS,
  );
});
