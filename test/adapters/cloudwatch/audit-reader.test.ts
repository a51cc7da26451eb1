import { expect, it } from 'vitest';
import type { AuditQuery } from '../../../adapters/cloudwatch/audit-reader.ts';
import { createAuditReader } from '../../../adapters/cloudwatch/audit-reader.ts';
import { anAuditRecord } from '../../core/access/an-audit-record.ts';
import { aLogGroup } from './a-log-group.ts';

const group = aLogGroup({ name: '/slipway/audit' });
const reader = createAuditReader({ client: group.client, logGroup: group.name, nowMs: () => group.nowMs });
const calls = [
  { eventName: 'SubmitJob', readOnly: false },
  { eventName: 'DescribeJobs', readOnly: true },
  { eventName: 'CancelJob', readOnly: false, errorCode: 'ClientException', errorMessage: 'No such job' },
  {
    eventName: 'CreateJobQueue',
    readOnly: false,
    resources: [{ ARN: 'arn:aws:batch:us-east-1:123456789012:job-queue/nightly', accountId: '123456789012' }],
  },
];
// Records know seconds only: all four are of one, and reach the group a little later.
for (const [place, call] of calls.entries()) {
  const record = anAuditRecord({ ...call, eventTime: new Date(group.nowMs - 5_000).toISOString() });
  group.put({ atMs: group.nowMs - 5_000, ingestedAtMs: group.nowMs - 4_900 + place * 100, value: record });
}
const { userIdentity } = anAuditRecord({});

it.each<[AuditQuery, readonly string[]]>([
  [{}, ['CreateJobQueue', 'CancelJob', 'DescribeJobs', 'SubmitJob']],
  [{ kind: 'changes' }, ['CreateJobQueue', 'CancelJob', 'SubmitJob']],
  [{ kind: 'errors' }, ['CancelJob']],
  [{ event: 'DescribeJobs' }, ['DescribeJobs']],
  [{ event: 'Describe' }, []],
  [{ user: userIdentity.accessKeyId }, ['CreateJobQueue', 'CancelJob', 'DescribeJobs', 'SubmitJob']],
  [{ user: userIdentity.arn, event: 'SubmitJob' }, ['SubmitJob']],
  [{ user: 'nobody' }, []],
  [{ text: 'NIGHTLY' }, ['CreateJobQueue']],
  [{ text: 'no such' }, ['CancelJob']],
])('%j finds, the newest first, %j', async (query, wanted) => {
  const { entries } = await reader.readBefore(query);
  expect(entries.map(({ value }) => value.eventName)).toEqual(wanted);
  expect(entries.every(({ value, text }) => text === JSON.stringify(value))).toBe(true);
});
