// Metaflow's @batch, as it is: its page as it stands, and what its users meet besides.
import type { Batch } from '@aws-sdk/client-batch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchOf } from '../batch-of.ts';
import { engineEnvironment, INSTALL_LIMIT_MS } from '../engine-environment.ts';
import { readPage } from '../page.ts';
import type { PageProject } from '../page-project.ts';
import { aPageProject } from '../page-project.ts';
import { itRunsThePage } from '../run-page.ts';
import type { AnS3 } from './an-s3.ts';
import { anS3 } from './an-s3.ts';

let s3: AnS3;
let project: PageProject;
let batch: Batch;

beforeAll(async () => {
  const { bin } = await engineEnvironment();
  s3 = await anS3(bin, 'flows');
  const environment = {
    // What the page's reader has set before it begins.
    S3_ENDPOINT: s3.endpoint,
    AWS_ACCESS_KEY_ID: 'AKIAOFTHEREADERSOWNS',
    AWS_SECRET_ACCESS_KEY: 'the-readers-own-secret',
  };
  project = await aPageProject(readPage('docs/clients/metaflow.md'), { path: [bin], environment });
  batch = await batchOf(project);
}, INSTALL_LIMIT_MS);
afterAll(async () => {
  batch?.destroy();
  await project?.stop();
  await s3?.stop();
});

itRunsThePage('docs/clients/metaflow.md', () => project);

async function jobsOf(flow: string) {
  const filters = [{ name: 'JOB_NAME', values: [`reader-${flow}-*`] }];
  const { jobSummaryList = [] } = await batch.listJobs({ jobQueue: 'default', filters });
  const { jobs = [] } = await batch.describeJobs({ jobs: jobSummaryList.map(({ jobId = '' }) => jobId) });
  return jobs;
}

describe('Metaflow', () => {
  it('ran the tasks of its foreach as jobs of one definition', async () => {
    const jobs = await jobsOf('Squares');
    expect(jobs.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
    // The tasks start side by side, and each registers the definition unless it sees it: there may be several revisions.
    const names = jobs.map(({ jobDefinition = '' }) => jobDefinition.replace(/:\d+$/, ''));
    expect(new Set(names).size).toBe(1);
    expect(jobs.map(({ parameters }) => parameters?.['metaflow.flow_name'])).toEqual(
      Array(3).fill('Squares'),
    );
  });

  it('gave the failed step to Batch with its own exit code, and killed the one it was told to', async () => {
    expect(await jobsOf('Division')).toMatchObject([{ status: 'FAILED', container: { exitCode: 1 } }]);
    expect(await jobsOf('Waiting')).toMatchObject([
      { status: 'FAILED', isTerminated: true, statusReason: 'Metaflow initiated job termination.' },
    ]);
  });

  it('terminates its job when its run is interrupted by Ctrl-C', async () => {
    const run = project.background('exec python waiting.py --no-pylint run');
    const running = async () => (await jobsOf('Waiting')).find(({ status }) => status === 'RUNNING')?.jobId;
    const jobId = await expect.poll(running, { timeout: 60_000, interval: 200 }).toBeDefined().then(running);
    run.interrupt();
    const { exitCode } = await run.ended;
    expect(exitCode).not.toBe(0);
    const ended = async () => (await batch.describeJobs({ jobs: [jobId ?? ''] })).jobs?.[0];
    await expect.poll(ended, { timeout: 45_000 }).toMatchObject({ status: 'FAILED', isTerminated: true });
  });
});
