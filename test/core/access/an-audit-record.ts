// A record of the audit trail; a test states what it is about.
import type { AuditRecord } from '../../../core/access/audit-record.ts';

export function anAuditRecord(given: Partial<AuditRecord>): AuditRecord {
  return {
    eventVersion: '1.11',
    userIdentity: {
      type: 'IAMUser',
      principalId: 'AIDA',
      arn: 'arn:aws:iam::123456789012:user/ada',
      accountId: '123456789012',
      accessKeyId: 'AKIA',
      userName: 'ada',
    },
    eventTime: '2026-11-21T10:00:00Z',
    eventSource: 'batch.amazonaws.com',
    eventName: 'SubmitJob',
    awsRegion: 'eu-west-1',
    sourceIPAddress: '127.0.0.1',
    userAgent: 'boto3',
    requestParameters: {},
    responseElements: null,
    requestID: 'r',
    eventID: 'e',
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: '123456789012',
    eventCategory: 'Management',
    ...given,
  };
}
