// Every page of the console as different people meet it: by keyboard alone, on a phone, in the dark, when the server refuses, when
// names and logs are hostile, while thousands of children run; and how much of it has to be loaded.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Look, TestConsole } from './a-console.ts';
import {
  aBrowser,
  aConsole,
  buildConsole,
  picture,
  projectFolder,
  signIn,
  submit,
  untilStatus,
} from './a-console.ts';

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

async function look(hash: string, options: BrowserContextOptions = {}): Promise<Page> {
  const opened = await signIn(browser, served.server.consoleLink(), options);
  looks.push(opened);
  await goTo(opened.page, hash);
  return opened.page;
}

const goTo = (page: Page, hash: string) => page.goto(`${served.server.endpoint}/${hash}`);

/** A workflow that has failed, with a job that was retried. */
async function someJobs(): Promise<{
  readonly retried: string;
  readonly array: string;
  readonly last: string;
}> {
  const retried = await submit(served.batch, 'seq 1 40; printf "\\033[33mwarn\\033[0m\\n"; exit 2', {
    jobName: 'a-job-with-a-name-that-is-as-long-as-names-of-jobs-tend-to-be-in-real-life',
    retryStrategy: { attempts: 2 },
  });
  const array = await submit(served.batch, 'test $AWS_BATCH_JOB_ARRAY_INDEX -ne 7', {
    jobName: 'render-tiles',
    arrayProperties: { size: 60 },
  });
  const last = await submit(served.batch, 'true', { jobName: 'collect', dependsOn: [{ jobId: array }] });
  for (const jobId of [retried, array, last]) await untilStatus(served.batch, jobId, 'FAILED');
  return { retried, array, last };
}

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

describe('at rest', () => {
  it.each([
    ['light', {}],
    ['narrow', { viewport: { width: 320, height: 700 } }],
    ['phone', PHONE],
    ['dark', { colorScheme: 'dark' as const }],
    ['phone-dark', { ...PHONE, colorScheme: 'dark' as const }],
  ])('%s: every page fits its width and shows what it has', async (name, options) => {
    const { retried, array, last } = await someJobs();
    const page = await look('#/', options);
    const pages = [
      ['overview', '#/', '.chart canvas'],
      ['jobs', '#/jobs', '.jobs tbody tr'],
      ['job', `#/jobs/${retried}`, '.log-line'],
      ['array', `#/jobs/${array}`, '.heat canvas'],
      ['workflow', `#/jobs/${last}`, '.graph svg a'],
      ['events', '#/events', '.events tbody tr'],
      ['audit', '#/audit', '.events tbody tr'],
    ] as const;
    for (const [shown, hash, wanted] of pages) {
      await goTo(page, hash);
      await page.locator(wanted).first().waitFor();
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      expect(wide, shown).toBeLessThanOrEqual(0);
      await picture(page, `${name}-${shown}`);
    }
  });
});

/** What has the focus, in words; empty: the page itself. */
const FOCUSED = `(() => {
  const element = document.activeElement;
  if (!element || element === document.body) return '';
  const looks = [element, ...element.querySelectorAll('rect')].map((each) => getComputedStyle(each));
  const isSeen = looks.some((look) => (look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) > 1) || parseFloat(look.strokeWidth) > 2);
  const name = element.getAttribute('aria-label') || element.textContent.trim() || element.getAttribute('placeholder') || element.id;
  return (isSeen ? '' : 'unseen: ') + name.slice(0, 40);
})()`;

async function tabThrough(page: Page, most = 80): Promise<string[]> {
  const names: string[] = [];
  for (let step = 0; step < most; step += 1) {
    await page.keyboard.press('Tab');
    const name = await page.evaluate<string>(FOCUSED);
    if (name === '') break;
    names.push(name);
  }
  return names;
}

