// What every adapter of the Table port refuses alike: texts that stores would order differently, and calls beyond a limit.
// A violation is a bug of the caller, never a matter of what is stored.
import type { IndexName, IndexQuery, IndexRange, Key, NewRow, WriteOp } from './table-ports.ts';

export const INDEX_NAMES = ['listing', 'work'] as const satisfies readonly IndexName[];
export const MAX_WRITE_OPS = 100;
export const MAX_PAGE_ROWS = 1_000;
/** Of one query: each costs a read of its own in some stores. */
export const MAX_QUERY_PARTITIONS = 10;

/** Throws RangeError for a write no store may accept: a bug of the caller, never a matter of what is stored. */
export function assertWritable(ops: readonly WriteOp[]): void {
  if (ops.length < 1 || ops.length > MAX_WRITE_OPS) {
    throw new RangeError(`a write has 1 to ${MAX_WRITE_OPS} operations, not ${ops.length}`);
  }
  for (const op of ops) {
    if (op.kind === 'put') assertStorable(op.row);
    else assertKey(op.key);
  }
  if (ops.length === 1) return;
  const rows = new Set(ops.map((op) => `${op.table}\0${keyOf(op).pk}\0${keyOf(op).sk}`));
  if (rows.size < ops.length) throw new RangeError('a write has two operations on one row');
}

function keyOf(op: WriteOp): Key {
  return op.kind === 'put' ? op.row : op.key;
}

/** Throws RangeError unless the row's key and index entries are texts that every store orders alike. */
export function assertStorable(row: NewRow): void {
  assertKey(row);
  if (!row.indexes) return;
  for (const name of INDEX_NAMES) {
    const entry = row.indexes[name];
    if (!entry) continue;
    assertKeyText(`indexes.${name}.partition`, entry.partition);
    assertKeyText(`indexes.${name}.sort`, entry.sort);
  }
}

export function assertKey(key: Key): void {
  assertKeyText('pk', key.pk);
  assertKeyText('sk', key.sk);
}

/** U+0000 is kept free, so that an adapter can join key texts without changing their order. */
function assertKeyText(field: string, text: string): void {
  if (text === '' || text.includes('\0') || !text.isWellFormed()) {
    throw new RangeError(
      `${field} must be a non-empty, well-formed text without U+0000, not ${JSON.stringify(text)}`,
    );
  }
}

export function partitionsOf({ partition }: Pick<IndexQuery, 'partition'>): readonly string[] {
  return typeof partition === 'string' ? [partition] : partition;
}

export function assertQuery(query: Pick<IndexQuery, 'index' | 'limit' | 'partition'>): void {
  const partitions = partitionsOf(query);
  for (const partition of partitions) assertKeyText('partition', partition);
  const most = query.index ? MAX_QUERY_PARTITIONS : 1;
  if (!partitions[0] || partitions.length > most || new Set(partitions).size < partitions.length) {
    throw new RangeError(`a query has 1 to ${most} partitions, not ${JSON.stringify(partitions)}`);
  }
  if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > MAX_PAGE_ROWS) {
    throw new RangeError(`limit must be 1 to ${MAX_PAGE_ROWS}, not ${query.limit}`);
  }
}

/** A count has no page, so its limit is only a bound on the work. */
export function assertCount(query: Pick<IndexRange, 'limit' | 'partition'>): void {
  assertKeyText('partition', query.partition);
  if (!Number.isInteger(query.limit) || query.limit < 1) {
    throw new RangeError(`limit must be a whole number above 0, not ${query.limit}`);
  }
}
