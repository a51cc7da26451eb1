// Who may call, and the trail of who did: IAM's own answer for identities of the account, policies kept with the key for Slipway's
// own keys; a record of each call in a log group, and of what changes something on the event bus. The clients behind are loaded
// with the first call that needs them.
import { randomUUID } from 'node:crypto';
import type { Authorize } from '../api/access.ts';
import { createAuthorize } from '../api/access.ts';
import { createOnCall } from '../api/audit-trail.ts';
import type { CallRecord } from '../api/operation.ts';
import { ownKeyCredentials, ownKeyPolicies } from '../api/own-keys.ts';
import { chooseAuthorizer, createPolicyAuthorizer } from '../api/policy-authorizer.ts';
import type { KnownCredentials } from '../api/sigv4.ts';
import { isOwnKeyId } from '../core/access/access-key.ts';
import { partitionOf } from '../core/ids.ts';
import type { AccessKeyStore, Authorizer } from '../engine/access-ports.ts';
import type { TagTargets } from '../engine/store/tags.ts';
import type { Config } from './config.ts';
import { once } from './once.ts';
import type { Telemetry } from './telemetry.ts';

export interface Access {
  readonly authorize: Authorize;
  /** Finds nothing where own keys are off. */
  readonly findOwnKey: (accessKeyId: string) => Promise<KnownCredentials | undefined>;
  readonly onCall: (record: CallRecord) => Promise<void>;
}

export function composeAccess(config: Config<'api'>, tagTargets: TagTargets, telemetry: Telemetry): Access {
  const { account, accessKeysSecretPrefix: prefix } = config;
  const clients = once(() => import('./access-clients.ts'));
  const keys = once(async () =>
    prefix === undefined ? undefined : (await clients()).openOwnKeys(prefix, telemetry),
  );
  /** Strangers choose the ids they ask for: only those of our own form are looked up. */
  const ownKeys: Pick<AccessKeyStore, 'find'> = {
    find: async (id) => (isOwnKeyId(id) ? (await keys())?.find(id) : undefined),
  };
  const iam = once(async () => (await clients()).openIamAuthorizer(account, telemetry));
  const record = once(async () => {
    const { sink, events } = (await clients()).openTrail(config, telemetry);
    return createOnCall({ sink, events, newEventId: randomUUID });
  });
  return {
    authorize: createAuthorize({ authorizer: authorizerOf(ownKeys, iam), tagTargets, isEncrypted: true }),
    findOwnKey: ownKeyCredentials(ownKeys, partitionOf(config.region), account),
    onCall: async (call) => (await record())(call),
  };
}

/** Only a signature with an own key gives a caller its id; IAM's identities never have one of that form. */
function authorizerOf(ownKeys: Pick<AccessKeyStore, 'find'>, iam: () => Promise<Authorizer>): Authorizer {
  const byPolicies = createPolicyAuthorizer(ownKeyPolicies(ownKeys));
  const byIam: Authorizer = {
    scrutinyOf: async (caller) => (await iam()).scrutinyOf(caller),
    decide: async (...given) => (await iam()).decide(...given),
  };
  return chooseAuthorizer(({ accessKeyId }) => (isOwnKeyId(accessKeyId) ? byPolicies : byIam));
}