describe('by keyboard alone', () => {
  it('every action of a job that waits is reached in the order of the page, and seen when it is', async () => {
    const first = await submit(served.batch, 'sleep 60', { jobName: 'first' });
    const second = await submit(served.batch, 'true', { jobName: 'second', dependsOn: [{ jobId: first }] });
    const page = await look(`#/jobs/${second}`);
    await page.locator('.graph svg a').first().waitFor();
    const names = await tabThrough(page);
    expect(names.filter((name) => name.startsWith('unseen'))).toEqual([]);
    const wanted = [
      'Skip to the content',
      'Slipway, overview',
      'Overview',
      'Jobs',
      'Events',
      'Audit',
      'Find a job by id or name',
      'default',
      'Run again …',
      'Hold',
      'Priority …',
      'Cancel job',
      'Terminate',
    ];
    const places = wanted.map((name) => names.findIndex((each) => each.startsWith(name)));
    expect(places, names.join(' | ')).toEqual(
      wanted.map((_, place) => place + (place >= 8 ? places[8]! - 8 : 0)),
    );
    expect(names.some((name) => name.startsWith('first: Running'))).toBe(true);
  });

  it('a dialog keeps the focus, closes with Escape, and gives it back', async () => {
    const jobId = await submit(served.batch, 'sleep 60', { jobName: 'first' });
    const page = await look(`#/jobs/${jobId}`);
    await page.getByRole('button', { name: 'Terminate' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    for (let step = 0; step < 6; step += 1) {
      await page.keyboard.press('Tab');
      const isInside = await page.evaluate<boolean>(
        `document.activeElement === document.body || document.activeElement.closest('dialog') !== null`,
      );
      expect(isInside).toBe(true);
    }
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(await page.evaluate<string>(FOCUSED)).toBe('Terminate');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByLabel('Reason').focus();
    await page.keyboard.type('by hand');
    await page.keyboard.press('Enter');
    await page.getByText('by hand').first().waitFor();
  });

  it('lists, events and the overview are walked through from link to link', async () => {
    await someJobs();
    const page = await look('#/jobs');
    for (const [hash, wanted] of [
      ['#/', '.queues tbody a'],
      ['#/jobs', '.jobs tbody tr'],
      ['#/events', '.events tbody tr'],
      ['#/audit', '.events tbody tr'],
    ] as const) {
      await goTo(page, hash);
      await page.locator(wanted).first().waitFor();
      const names = await tabThrough(page, 24);
      expect(names.length, hash).toBeGreaterThan(7);
      expect(names.filter((name) => name.startsWith('unseen'))).toEqual([]);
    }
  });
});

describe('when the server refuses', () => {
  it.each([
    ['#/', 'overview', '.queues'],
    ['#/jobs', 'jobs', '.empty'],
    ['#/events', 'event-log', '.empty'],
    ['#/audit', 'audit', '.empty, .events'],
  ])('%s says why, and shows the page when it is asked again', async (hash, route, wanted) => {
    const page = await look('#/nowhere');
    // From then on nothing but a click asks again.
    await page.getByText('Live', { exact: true }).waitFor();
    const isMeant = (url: URL): boolean => `${url.pathname}${url.search}`.startsWith(`/_console/${route}`);
    await page.route(isMeant, (refused) =>
      refused.fulfill({
        status: 507,
        contentType: 'application/json',
        body: '{"message":"The disk is <b>full</b>."}',
      }),
    );
    await goTo(page, hash);
    await page.getByRole('alert').getByText('The disk is <b>full</b>.').waitFor();
    await page.unroute(isMeant);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator(wanted).first().waitFor();
  });
});

it('whatever a job holds is text everywhere, and nothing of it executes', async () => {
  const hostile = `</script><img src=x onerror="document.title='owned'"><svg onload="document.title='owned'">\u202e`;
  const jobId = await submit(served.batch, '', {
    jobName: 'hostile',
    tags: { [`k${hostile}`.slice(0, 60).replaceAll(/[<>"'\u202e;]/g, '+')]: 'x' },
    containerOverrides: {
      command: ['sh', '-c', `printf '%s\\n' "$HOSTILE"; sleep 60`],
      environment: [
        { name: 'HOSTILE', value: hostile },
        { name: `<b>NAME</b>`, value: 'javascript:alert(1)' },
      ],
    },
  });
  await untilStatus(served.batch, jobId, 'RUNNING');
  const page = await look(`#/jobs/${jobId}`);
  await page.getByRole('log').getByText('onerror').waitFor();
  await page.getByRole('searchbox', { name: 'Find in the log' }).fill('<img');
  await page.locator('.log mark').first().waitFor();
  await page.getByRole('button', { name: 'Run again' }).click();
  await page.getByLabel('Value of HOSTILE').waitFor();
  expect(await page.getByLabel('Value of HOSTILE').inputValue()).toBe(hostile);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Terminate' }).click();
  await page.getByLabel('Reason').fill(hostile);
  await page.getByRole('dialog').getByRole('button', { name: 'Terminate' }).click();
  await page.getByText('Failed').first().waitFor();
  for (const hash of [
    '#/events?text=hostile',
    '#/audit?kind=all',
    '#/jobs?name=hostile',
    `#/jobs?name=${encodeURIComponent(hostile)}`,
    '#/',
  ]) {
    await goTo(page, hash);
    await page.locator('table, .empty').first().waitFor();
    for (const open of await page.getByRole('button', { name: 'JSON' }).all()) {
      await open.click();
      await page.locator('.opened .json').first().waitFor();
      break;
    }
    expect(await page.locator('main img, main script, main svg[onload], main b').count(), hash).toBe(0);
    expect(await page.title()).not.toBe('owned');
  }
});

it('while 3,000 children run every page answers, and the map ends as the array did', async () => {
  const script = 'test $((AWS_BATCH_JOB_ARRAY_INDEX % 500)) -ne 3';
  const array = await submit(served.batch, script, {
    jobName: 'thousands',
    arrayProperties: { size: 3_000 },
  });
  const page = await look(`#/jobs/${array}`);
  await page
    .getByText(/[1-9]\d* succeeded/)
    .first()
    .waitFor();
  await picture(page, 'thousands-running');
  for (const [hash, wanted] of [
    ['#/events', '.events tbody tr'],
    ['#/jobs', '.jobs tbody tr'],
    ['#/', '.queues'],
  ] as const) {
    await goTo(page, hash);
    await page.locator(wanted).first().waitFor();
  }
  await goTo(page, `#/jobs/${array}`);
  await page.getByText('2,994 succeeded').first().waitFor({ timeout: 120_000 });
  await page.getByText('6 failed', { exact: true }).waitFor();
  await page.getByText('3,000 / 3,000').waitFor();
});

it('loads little at first, and not much in all', async () => {
  const assets = join(projectFolder, 'dist', 'console', 'assets');
  const sizes = new Map(
    readdirSync(assets).map((name) => [
      name,
      gzipSync(readFileSync(join(assets, name)), { level: 9 }).byteLength,
    ]),
  );
  const sum = (names: readonly string[]): number =>
    names.reduce((bytes, name) => bytes + (sizes.get(name) ?? 0), 0);
  expect(sum([...sizes.keys()])).toBeLessThan(150_000);
  const page = await look('#/jobs');
  await page.getByRole('heading', { name: 'No jobs here' }).waitFor();
  const loaded = await page.evaluate<string[]>(
    `performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.includes('/assets/'))`,
  );
  expect(sum(loaded.map((url) => new URL(url).pathname.split('/').at(-1) ?? ''))).toBeLessThan(60_000);
  const hosts = await page.evaluate<string[]>(
    `[...new Set(performance.getEntriesByType('resource').map(({ name }) => new URL(name).origin))]`,
  );
  expect(hosts).toEqual([served.server.endpoint]);
});
