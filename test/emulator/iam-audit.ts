// Whether the service's roles allow what its functions did. Two sources: what the emulator itself logged as denied, for the
// services whose policies it evaluates, and for the others every call that went through the front, put to the emulator's
// SimulatePrincipalPolicy.
import type { AnEmulator } from './a-emulator.ts';
import { ACCOUNT, REGION } from './a-fakecloud.ts';
import type { AwsCall } from './front.ts';

export interface Denial {
  readonly role: string;
  readonly action: string;
  readonly resource: string;
}

/** Those whose policies the emulator evaluates at each call. */
const EVALUATED = new Set([
  'dynamodb',
  'dynamodbstreams',
  'iam',
  'kms',
  'lambda',
  's3',
  'scheduler',
  'sns',
  'sqs',
  'sts',
]);

/** `roleOf` asks it with a function's keys, and no function of ours does. AWS allows it to everybody; the emulator does not. */
const ASKED_BY_THE_TESTS = 'sts:GetCallerIdentity';

/** What the emulator logged, of roles whose name begins so. */
export function loggedDenials(log: readonly string[], rolePrefix: string): Denial[] {
  return log.flatMap((line) => {
    if (!line.includes('IAM policy evaluation denied request')) return [];
    const [, action = ''] = / action=(\S+)/.exec(line) ?? [];
    const [, resource = ''] = / resource=(\S+)/.exec(line) ?? [];
    const [, role = ''] = / principal=\S*:assumed-role\/([^/\s]+)/.exec(line) ?? [];
    return role.startsWith(rolePrefix) && action !== ASKED_BY_THE_TESTS ? [{ role, action, resource }] : [];
  });
}

/** Of the calls to other services, each kind once per role and resource. */
export async function simulatedDenials(
  emulator: AnEmulator,
  calls: readonly AwsCall[],
  rolePrefix: string,
): Promise<Denial[]> {
  const roles = new Map<string, Promise<string>>();
  const asked = new Map<string, Denial & { readonly context: AwsCall['context'] }>();
  for (const { service, operation, accessKeyId, resource, context } of calls) {
    if (EVALUATED.has(service) || accessKeyId === 'test') continue;
    if (!roles.has(accessKeyId)) roles.set(accessKeyId, roleOf(emulator, accessKeyId));
    const role = (await roles.get(accessKeyId)) ?? '';
    if (!role.startsWith(rolePrefix)) continue;
    const action = `${IAM_NAMES[service] ?? service}:${operation}`;
    asked.set(`${role} ${action} ${resource}`, { role, action, resource, context });
  }
  const denials: Denial[] = [];
  for (const { context, ...question } of asked.values()) {
    if (!(await isAllowed(emulator, question, context))) denials.push(question);
  }
  return denials;
}

/** Where a service signs by another name than IAM has for it. */
const IAM_NAMES: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' };

export async function roleOf(emulator: AnEmulator, accessKeyId: string): Promise<string> {
  const answer = await emulator.query(
    'sts',
    { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    accessKeyId,
  );
  return /:assumed-role\/([^/<]+)/.exec(answer)?.[1] ?? '';
}

async function isAllowed(
  emulator: AnEmulator,
  { role, action, resource }: Denial,
  context: AwsCall['context'],
): Promise<boolean> {
  const entries = Object.entries({ 'aws:RequestedRegion': REGION, ...context }).flatMap(
    ([key, value], index) => [
      [`ContextEntries.member.${index + 1}.ContextKeyName`, key] as const,
      [`ContextEntries.member.${index + 1}.ContextKeyType`, 'string'] as const,
      [`ContextEntries.member.${index + 1}.ContextKeyValues.member.1`, value] as const,
    ],
  );
  const answer = await emulator.query('iam', {
    Action: 'SimulatePrincipalPolicy',
    Version: '2010-05-08',
    PolicySourceArn: `arn:aws:iam::${ACCOUNT}:role/${role}`,
    'ActionNames.member.1': action,
    'ResourceArns.member.1': resource,
    ...Object.fromEntries(entries),
  });
  return answer.includes('<EvalDecision>allowed</EvalDecision>');
}

/** Both, for the roles of the deployed stack. */
export async function deniedToOurRoles(emulator: AnEmulator, rolePrefix = 'Slipway-'): Promise<Denial[]> {
  return [
    ...loggedDenials(emulator.fakecloud.log, rolePrefix),
    ...(await simulatedDenials(emulator, emulator.front.calls, rolePrefix)),
  ];
}
