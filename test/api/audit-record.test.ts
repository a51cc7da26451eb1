import { describe, expect, it } from 'vitest';
import { auditEventOf, auditRecordOf } from '../../api/audit-record.ts';
import { createOnCall } from '../../api/audit-trail.ts';
import { ClientException } from '../../api/errors.ts';
import type { CallRecord } from '../../api/operation.ts';
import { IDENTITY } from './sdk-roundtrip.ts';

const BASE = 'arn:aws:batch:us-east-1:123456789012';
const HIDDEN = 'HIDDEN_DUE_TO_SECURITY_REASONS';

function aRecord(given: Partial<CallRecord> = {}): CallRecord {
  return {
    service: 'batch',
    operation: 'SubmitJob',
    readOnly: false,
    context: {
      scope: { partition: 'aws', region: 'us-east-1', account: '123456789012' },
      identity: IDENTITY,
      requestId: 'request',
      sourceIp: '203.0.113.7',
      userAgent: 'boto3',
      atMs: Date.parse('2026-11-21T10:00:00.750Z'),
    },
    input: { jobName: 'j', jobQueue: 'q', jobDefinition: 'd:1' },
    outcome: { ok: true, output: { jobArn: `${BASE}:job/x`, jobId: 'x' } },
    ...given,
  };
}

describe('the record of a call', () => {
  it('has the shape of CloudTrail', () => {
    expect(auditRecordOf(aRecord(), 'event')).toEqual({
      eventVersion: '1.11',
      userIdentity: { ...IDENTITY, userName: 'tester' },
      eventTime: '2026-11-21T10:00:00Z',
      eventSource: 'batch.amazonaws.com',
      eventName: 'SubmitJob',
      awsRegion: 'us-east-1',
      sourceIPAddress: '203.0.113.7',
      userAgent: 'boto3',
      requestParameters: { jobName: 'j', jobQueue: 'q', jobDefinition: 'd:1' },
      responseElements: { jobArn: `${BASE}:job/x`, jobId: 'x' },
      requestID: 'request',
      eventID: 'event',
      readOnly: false,
      resources: [
        { ARN: `${BASE}:job-queue/q`, accountId: '123456789012', type: 'AWS::Batch::JobQueue' },
        { ARN: `${BASE}:job-definition/d:1`, accountId: '123456789012', type: 'AWS::Batch::JobDefinition' },
        { ARN: `${BASE}:job/x`, accountId: '123456789012', type: 'AWS::Batch::Job' },
      ],
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: '123456789012',
      eventCategory: 'Management',
    });
  });

  it('tells an error, and no parameters of a request that had no shape', () => {
    const { input: _none, ...malformed } = aRecord({
      outcome: { ok: false, error: new ClientException('no') },
    });
    expect(auditRecordOf(malformed, 'event')).toMatchObject({
      errorCode: 'ClientException',
      errorMessage: 'no',
      requestParameters: null,
      responseElements: null,
    });
  });

  it('does not hold what a read answered', () => {
    const read = aRecord({ operation: 'DescribeJobs', readOnly: true, input: { jobs: ['x'] } });
    expect(auditRecordOf(read, 'event')).toMatchObject({
      requestParameters: { jobs: ['x'] },
      responseElements: null,
    });
  });

  it.each([
    [
      { containerOverrides: { environment: [{ name: 'A', value: 'hush' }, { name: 'B' }] } },
      { containerOverrides: { environment: [{ name: 'A', value: HIDDEN }, { name: 'B' }] } },
    ],
    [
      {
        nodeOverrides: {
          nodePropertyOverrides: [{ containerOverrides: { environment: [{ name: 'A', value: 'hush' }] } }],
        },
      },
      {
        nodeOverrides: {
          nodePropertyOverrides: [{ containerOverrides: { environment: [{ name: 'A', value: HIDDEN }] } }],
        },
      },
    ],
    [
      { eksProperties: { podProperties: { containers: [{ env: [{ name: 'A', value: 'hush' }] }] } } },
      { eksProperties: { podProperties: { containers: [{ env: [{ name: 'A', value: HIDDEN }] }] } } },
    ],
    [
      { logConfiguration: { options: { 'splunk-token': 'hush', mode: 'x' } } },
      { logConfiguration: { options: { 'splunk-token': HIDDEN, mode: 'x' } } },
    ],
    [{ serviceRequestPayload: 'hush' }, { serviceRequestPayload: HIDDEN }],
  ])('hides the secrets of %j', (input, requestParameters) => {
    const before = structuredClone(input);
    expect(auditRecordOf(aRecord({ input }), 'event').requestParameters).toEqual(requestParameters);
    expect(input).toEqual(before);
  });

  it('leaves out what is too large, and says so', () => {
    const input = { parameters: { a: 'x'.repeat(200_000) } };
    expect(auditRecordOf(aRecord({ input }), 'event').requestParameters).toEqual({
      omitted: true,
      originalSize: JSON.stringify(input).length,
      reason: 'LARGE_FIELD_SIZE',
    });
  });

  it('names the role of a session', () => {
    const identity = {
      ...IDENTITY,
      arn: 'arn:aws:sts::123456789012:assumed-role/ci/run-1',
      principalId: 'AROA:run-1',
      type: 'AssumedRole',
    };
    const { context } = aRecord();
    expect(auditRecordOf(aRecord({ context: { ...context, identity } }), 'event').userIdentity).toMatchObject(
      {
        type: 'AssumedRole',
        sessionContext: {
          sessionIssuer: {
            type: 'Role',
            principalId: 'AROA',
            arn: 'arn:aws:iam::123456789012:role/ci',
            userName: 'ci',
          },
        },
      },
    );
  });

  it('is an event on the bus when the call changes something', () => {
    const record = auditRecordOf(aRecord(), 'event');
    expect(auditEventOf(record)).toMatchObject({
      id: 'event',
      detailType: 'AWS API Call via Slipway',
      region: 'us-east-1',
      atMs: Date.parse('2026-11-21T10:00:00Z'),
      resources: [`${BASE}:job-queue/q`, `${BASE}:job-definition/d:1`, `${BASE}:job/x`],
      detail: record,
    });
    expect(auditEventOf({ ...record, readOnly: true })).toBeUndefined();
  });
});

it('goes to the trail, and as an event only when the call changed something', async () => {
  const kept: string[] = [];
  const published: string[] = [];
  const onCall = createOnCall({
    sink: { record: async (records) => void kept.push(...records.map(({ eventName }) => eventName)) },
    events: { publish: async (events) => void published.push(...events.map(({ id }) => id)) },
    newEventId: () => `event-${kept.length}`,
  });
  await onCall(aRecord());
  await onCall(aRecord({ operation: 'DescribeJobs', readOnly: true, input: {} }));
  expect(kept).toEqual(['SubmitJob', 'DescribeJobs']);
  expect(published).toEqual(['event-0']);
});
