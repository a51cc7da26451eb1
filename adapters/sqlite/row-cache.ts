// Rows at hand without a SELECT and a JSON.parse: the usual life of a row is get, write, change, get. Exact, because this
// process is the only writer: what a transaction wrote is staged, and becomes visible only when it committed.
import type { Key, TableName } from '../../engine/table-ports.ts';
import type { GroupPart } from './group-writer.ts';
import type { HeldRow } from './row-codec.ts';

/** 'gone': known to be absent from here on, whatever an older generation says. */
type Entry = HeldRow | 'gone';

export interface RowCache extends GroupPart {
  get(table: TableName, key: Key): HeldRow | undefined;
  /** Remembers a row that was read. Outside a transaction only. */
  remember(table: TableName, held: HeldRow): void;
  /** A row as the open transaction has just written it; undefined: deleted. */
  stage(table: TableName, key: Key, held: HeldRow | undefined): void;
}

function identityOf(table: TableName, { pk, sk }: Key): string {
  return `${table}\0${pk}\0${sk}`;
}

/**
 * Two generations instead of a list by age: a hit in the old one moves the entry to the young one, and when the young one
 * is full it becomes the old one. That forgets nearly the least recently used and costs one map access.
 */
export function createRowCache(maxRows: number): RowCache {
  const generationSize = Math.ceil(maxRows / 2);
  let young = new Map<string, HeldRow>();
  let old = new Map<string, HeldRow>();
  const staged = new Map<string, Entry>();

  function keep(identity: string, held: HeldRow): void {
    if (young.size >= generationSize && !young.has(identity)) {
      old = young;
      young = new Map();
    }
    young.set(identity, held);
  }

  return {
    get(table, key) {
      const identity = identityOf(table, key);
      const written = staged.get(identity);
      if (written !== undefined) return written === 'gone' ? undefined : written;
      const found = young.get(identity);
      if (found) return found;
      const aged = old.get(identity);
      if (aged) keep(identity, aged);
      return aged;
    },
    remember: (table, held) => keep(identityOf(table, held.row), held),
    stage: (table, key, held) => void staged.set(identityOf(table, key), held ?? 'gone'),
    committed() {
      for (const [identity, entry] of staged) {
        // An older generation must not answer for a row that has changed since.
        old.delete(identity);
        if (entry === 'gone') young.delete(identity);
        else keep(identity, entry);
      }
      staged.clear();
    },
    rolledBack: () => staged.clear(),
  };
}
