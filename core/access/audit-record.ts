// One call in the audit trail, in the shape of a CloudTrail record, so that what reads CloudTrail reads this.
import type { Caller } from './question.ts';

export interface AuditIdentity {
  readonly type: string;
  readonly principalId: string;
  readonly arn: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly userName?: string;
  /** Of a session: the role behind it. */
  readonly sessionContext?: {
    readonly sessionIssuer: {
      readonly type: 'Role';
      readonly principalId: string;
      readonly arn: string;
      readonly accountId: string;
      readonly userName: string;
    };
  };
}

export interface AuditRecord {
  readonly eventVersion: string;
  readonly userIdentity: AuditIdentity;
  /** ISO 8601, whole seconds. */
  readonly eventTime: string;
  readonly eventSource: string;
  readonly eventName: string;
  readonly awsRegion: string;
  readonly sourceIPAddress: string;
  readonly userAgent: string;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  /** Null when the request had no shape to read them from. */
  readonly requestParameters: object | null;
  /** Null for reads and for calls that failed. */
  readonly responseElements: object | null;
  readonly requestID: string;
  readonly eventID: string;
  readonly readOnly: boolean;
  readonly resources?: readonly AuditResource[];
  readonly eventType: 'AwsApiCall';
  readonly managementEvent: true;
  readonly recipientAccountId: string;
  readonly eventCategory: 'Management';
}

export interface AuditResource {
  readonly ARN: string;
  readonly accountId: string;
  /** CloudFormation's name of the type, where it has one. */
  readonly type?: string;
}

/** CloudTrail's `userIdentity` of a caller. */
export function auditIdentityOf(caller: Caller): AuditIdentity {
  const { type, principalId, arn, accountId, accessKeyId } = caller;
  const identity = { type, principalId, arn, accountId, accessKeyId };
  const [, partition, roleName] = /^arn:([^:]+):sts::\d{12}:assumed-role\/([^/]+)\/.+$/.exec(arn) ?? [];
  if (partition !== undefined && roleName !== undefined) {
    const [issuerId = ''] = principalId.split(':');
    const sessionIssuer = {
      type: 'Role' as const,
      principalId: issuerId,
      arn: `arn:${partition}:iam::${accountId}:role/${roleName}`,
      accountId,
      userName: roleName,
    };
    return { ...identity, sessionContext: { sessionIssuer } };
  }
  const userName = /^arn:[^:]+:iam::\d{12}:user\/(?:.*\/)?([^/]+)$/.exec(arn)?.[1];
  return userName === undefined ? identity : { ...identity, userName };
}
