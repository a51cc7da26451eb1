// How long a person waits in the console with very many jobs stored: from a click on a job to its page, and from a click on a
// filter to its list. In a real browser, on a real server.
// Usage: node test/bench/console-page.ts [jobs=1000000] [clicks=20]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { openSqliteStore } from '../../adapters/sqlite/open-sqlite-store.ts';
import type { JobId, QueueArn } from '../../core/ids.ts';
import type { Job } from '../../core/job/job.ts';
import { jobRow } from '../../engine/store/job-rows.ts';
import { aBrowser, aConsole, buildConsole, signIn } from '../console/a-console.ts';
import { aJob } from '../core/job/a-job.ts';

const [jobs = 1_000_000, clicks = 20] = process.argv.slice(2).map(Number);
const CHUNK = 5_000;
const DAY_MS = 86_400_000;
const dataDir = await mkdtemp(join(tmpdir(), 'slipway-bench-'));

/** Ended jobs of the last day, one in a hundred failed, one in a thousand tagged. */
function aStoredJob(index: number): Job {
  const jobId = randomUUID() as JobId; // a job id is a UUID
  const endedAtMs = Date.now() - DAY_MS + Math.floor((index / jobs) * DAY_MS);
  const job = aJob(index % 100 === 0 ? 'FAILED' : 'SUCCEEDED', {
    jobId,
    jobArn: `arn:aws:batch:us-east-1:123456789012:job/${jobId}`,
    createdAtMs: endedAtMs - 2_000,
    spec: {
      jobName: `stored-${index}`,
      queueArn: 'arn:aws:batch:us-east-1:123456789012:job-queue/default' as QueueArn, // of this type
      tags: index % 1_000 === 0 ? { kept: 'yes' } : {},
    },
  });
  return { ...job, stoppedAtMs: endedAtMs };
}

async function fill(): Promise<void> {
  const opened = openSqliteStore({ file: join(dataDir, 'slipway.db'), clock: { now: () => Date.now() } });
  for (let from = 0; from < jobs; from += CHUNK) {
    const count = Math.min(CHUNK, jobs - from);
    const rows = Array.from({ length: count }, (_, index) => jobRow(aStoredJob(from + index), 30 * DAY_MS));
    await opened.table.insertMany('jobs', rows);
  }
  await opened.close();
}

const sorted = (values: readonly number[]): readonly number[] =>
  [...values].sort((left, right) => left - right);
function told(what: string, times: readonly number[]): void {
  const inOrder = sorted(times);
  const [median = 0, worst = 0] = [inOrder[inOrder.length >> 1], inOrder.at(-1)];
  console.log(`${what}: median ${median.toFixed(0)} ms, worst ${worst.toFixed(0)} ms of ${times.length}`);
}

/** From a click to the frame in which `isThere` holds, as the page measures it. */
function clickTime(page: Page, selector: string, isThere: string): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    const isThere = () => ${isThere};
    const element = ${selector};
    const started = performance.now();
    const look = () => isThere() ? requestAnimationFrame(() => resolve(performance.now() - started)) : setTimeout(look, 4);
    element.click();
    look();
  })`);
}

const started = performance.now();
await fill();
console.log(`${jobs} jobs stored in ${((performance.now() - started) / 1000).toFixed(0)} s`);
buildConsole();
const browser = await aBrowser();
const served = await aConsole({ dataDir, allowReset: false });
try {
  const { page } = await signIn(browser, served.server.consoleLink());
  await page.goto(`${served.server.endpoint}/#/jobs`);
  await page.locator('.jobs tbody tr').first().waitFor();
  const jobTimes: number[] = [];
  for (let click = 0; click < clicks; click += 1) {
    await page.locator('.jobs tbody tr').nth(click).waitFor();
    const row = `document.querySelectorAll('.jobs .job-name')[${click}]`;
    jobTimes.push(
      await clickTime(
        page,
        row,
        `document.querySelector('.job .timeline') && document.querySelector('#log')`,
      ),
    );
    await page.goBack();
  }
  told('a job page, from the click', jobTimes);
  const state = (name: string): string =>
    `[...document.querySelectorAll('.tabs a')].find((a) => a.textContent.startsWith('${name}'))`;
  const only = (word: string): string =>
    `document.querySelectorAll('.jobs tbody tr').length === 100 && [...document.querySelectorAll('.jobs .status')].every((status) => status.textContent === '${word}')`;
  const listTimes: number[] = [];
  for (let click = 0; click < clicks / 2; click += 1) {
    listTimes.push(await clickTime(page, state('Failed'), only('Failed')));
    listTimes.push(await clickTime(page, state('Succeeded'), only('Succeeded')));
  }
  told('a list by state, from the click', listTimes);
  const olderTimes: number[] = [];
  for (let click = 0; click < clicks; click += 1) {
    const first = await page.locator('.job-name').first().textContent();
    const older = `[...document.querySelectorAll('.pages a')].find((a) => a.textContent === 'Older')`;
    olderTimes.push(
      await clickTime(
        page,
        older,
        `document.querySelector('.job-name')?.textContent !== ${JSON.stringify(first)} && document.querySelector('.jobs')`,
      ),
    );
  }
  told('an older page, from the click', olderTimes);
  const searchStarted = performance.now();
  await page.goto(`${served.server.endpoint}/#/jobs?tag=kept`);
  await page.getByText(/Looked at .* 100 found/).waitFor({ timeout: 120_000 });
  console.log(
    `a hundred of a tag that one in a thousand has: ${((performance.now() - searchStarted) / 1000).toFixed(1)} s`,
  );
} finally {
  await browser.close();
  await served.stop();
  await rm(dataDir, { recursive: true, force: true });
}
