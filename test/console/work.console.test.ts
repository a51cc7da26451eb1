// What a person does with jobs in the console: narrows lists, runs jobs again, holds them, looks through logs, and sees how jobs
// and nodes hang together.
import { Batch } from '@aws-sdk/client-batch';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Look, TestConsole } from './a-console.ts';
import { aBrowser, aConsole, buildConsole, picture, signIn, submit, untilStatus } from './a-console.ts';

let browser: Browser;
let served: TestConsole;
const looks: Look[] = [];
beforeAll(async () => {
  buildConsole();
  browser = await aBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  served = await aConsole();
});
afterEach(async () => {
  const complaints = looks.flatMap((look) => look.complaints);
  for (const { page } of looks.splice(0)) await page.context().close();
  await served.stop();
  expect(complaints).toEqual([]);
});

async function look(hash: string) {
  const opened = await signIn(browser, served.server.consoleLink());
  looks.push(opened);
  await opened.page.goto(`${served.server.endpoint}/${hash}`);
  return opened.page;
}

describe('the list of jobs', () => {
  it('is narrowed by name, tag, time, queue and state, each in the address, and cleared at once', async () => {
    for (const [name, team] of [
      ['render-1', 'blue'],
      ['render-2', 'red'],
      ['clean-1', 'blue'],
    ] as const) {
      const jobId = await submit(served.batch, `test ${name} != render-2`, { jobName: name, tags: { team } });
      await untilStatus(served.batch, jobId, 'SUCCEEDED', 'FAILED');
    }
    const page = await look('#/jobs');
    const rows = page.getByRole('table', { name: 'Jobs' }).locator('tbody tr');
    await page.getByRole('row', { name: /clean-1/ }).waitFor();
    await page.getByRole('searchbox', { name: 'Name or id' }).fill('render-*');
    await page.getByText('clean-1').waitFor({ state: 'detached' });
    await expect.poll(() => rows.count()).toBe(2);
    expect(page.url()).toContain('name=render-');
    await page.getByRole('searchbox', { name: 'Tag' }).fill('team=red');
    await page.getByText('render-1').waitFor({ state: 'detached' });
    await page.getByText(/Looked at 3 jobs, back to .*; 1 found, and there are no more/).waitFor();
    await page.getByLabel('Submitted').selectOption('1h');
    await page.getByLabel('Queue').selectOption('default');
    await page.getByRole('link', { name: /^Succeeded/ }).click();
    await page.getByRole('heading', { name: 'No job matches' }).waitFor();
    await picture(page, 'jobs-none-match');
    await page.goBack();
    await page.getByRole('row', { name: /render-2/ }).waitFor();
    await page.reload();
    await page.getByRole('row', { name: /render-2/ }).waitFor();
    await picture(page, 'jobs-narrowed');
    await page.getByRole('link', { name: 'Clear' }).click();
    await page.getByRole('row', { name: /clean-1/ }).waitFor();
    expect(await page.getByRole('searchbox', { name: 'Tag' }).inputValue()).toBe('');
  });

  it('between two moments, and of what was submitted before a page was full', async () => {
    for (let index = 0; index < 130; index += 1)
      await submit(served.batch, 'true', { jobName: `many-${index}` });
    const page = await look('#/jobs?name=many');
    await page.getByRole('link', { name: 'Older' }).click();
    await page.getByRole('row', { name: /many-0 / }).waitFor();
    await page.getByRole('link', { name: 'Newest' }).click();
    await page.getByRole('row', { name: /many-129/ }).waitFor();
    await page.getByLabel('Submitted').selectOption('between');
    await page.getByLabel('Submitted until').fill('2020-01-01T00:00');
    await page.getByRole('heading', { name: 'No job matches' }).waitFor();
  });
});

