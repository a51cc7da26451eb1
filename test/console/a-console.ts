// A Slipway server with the built console on it, and a real browser that looks at it. Screenshots of every look go to
// out/console, for people.
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Batch } from '@aws-sdk/client-batch';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import type { LocalServer } from '../../local/server.ts';
import type { LocalOptions } from '../../local/local-options.ts';
import { aLocalServer, batchOf } from '../local/a-local-server.ts';

export const projectFolder = join(import.meta.dirname, '../..');
const PICTURES = join(projectFolder, 'out', 'console');

/** Debian's Chromium, unless another one is named. */
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** The page as it is now, not as it was built last. */
export function buildConsole(): void {
  const vite = join(projectFolder, 'node_modules', 'vite', 'bin', 'vite.js');
  const built = spawnSync(process.execPath, [vite, 'build', '--config', join('console', 'vite.config.ts')], {
    cwd: projectFolder,
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`The console cannot be built:\n${built.stdout}${built.stderr}`);
}

export interface TestConsole {
  readonly server: LocalServer;
  readonly batch: Batch;
  stop(): Promise<void>;
}

export async function aConsole(given: Partial<LocalOptions> = {}): Promise<TestConsole> {
  const dataDir = await mkdtemp(join(tmpdir(), 'slipway-console-'));
  const server = await aLocalServer({
    dataDir,
    vcpus: 16,
    memoryMiB: 8_192,
    allowReset: true,
    ...given,
  });
  const batch = batchOf(server);
  return {
    server,
    batch,
    async stop() {
      batch.destroy();
      // Jobs would go on after their server.
      if (given.allowReset !== false) await fetch(`${server.endpoint}/_local/reset`, { method: 'POST' });
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Submits `sh -c script` to the default queue. */
export async function submit(batch: Batch, script: string, more: object = {}): Promise<string> {
  const { jobId = '' } = await batch.submitJob({
    jobName: 'hello',
    jobQueue: 'default',
    jobDefinition: 'shell',
    ...more,
    containerOverrides: {
      command: ['sh', '-c', script],
      resourceRequirements: [
        { type: 'VCPU', value: '1' },
        { type: 'MEMORY', value: '128' },
      ],
      ...('containerOverrides' in more ? (more.containerOverrides as object) : {}),
    },
  });
  return jobId;
}

export async function untilStatus(batch: Batch, jobId: string, ...wanted: string[]): Promise<void> {
  for (;;) {
    const { jobs: [job] = [] } = await batch.describeJobs({ jobs: [jobId] });
    if (wanted.includes(job?.status ?? '')) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function aBrowser(): Promise<Browser> {
  await mkdir(PICTURES, { recursive: true });
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
}

/** What a page complained about: errors of scripts, and of the security policy. Nothing is wanted. */
export interface Look {
  readonly page: Page;
  readonly complaints: string[];
}

/** A tab of a browser of its own, signed in. */
export async function signIn(
  browser: Browser,
  link: string,
  options: BrowserContextOptions = {},
  made?: BrowserContext,
): Promise<Look> {
  const context = made ?? (await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options }));
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // A refused or broken connection is told in the console as well; the page shows it in its own words.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      complaints.push(message.text());
    }
  });
  await page.goto(link);
  return { page, complaints };
}

export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
}
