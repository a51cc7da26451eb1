import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { CreateLogStreamCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { expect, it } from 'vitest';
import { createAuditLogGroup } from '../../../adapters/cloudwatch/audit-log-group.ts';
import type { AuditRecord } from '../../../core/access/audit-record.ts';
import { anAuditRecord } from '../../core/access/an-audit-record.ts';

function aGroup(failures: Error[] = [], ofStreams: Error[] = []) {
  const sent: string[][] = [];
  const streams: unknown[] = [];
  const lost: AuditRecord[] = [];
  const client = {
    send: async (command: unknown): Promise<object> => {
      if (command instanceof CreateLogStreamCommand) {
        const refusal = ofStreams.shift();
        if (refusal) throw refusal;
        streams.push(command.input);
        return {};
      }
      if (!(command instanceof PutLogEventsCommand)) throw new Error('an unknown command');
      const failure = failures.shift();
      if (failure) throw failure;
      sent.push((command.input.logEvents ?? []).map(({ message }) => message ?? ''));
      return {};
    },
  } as unknown as CloudWatchLogsClient; // two commands are all that is sent
  const group = createAuditLogGroup({
    client,
    logGroup: '/slipway/audit',
    logStream: 'one',
    onLost: (records) => void lost.push(...records),
    maxAttempts: 3,
    firstWaitMs: 1,
  });
  return { group, sent, streams, lost };
}
const named = (name: string): Error => Object.assign(new Error('no'), { name });

it('sends what was recorded when it is flushed, in the order of time, as one batch', async () => {
  const { group, sent, streams } = aGroup();
  const [late, early] = [anAuditRecord({ eventTime: '2026-11-21T10:00:09Z' }), anAuditRecord({})];
  await group.record([late]);
  await group.record([early]);
  expect(sent).toEqual([]);
  await group.flush();
  await group.flush();
  expect(sent).toEqual([[JSON.stringify(early), JSON.stringify(late)]]);
  expect(streams).toEqual([{ logGroupName: '/slipway/audit', logStreamName: 'one' }]);
});

it('keeps to the size that one request may have', async () => {
  const { group, sent } = aGroup();
  await group.record(Array.from({ length: 30 }, () => anAuditRecord({ userAgent: 'ä'.repeat(40_000) })));
  await group.flush();
  expect(sent.flat()).toHaveLength(30);
  for (const batch of sent) expect(Buffer.byteLength(batch.join(''))).toBeLessThan(1_000_000);
});

it('tries again when it is too busy, and tells what is lost when that does not help', async () => {
  const patient = aGroup([named('ThrottlingException')]);
  await patient.group.record([anAuditRecord({})]);
  await patient.group.flush();
  expect(patient.sent).toHaveLength(1);
  const refused = aGroup([named('ResourceNotFoundException')]);
  await refused.group.record([anAuditRecord({})]);
  await refused.group.flush();
  expect(refused.lost).toEqual([anAuditRecord({})]);
  await refused.group.record([anAuditRecord({})]);
  await refused.group.flush();
  expect(refused.sent).toHaveLength(1);
});

it('tries again to make its stream, too', async () => {
  const { group, sent, lost } = aGroup([], [named('ThrottlingException')]);
  await group.record([anAuditRecord({})]);
  await group.flush();
  expect([sent.length, lost.length]).toEqual([1, 0]);
});
