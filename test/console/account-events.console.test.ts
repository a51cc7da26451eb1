// The page in a browser, over loopback, for a service in an account that has its events, audit trail and metrics in CloudWatch.
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aBrowser, buildConsole, picture, submit } from './a-console.ts';
import type { Lookers, TestAccountConsole } from './an-account-console.ts';
import { anAccountConsole, lookersAt } from './an-account-console.ts';

let browser: Browser;
beforeAll(async () => {
  buildConsole();
  browser = await aBrowser();
});
afterAll(() => browser.close());

let account: TestAccountConsole;
let lookers: Lookers;
const look = (hash?: string): Promise<Page> => lookers.look(hash);
beforeEach(async () => {
  account = await anAccountConsole(true);
  lookers = lookersAt(account, browser);
});
afterEach(async () => {
  try {
    await lookers.close();
  } finally {
    await account.stop();
  }
});

const jobHash = (jobId: string): string => `#/jobs/${encodeURIComponent(jobId)}`;

describe('with events', () => {
  it('the overview draws what metrics count, and changes by itself', async () => {
    const page = await look();
    await submit(account.batch, 'test $AWS_BATCH_JOB_ARRAY_INDEX -ne 3', {
      jobName: 'work',
      arrayProperties: { size: 20 },
    });
    await page.getByText('20 jobs ended, 1 failed').waitFor();
    await page.locator('.chart canvas').nth(1).waitFor();
    await picture(page, 'account-charts');
    await page.getByRole('heading', { name: 'The last hour' }).waitFor();
    await page.getByRole('button', { name: '5 min' }).click();
    await page.getByRole('heading', { name: 'The last 5 minutes' }).waitFor();
  });

  it('an array fills its map from them, while its children run, without asking for all of it again', async () => {
    const page = await look();
    const jobId = await submit(
      account.batch,
      'sleep 0.$((AWS_BATCH_JOB_ARRAY_INDEX % 7)); test $AWS_BATCH_JOB_ARRAY_INDEX -ne 5',
      { jobName: 'tiles', arrayProperties: { size: 200 } },
    );
    await page.goto(`${account.served.url}/${jobHash(jobId)}`);
    await page
      .getByText(/^[1-9]\d* succeeded/)
      .first()
      .waitFor();
    await picture(page, 'account-array-events');
    await page.getByText('199 succeeded', { exact: true }).waitFor();
    await page.getByText('1 failed', { exact: true }).waitFor();
    await page.getByText('200 / 200').waitFor();
    const maps = account.gateway.seen.filter((call) => call.endsWith('/cells'));
    expect(maps.length).toBeLessThanOrEqual(3);
  });

  it('a job shows its log as it is written, to its end', async () => {
    const jobId = await submit(
      account.batch,
      `printf '\\033[31mred\\033[0m\\n'; seq 1 30; sleep 3; echo at-last`,
      { jobName: 'talks' },
    );
    const page = await look(jobHash(jobId));
    const log = page.getByRole('log');
    await log.getByText('30', { exact: true }).waitFor();
    expect(await log.getByText('red', { exact: true }).getAttribute('class')).toBe('ink-1');
    await picture(page, 'account-job-running');
    await log.getByText('at-last', { exact: true }).waitFor();
    await page.getByText('Succeeded').first().waitFor();
    // Nothing is said of bytes, and the beginning is on the page.
    expect(await page.getByText(/\d [KMGTP]i?B/).count()).toBe(1);
    expect(await page.getByRole('button', { name: /Earlier lines/ }).count()).toBe(0);
    await page.getByRole('searchbox', { name: 'Find in the log' }).fill('RED');
    await page.keyboard.press('Enter');
    await page.locator('.log-found').waitFor();
    await picture(page, 'account-job-log');
  });

  it('a log of many pages is walked through from its end to its beginning', async () => {
    const jobId = await submit(account.batch, 'seq -f "line %g" 1 2500', { jobName: 'talks-much' });
    const page = await look(jobHash(jobId));
    const log = page.getByRole('log');
    await log.getByText('line 2500', { exact: true }).waitFor();
    expect(await log.getByText('line 1500', { exact: true }).count()).toBe(0);
    const earlier = page.getByRole('button', { name: 'Earlier lines', exact: true });
    for (let clicks = 0; (await earlier.count()) > 0; clicks += 1) {
      expect(clicks).toBeLessThan(8);
      const answered = page.waitForResponse((response) => response.url().includes('before='));
      await earlier.click();
      await (await answered).finished();
      await page.waitForTimeout(100);
    }
    // Each of them is there, and once.
    const lines = await log.evaluate((element) => element.textContent?.match(/line \d+/g));
    expect(lines).toEqual(Array.from({ length: 2_500 }, (_, index) => `line ${index + 1}`));
    await page.getByRole('searchbox', { name: 'Find in the log' }).fill('line 77');
    await page.keyboard.press('Enter');
    await page.locator('.log-found').waitFor();
    await page.getByRole('button', { name: 'Beginning', exact: true }).click();
    await log.getByText('line 1', { exact: true }).waitFor();
  });

  it('they are listed as they appear, narrowed, and opened', async () => {
    const page = await look('#/events');
    await page.getByRole('heading', { name: 'No events yet' }).waitFor();
    const bad = await submit(account.batch, 'exit 3', { jobName: 'bad-one' });
    await submit(account.batch, 'true', { jobName: 'good-one' });
    await page.getByRole('row', { name: /Failed bad-one .* exit 3/ }).waitFor();
    await page.getByRole('row', { name: /Succeeded good-one/ }).waitFor();
    await picture(page, 'account-events');
    await page.getByRole('combobox', { name: 'State' }).selectOption('FAILED');
    await page
      .getByRole('row', { name: /good-one/ })
      .first()
      .waitFor({ state: 'detached' });
    await page
      .getByRole('row', { name: /Failed bad-one/ })
      .getByRole('button', { name: 'JSON' })
      .click();
    await page.getByText(`"jobId": "${bad}"`).waitFor();
  });

  it('the audit trail shows who did what, what was done in the page among it', async () => {
    const jobId = await submit(account.batch, 'sleep 60', { jobName: 'long-one' });
    const page = await look(jobHash(jobId));
    await page.getByRole('button', { name: 'Terminate' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Terminate' }).click();
    await page.getByText('Failed').first().waitFor();
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('row', { name: /TerminateJob/ }).waitFor();
    await page.getByRole('row', { name: /SubmitJob/ }).waitFor();
    await picture(page, 'account-audit');
    await page
      .getByRole('row', { name: /TerminateJob/ })
      .getByRole('button', { name: 'JSON' })
      .click();
    await page.getByText('"eventName": "TerminateJob"').waitFor();
  });
});

describe('events that may not be read', () => {
  it('are told with what is needed, while jobs go on by asking; both come back when it is allowed', async () => {
    const { cloudWatch } = account;
    cloudWatch.forbid(cloudWatch.events, true);
    const page = await look('#/events');
    await page.getByText('logs:FilterLogEvents').waitFor();
    await page.getByText('/aws/events/slipway').waitFor();
    await picture(page, 'account-events-refused');
    await page.getByRole('link', { name: 'Jobs', exact: true }).click();
    await page.getByRole('heading', { name: 'No jobs here' }).waitFor();
    await submit(account.batch, 'true', { jobName: 'asked-for' });
    await page.getByRole('row', { name: /Succeeded asked-for/ }).waitFor();
    cloudWatch.forbid(cloudWatch.events, false);
    await page.getByRole('link', { name: 'Events' }).click();
    await page.getByRole('row', { name: /Succeeded asked-for/ }).waitFor();
    await submit(account.batch, 'true', { jobName: 'heard-of' });
    await page.getByRole('row', { name: /Succeeded heard-of/ }).waitFor();
    expect(account.logged).toEqual([]);
  });

  it('a service that goes away is noticed nevertheless, and is back by itself', async () => {
    const page = await look('#/events');
    await page.getByRole('heading', { name: 'No events yet' }).waitFor();
    await account.gateway.goAway();
    await page.getByText(`${account.gateway.endpoint} does not answer`).waitFor();
    await account.gateway.comeBack();
    await page.getByText('does not answer').waitFor({ state: 'detached' });
    await submit(account.batch, 'true', { jobName: 'at-last' });
    await page.getByRole('row', { name: /Succeeded at-last/ }).waitFor();
  });
});
