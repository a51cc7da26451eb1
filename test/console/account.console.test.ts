// The page in a browser, over loopback, for a service behind API Gateway that keeps no events where they can be read: what it shows by
// asking, what it does, and how it is told that somebody is away or not known.
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aBrowser, buildConsole, picture, submit, untilStatus } from './a-console.ts';
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
  account = await anAccountConsole(false);
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

describe('without events, by asking', () => {
  it('the overview shows what the account has, and jobs as they come', async () => {
    const page = await look();
    await page.getByRole('heading', { name: 'No jobs yet' }).waitFor();
    await page.getByText(`npx slipway run --endpoint ${account.gateway.endpoint} -- echo hello`).waitFor();
    await page.getByRole('region', { name: 'This account' }).getByText('0 of 16').waitFor();
    await picture(page, 'account-empty');
    await submit(account.batch, 'sleep 30', { jobName: 'first-one' });
    await page.getByRole('heading', { name: 'No jobs yet' }).waitFor({ state: 'detached' });
    await page.getByText('1 of 16').first().waitFor();
    await page.getByText('What happened over time is told by CloudWatch metrics').waitFor();
    await picture(page, 'account-overview');
    await page.getByRole('link', { name: 'Jobs', exact: true }).click();
    await page.getByRole('row', { name: /Running first-one/ }).waitFor();
    await submit(account.batch, 'true', { jobName: 'second-one' });
    await page.getByRole('row', { name: /Succeeded second-one/ }).waitFor();
    await picture(page, 'account-jobs');
  });

  it('an array fills its map while its children run', async () => {
    const page = await look();
    const jobId = await submit(
      account.batch,
      'sleep 0.$((AWS_BATCH_JOB_ARRAY_INDEX % 7)); test $AWS_BATCH_JOB_ARRAY_INDEX -ne 5',
      { jobName: 'tiles', arrayProperties: { size: 120 } },
    );
    await page.goto(`${account.served.url}/${jobHash(jobId)}`);
    await page
      .getByText(/^[1-9]\d? succeeded/)
      .first()
      .waitFor();
    await picture(page, 'account-array-running');
    await page.getByText('119 succeeded', { exact: true }).waitFor();
    await page.getByText('1 failed', { exact: true }).waitFor();
    await page.getByRole('link', { name: '5', exact: true }).click();
    await page.getByText('It ended with exit code 1.').waitFor();
    await picture(page, 'account-array-child');
  });

  it('events and audit say why they are not there', async () => {
    const page = await look('#/events');
    await page.getByText('This Slipway keeps no log of its events').waitFor();
    await picture(page, 'account-no-events');
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByText('This Slipway keeps no audit trail').waitFor();
  });
});

describe('what a page does', () => {
  it('is done there: run again, hold, release, cancel, terminate', async () => {
    const jobId = await submit(account.batch, 'sleep 60', { jobName: 'long-one' });
    const waiting = await submit(account.batch, 'true', {
      jobName: 'waiting-one',
      dependsOn: [{ jobId }],
    });
    const page = await look(jobHash(waiting));
    await page.getByRole('row', { name: /long-one/ }).waitFor();
    await page.getByRole('button', { name: 'Hold' }).click();
    await page.getByText('it stands in no line until it is released').waitFor();
    await page.getByRole('button', { name: 'Release' }).click();
    await page.getByText('it stands in no line until it is released').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Cancel job' }).click();
    const cancel = page.getByRole('dialog', { name: 'Cancel job' });
    await cancel.getByLabel('Reason').fill('not wanted');
    await cancel.getByRole('button', { name: 'Cancel job' }).click();
    await cancel.waitFor({ state: 'hidden' });

    await page.goto(`${account.served.url}/${jobHash(jobId)}`);
    await page.getByRole('button', { name: 'Run again …' }).click();
    await picture(page, 'account-rerun');
    const form = page.getByRole('dialog', { name: 'Run again' });
    await form.getByRole('button', { name: 'Submit' }).click();
    await page.waitForURL((url) => url.hash.startsWith('#/jobs/') && !url.hash.includes(jobId));
    await page.getByRole('heading', { name: 'long-one' }).waitFor();

    await page.goto(`${account.served.url}/${jobHash(jobId)}`);
    await page.getByRole('button', { name: 'Terminate' }).click();
    const terminate = page.getByRole('dialog', { name: 'Terminate' });
    await terminate.getByLabel('Reason').fill('seen enough');
    await terminate.getByRole('button', { name: 'Terminate' }).click();
    await page.getByText('seen enough').first().waitFor();
    await untilStatus(account.batch, jobId, 'FAILED');
    await untilStatus(account.batch, waiting, 'FAILED');
    const calls = account.gateway.seen.filter((call) => /^POST \/\w/.test(call));
    expect(calls).toEqual([
      `POST /_slipway/jobs/${waiting}/hold`,
      `POST /_slipway/jobs/${waiting}/release`,
      'POST /v1/canceljob',
      `POST /_slipway/console/jobs/${jobId}/rerun`,
      'POST /v1/submitjob',
      'POST /v1/terminatejob',
    ]);
  });
});

