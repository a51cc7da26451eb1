// A call as access control sees it, and the condition keys that every call brings, whatever it asks for.
import type { Scope } from '../ids.ts';
import type { Caller, ContextEntry } from './question.ts';
import { entry, optionalEntry } from './question.ts';

export interface AccessCall {
  /** IAM's prefix: `batch`, `logs`, `ecs`. */
  readonly service: string;
  readonly operation: string;
  readonly input: object;
  readonly scope: Scope;
  readonly caller: Caller;
  readonly sourceIp: string;
  readonly userAgent: string;
  /** When the call came in: ISO 8601, and seconds since 1970. */
  readonly at: string;
  readonly epochSeconds: number;
  /** Whether it came over TLS. */
  readonly isEncrypted: boolean;
}

/** Keys whose value differs in every call; an answer that is remembered does not depend on them for long. */
export const TIME_KEYS: ReadonlySet<string> = new Set(['aws:CurrentTime', 'aws:EpochTime']);

export function requestContext(call: AccessCall): readonly ContextEntry[] {
  const { caller, scope, sourceIp, userAgent } = call;
  return [
    entry('aws:PrincipalArn', principalArnOf(caller.arn)),
    entry('aws:PrincipalAccount', caller.accountId),
    entry('aws:PrincipalType', PRINCIPAL_TYPES[caller.type] ?? caller.type),
    entry('aws:userid', caller.principalId),
    ...optionalEntry('aws:username', userNameOf(caller)),
    entry('aws:RequestedRegion', scope.region),
    ...(sourceIp === '' ? [] : [entry('aws:SourceIp', sourceIp.replace(/^::ffff:(?=\d+\.)/i, ''), 'ip')]),
    ...(userAgent === '' ? [] : [entry('aws:UserAgent', userAgent)]),
    entry('aws:SecureTransport', String(call.isEncrypted), 'boolean'),
    entry('aws:CurrentTime', call.at, 'date'),
    entry('aws:EpochTime', String(call.epochSeconds), 'date'),
  ];
}

const PRINCIPAL_TYPES: Readonly<Record<string, string>> = {
  IAMUser: 'User',
  Root: 'Account',
};

/** A session's policies are those of its role. The path of the role is not part of a session's ARN. */
export function principalArnOf(arn: string): string {
  const session = /^arn:([^:]+):sts::(\d{12}):assumed-role\/([^/]+)\/.+$/.exec(arn);
  return session ? `arn:${session[1]}:iam::${session[2]}:role/${session[3]}` : arn;
}

/** The name at the end of a user's ARN, behind its path. */
export function userNameOf(caller: Caller): string | undefined {
  return /^arn:[^:]+:iam::\d{12}:user\/(?:.*\/)?([^/]+)$/.exec(caller.arn)?.[1];
}
