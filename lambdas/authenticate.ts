// Who a request comes from: whom the gateway's IAM authoriser found, else whom a signature with one of Slipway's own keys
// proves. A request without either is refused, whatever stands in front.
import type { Identity } from '../api/operation.ts';
import { AccessDeniedException, invalidSignature, missingAuthenticationToken } from '../api/errors.ts';
import type { ApiRequest } from '../api/request.ts';
import type { Authenticated } from '../api/router.ts';
import { authenticateBySignature, createSignatureVerifier } from '../api/sigv4.ts';
import type { KnownCredentials } from '../api/sigv4.ts';
import type { EpochMs } from '../core/ids.ts';
import type { IamCaller } from './http-event.ts';

export interface AuthenticateOptions {
  readonly account: string;
  readonly region: string;
  /** What the gateway found; `undefined` for a request that it let through without a look. */
  readonly iamCallerOf: (request: ApiRequest) => IamCaller | undefined;
  /** Absent: own keys are off. */
  readonly findOwnKey?: (accessKeyId: string) => Promise<KnownCredentials | undefined>;
}

const SERVICES = ['batch', 'execute-api'];

export function createAuthenticate(
  options: AuthenticateOptions,
): (request: ApiRequest, atMs: EpochMs) => Promise<Authenticated> {
  const { account, region, iamCallerOf, findOwnKey } = options;
  const bySignature =
    findOwnKey &&
    authenticateBySignature(
      createSignatureVerifier({
        credentialsOf: findOwnKey,
        services: SERVICES,
      }),
    );
  return async (request, atMs) => {
    const caller = iamCallerOf(request);
    if (caller) return { identity: ownAccount(account, identityOf(caller)), region };
    if (!bySignature) throw missingAuthenticationToken();
    const signed = await bySignature(request, atMs);
    if (signed.region === region) return signed;
    throw invalidSignature(`Credential should be scoped to a valid region, not '${signed.region}'.`);
  };
}

function identityOf({ accessKey, accountId, callerId, userArn }: IamCaller): Identity {
  if (!userArn || !accountId) throw missingAuthenticationToken();
  return {
    arn: userArn,
    accountId,
    accessKeyId: accessKey ?? '',
    principalId: callerId ?? '',
    type: identityTypeOf(userArn),
  };
}

/** CloudTrail's `userIdentity.type`. */
function identityTypeOf(arn: string): string {
  const resource = arn.split(':')[5] ?? '';
  if (resource === 'root') return 'Root';
  if (resource.startsWith('assumed-role/')) return 'AssumedRole';
  return resource.startsWith('federated-user/') ? 'FederatedUser' : 'IAMUser';
}

/** AWS Batch takes calls for the caller's own account only; whoever the gateway lets in from another has nothing here. */
function ownAccount(account: string, identity: Identity): Identity {
  if (identity.accountId === account) return identity;
  throw new AccessDeniedException(identity.arn, 'batch:*', `arn:aws:batch:*:${account}:*`);
}