describe('a service that is away', () => {
  it('is told as such, with its address, until it is back', async () => {
    await submit(account.batch, 'sleep 60', { jobName: 'before' });
    const page = await look('#/jobs');
    await page.getByRole('row', { name: /Running before/ }).waitFor();
    await account.gateway.goAway();
    await page.getByText(`${account.gateway.endpoint} does not answer: connect ECONNREFUSED`).waitFor();
    expect(await page.getByRole('row', { name: /before/ }).isVisible()).toBe(true);
    await picture(page, 'account-away');
    await submit(account.batch, 'true', { jobName: 'meanwhile' });
    await account.gateway.comeBack();
    await page.getByText('does not answer').waitFor({ state: 'detached' });
    await page.getByRole('row', { name: /Succeeded meanwhile/ }).waitFor();
    expect(account.logged).toEqual([]);
  });

  it('when the page is opened is told, too, and the page comes up by itself', async () => {
    await account.gateway.goAway();
    const page = await look();
    await page.getByText(`${account.gateway.endpoint} does not answer`).waitFor();
    await account.gateway.comeBack();
    await page.getByRole('heading', { name: 'Queues' }).waitFor();
  });

  it('differs from a console that has ended', async () => {
    const page = await look();
    await page.getByRole('heading', { name: 'Queues' }).waitFor();
    await account.served.close();
    await page.getByText('slipway console has ended.').waitFor();
    await page.getByText(`npx slipway console --endpoint ${account.gateway.endpoint}`).waitFor();
    await picture(page, 'account-ended');
  });
});

describe('keys that have ended', () => {
  it.each([
    [
      {
        status: 403,
        type: 'ExpiredTokenException',
        message: 'The security token included in the request is expired',
      },
    ],
    [{ status: 403, message: 'Forbidden' }],
  ])('are told with what helps, and the page goes on when others are there: %j', async (refused) => {
    await submit(account.batch, 'sleep 60', { jobName: 'before' });
    const page = await look('#/jobs');
    await page.getByRole('row', { name: /Running before/ }).waitFor();
    account.gateway.refuse(refused);
    await page.getByText('does not take the AWS credentials of slipway console').waitFor();
    expect(await page.getByText(refused.message).isVisible()).toBe(true);
    expect(await page.getByText('aws sso login').isVisible()).toBe(true);
    expect(await page.getByRole('row', { name: /before/ }).isVisible()).toBe(true);
    await picture(page, 'account-keys-ended');
    account.gateway.refuse(undefined);
    await page.getByText('does not take the AWS credentials').waitFor({ state: 'detached' });
    await submit(account.batch, 'true', { jobName: 'afterwards' });
    await page.getByRole('row', { name: /Succeeded afterwards/ }).waitFor();
  });
});

describe('what is not permitted', () => {
  it('is told where it would be, with the sentence of IAM, and the rest goes on', async () => {
    const message =
      'User: arn:aws:sts::123456789012:assumed-role/engineer/ada is not authorized to perform: batch:ListJobs on resource: *';
    account.gateway.refuse(
      { status: 403, type: 'AccessDeniedException', message },
      /^\/_slipway\/console\/jobs$/,
    );
    const page = await look('#/jobs');
    await page.getByText(message).waitFor();
    await picture(page, 'account-refused');
    await page.getByRole('link', { name: 'Overview', exact: true }).click();
    await page.getByRole('heading', { name: 'Queues' }).waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('by API Gateway for one call is no reason to ask for other keys', async () => {
    account.gateway.refuse({ status: 403, message: 'Forbidden' }, /^\/_slipway\/overview$/);
    const page = await look();
    await page.getByText('API Gateway lets GET /_slipway/overview not pass').waitFor();
    await page.getByRole('link', { name: 'Jobs', exact: true }).click();
    await page.getByRole('heading', { name: 'No jobs here' }).waitFor();
  });
});
