// The console in a real browser, on a real server with real jobs: what a person sees, and that nothing of a job executes.
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Look, TestConsole } from './a-console.ts';
import { aBrowser, aConsole, buildConsole, picture, signIn, submit, untilStatus } from './a-console.ts';

let browser: Browser;
beforeAll(async () => {
  buildConsole();
  browser = await aBrowser();
});
afterAll(() => browser.close());

let served: TestConsole;
const looks: Look[] = [];
beforeEach(async () => {
  served = await aConsole();
});
afterEach(async () => {
  const complaints = looks.flatMap((look) => look.complaints);
  for (const { page } of looks.splice(0)) await page.context().close();
  await served.stop();
  expect(complaints).toEqual([]);
});

async function look(
  ...options: Parameters<typeof signIn> extends [unknown, unknown, ...infer Rest] ? Rest : never
) {
  const opened = await signIn(browser, served.server.consoleLink(), ...options);
  looks.push(opened);
  return opened.page;
}

const addressOf = (jobId: string): string => `${served.server.endpoint}/#/jobs/${encodeURIComponent(jobId)}`;

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

describe('signing in', () => {
  it('takes a link once, and takes it out of the address', async () => {
    const link = served.server.consoleLink();
    const first = await signIn(browser, link);
    looks.push(first);
    await first.page.getByRole('heading', { name: 'Queues' }).waitFor();
    expect(first.page.url()).toBe(`${served.server.endpoint}/#/`);
    await first.page.reload();
    await first.page.getByRole('heading', { name: 'Queues' }).waitFor();
    const second = await signIn(browser, link);
    looks.push(second);
    await second.page.getByRole('heading', { name: 'This link is used up' }).waitFor();
    // A new one, put into the address of the same tab.
    await second.page.goto(served.server.consoleLink());
    await second.page.getByRole('heading', { name: 'Queues' }).waitFor();
    await second.page.context().clearCookies();
    await second.page.reload();
    await second.page.getByRole('heading', { name: 'Sign in to Slipway' }).waitFor();
    expect(await second.page.getByText('npx slipway console').isVisible()).toBe(true);
    await picture(second.page, 'sign-in');
  });

  it('without a link shows how to get one, and nothing else', async () => {
    const { page, complaints } = await signIn(browser, served.server.endpoint);
    looks.push({ page, complaints });
    await page.getByRole('heading', { name: 'Sign in to Slipway' }).waitFor();
    expect(await page.getByRole('navigation').count()).toBe(0);
  });
});

describe('with an empty store', () => {
  it('the overview says how to submit the first job, and the job appears by itself', async () => {
    const page = await look();
    await page.getByRole('heading', { name: 'No jobs yet' }).waitFor();
    await picture(page, 'overview-empty');
    const jobId = await submit(served.batch, 'true');
    await untilStatus(served.batch, jobId, 'SUCCEEDED');
    await page.getByRole('heading', { name: 'No jobs yet' }).waitFor({ state: 'detached' });
    await page.getByText('1 job ended', { exact: true }).waitFor();
  });

  it('the list of jobs says that it is empty, and a job that is not there is told as such', async () => {
    const page = await look();
    await page.getByRole('link', { name: 'Jobs', exact: true }).click();
    await page.getByRole('heading', { name: 'No jobs here' }).waitFor();
    await picture(page, 'jobs-empty');
    await page.goto(addressOf('00000000-0000-4000-8000-000000000000'));
    await page.getByText('does not exist in us-east-1').waitFor();
    await picture(page, 'job-missing');
    await page.goto(`${served.server.endpoint}/#/nowhere`);
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
  });
});

