// DynamoDB at the Table port, over SQLite in memory: strongly read by key, indexes that lag, and a stream of what was committed
// to `jobs`. Every commit is noted as it happens, also when the function that asked for it never hears of it.
import type { SqliteStore } from '../../../adapters/sqlite/open-sqlite-store.ts';
import { openSqliteStore } from '../../../adapters/sqlite/open-sqlite-store.ts';
import { INDEX_PROJECTIONS } from '../../../adapters/dynamodb/item.ts';
import type {
  Change,
  IndexQuery,
  Key,
  NewRow,
  Page,
  Row,
  Table,
  TableName,
  WriteOp,
} from '../../../engine/table-ports.ts';
import { StoreUnavailableError } from '../../../engine/table-ports.ts';
import { partitionsOf } from '../../../engine/table-rules.ts';
import type { CommittedRows } from '../committed-rows.ts';
import type { CloudTime } from './cloud-time.ts';
import type { ServiceCalls } from './service-calls.ts';

export interface CloudTable {
  /** What functions have. */
  readonly table: Table;
  /** What is stored, past every fault. */
  readonly behind: Table;
  close(): Promise<void>;
}

export interface CloudTableDeps {
  readonly time: CloudTime;
  readonly services: ServiceCalls;
  readonly rows: CommittedRows;
  /** Whether indexes ever lag in this cloud: showing that costs every write twice. */
  readonly lags: boolean;
  /** How far an index read may lie behind, ms. */
  readonly indexLagMs: () => number;
  readonly onChanges: (changes: readonly Change[]) => void;
}

export function createCloudTable(deps: CloudTableDeps): CloudTable {
  const { time, services, rows } = deps;
  const open = (): SqliteStore => openSqliteStore({ file: ':memory:', clock: time.clock });
  const store = open();
  const replica = deps.lags ? createReplica(open(), time) : undefined;
  let changes = 0;

  /** The changes of `jobs` that some work makes. */
  async function following<T>(keys: readonly Key[], work: () => Promise<T>): Promise<T> {
    if (keys.length === 0) return work();
    const before = await store.table.getMany('jobs', keys);
    const answer = await work();
    const after = await store.table.getMany('jobs', keys);
    deps.onChanges(keys.flatMap((_, index) => changeOf(before[index], after[index]) ?? []));
    return answer;
  }

  function changeOf(before: Row | undefined, after: Row | undefined): Change | undefined {
    if (before?.version === after?.version) return undefined;
    return { seq: String((changes += 1)), ...(before ? { before } : {}), ...(after ? { after } : {}) };
  }

  async function write(ops: readonly WriteOp[]) {
    const inJobs = ops.filter((op) => op.table === 'jobs' && op.kind !== 'check');
    return following(inJobs.map(keyOf), async () => {
      const result = await store.table.write(ops);
      if (!result.ok) return result;
      rows.written(ops);
      replica?.follow(deps.indexLagMs(), (table) => table.write(ops.filter(({ kind }) => kind !== 'check')));
      return result;
    });
  }

  async function insert(table: TableName, given: readonly NewRow[]): Promise<void> {
    await following(table === 'jobs' ? given : [], async () => {
      await store.table.insertMany(table, given);
      rows.inserted(table, given);
      replica?.follow(deps.indexLagMs(), (other) => other.insertMany(table, given));
    });
  }

  const tableFor = ({ index }: Pick<IndexQuery, 'index'>): Promise<Table> | Table =>
    index === undefined || !replica ? store.table : replica.upToDate();

  /** An index that has keys alone is followed by the rows as they are now. */
  async function queryAsDynamo(query: IndexQuery): Promise<Page> {
    const { index } = query;
    const partitions = new Set(partitionsOf(query));
    const page = await (await tableFor(query)).query(query);
    if (index === undefined || INDEX_PROJECTIONS[index] === 'whole rows') return page;
    const rows = await store.table.getMany(query.table, page.rows);
    return {
      ...page,
      rows: rows.filter((row) => row && partitions.has(row.indexes[index]?.partition ?? '')) as Row[],
    }; // none is missing
  }

  const call = <T>(
    operation: string,
    about: () => string,
    effect: () => Promise<T>,
    reads: boolean,
  ): Promise<T> =>
    services.call({
      service: 'dynamodb',
      operation,
      about,
      reads,
      effect,
      error: (how) => new StoreUnavailableError(`the simulation says: ${operation} ${how}`),
    });
  const read = <T>(operation: string, effect: () => Promise<T>): Promise<T> =>
    call(operation, () => '', effect, true);
  const table: Table = {
    get: (name, key) => read('get', () => store.table.get(name, key)),
    getMany: (name, keys) => read('getMany', () => store.table.getMany(name, keys)),
    query: (query) => read('query', () => queryAsDynamo(query)),
    count: (query) => read('count', async () => (await tableFor(query)).count(query)),
    write: (ops) =>
      call(
        'write',
        () => ops.map(textOf).join(' '),
        () => write(ops),
        false,
      ),
    insertMany: (name, given) =>
      call(
        'insertMany',
        () => name,
        () => insert(name, given),
        false,
      ),
    close: () => Promise.resolve(),
  };
  return {
    table,
    behind: store.table,
    async close() {
      await store.close();
      await replica?.close();
    },
  };
}

function keyOf(op: WriteOp): Key {
  return op.kind === 'put' ? { pk: op.row.pk, sk: op.row.sk } : op.key;
}

function textOf(op: WriteOp): string {
  const { pk, sk } = keyOf(op);
  return `${op.kind} ${pk} ${sk}`;
}

interface Replica {
  follow(lagMs: number, repeat: (table: Table) => Promise<unknown>): void;
  /** With all that has reached it by now. */
  upToDate(): Promise<Table>;
  close(): Promise<void>;
}

/** What the indexes show: the same writes in the same order, each some time later. */
function createReplica(store: SqliteStore, time: CloudTime): Replica {
  let waiting: { readonly atMs: number; readonly repeat: (table: Table) => Promise<unknown> }[] = [];
  return {
    follow(lagMs, repeat) {
      const atMs = Math.max(time.elapsedMs() + lagMs, waiting.at(-1)?.atMs ?? 0);
      waiting.push({ atMs, repeat });
    },
    async upToDate() {
      const due = waiting.filter(({ atMs }) => atMs <= time.elapsedMs());
      waiting = waiting.slice(due.length);
      for (const { repeat } of due) await repeat(store.table);
      return store.table;
    },
    close: () => store.close(),
  };
}
