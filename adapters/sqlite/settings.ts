// A few durable texts by name: keys, identities, cursors.
import type { GroupWriter } from './group-writer.ts';
import type { Prepare } from './statements.ts';

export interface Settings {
  get(key: string): Promise<string | undefined>;
  /** All settings whose key starts with the prefix, by key. */
  list(prefix: string): Promise<ReadonlyMap<string, string>>;
  /** Durable when the promise resolves. */
  set(key: string, value: string): Promise<void>;
  remove(key: string): Promise<void>;
}

export function createSettings(
  prepare: Prepare,
  writer: GroupWriter,
  translate: (error: unknown) => unknown,
): Settings {
  const select = prepare('SELECT value FROM settings WHERE key = ?');
  const selectPrefix = prepare(
    'SELECT key, value FROM settings WHERE substr(key, 1, length(?1)) = ?1 ORDER BY key',
  );
  const upsert = prepare(
    'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  const remove = prepare('DELETE FROM settings WHERE key = ?');

  async function reading<T>(read: () => T): Promise<T> {
    try {
      return read();
    } catch (error) {
      throw translate(error);
    }
  }

  return {
    get: (key) =>
      reading(() => {
        const found = select.get(key);
        return found && String(found['value']);
      }),
    list: (prefix) =>
      reading(
        () => new Map(selectPrefix.all(prefix).map((row) => [String(row['key']), String(row['value'])])),
      ),
    set: (key, value) => writer.submit(1, () => void upsert.run(key, value)),
    remove: (key) => writer.submit(1, () => void remove.run(key)),
  };
}