describe('jobs', () => {
  it('are listed live, filtered by state, and found by name', async () => {
    const page = await look();
    await page.goto(`${served.server.endpoint}/#/jobs`);
    await page.getByRole('heading', { name: 'No jobs here' }).waitFor();
    const good = await submit(served.batch, 'true', { jobName: 'good-one' });
    await page.getByRole('row', { name: /Succeeded good-one/ }).waitFor();
    const bad = await submit(served.batch, 'exit 3', { jobName: 'bad-one' });
    await page.getByRole('row', { name: /Failed bad-one .* exit 3/ }).waitFor();
    await picture(page, 'jobs');
    await page.getByRole('link', { name: /^Failed/ }).click();
    await page.getByRole('row', { name: /good-one/ }).waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    await page.keyboard.type('GOOD');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'good-one' }).click();
    await page.getByRole('heading', { name: 'good-one' }).waitFor();
    expect(page.url()).toBe(addressOf(good));
    await page.getByRole('searchbox', { name: 'Find a job' }).fill(bad);
    await page.keyboard.press('Enter');
    await page.getByText('It ended with exit code 3.').waitFor();
  });

  it('that run show their log as it is written, with its colours, and are terminated after a question', async () => {
    const script = `printf '\\033[31mred\\033[0m \\033[1;32mgreen\\033[0m\\n'; i=0; while :; do echo tick $i; i=$((i+1)); sleep 0.2; done`;
    const jobId = await submit(served.batch, script, { jobName: 'long-one' });
    const page = await look();
    await page.goto(addressOf(jobId));
    const log = page.getByRole('log');
    await log.getByText('tick 3', { exact: true }).waitFor();
    expect(await log.getByText('red', { exact: true }).getAttribute('class')).toBe('ink-1');
    expect(await log.getByText('green', { exact: true }).getAttribute('class')).toBe('bold ink-2');
    await picture(page, 'job-running');
    await page.getByRole('button', { name: 'Terminate' }).click();
    const dialog = page.getByRole('dialog', { name: 'Terminate' });
    await dialog.getByLabel('Reason').fill('seen <i>enough</i>');
    await picture(page, 'job-terminate');
    await dialog.getByRole('button', { name: 'Terminate' }).click();
    await page.getByText('seen <i>enough</i>').first().waitFor();
    await page.getByText('Failed').first().waitFor();
    expect(await page.getByRole('button', { name: 'Terminate' }).count()).toBe(0);
    await picture(page, 'job-failed');
  });

  it('that wait say why, at which place, and link to what they wait for', async () => {
    const needs = (vcpus: string) => ({
      containerOverrides: {
        resourceRequirements: [
          { type: 'VCPU', value: vcpus },
          { type: 'MEMORY', value: '128' },
        ],
      },
    });
    const running = await submit(served.batch, 'sleep 60', { jobName: 'holds-all', ...needs('16') });
    await untilStatus(served.batch, running, 'RUNNING');
    await submit(served.batch, 'true', { jobName: 'first-in-line', ...needs('2') });
    const second = await submit(served.batch, 'true', { jobName: 'second-in-line' });
    const dependent = await submit(served.batch, 'true', {
      jobName: 'dependent',
      dependsOn: [{ jobId: running }],
    });
    const page = await look();
    await page.getByText('waits for room').waitFor();
    await picture(page, 'overview-full');
    await page.goto(addressOf(second));
    await page.getByText('Position 2 in line.').waitFor();
    await picture(page, 'job-waiting');
    await page.goto(addressOf(dependent));
    await page.getByRole('row', { name: /Running holds-all/ }).waitFor();
    await page.getByRole('link', { name: 'holds-all', exact: true }).click();
    await page.getByRole('heading', { name: 'holds-all' }).waitFor();
  });

  it('may hold anything in their log and environment: none of it executes', async () => {
    const hostile = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
    const jobId = await submit(
      served.batch,
      `printf '%s\\n' "$HOSTILE"; printf '\\033]0;owned\\007\\033[2Jbell\\007 \\342\\200\\256rtl\\n'`,
      {
        jobName: 'hostile',
        tags: { 'a<b': `"><script>document.title='owned'</script>` },
        containerOverrides: {
          command: [
            'sh',
            '-c',
            `printf '%s\\n' "$HOSTILE"; printf '\\033]0;owned\\007\\033[2Jbell\\007\\n'; echo "javascript:alert(1)"`,
          ],
          environment: [
            { name: 'HOSTILE', value: hostile },
            { name: 'API_TOKEN', value: 'not-for-all-eyes' },
            { name: '__proto__', value: 'polluted' },
          ],
        },
      },
    );
    await untilStatus(served.batch, jobId, 'SUCCEEDED');
    const page = await look();
    await page.goto(addressOf(jobId));
    const log = page.getByRole('log');
    await log.getByText(hostile, { exact: true }).waitFor();
    await log.getByText('bell', { exact: true }).waitFor();
    expect(await page.locator('.log img, .log script, .variables img, .facts script').count()).toBe(0);
    expect(await page.getByText('not-for-all-eyes').count()).toBe(0);
    await page.getByRole('button', { name: 'Show 1 hidden' }).click();
    await page.getByText('not-for-all-eyes').waitFor();
    expect(await page.title()).toBe('hostile · Slipway');
    await picture(page, 'job-hostile');
  });
});

