import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AccountEventsOptions } from '../../bin/account-events.ts';
import { printAccountEvents } from '../../bin/account-events.ts';
import { awsError } from '../adapters/cloudwatch/a-log-group.ts';
import { anEvent, secondOf } from '../adapters/cloudwatch/an-event.ts';
import type { AnAccount } from './an-account.ts';
import { anAccount } from './an-account.ts';
import { aJob } from './fake-server.ts';

let account: AnAccount;
let leave: AbortController;
beforeEach(async () => {
  account = await anAccount('events');
  leave = new AbortController();
});
afterEach(() => account.close());

function put(name: string, agoMs: number, detail: object = {}): void {
  const atMs = Date.now() - agoMs;
  account.group.put({ atMs: secondOf(atMs), value: anEvent(atMs, { jobName: name, ...detail }) });
}

function events(options: AccountEventsOptions = {}): Promise<void> {
  return account.run((visit, terminal) => printAccountEvents(visit, terminal, options, leave.signal));
}

const printedNames = (): string[] => account.printed.map((line) => /(\w+) {2}\w+\n$/.exec(line)?.[1] ?? line);

test('prints the last hour, oldest first, by the identity of the caller', async () => {
  put('yesterday', 24 * 3_600_000);
  put('second', 10_000, { status: 'RUNNING' });
  put('first', 600_000);
  await events();
  expect(printedNames()).toEqual(['first', 'second']);
  expect(account.printed[1]).toMatch(/RUNNING {4}aaaaaaaa second {2}default\n$/);
  expect(new Set(account.logs.calls.map(({ scope }) => scope))).toEqual(
    new Set(['eu-west-1/logs/aws4_request']),
  );
});

test.each<[AccountEventsOptions, readonly string[]]>([
  [{ since: Date.now() - 60_000 }, ['new']],
  [{ after: '0' }, ['old', 'middle', 'new']],
  [{ queue: 'other', after: '0' }, ['middle']],
])('%j chooses', async (options, wanted) => {
  put('old', 48 * 3_600_000);
  put('middle', 600_000, { jobQueue: 'arn:aws:batch:us-east-1:123456789012:job-queue/other' });
  put('new', 1_000);
  await events(options);
  expect(printedNames()).toEqual(wanted);
});

test('--job prints all of one job, with its parts', async () => {
  const job = aJob({ createdAt: Date.now() - 48 * 3_600_000 });
  account.gateway.jobs.push(job);
  put('mine', 47 * 3_600_000, { jobId: job.jobId });
  put('part', 46 * 3_600_000, { jobId: `${job.jobId}:3` });
  put('other', 45 * 3_600_000);
  await events({ job: job.jobId ?? '' });
  expect(printedNames()).toEqual(['mine', 'part']);
});

test('--json prints the envelopes as EventBridge wrote them', async () => {
  put('one', 1_000);
  await events({ json: true });
  expect(account.printed).toEqual([`${account.group.entries[0]?.text}\n`]);
});

test('-f prints what comes, until the signal', async () => {
  put('before', 1_000);
  const following = events({ follow: true });
  while (account.logs.calls.length < 1) await new Promise((resolve) => setImmediate(resolve));
  put('after', 0);
  while (account.printed.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  leave.abort();
  await following;
  expect(printedNames()).toEqual(['after']);
});

test('says what the identity needs', async () => {
  account.group.failures.push(awsError('AccessDeniedException', 'not authorized'));
  await expect(events()).rejects.toMatchObject({
    message: expect.stringContaining(
      'may not read the log group /aws/events/events; it needs logs:FilterLogEvents',
    ),
    hint: expect.stringContaining('slipway doctor --aws'),
    exitCode: 1,
  });
});

test('says so where the service keeps no events', async () => {
  account.gateway.answers.set('/_slipway/home', () => ({ region: 'eu-west-1', logGroups: { jobs: 'x' } }));
  await expect(events()).rejects.toMatchObject({
    message: 'This Slipway keeps no log of its events.',
    hint: expect.stringContaining('-c eventLog=true'),
  });
});

test('knows no numbers of events', async () => {
  await expect(events({ after: '17' })).rejects.toMatchObject({ exitCode: 2 });
});
