// The console of an account, as `slipway console --endpoint` serves it: in front of a server on this machine that stands behind what
// stands for API Gateway, with what stands for CloudWatch beside it.
import type { Batch } from '@aws-sdk/client-batch';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { fixedCredentials } from '../../local/account-console/caller-credentials.ts';
import type { AccountConsole } from '../../local/account-console/serve-account.ts';
import { startAccountConsole } from '../../local/account-console/serve-account.ts';
import type { LocalServer } from '../../local/server.ts';
import type { CloudWatch } from '../local/account-console/a-cloud-watch.ts';
import { ACCOUNT_HOME, aCloudWatch } from '../local/account-console/a-cloud-watch.ts';
import type { Gateway } from '../local/account-console/a-gateway.ts';
import { aGateway, CALLER } from '../local/account-console/a-gateway.ts';
import type { Look } from './a-console.ts';
import { aConsole, signIn } from './a-console.ts';

export interface TestAccountConsole {
  readonly served: AccountConsole;
  readonly gateway: Gateway;
  readonly cloudWatch: CloudWatch;
  /** The service itself. */
  readonly server: LocalServer;
  readonly batch: Batch;
  /** What the command would have written to its terminal. */
  readonly logged: string[];
  stop(): Promise<void>;
}

/** `hasEvents`: the service keeps an event log and an audit trail where they can be read. */
export async function anAccountConsole(hasEvents: boolean): Promise<TestAccountConsole> {
  const behind = await aConsole();
  const { server, batch } = behind;
  const gateway = await aGateway(server, hasEvents ? ACCOUNT_HOME : {});
  const cloudWatch = aCloudWatch(server);
  const logged: string[] = [];
  const served = await startAccountConsole({
    endpoint: gateway.endpoint,
    region: server.region,
    signsFor: 'execute-api',
    credentials: fixedCredentials(CALLER),
    port: 0,
    portFallback: false,
    log: (event, fields) => void logged.push(`${event} ${JSON.stringify(fields)}`),
    openReaders: async () => {
      const readers = await cloudWatch.openReaders();
      const { events: _events, audit: _audit, history: _history, ...bare } = readers;
      return hasEvents ? readers : bare;
    },
    pace: { hearEveryMs: 200, lookEveryMs: 400, checkEveryMs: 1_000, retryEventsMs: 1_000 },
  });
  return {
    served,
    gateway,
    cloudWatch,
    server,
    batch,
    logged,
    async stop() {
      cloudWatch.stop();
      await served.close();
      await gateway.goAway();
      await behind.stop();
    },
  };
}

/** Browsers that look at an account's console, and are looked at. */
export interface Lookers {
  look(hash?: string): Promise<Page>;
  /** Closes them: whatever they did, they asked nobody else, saw no key, and complained of nothing. */
  close(): Promise<void>;
}

export function lookersAt({ served, server }: TestAccountConsole, browser: Browser): Lookers {
  const looks: Look[] = [];
  const asked = new Set<string>();
  const given: string[] = [];
  return {
    async look(hash = '#/') {
      const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
      context.on('request', (request) => asked.add(new URL(request.url()).origin));
      context.on('response', (response) => {
        given.push(JSON.stringify(response.headers()));
        // A stream has no end, and a page that goes elsewhere takes its answers with it.
        if (response.url().includes('/_console/events?')) return;
        response.text().then(
          (text) => given.push(text),
          () => undefined,
        );
      });
      const opened = await signIn(browser, served.link(), {}, context);
      looks.push(opened);
      await opened.page.goto(`${served.url}/${hash}`);
      return opened.page;
    },
    async close() {
      const seen = given.join('\n');
      const complaints = looks.flatMap((look) => look.complaints);
      for (const { page } of looks) await page.context().close();
      expect(complaints).toEqual([]);
      expect([...asked]).toEqual([served.url]);
      expect(seen).toContain('queues');
      const secrets = [CALLER.secretAccessKey, CALLER.sessionToken, server.credentials.secretAccessKey];
      expect(secrets.filter((secret) => seen.includes(secret))).toEqual([]);
    },
  };
}