describe('a job', () => {
  it('is run again with changes from a form, and its page opens', async () => {
    const jobId = await submit(served.batch, 'exit 4', {
      jobName: 'try',
      containerOverrides: {
        command: ['sh', '-c', 'exit 4'],
        environment: [{ name: 'API_TOKEN', value: 'hush-hush' }],
      },
    });
    await untilStatus(served.batch, jobId, 'FAILED');
    const page = await look(`#/jobs/${jobId}`);
    await page.getByRole('button', { name: 'Run again' }).click();
    const dialog = page.getByRole('dialog', { name: 'Run again' });
    expect(await dialog.getByLabel('Command').inputValue()).toBe("sh -c 'exit 4'");
    await dialog.getByLabel('Command').fill(`sh -c 'echo "again, $WHO"`);
    await dialog.getByRole('button', { name: 'Submit' }).click();
    await dialog.getByText('A single quote is not closed.').waitFor();
    await dialog.getByLabel('Command').fill(`sh -c 'echo "again, $WHO"'`);
    await dialog.getByRole('button', { name: 'Add a variable' }).click();
    await dialog.getByLabel('Name of variable 2').fill('WHO');
    await dialog.getByLabel('Value of WHO').fill('<i>me</i>');
    await dialog.getByLabel('Name', { exact: true }).fill('not a name');
    await dialog.getByRole('button', { name: 'Submit' }).click();
    await dialog.getByText('Job name should match valid pattern').waitFor();
    await picture(page, 'job-rerun');
    await dialog.getByLabel('Name', { exact: true }).fill('retry');
    await dialog.getByRole('button', { name: 'Submit' }).click();
    await page.getByRole('heading', { name: 'retry' }).waitFor();
    await page.getByRole('log').getByText('again, <i>me</i>').waitFor();
    expect(page.url()).not.toContain(jobId);
  });

  it('that waits is held and released, and its state machine shows where it is', async () => {
    const first = await submit(served.batch, 'sleep 60', { jobName: 'first' });
    const page = await look(`#/jobs/${first}`);
    await page.getByRole('group', { name: 'State machine; in RUNNING' }).waitFor();
    const second = await submit(served.batch, 'true', { jobName: 'second', dependsOn: [{ jobId: first }] });
    await page.goto(`${served.server.endpoint}/#/jobs/${second}`);
    await page.getByRole('group', { name: 'State machine; not entered yet' }).waitFor();
    await page.getByRole('button', { name: 'Hold' }).click();
    await page.getByText('it stands in no line until it is released').waitFor();
    await page.getByRole('button', { name: 'Priority' }).click();
    await page.getByRole('dialog', { name: 'Priority' }).getByRole('spinbutton').fill('12');
    await page.getByRole('button', { name: 'Set' }).click();
    await page.getByRole('button', { name: 'Priority 12' }).waitFor();
    await picture(page, 'job-held');
    await page.getByRole('button', { name: 'Release' }).click();
    await page.getByText('it stands in no line until it is released').waitFor({ state: 'detached' });
    await page
      .getByRole('group', { name: 'Workflow of 2 jobs' })
      .getByRole('link', { name: /^first: Running/ })
      .click();
    await page.getByRole('heading', { name: 'first' }).waitFor();
  });

  it('has its log looked through, from its end to its beginning', async () => {
    const jobId = await submit(served.batch, 'seq 1 20000; echo done');
    await untilStatus(served.batch, jobId, 'SUCCEEDED');
    const page = await look(`#/jobs/${jobId}`);
    const log = page.getByRole('log');
    await log.getByText('done', { exact: true }).waitFor();
    const find = page.getByRole('searchbox', { name: 'Find in the log' });
    await find.fill('1777');
    await find.press('Enter');
    await log.locator('.log-found').getByText('17779').waitFor();
    await find.press('Enter');
    await log.locator('.log-found').getByText('17778').waitFor();
    await picture(page, 'log-found');
    await find.press('Shift+Enter');
    await log.locator('.log-found').getByText('17779').waitFor();
    await find.fill('7 of 9');
    await find.press('Enter');
    await page.getByText('No earlier one').waitFor();
    await page.getByRole('button', { name: 'Beginning' }).click();
    await log.getByText('1', { exact: true }).waitFor();
    await log.getByRole('button', { name: /Later lines/ }).click();
    await log.getByText('1999', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'End' }).click();
    await log.getByText('done', { exact: true }).waitFor();
  });
});

