// The store as a server process sees it: the real SQLite store behind ports that can be slow, fail, lose an answer or take
// the process down. Every commit is noted as it happens, also when the process never hears of it.
import { openDatabase } from '../../adapters/sqlite/open-database.ts';
import type { SqliteStore } from '../../adapters/sqlite/open-sqlite-store.ts';
import { createSqliteStore } from '../../adapters/sqlite/open-sqlite-store.ts';
import type { Clock, SlipwayEvent } from '../../engine/ports.ts';
import type { Change, ChangeFeed, Table } from '../../engine/table-ports.ts';
import { StoreUnavailableError } from '../../engine/table-ports.ts';
import type { CommittedRows } from './committed-rows.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { ServerProcess } from './server-process.ts';
import { hashOf } from './seeded-random.ts';
import { turnOfEventLoop } from './simulated-time.ts';

/** How changes reach the engine. */
export interface Delivery {
  readonly maxBatch: number;
  /** Per batch: it comes again though the engine took it; some changes of an earlier one come with it. */
  readonly again: number;
  /** Streams that are delivered side by side, as the shards of a stream are in the cloud. */
  readonly streams: number;
}

export interface StoreDeps {
  readonly file: string;
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly process: ServerProcess;
  readonly rows: CommittedRows;
  readonly delivery: () => Delivery;
  /** The scheduler reads the ledgers: a pass has begun. */
  readonly onSchedulerLooks: () => void;
  readonly onPublished: (events: readonly SlipwayEvent[]) => void;
  readonly onDelivered: (changes: readonly Change[]) => void;
  readonly trace: (line: string) => void;
}

export interface OpenedStore {
  readonly store: SqliteStore;
  /** What lies in the database, past every fault. */
  readonly behind: SqliteStore;
  /** Delivers changes again that the engine has taken before. */
  redeliver(changes: readonly Change[]): Promise<void>;
  /** The process is gone: whatever was not committed never happened. */
  abandon(): void;
}

export function openFaultyStore(deps: StoreDeps): OpenedStore {
  const { process, trace } = deps;
  const db = openDatabase(deps.file);
  // The simulation kills processes, not machines: what was written stays written.
  db.exec('PRAGMA synchronous = OFF');
  const log = (event: string, fields: object): void => {
    if (process.isAlive()) trace(`store: ${event} ${JSON.stringify(fields).slice(0, 200)}`);
  };
  const behind = createSqliteStore(db, { file: deps.file, clock: deps.clock, log });
  const { redeliver, ...feed } = faultyFeed(deps, behind.changes);
  const store: SqliteStore = {
    ...behind,
    table: faultyTable(deps, behind.table),
    changes: feed,
    events: {
      ...behind.events,
      publish: (events) =>
        process.call({
          name: 'events.publish',
          behind: 'store',
          effect: async () => {
            await behind.events.publish(events);
            deps.onPublished(events);
          },
          error: unavailable,
        }),
      prune: (beforeMs) =>
        process.call({
          name: 'prune',
          behind: 'store',
          effect: () => behind.events.prune(beforeMs),
          error: unavailable,
        }),
    },
    purgeExpired: (maxRows) =>
      process.call({
        name: 'purge',
        behind: 'store',
        effect: () => behind.purgeExpired(maxRows),
        error: unavailable,
      }),
  };
  const abandon = (): void => {
    if (db.isOpen) db.close();
  };
  return { store, behind, redeliver, abandon };
}

function unavailable(how: string): Error {
  return new StoreUnavailableError(`the simulation says: ${how}`);
}

function faultyTable({ process, rows, random, onSchedulerLooks }: StoreDeps, table: Table): Table {
  const read = <T>(name: string, effect: () => Promise<T>): Promise<T> =>
    process.call({ name: `table.${name}`, behind: 'store', reads: true, effect, error: unavailable });
  return {
    get: (name, key) => read('get', () => table.get(name, key)),
    getMany(name, keys) {
      if (keys.some((key) => key.pk === 'ledger')) onSchedulerLooks();
      return read('getMany', () => table.getMany(name, keys));
    },
    query: (query) => read('query', () => table.query(query)),
    count: (query) => read('count', () => table.count(query)),
    write: (ops) =>
      process.call({
        name: 'table.write',
        behind: 'store',
        async effect() {
          const result = await table.write(ops);
          if (result.ok) rows.written(ops);
          return result;
        },
        error: unavailable,
      }),
    insertMany(name, given) {
      const insert = async (some: typeof given): Promise<void> => {
        await table.insertMany(name, some);
        rows.inserted(name, some);
      };
      return process.call({
        name: 'table.insertMany',
        behind: 'store',
        effect: () => insert(given),
        // Each row is atomic, all of them together are not.
        partly: () => insert(given.filter(() => random.chance(0.5))),
        error: unavailable,
      });
    },
    close: () => table.close(),
  };
}

type Handler = (batch: readonly Change[]) => Promise<void>;

function faultyFeed(deps: StoreDeps, feed: ChangeFeed): ChangeFeed & Pick<OpenedStore, 'redeliver'> {
  const { process, random } = deps;
  const earlier: Change[] = [];
  let taker: Handler | undefined;

  async function deliverShards(handler: Handler, batch: readonly Change[]): Promise<void> {
    const { streams } = deps.delivery();
    await Promise.all(
      shards(batch, streams).map(async (shard) => {
        if (streams > 1) for (let turns = random.int(0, 8); turns > 0; turns -= 1) await turnOfEventLoop();
        await handler(shard);
      }),
    );
  }

  async function deliver(handler: Handler, batch: readonly Change[]): Promise<void> {
    deps.onDelivered(batch);
    const { again } = deps.delivery();
    if (random.chance(again)) {
      const from = random.int(0, earlier.length);
      await deliverShards(handler, earlier.slice(from, from + random.int(1, 10)));
    }
    await deliverShards(handler, batch);
    earlier.push(...batch);
    if (random.chance(again)) throw unavailable('the batch was taken, and comes again');
  }

  return {
    start(handler) {
      taker = handler;
      feed.start(
        (batch) =>
          process.call({
            name: 'react',
            behind: 'store',
            reads: true,
            effect: () => deliver(handler, batch),
            error: unavailable,
          }),
        { maxBatch: deps.delivery().maxBatch },
      );
    },
    async redeliver(changes) {
      if (taker) await deliverShards(taker, changes);
    },
    stop: () => feed.stop(),
  };
}

/** One row's changes are in one stream. */
function shards(batch: readonly Change[], streams: number): readonly (readonly Change[])[] {
  if (streams === 1) return [batch];
  const found: Change[][] = Array.from({ length: streams }, () => []);
  for (const change of batch) {
    const at = hashOf((change.after ?? change.before)?.pk ?? '') % streams;
    found[at]?.push({ ...change, stream: `shard-${at}` });
  }
  return found.filter((shard) => shard.length > 0);
}
