import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AccountAuditOptions } from '../../bin/account-audit.ts';
import { printAccountAudit } from '../../bin/account-audit.ts';
import { anAuditRecord } from '../core/access/an-audit-record.ts';
import type { AnAccount } from './an-account.ts';
import { anAccount } from './an-account.ts';

let account: AnAccount;
let leave: AbortController;
beforeEach(async () => {
  account = await anAccount('audit');
  leave = new AbortController();
});
afterEach(() => account.close());

function put(eventName: string, agoMs: number, more: object = {}): void {
  const atMs = Math.floor((Date.now() - agoMs) / 1000) * 1000;
  const eventTime = new Date(atMs).toISOString().replace('.000Z', 'Z');
  account.group.put({
    atMs,
    ingestedAtMs: atMs + 400,
    value: anAuditRecord({ eventName, eventTime, ...more }),
  });
}

function audit(options: Partial<AccountAuditOptions> = {}): Promise<void> {
  return account.run((visit, terminal) =>
    printAccountAudit(visit, terminal, { limit: 50, ...options }, leave.signal),
  );
}

const names = ['CancelJob', 'DescribeJobs', 'ListJobs', 'SubmitJob'];
const printed = (): readonly string[] =>
  account.printed.flatMap((line) => names.filter((name) => line.includes(name)));

function putSome(): void {
  put('SubmitJob', 3 * 24 * 3_600_000);
  put('ListJobs', 3_600_000);
  put('CancelJob', 60_000, { errorCode: 'ClientException', errorMessage: 'No such job' });
  put('DescribeJobs', 2_000);
}

test.each<[Partial<AccountAuditOptions>, readonly string[]]>([
  [{}, ['SubmitJob', 'ListJobs', 'CancelJob', 'DescribeJobs']],
  [{ limit: 2 }, ['CancelJob', 'DescribeJobs']],
  [{ since: Date.now() - 7_200_000 }, ['ListJobs', 'CancelJob', 'DescribeJobs']],
  [{ errors: true }, ['CancelJob']],
  [{ event: 'SubmitJob' }, ['SubmitJob']],
  [{ user: 'nobody' }, []],
])('%j prints the calls that are wanted, oldest first', async (options, wanted) => {
  putSome();
  await audit(options);
  expect(printed()).toEqual(wanted);
});

test('a line says who called what, and what came of it', async () => {
  putSome();
  await audit({ errors: true });
  const { userName = '' } = anAuditRecord({}).userIdentity;
  expect(account.printed[0]).toContain(`${userName}  CancelJob  ClientException: No such job`);
});

test('--json prints the records as they were written', async () => {
  put('SubmitJob', 1_000);
  await audit({ json: true });
  expect(account.printed).toEqual([`${account.group.entries[0]?.text}\n`]);
});

test('-f goes on with those that come, and prints none twice', async () => {
  put('SubmitJob', 1_000);
  const following = audit({ follow: true });
  while (account.printed.length < 1) await new Promise((resolve) => setTimeout(resolve, 10));
  put('CancelJob', 0);
  while (account.printed.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  leave.abort();
  await following;
  expect(printed()).toEqual(['SubmitJob', 'CancelJob']);
});

test('says so where the service keeps no trail', async () => {
  account.gateway.answers.set('/_slipway/home', () => ({ region: 'eu-west-1', logGroups: { jobs: 'x' } }));
  await expect(audit()).rejects.toMatchObject({
    message: 'This Slipway keeps no audit trail in a log group.',
  });
});
