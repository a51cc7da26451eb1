// Key pairs of our own in AWS Secrets Manager: one secret each, `<prefix><accessKeyId>`. What was found, and that nothing was, is
// remembered for a minute, so that neither callers nor strangers make every call a look-up; so long a deleted key may go on.
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  paginateListSecrets,
} from '@aws-sdk/client-secrets-manager';
import type { AccessKeyRecord, UsableAccessKey } from '../../core/access/access-key.ts';
import { isOwnKeyId, readAccessKey, shownKey } from '../../core/access/access-key.ts';
import type { AccessKeyStore } from '../../engine/access-ports.ts';
import type { Clock } from '../../engine/ports.ts';
import { StoreCorruptError, StoreUnavailableError } from '../../engine/table-ports.ts';

export interface SecretKeysOptions {
  readonly client: SecretsManagerClient;
  /** `slipway/keys/`: the first part of each secret's name. */
  readonly prefix: string;
  readonly clock: Clock;
  readonly makeKey: () => Pick<AccessKeyRecord, 'accessKeyId' | 'secretAccessKey'>;
}

const REMEMBER_MS = 60_000;
/** Strangers choose the ids that are not found. */
const REMEMBERED_MAX = 1_000;

export function createSecretKeys(options: SecretKeysOptions): AccessKeyStore {
  const { client, prefix, clock } = options;
  const remembered = new Map<
    string,
    { readonly key: UsableAccessKey | undefined; readonly untilMs: number }
  >();

  async function read(accessKeyId: string): Promise<UsableAccessKey | undefined> {
    try {
      const { SecretString } = await client.send(
        new GetSecretValueCommand({ SecretId: prefix + accessKeyId }),
      );
      return parse(prefix + accessKeyId, SecretString);
    } catch (error) {
      if (isGone(error)) return undefined;
      throw unavailable(`${prefix}${accessKeyId} cannot be read`, error);
    }
  }

  async function create(name: string, policies: readonly object[]): Promise<AccessKeyRecord> {
    const record: AccessKeyRecord = { ...options.makeKey(), name, policies, createdAt: clock.now() };
    const { accessKeyId } = record;
    try {
      await client.send(
        new CreateSecretCommand({
          Name: prefix + accessKeyId,
          Description: `Slipway access key of ${name}`,
          SecretString: JSON.stringify(record),
        }),
      );
    } catch (error) {
      throw unavailable(`${prefix}${accessKeyId} cannot be made`, error);
    }
    remembered.delete(accessKeyId);
    return record;
  }

  async function remove(accessKeyId: string): Promise<'deleted' | 'missing'> {
    if (!isOwnKeyId(accessKeyId)) return 'missing';
    try {
      // At once: a key that was given away must not come back.
      await client.send(
        new DeleteSecretCommand({ SecretId: prefix + accessKeyId, ForceDeleteWithoutRecovery: true }),
      );
    } catch (error) {
      if (isGone(error)) return 'missing';
      throw unavailable(`${prefix}${accessKeyId} cannot be deleted`, error);
    }
    remembered.delete(accessKeyId);
    return 'deleted';
  }

  async function expire(old: AccessKeyRecord, expiresAt: number): Promise<void> {
    const SecretString = JSON.stringify({ ...old, expiresAt });
    try {
      await client.send(new PutSecretValueCommand({ SecretId: prefix + old.accessKeyId, SecretString }));
    } catch (error) {
      throw unavailable(`${prefix}${old.accessKeyId} cannot be changed`, error);
    }
    remembered.delete(old.accessKeyId);
  }

  return {
    async find(accessKeyId) {
      if (!isOwnKeyId(accessKeyId)) return undefined;
      const known = remembered.get(accessKeyId);
      if (known && known.untilMs > clock.now()) return known.key;
      const key = await read(accessKeyId);
      if (remembered.size >= REMEMBERED_MAX) remembered.clear();
      remembered.set(accessKeyId, { key, untilMs: clock.now() + REMEMBER_MS });
      return key;
    },
    async list() {
      const names = await secretNames(client, prefix);
      const keys = await Promise.all(names.map((name) => read(name.slice(prefix.length))));
      return keys
        .flatMap((key) => (key ? [shownKey(key.record)] : []))
        .sort((left, right) => left.createdAt - right.createdAt);
    },
    create,
    async rotate(accessKeyId, overlapMs) {
      const old = isOwnKeyId(accessKeyId) ? await read(accessKeyId) : undefined;
      if (!old) return undefined;
      const made = await create(old.record.name, old.record.policies);
      if (overlapMs === 0) await remove(accessKeyId);
      else await expire(old.record, clock.now() + overlapMs);
      return made;
    },
    delete: remove,
  };
}

async function secretNames(client: SecretsManagerClient, prefix: string): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    const Filters = [{ Key: 'name' as const, Values: [prefix] }];
    for await (const page of paginateListSecrets({ client }, { Filters })) {
      names.push(...(page.SecretList ?? []).flatMap(({ Name }) => Name ?? []));
    }
  } catch (error) {
    throw unavailable(`the secrets ${prefix}* cannot be listed`, error);
  }
  // The filter also finds names that only contain the words of the prefix.
  return names.filter((name) => name.startsWith(prefix) && isOwnKeyId(name.slice(prefix.length)));
}

function parse(name: string, text: string | undefined): UsableAccessKey {
  let kept: unknown;
  try {
    kept = JSON.parse(text ?? '');
  } catch (cause) {
    throw new StoreCorruptError(`the secret ${name} is not JSON`, { cause });
  }
  const key = readAccessKey(kept);
  if (key && name.endsWith(key.record.accessKeyId)) return key;
  throw new StoreCorruptError(`the secret ${name} holds no access key of that id`);
}

/** Deleted secrets answer InvalidRequestException for a while. */
function isGone(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'ResourceNotFoundException') return true;
  return error.name === 'InvalidRequestException' && /deleted|deletion/i.test(error.message);
}

function unavailable(what: string, cause: unknown): Error {
  if (cause instanceof StoreCorruptError) return cause;
  const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return new StoreUnavailableError(`Secrets Manager: ${what}: ${said}`, { cause });
}
