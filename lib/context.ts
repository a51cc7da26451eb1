// What `cdk deploy -c key=value` may choose, read and checked in one place: one error names all that is wrong.
import type { Stack } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { IConstruct } from 'constructs';
import { ENVIRONMENT_KINDS, type EnvironmentKind } from './default-resources.ts';
import { AUDIT_LOG_GROUP, JOB_LOG_GROUP } from './log-groups.ts';
import type { NetworkProps } from './network.ts';
import type { SlipwayProps } from './slipway-props.ts';

/** Every key, with what it takes. */
export const CONTEXT_KEYS = {
  vpcId: 'the VPC that jobs run in; without subnetIds it is looked up in the account',
  subnetIds: 'subnets of that VPC, separated by commas',
  network: 'public or private: what kind of VPC is made where none is named',
  retentionDays: 'days that jobs, output and audit trail are kept',
  eventLog: 'true or false: whether the events of jobs and queues are kept in a log group',
  eventRetentionDays: 'days that events are kept there',
  computeEnvironments: `which of ${ENVIRONMENT_KINDS.join(', ')} there are from the start, separated by commas`,
  maxvCpus: 'vCPUs that may run at a time in each of them',
  permissionsBoundary: 'ARN of a managed policy that no role may exceed',
  alarmsTopicArn: 'ARN of the SNS topic that alarms go to',
  accessKeys: 'true or false: a second endpoint for own access keys',
  architecture: 'arm64 or x86_64: of the functions',
  existingLogGroups: `true or false: whether ${JOB_LOG_GROUP} and ${AUDIT_LOG_GROUP} are there already and belong to somebody else`,
} as const;
type ContextKey = keyof typeof CONTEXT_KEYS;

type Read = (key: ContextKey) => string | undefined;
/** One part of the props, or what is wrong with its text. */
type Reader = (stack: Stack, read: Read) => SlipwayProps | { readonly wrong: string };

export function propsFromContext(stack: Stack): SlipwayProps {
  const read: Read = (key) => contextText(stack, key);
  const parts = READERS.map((reader) => reader(stack, read));
  const wrong = parts.flatMap((part) => ('wrong' in part ? [part.wrong] : []));
  if (wrong.length > 0)
    throw new Error(`The context does not say what can be deployed:\n${wrong.join('\n')}`);
  return Object.assign({}, ...parts) as SlipwayProps; // none of them is wrong
}

/** A value of the context as `-c` gives it; cdk.json may also hold numbers, truth values and lists of texts. */
export function contextText(scope: IConstruct, key: string): string | undefined {
  const value: unknown = scope.node.tryGetContext(key);
  const text = Array.isArray(value) ? value.join(',') : value;
  if (text === undefined || text === '') return undefined;
  return typeof text === 'string' ? text : JSON.stringify(text);
}

const READERS: readonly Reader[] = [
  (stack, read) => {
    const network = networkOf(stack, read);
    if (network === undefined) return {};
    return typeof network === 'object' && 'wrong' in network ? network : { network };
  },
  (_stack, read) => wholeNumber('retentionDays', read, (retentionDays) => ({ retentionDays })),
  (_stack, read) => flag('eventLog', read, (eventLog) => ({ eventLog })),
  (_stack, read) => wholeNumber('eventRetentionDays', read, (eventRetentionDays) => ({ eventRetentionDays })),
  (_stack, read) => wholeNumber('maxvCpus', read, (maxvCpus) => ({ maxvCpus })),
  (_stack, read) => flag('accessKeys', read, (accessKeys) => ({ accessKeys })),
  (_stack, read) => {
    const text = read('computeEnvironments');
    if (text === undefined) return {};
    const kinds = listOf(text);
    const unknown = kinds.filter((kind) => !isKind(kind));
    if (unknown.length > 0) return wrongText('computeEnvironments', text);
    return { computeEnvironments: kinds.filter(isKind) };
  },
  (_stack, read) => {
    const text = read('architecture');
    if (text === undefined) return {};
    if (text === 'arm64') return { architecture: Architecture.ARM_64 };
    return text === 'x86_64' ? { architecture: Architecture.X86_64 } : wrongText('architecture', text);
  },
  (stack, read) => {
    const arn = read('permissionsBoundary');
    if (arn === undefined) return {};
    return { permissionsBoundary: ManagedPolicy.fromManagedPolicyArn(stack, 'PermissionsBoundary', arn) };
  },
  (stack, read) => {
    const arn = read('alarmsTopicArn');
    return arn === undefined ? {} : { alarmsTopic: Topic.fromTopicArn(stack, 'AlarmsTopic', arn) };
  },
  (stack, read) =>
    flag('existingLogGroups', read, (areThere) =>
      areThere
        ? {
            jobLogGroup: LogGroup.fromLogGroupName(stack, 'JobLogGroup', JOB_LOG_GROUP),
            auditLogGroup: LogGroup.fromLogGroupName(stack, 'AuditLogGroup', AUDIT_LOG_GROUP),
          }
        : {},
    ),
];

function networkOf(stack: Stack, read: Read): NetworkProps['network'] | { readonly wrong: string } {
  const [vpcId, subnets, kind] = [read('vpcId'), read('subnetIds'), read('network')];
  if (vpcId === undefined) {
    if (subnets !== undefined) return { wrong: 'subnetIds needs vpcId: the VPC that they are in' };
    if (kind === undefined || kind === 'public' || kind === 'private') return kind;
    return wrongText('network', kind);
  }
  if (subnets === undefined) return { vpc: Vpc.fromLookup(stack, 'Vpc', { vpcId }) };
  // Enough for a security group, which is all that is made in it.
  return {
    vpc: Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId, availabilityZones: stack.availabilityZones }),
    subnetIds: listOf(subnets),
  };
}

function wholeNumber(
  key: ContextKey,
  read: Read,
  propOf: (value: number) => SlipwayProps,
): ReturnType<Reader> {
  const text = read(key);
  if (text === undefined) return {};
  return /^[1-9]\d{0,8}$/.test(text) ? propOf(Number(text)) : wrongText(key, text);
}

function flag(key: ContextKey, read: Read, propOf: (value: boolean) => SlipwayProps): ReturnType<Reader> {
  const text = read(key);
  if (text === undefined) return {};
  return text === 'true' || text === 'false' ? propOf(text === 'true') : wrongText(key, text);
}

function wrongText(key: ContextKey, text: string): { readonly wrong: string } {
  return { wrong: `${key} must be ${CONTEXT_KEYS[key]}, but is ${JSON.stringify(text)}` };
}

function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function isKind(text: string): text is EnvironmentKind {
  return ENVIRONMENT_KINDS.some((kind) => kind === text);
}