describe('an array of 500', () => {
  const SCRIPT = 'sleep 0.1; test $((AWS_BATCH_JOB_ARRAY_INDEX % 37)) -ne 5';

  it('fills its map while it runs; failures are one key away, and a cell opens its child', async () => {
    const page = await look();
    const jobId = await submit(served.batch, SCRIPT, { jobName: 'tiles', arrayProperties: { size: 500 } });
    await page.goto(addressOf(jobId));
    await page
      .getByText(/[1-9]\d* succeeded/)
      .first()
      .waitFor();
    await page
      .getByText(/1 failed/)
      .first()
      .waitFor();
    await picture(page, 'array-running');
    await page.getByRole('button', { name: 'Next failure' }).click();
    await page.getByRole('link', { name: 'Child 5: failed' }).waitFor();
    await page.keyboard.press('ArrowLeft');
    await page.getByRole('link', { name: /Child 4: succeeded/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('child 4').waitFor();
    expect(page.url()).toBe(addressOf(`${jobId}:4`));
    await page.goBack();
    await page.getByRole('link', { name: '5', exact: true }).click();
    await page.getByText('It ended with exit code 1.').waitFor();
    await picture(page, 'child-failed');
  });

  it('ends on the page as it ended on the server', async () => {
    const page = await look();
    const jobId = await submit(served.batch, 'true', { jobName: 'quick', arrayProperties: { size: 500 } });
    await page.goto(addressOf(jobId));
    await page.getByText('500 succeeded', { exact: true }).waitFor();
    await page.getByText('500 / 500').waitFor();
    await picture(page, 'array-done');
  });
});

describe('looks', () => {
  it.each([
    ['phone', PHONE],
    ['dark', { colorScheme: 'dark' as const }],
    ['phone-dark', { ...PHONE, colorScheme: 'dark' as const }],
  ])('%s: every page fits its width', async (name, options) => {
    const array = await submit(served.batch, 'test $AWS_BATCH_JOB_ARRAY_INDEX -ne 7', {
      jobName: 'render-tiles',
      arrayProperties: { size: 120 },
    });
    const jobId = await submit(served.batch, 'seq 1 60; printf "\\033[33mwarn\\033[0m\\n"; exit 2', {
      jobName: 'a-job-with-a-name-that-is-as-long-as-names-of-jobs-tend-to-be-in-real-life',
      retryStrategy: { attempts: 2 },
    });
    await untilStatus(served.batch, array, 'FAILED');
    await untilStatus(served.batch, jobId, 'FAILED');
    const page = await look(options);
    const pages = { overview: '#/', jobs: '#/jobs', job: `#/jobs/${jobId}`, array: `#/jobs/${array}` };
    for (const [shown, hash] of Object.entries(pages)) {
      await page.goto(`${served.server.endpoint}/${hash}`);
      await page.locator('table, .heat canvas').first().waitFor();
      if (shown === 'job') await page.getByText('warn', { exact: true }).waitFor();
      const [wide = 0, room = 1] = await page.evaluate<number[]>(
        '[document.documentElement.scrollWidth, innerWidth]',
      );
      expect(wide, shown).toBeLessThanOrEqual(room);
      await picture(page, `${name}-${shown}`);
    }
  });
});
