// Key pairs of our own as the router needs them: to verify a signature, and to decide what its caller may do.
import { keyCaller } from '../core/access/access-key.ts';
import type { AccessKeyStore } from '../engine/access-ports.ts';
import type { PoliciesOf } from './policy-authorizer.ts';
import type { KnownCredentials } from './sigv4.ts';

/** For `createSignatureVerifier`. A key that another has replaced is expired from its time on. */
export function ownKeyCredentials(
  keys: Pick<AccessKeyStore, 'find'>,
  partition: string,
  account: string,
): (accessKeyId: string) => Promise<KnownCredentials | undefined> {
  return async (accessKeyId) => {
    const key = await keys.find(accessKeyId);
    if (!key) return undefined;
    const { secretAccessKey, expiresAt } = key.record;
    return {
      secretAccessKey,
      ...(expiresAt === undefined ? {} : { expiresAtMs: expiresAt }),
      identity: keyCaller(key.record, partition, account),
    };
  };
}

/** For `createPolicyAuthorizer`, where every caller has such a key. One that is gone by now may do nothing. */
export function ownKeyPolicies(keys: Pick<AccessKeyStore, 'find'>): PoliciesOf {
  return async ({ accessKeyId }) => {
    const key = await keys.find(accessKeyId);
    return key ? key.policies : [];
  };
}
