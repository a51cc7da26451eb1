// Luigi's own Batch support, as it is: its page as it stands, and what its users meet besides.
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Batch, JobDetail, KeyValuesPair } from '@aws-sdk/client-batch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineEnvironment, INSTALL_LIMIT_MS } from '../engine-environment.ts';
import { batchOf } from '../batch-of.ts';
import { readPage } from '../page.ts';
import type { Ended, PageProject, Running } from '../page-project.ts';
import { aPageProject } from '../page-project.ts';
import { itRunsThePage } from '../run-page.ts';

let project: PageProject;
let batch: Batch;

beforeAll(async () => {
  const { bin } = await engineEnvironment();
  project = await aPageProject(readPage('docs/clients/luigi.md'), { path: [bin] });
  batch = await batchOf(project);
}, INSTALL_LIMIT_MS);
afterAll(async () => {
  batch?.destroy();
  await project?.stop();
});

itRunsThePage('docs/clients/luigi.md', () => project);

/** `luigi`, with the page's tasks; its words are those of a command line. */
function luigi(...words: readonly string[]): Promise<Ended> {
  return project.shell(`python -m luigi --module items ${words.join(' ')} --local-scheduler`);
}

async function jobsNamed(name: string): Promise<readonly JobDetail[]> {
  const filters: KeyValuesPair[] = [{ name: 'JOB_NAME', values: [name] }];
  const { jobSummaryList = [] } = await batch.listJobs({ jobQueue: 'default', filters });
  const ids = jobSummaryList.map(({ jobId = '' }) => jobId);
  return ids.length === 0 ? [] : ((await batch.describeJobs({ jobs: ids })).jobs ?? []);
}

describe('Luigi', () => {
  it('passes its parameters to the job, and takes a task that is complete for done', async () => {
    expect((await luigi('Item', '--item', 'once')).exitCode).toBe(0);
    const again = await luigi('Item', '--item', 'once');
    expect(again.exitCode).toBe(0);
    expect(again.printed).toContain('1 complete ones were encountered');
    expect(await jobsNamed('item-once')).toMatchObject([
      {
        status: 'SUCCEEDED',
        parameters: { item: 'once', seconds: '0', output: join(project.folder, 'once.txt') },
      },
    ]);
  });

  it('names its jobs itself when the task does not', async () => {
    const { exitCode, printed } = await project.shell(`python - <<'END'
import time
from luigi.contrib.batch import BatchClient
client = BatchClient(poll_time=0.2)
job_id = client.submit_job("item", {"item": "anonymous", "output": "/dev/null", "seconds": "3"})
while client.get_job_status(job_id) != "RUNNING":
    time.sleep(0.05)
detail = client._client.describe_jobs(jobs=[job_id])["jobs"][0]
print("found", client.get_job_id_from_name(detail["jobName"]) == job_id, detail["jobName"])
print("succeeded", client.wait_on_job(job_id))
END`);
    expect(printed).toMatch(/^found True batch-job-[a-z]{8}$/m);
    expect(printed).toContain('succeeded True');
    expect(exitCode).toBe(0);
  });

  it('does not run what needs a failed task, and says so', async () => {
    await rm(join(project.folder, 'report.txt'));
    const { exitCode, printed } = await luigi('Report', `--items '["bad", "well"]'`);
    expect(exitCode).toBe(30);
    expect(printed).toContain('failed: working on bad');
    expect(printed).toMatch(/1 failed:\s+- 1 Item\(.*item=bad/);
    expect(await jobsNamed('item-well')).toMatchObject([{ status: 'SUCCEEDED' }]);
  });

  it('says of a queue that is not there what Batch says', async () => {
    const { exitCode, printed } = await luigi('Item', '--item', 'lost', '--job-queue', 'nowhere');
    expect(printed).toContain(
      'An error occurred (ClientException) when calling the SubmitJob operation: JobQueue nowhere not found.',
    );
    expect(exitCode).toBe(30);
  });

  it('may be killed: its job runs on, and the next Luigi finds what it made', async () => {
    const running = await startedItem('survivor', 6);
    running.child.kill('SIGKILL');
    await running.ended;
    await expect
      .poll(async () => (await jobsNamed('item-survivor'))[0]?.status, { timeout: 30_000 })
      .toBe('SUCCEEDED');
    expect(await readFile(join(project.folder, 'survivor.txt'), 'utf8')).toBe('survivor is done\n');
    const again = await luigi('Item', '--item', 'survivor', '--seconds', '6');
    expect(again.printed).toContain('1 complete ones were encountered');
    expect(await jobsNamed('item-survivor')).toHaveLength(1);
  });

  it('fails a task whose job is terminated, with what the job printed', async () => {
    const running = await startedItem('stopped', 600);
    const [job] = await jobsNamed('item-stopped');
    await batch.terminateJob({ jobId: job?.jobId ?? '', reason: 'no longer needed' });
    const { exitCode, printed } = await running.ended;
    expect(exitCode).toBe(30);
    expect(printed).toContain(`BatchJobException: Job ${job?.jobId} failed: working on stopped`);
    expect(await jobsNamed('item-stopped')).toMatchObject([
      { status: 'FAILED', statusReason: 'no longer needed' },
    ]);
    expect(existsSync(join(project.folder, 'stopped.txt'))).toBe(false);
  });

  it('has no words for a job that is terminated before it ran, as its page says', async () => {
    const resourceRequirements = [
      { type: 'VCPU' as const, value: '9999' },
      { type: 'MEMORY' as const, value: '128' },
    ];
    const containerProperties = { image: 'busybox', command: ['true'], resourceRequirements };
    await batch.registerJobDefinition({ jobDefinitionName: 'huge', type: 'container', containerProperties });
    const { jobId } = await batch.submitJob({ jobName: 'huge', jobQueue: 'default', jobDefinition: 'huge' });
    await batch.terminateJob({ jobId, reason: 'too big' });
    const { exitCode, printed } = await project.shell(
      `python -c 'from luigi.contrib.batch import BatchClient; BatchClient().wait_on_job("${jobId}")'`,
    );
    expect(exitCode).toBe(1);
    expect(printed).toContain('IndexError: list index out of range');
  });

  /** Luigi in the background, with its job running. */
  async function startedItem(item: string, seconds: number): Promise<Running> {
    const task = `--module items Item --item ${item} --seconds ${seconds} --local-scheduler`;
    const running = project.background(`exec python -m luigi ${task}`);
    const status = async () => (await jobsNamed(`item-${item}`))[0]?.status;
    await expect.poll(status, { timeout: 30_000, interval: 200 }).toBe('RUNNING');
    return running;
  }
});
