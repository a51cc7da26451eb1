// Where rows are kept, with DynamoDB's semantics: a port like those of ports.ts, and what its adapters throw.
/** The two tables and why there are two: `jobs` has a change stream and grows; `queues` is small and is read by every tick. */
export type TableName = 'jobs' | 'queues';

/** Primary key: partition and sort. Strings only; both non-empty; compared by their UTF-8 bytes. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/**
 * Sparse secondary indexes, the same two for each table. A row is in an index exactly when it carries that index's
 * entry; inside one index partition rows are ordered by `sort` (UTF-8 bytes), ties by primary key.
 * `listing`: what an owner has, by state. `work`: what somebody must act on.
 */
export type IndexName = 'listing' | 'work';
export interface IndexEntry {
  readonly partition: string;
  readonly sort: string;
}

/**
 * One row. `version` starts at 1 and grows by one with each write of the row; `body` is a JSON object that the table
 * never looks into. `expiresAtS` (epoch seconds): the row may vanish any time after, and reads must not return it then.
 */
export interface Row extends Key {
  readonly version: number;
  readonly body: object;
  readonly indexes: { readonly [name in IndexName]?: IndexEntry };
  readonly expiresAtS?: number;
}

export interface NewRow extends Key {
  readonly body: object;
  readonly indexes?: Row['indexes'];
  readonly expiresAtS?: number;
}

/**
 * One element of an atomic write.
 * put: `ifVersion` 0 = must not exist; n = must exist with that version; absent = unconditional.
 * delete: `ifVersion` n = must exist with that version; absent = must merely exist.
 * check: nothing is written; the row must have `ifVersion` (0 = must not exist).
 */
export type WriteOp =
  | { readonly kind: 'put'; readonly table: TableName; readonly row: NewRow; readonly ifVersion?: number }
  | { readonly kind: 'delete'; readonly table: TableName; readonly key: Key; readonly ifVersion?: number }
  | { readonly kind: 'check'; readonly table: TableName; readonly key: Key; readonly ifVersion: number };

/** `failed`: indexes of the operations whose condition did not hold; nothing was written then. */
export type WriteResult = { readonly ok: true } | { readonly ok: false; readonly failed: readonly number[] };

export interface IndexRange {
  readonly table: TableName;
  /** Absent: the primary key's own partition, ordered by sk. */
  readonly index?: IndexName;
  readonly partition: string;
  /** Inclusive bounds on the sort value. */
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
}

export interface IndexQuery extends Omit<IndexRange, 'partition'> {
  /**
   * Several of an index are read as one: a page has their first rows in the order of the sort values, each row once, also one that moves
   * from one of them to another meanwhile and keeps its sort value. It costs about `limit` rows, and a look at each partition.
   */
  readonly partition: string | readonly string[];
  readonly descending?: boolean;
  /** 1..1000. */
  readonly limit: number;
  /** Where the last page ended: opaque, taken from `Page.next`. */
  readonly after?: string;
}

/** A page may be short or empty and still have `next`. Index queries may lag writes (DynamoDB); primary-key queries never do. */
export interface Page {
  readonly rows: readonly Row[];
  readonly next?: string;
}

/**
 * One committed before/after of a row of `jobs`. `stream` and `seq` order the changes of a row: within one stream, seq
 * (compared as a string) only grows. A put of a new row has no `before`; a delete or expiry has no `after`. `stream` is
 * absent where the store orders the changes of a row but does not say in which of its streams they came.
 */
export interface Change {
  readonly stream?: string;
  readonly seq: string;
  readonly before?: Row;
  readonly after?: Row;
}

/**
 * Storage with DynamoDB's semantics. All reads by key are consistent. Durable before the promise resolves.
 * Errors: `StoreFullError` when the medium is full, `StoreUnavailableError` for anything else outside our control.
 */
export interface Table {
  get(table: TableName, key: Key): Promise<Row | undefined>;
  /** Any number of keys; the answer has the order of the keys, `undefined` where there is no row. */
  getMany(table: TableName, keys: readonly Key[]): Promise<readonly (Row | undefined)[]>;
  query(query: IndexQuery): Promise<Page>;
  /** How many rows a partition holds, counting up to `limit`. */
  count(range: IndexRange): Promise<number>;
  /** All or nothing, 1..100 operations, no two on one row. */
  write(ops: readonly WriteOp[]): Promise<WriteResult>;
  /** Unconditional puts of new rows, any number; not atomic as a whole, each row is. Repeatable: an existing row with the key is left alone. */
  insertMany(table: TableName, rows: readonly NewRow[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Where the changes of `jobs` come from, for a home that pulls them (the cloud pushes them into a function instead).
 * Delivered in commit order, at least once: a batch is delivered again after a restart until `handler` resolved for it.
 */
export interface ChangeFeed {
  /** Starts delivery, first what an earlier run left over. One batch at a time; at most `maxBatch` changes each. */
  start(handler: (batch: readonly Change[]) => Promise<void>, options?: { readonly maxBatch?: number }): void;
  stop(): Promise<void>;
}

export class StoreFullError extends Error {
  override readonly name = 'StoreFullError';
}
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}
/** What is stored cannot be understood: the message names the table and the key, or the file. Other rows stay readable. */
export class StoreCorruptError extends Error {
  override readonly name = 'StoreCorruptError';
}
/** `IndexQuery.after` did not come from a page of the same query. */
export class BadPageTokenError extends Error {
  override readonly name = 'BadPageTokenError';
}
