// From an ended call to its record in the audit trail. Values of environment variables never get there, nor does what a
// read answered; what is too large to keep is left out and said to be.
import type { AuditRecord, AuditResource } from '../core/access/audit-record.ts';
import { auditIdentityOf } from '../core/access/audit-record.ts';
import { batchResourcesOf } from '../core/access/batch-resources.ts';
import { listMember, textMember } from '../core/access/members.ts';
import { parseArn } from '../core/ids.ts';
import type { SlipwayEvent } from '../engine/ports.ts';
import type { CallRecord } from './operation.ts';

const EVENT_VERSION = '1.11';
const HIDDEN = 'HIDDEN_DUE_TO_SECURITY_REASONS';
/** CloudTrail's limit for one field; a record must also fit into an event and into a log. */
const FIELD_CHARACTERS = 100_000;
/** A call may name fifty jobs. */
const RESOURCES_MAX = 60;

/** Members whose elements are `{ name, value }` pairs that may hold secrets: containers, and pods of Kubernetes. */
const ENVIRONMENTS: ReadonlySet<string> = new Set(['environment', 'env']);
/** Members that hold secrets themselves. */
const SECRET_MEMBERS: ReadonlySet<string> = new Set(['serviceRequestPayload', 'secretAccessKey']);
const SECRET_OPTION = /token|secret|password|api-?key/i;

/** Sources of events by IAM's prefix. Our own calls are told apart from AWS's by theirs. */
const SOURCES: Readonly<Record<string, string>> = { slipway: 'slipway.batch' };

const TYPES: Readonly<Record<string, string>> = {
  job: 'AWS::Batch::Job',
  'job-definition': 'AWS::Batch::JobDefinition',
  'job-queue': 'AWS::Batch::JobQueue',
  'compute-environment': 'AWS::Batch::ComputeEnvironment',
  'scheduling-policy': 'AWS::Batch::SchedulingPolicy',
  'consumable-resource': 'AWS::Batch::ConsumableResource',
};

export function auditRecordOf(record: CallRecord, eventId: string): AuditRecord {
  const { context, outcome, service, operation, readOnly, input } = record;
  const output = outcome.ok && !readOnly ? outcome.output : undefined;
  const resources = resourcesOf(record, output);
  return {
    eventVersion: EVENT_VERSION,
    userIdentity: auditIdentityOf(context.identity),
    eventTime: `${new Date(context.atMs).toISOString().slice(0, 19)}Z`,
    eventSource: SOURCES[service] ?? `${service}.amazonaws.com`,
    eventName: operation,
    awsRegion: context.scope.region,
    sourceIPAddress: context.sourceIp,
    userAgent: context.userAgent,
    ...(outcome.ok ? {} : { errorCode: outcome.error.type, errorMessage: outcome.error.message }),
    requestParameters: input === undefined ? null : bounded(hideSecrets(input)),
    responseElements: output === undefined ? null : bounded(hideSecrets(output)),
    requestID: context.requestId,
    eventID: eventId,
    readOnly,
    ...(resources.length === 0 ? {} : { resources }),
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: context.scope.account,
    eventCategory: 'Management',
  };
}

/** The record as an event on a bus. CloudTrail sends only what changes something there, and so do we. */
export function auditEventOf(record: AuditRecord): SlipwayEvent | undefined {
  if (record.readOnly) return undefined;
  return {
    id: record.eventID,
    detailType: 'AWS API Call via Slipway',
    region: record.awsRegion,
    atMs: Date.parse(record.eventTime),
    resources: (record.resources ?? []).map(({ ARN }) => ARN),
    detail: record,
  };
}

/** A copy in which no secret is left. What holds none is not copied. */
function hideSecrets(value: object): object {
  return hidden('', value) as object; // an object is hidden member by member
}

function hidden(name: string, value: unknown): unknown {
  if (typeof value === 'string') return SECRET_MEMBERS.has(name) ? HIDDEN : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const elements: readonly unknown[] = value;
    return ENVIRONMENTS.has(name)
      ? elements.map((element) => hideMember(element, 'value'))
      : elements.map((element) => hidden('', element));
  }
  const members = Object.entries(value).map(([key, held]): [string, unknown] => [
    key,
    name === 'options' && SECRET_OPTION.test(key) ? HIDDEN : hidden(key, held),
  ]);
  return Object.fromEntries(members);
}

function hideMember(element: unknown, name: string): unknown {
  if (typeof element !== 'object' || element === null || !(name in element)) return element;
  return { ...element, [name]: HIDDEN };
}

function bounded(value: object): object {
  // Most requests are far too small for it to be worth writing them out to see.
  if (roughSize(value, FIELD_CHARACTERS / 10) < FIELD_CHARACTERS / 10) return value;
  const originalSize = JSON.stringify(value).length;
  return originalSize <= FIELD_CHARACTERS
    ? value
    : { omitted: true, originalSize, reason: 'LARGE_FIELD_SIZE' };
}

/** About how many characters a value has as JSON, short of escapes; counting ends at `enough`. */
function roughSize(value: unknown, enough: number): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 8;
  let size = 2;
  for (const [name, held] of Object.entries(value)) {
    size += name.length + 4 + roughSize(held, enough - size);
    if (size >= enough) return size;
  }
  return size;
}

/** What the call was about: the resources that it named, and the one that it made. */
function resourcesOf(record: CallRecord, output: object | undefined): readonly AuditResource[] {
  if (record.service !== 'batch') return [];
  const arns = new Set([...namedArns(record), ...madeArns(output)]);
  return [...arns].slice(0, RESOURCES_MAX).map((ARN) => {
    const { account, type } = parseArn(ARN) ?? { account: record.context.scope.account, type: '' };
    return { ARN, accountId: account, ...(TYPES[type] === undefined ? {} : { type: TYPES[type] }) };
  });
}

function namedArns({ operation, input, context, readOnly }: CallRecord): readonly string[] {
  if (input === undefined || readOnly) return [];
  return batchResourcesOf(operation, context.scope, input)
    .map(({ arn }) => arn)
    .filter((arn) => !arn.includes('*'));
}

function madeArns(output: object | undefined): readonly string[] {
  if (output === undefined) return [];
  const single = [
    'jobArn',
    'jobDefinitionArn',
    'jobQueueArn',
    'computeEnvironmentArn',
    'arn',
    'consumableResourceArn',
  ];
  return [
    ...single.map((name) => textMember(output, name)).filter((arn) => arn !== undefined),
    ...listMember(output, 'successful').filter(
      (arn): arn is string => typeof arn === 'string' && arn.startsWith('arn:'),
    ),
  ];
}
