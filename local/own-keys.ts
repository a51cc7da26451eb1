// The key pairs made by `slipway keys` on this machine: kept in the store's settings, and in memory for every call to look at.
import type { Settings } from '../adapters/sqlite/settings.ts';
import type { AccessKeyRecord, UsableAccessKey } from '../core/access/access-key.ts';
import { readAccessKey, shownKey } from '../core/access/access-key.ts';
import type { AccessKeyStore } from '../engine/access-ports.ts';
import type { Clock } from '../engine/ports.ts';
import { makeAccessKey } from './access-keys.ts';

const PREFIX = 'own-key/';

export async function openOwnKeys(settings: Settings, clock: Clock): Promise<AccessKeyStore> {
  const keys = new Map<string, UsableAccessKey>();
  for (const kept of (await settings.list(PREFIX)).values()) {
    const key = readAccessKey(JSON.parse(kept));
    if (key) keys.set(key.record.accessKeyId, key);
  }

  async function keep(record: AccessKeyRecord): Promise<AccessKeyRecord> {
    const key = readAccessKey(record);
    if (!key) throw new Error(`the key ${record.accessKeyId} cannot be read back`);
    await settings.set(PREFIX + record.accessKeyId, JSON.stringify(record));
    keys.set(record.accessKeyId, key);
    return record;
  }
  const create = (name: string, policies: readonly object[]): Promise<AccessKeyRecord> =>
    keep({ ...makeAccessKey(), name, policies, createdAt: clock.now() });
  async function remove(accessKeyId: string): Promise<void> {
    // From memory first: the key is refused from now on, whatever the disk says.
    keys.delete(accessKeyId);
    await settings.remove(PREFIX + accessKeyId);
  }

  return {
    find: async (accessKeyId) => keys.get(accessKeyId),
    list: async () =>
      [...keys.values()]
        .map(({ record }) => shownKey(record))
        .sort((left, right) => left.createdAt - right.createdAt),
    create,
    async rotate(accessKeyId, overlapMs) {
      const old = keys.get(accessKeyId)?.record;
      if (!old) return undefined;
      const made = await create(old.name, old.policies);
      if (overlapMs === 0) await remove(accessKeyId);
      else await keep({ ...old, expiresAt: clock.now() + overlapMs });
      return made;
    },
    async delete(accessKeyId) {
      if (!keys.has(accessKeyId)) return 'missing';
      await remove(accessKeyId);
      return 'deleted';
    },
  };
}
