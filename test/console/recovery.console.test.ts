// The server is killed and started again while a page looks at it: the page says so, goes on by itself, and shows what happened.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ServerProcess } from '../local/a-server-process.ts';
import { startServerProcess } from '../local/a-server-process.ts';
import { captureCli } from '../bin/capture-cli.ts';
import { aBrowser, buildConsole, picture, signIn, submit, untilStatus } from './a-console.ts';

let browser: Browser;
let folder: string;
let dataDir: string;
beforeAll(async () => {
  buildConsole();
  browser = await aBrowser();
  folder = await mkdtemp(join(tmpdir(), 'slipway-console-'));
  dataDir = join(folder, '.slipway');
});
afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
});

it('a page outlives its server, and signs nobody out', async () => {
  let server: ServerProcess = await startServerProcess(dataDir);
  try {
    const { out } = await captureCli(['console', '--no-open'], { cwd: folder });
    const { page, complaints } = await signIn(browser, out.trim());
    const jobId = await submit(server.batch(), 'echo before; sleep 2; echo after', { jobName: 'survivor' });
    await page.goto(`${server.endpoint}/#/jobs/${jobId}`);
    await page.getByRole('log').getByText('before', { exact: true }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();

    await server.kill();
    await page.getByText('The server does not answer.').waitFor();
    await picture(page, 'server-away');
    expect(await page.getByRole('heading', { name: 'survivor' }).isVisible()).toBe(true);

    const port = new URL(server.endpoint).port;
    server = await startServerProcess(dataDir, ['--port', port]);
    await page.getByText('The server does not answer.').waitFor({ state: 'detached' });
    await page.getByRole('log').getByText('after', { exact: true }).waitFor();
    await untilStatus(server.batch(), jobId, 'SUCCEEDED');
    await page.getByText('Succeeded').first().waitFor();
    expect(complaints).toEqual([]);

    // What happens from now on is told again.
    await page.goto(`${server.endpoint}/#/jobs`);
    await submit(server.batch(), 'true', { jobName: 'afterwards' });
    await page.getByRole('row', { name: /Succeeded afterwards/ }).waitFor();

    // Each of the other pages, too.
    for (const [hash, wanted] of [
      ['#/events', 'afterwards'],
      ['#/audit', 'SubmitJob'],
      ['#/', 'Queues'],
    ] as const) {
      await page.goto(`${server.endpoint}/${hash}`);
      await page.getByText(wanted).first().waitFor();
      await server.kill();
      await page.getByText('The server does not answer.').waitFor();
      expect(await page.getByText(wanted).first().isVisible()).toBe(true);
      server = await startServerProcess(dataDir, ['--port', port]);
      await page.getByText('The server does not answer.').waitFor({ state: 'detached' });
    }
    await page.goto(`${server.endpoint}/#/events`);
    await submit(server.batch(), 'true', { jobName: 'at-last' });
    await page.getByText('at-last').first().waitFor();
    expect(complaints).toEqual([]);
  } finally {
    await server.end();
  }
});