describe('what hangs together', () => {
  it('the nodes of a job stand side by side, each one’s log a click away', async () => {
    await served.batch.registerJobDefinition({
      jobDefinitionName: 'nodes',
      type: 'multinode',
      nodeProperties: {
        numNodes: 3,
        mainNode: 0,
        nodeRangeProperties: [
          {
            targetNodes: '0:',
            container: {
              image: 'busybox',
              command: ['sh', '-c', 'echo I am node $AWS_BATCH_JOB_NODE_INDEX; sleep 30'],
              resourceRequirements: [
                { type: 'VCPU', value: '1' },
                { type: 'MEMORY', value: '64' },
              ],
            },
          },
        ],
      },
    });
    const { jobId = '' } = await served.batch.submitJob({
      jobName: 'together',
      jobQueue: 'default',
      jobDefinition: 'nodes',
    });
    const page = await look(`#/jobs/${jobId}`);
    await page.getByRole('log').getByText('I am node 0').waitFor();
    await page.getByText('3 running').waitFor();
    await page.getByRole('button', { name: /^2 ?Running/ }).click();
    await page.getByRole('log').getByText('I am node 2').waitFor();
    await page
      .getByRole('group', { name: 'State machine; in RUNNING' })
      .getByText('NODES_STARTING', { exact: true })
      .waitFor();
    await picture(page, 'multi-node');
  });
});

describe('what happened', () => {
  it('appears as events the moment it happens, unless the page is told to wait', async () => {
    const page = await look('#/events');
    await page.getByRole('heading', { name: 'No events yet' }).waitFor();
    const first = await submit(served.batch, 'exit 5', { jobName: 'first-event' });
    await page.getByRole('row', { name: /Failed first-event .* exit 5/ }).waitFor();
    await page.getByRole('button', { name: 'JSON' }).first().click();
    await page.getByText('"source": "slipway.batch"').waitFor();
    await page.getByLabel('State').selectOption('RUNNING');
    await page.getByRole('row', { name: /Failed first-event/ }).waitFor({ state: 'detached' });
    await page.getByLabel('State').selectOption('');
    await page.getByRole('button', { name: 'Pause' }).click();
    const second = await submit(served.batch, 'true', { jobName: 'second-event' });
    await untilStatus(served.batch, second, 'SUCCEEDED');
    await page.waitForTimeout(1_000);
    expect(await page.getByText('second-event').count()).toBe(0);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('second-event').first().waitFor();
    await picture(page, 'events');
    await page.getByRole('searchbox', { name: 'Job, id or reason' }).fill(first.slice(0, 8));
    await page.getByText('second-event').first().waitFor({ state: 'detached' });
    await expect.poll(() => page.getByRole('link', { name: 'first-event' }).count()).toBe(4);
  });

  it('is told with who did it, in the console too', async () => {
    const jobId = await submit(served.batch, 'sleep 60', { jobName: 'audited' });
    await untilStatus(served.batch, jobId, 'RUNNING');
    const page = await look(`#/jobs/${jobId}`);
    await page.getByRole('button', { name: 'Terminate' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Terminate' }).click();
    await page.getByText('Failed').first().waitFor();
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('row', { name: /TerminateJob slipway-console/ }).waitFor();
    await picture(page, 'audit');
    await page.getByRole('combobox', { name: 'Calls' }).selectOption('errors');
    await page.getByRole('heading', { name: 'No calls yet' }).waitFor();
  });
});

it('the overview draws what happens over time, and another Region is a choice away', async () => {
  const page = await look('#/');
  await submit(served.batch, 'test $AWS_BATCH_JOB_ARRAY_INDEX -ne 3', {
    jobName: 'work',
    arrayProperties: { size: 20 },
  });
  await page.getByText('20 jobs ended, 1 failed').waitFor();
  await page.locator('.chart canvas').nth(1).waitFor();
  await page.getByRole('button', { name: '1 h' }).click();
  await page.getByRole('heading', { name: 'The last hour' }).waitFor();
  await picture(page, 'overview-charts');
  const other = new Batch({
    endpoint: served.server.endpoint,
    region: 'eu-west-1',
    credentials: { ...served.server.credentials },
  });
  await other.submitJob({ jobName: 'over-there', jobQueue: 'default', jobDefinition: 'shell' });
  other.destroy();
  await page.reload();
  await page.getByLabel('Region').selectOption('eu-west-1');
  await page.getByRole('link', { name: 'Jobs', exact: true }).click();
  await page.getByRole('row', { name: /over-there/ }).waitFor();
  expect(await page.getByText('work', { exact: true }).count()).toBe(0);
});
