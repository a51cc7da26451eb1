// Group commit: the writes issued in one turn of the event loop share one transaction, because a commit waits for the disk
// and costs ten times a write. A write's promise resolves after the commit that holds it has returned. A group that fails
// is taken apart: each of its writes then gets a transaction, and an outcome, of its own.
import type { DatabaseSync } from 'node:sqlite';
import type { StoreLog } from './store-log.ts';
import { faultText } from './store-log.ts';

/** Something that keeps state in memory beside the database, and must hear how each transaction went. */
export interface GroupPart {
  /** Last chance to write inside the transaction. */
  beforeCommit?(): void;
  committed(): void;
  /** Forget everything since the last commit. */
  rolledBack(): void;
}

export interface GroupWriter {
  /**
   * Runs `write` synchronously inside a transaction of the near future. It may throw at any point: then nothing it did
   * remains. `rows`: about how many rows it writes. `write` may run twice, the first run having been undone.
   */
  submit<T>(rows: number, write: () => T): Promise<T>;
  addPart(part: GroupPart): void;
  /** Commits what was submitted; later submissions are refused. */
  close(): void;
}

interface Member {
  readonly rows: number;
  readonly write: () => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Some milliseconds of work: more would hold up the event loop. */
const MAX_ROWS_PER_GROUP = 512;

interface GroupOptions {
  readonly translate: (error: unknown) => unknown;
  readonly log: StoreLog;
}

export function createGroupWriter(db: DatabaseSync, options: GroupOptions): GroupWriter {
  const parts: GroupPart[] = [];
  const transact = createTransaction(db, parts, options.log);
  let pending: Member[] = [];
  let flush: NodeJS.Immediate | undefined;
  let closed = false;

  function run(members: readonly Member[]): void {
    let results: unknown[];
    try {
      results = transact(members);
    } catch (error) {
      const [only, second] = members;
      if (only && !second) only.reject(options.translate(error));
      else for (const member of members) run([member]);
      return;
    }
    for (const part of parts) part.committed();
    for (const [index, member] of members.entries()) member.resolve(results[index]);
  }

  function flushSome(): void {
    flush = undefined;
    let rows = 0;
    let count = 0;
    while (count < pending.length && rows < MAX_ROWS_PER_GROUP) rows += pending[count++]?.rows ?? 0;
    const members = pending.slice(0, count);
    pending = pending.slice(count);
    if (pending.length > 0) flush = setImmediate(flushSome);
    if (members.length > 0) run(members);
  }

  return {
    submit<T>(rows: number, write: () => T): Promise<T> {
      if (closed) return Promise.reject(new Error('the store is closed'));
      flush ??= setImmediate(flushSome);
      return new Promise<T>((resolve, reject) => {
        // The result handed to `resolve` is what this member's own `write` returned, so it is a T.
        pending.push({ rows, write, resolve: resolve as (result: unknown) => void, reject });
      });
    },
    addPart: (part) => void parts.push(part),
    close() {
      closed = true;
      while (pending.length > 0) flushSome();
      if (flush) clearImmediate(flush);
    },
  };
}

/** All the members' writes in one transaction, with their results; or an error, and nothing of them remains. */
function createTransaction(
  db: DatabaseSync,
  parts: readonly GroupPart[],
  log: StoreLog,
): (members: readonly Member[]) => unknown[] {
  const [begin, commit] = [db.prepare('BEGIN IMMEDIATE'), db.prepare('COMMIT')];

  function undo(): void {
    try {
      // Some errors, a full disk among them, make SQLite roll back by itself.
      if (db.isTransaction) db.exec('ROLLBACK');
    } catch (error) {
      // The transaction then is still open, so every later one fails at its BEGIN and says so to its caller.
      log('store.rollback-failed', { error: faultText(error) });
    }
    for (const part of parts) part.rolledBack();
  }

  return (members) => {
    try {
      begin.run();
      const results = members.map((member) => member.write());
      for (const part of parts) part.beforeCommit?.();
      commit.run();
      return results;
    } catch (error) {
      undo();
      throw error;
    }
  };
}
