// What the store must hold, worked out from the writes that were answered: every commit passes here, whether the engine got
// to hear of it or not, and the invariants are checked against each of them before the next can happen.
import type { Job } from '../../core/job/job.ts';
import type { ComputeEnvironmentArn, JobId, QueueArn } from '../../core/ids.ts';
import type { ComputeEnvironment } from '../../core/placement/compute-environment.ts';
import type { ConsumableResource, ConsumableUse } from '../../core/queue/consumable-resource.ts';
import type { ShareUse } from '../../core/queue/fair-share.ts';
import type { JobQueue } from '../../core/queue/job-queue.ts';
import type { Key, NewRow, TableName, WriteOp } from '../../engine/table-ports.ts';
import type { EnvironmentRecord } from '../../engine/store/compute-environments.ts';
import type { ConsumableRecord } from '../../engine/store/consumable-resources.ts';
import { isJobRow } from '../../engine/store/job-rows.ts';
import type { LedgerEntry, Place, PlacementRecord } from '../../engine/store/ledger.ts';
import type { QueueRecord } from '../../engine/store/queues.ts';

export interface CommittedRow extends Key {
  readonly table: TableName;
  readonly version: number;
  readonly body: object;
  /** Epoch seconds from which on it may be gone. */
  readonly expiresAtS?: number;
}

export interface JobMove {
  readonly before?: Job;
  readonly after?: Job;
  readonly version: number;
}

/** One atomic commit, as far as the invariants care. */
export interface Commit {
  readonly jobs: readonly JobMove[];
  readonly placed: readonly PlacementRecord[];
  readonly givenBack: readonly PlacementRecord[];
  /** Places whose ledger was written. */
  readonly ledgers: readonly Place[];
}

export interface CommittedRows {
  readonly jobs: ReadonlyMap<JobId, Job>;
  readonly placements: ReadonlyMap<string, PlacementRecord>;
  readonly ledgers: ReadonlyMap<Place, LedgerEntry>;
  readonly environments: ReadonlyMap<ComputeEnvironmentArn, ComputeEnvironment>;
  readonly queues: ReadonlyMap<QueueArn, JobQueue>;
  /** By ARN: what is provided, and what the scheduler counts. */
  readonly consumables: ReadonlyMap<string, ConsumableResource>;
  readonly consumableUses: ReadonlyMap<string, ConsumableUse>;
  /** By queue ARN and share identifier. */
  readonly shareUses: ReadonlyMap<string, ShareUse>;
  /** How many commits changed a job or who holds capacity. */
  readonly count: () => number;
  readonly all: () => readonly CommittedRow[];
  written(ops: readonly WriteOp[]): void;
  inserted(table: TableName, rows: readonly NewRow[]): void;
}

export function shareOf(queueArn: string, shareIdentifier: string): string {
  return `${queueArn} ${shareIdentifier}`;
}

export function createCommittedRows(onCommit: (commit: Commit) => void): CommittedRows {
  const rows = new Map<string, CommittedRow>();
  const jobs = new Map<JobId, Job>();
  const placements = new Map<string, PlacementRecord>();
  const ledgers = new Map<Place, LedgerEntry>();
  const environments = new Map<ComputeEnvironmentArn, ComputeEnvironment>();
  const queues = new Map<QueueArn, JobQueue>();
  const consumables = new Map<string, ConsumableResource>();
  const consumableUses = new Map<string, ConsumableUse>();
  const shareUses = new Map<string, ShareUse>();
  let changes = 0;

  const identity = (table: TableName, { pk, sk }: Key): string => `${table}\0${pk}\0${sk}`;
  const follow = <K, V>(map: Map<K, V>, key: K, value: V | undefined): void => {
    if (value === undefined) map.delete(key);
    else map.set(key, value);
  };

  /** A child is stored without its parent's specification. */
  function jobOf(body: object): Job {
    const job = body as Job; // the body of a job row
    const spec = job.parentId === undefined ? undefined : jobs.get(job.parentId)?.spec;
    return spec === undefined ? job : { ...job, spec };
  }

  function followResource(pk: string, body: object | undefined): void {
    if (pk.includes(':compute-environment/')) {
      const record = body as EnvironmentRecord | undefined; // what rows under such a key hold
      follow(environments, pk as ComputeEnvironmentArn, record?.environment);
    } else if (pk.includes(':job-queue/')) {
      follow(queues, pk as QueueArn, (body as QueueRecord | undefined)?.queue); // likewise
    } else if (pk.includes(':consumable-resource/')) {
      follow(consumables, pk, (body as ConsumableRecord | undefined)?.resource); // likewise
    }
  }

  interface Noted {
    jobs: JobMove[];
    placed: PlacementRecord[];
    givenBack: PlacementRecord[];
    ledgers: Place[];
  }

  function put(noted: Noted, table: TableName, key: NewRow, version: number): void {
    const { pk, sk, body, expiresAtS } = key;
    const until = expiresAtS === undefined ? {} : { expiresAtS };
    rows.set(identity(table, key), { table, pk, sk, version, body, ...until });
    if (table === 'jobs' && isJobRow(key)) {
      const before = jobs.get(key.pk as JobId); // the key of a job row is its id
      const after = jobOf(body);
      jobs.set(after.jobId, after);
      noted.jobs.push({ ...(before ? { before } : {}), after, version });
    } else if (table === 'queues' && key.pk === 'placements') {
      const record = body as PlacementRecord; // written by placementPut only
      placements.set(key.sk, record);
      noted.placed.push(record);
    } else if (table === 'queues' && key.pk === 'ledger') {
      ledgers.set(key.sk as Place, body as LedgerEntry); // written by Ledgers only
      noted.ledgers.push(key.sk as Place);
    } else if (table === 'queues' && key.pk === 'consumable-use') {
      consumableUses.set(key.sk, body as ConsumableUse); // written by ConsumableUses only
    } else if (table === 'queues' && key.pk.startsWith('share-use#')) {
      shareUses.set(shareOf(key.pk.slice('share-use#'.length), key.sk), body as ShareUse); // written by ShareUses only
    } else if (table === 'queues') followResource(key.pk, body);
  }

  function remove(noted: Noted, table: TableName, key: Key): void {
    const known = rows.get(identity(table, key));
    rows.delete(identity(table, key));
    if (table === 'jobs' && isJobRow(key)) {
      const before = jobs.get(key.pk as JobId); // the key of a job row is its id
      jobs.delete(key.pk as JobId);
      noted.jobs.push({ ...(before ? { before } : {}), version: (known?.version ?? 0) + 1 });
    } else if (table === 'queues' && key.pk === 'placements') {
      const record = placements.get(key.sk);
      placements.delete(key.sk);
      if (record) noted.givenBack.push(record);
    } else if (table === 'queues') followResource(key.pk, undefined);
  }

  const commit = (fill: (noted: Noted) => void): void => {
    const noted: Noted = { jobs: [], placed: [], givenBack: [], ledgers: [] };
    fill(noted);
    if (noted.jobs.length + noted.placed.length + noted.givenBack.length > 0) changes += 1;
    onCommit(noted);
  };
  const nextVersion = (table: TableName, key: Key): number =>
    (rows.get(identity(table, key))?.version ?? 0) + 1;

  return {
    jobs,
    placements,
    ledgers,
    environments,
    queues,
    consumables,
    consumableUses,
    shareUses,
    count: () => changes,
    all: () => [...rows.values()],
    written(ops) {
      commit((noted) => {
        for (const op of ops) {
          if (op.kind === 'put') put(noted, op.table, op.row, nextVersion(op.table, op.row));
          else if (op.kind === 'delete') remove(noted, op.table, op.key);
        }
      });
    },
    inserted(table, given) {
      const fresh = given.filter((row) => !rows.has(identity(table, row)));
      if (fresh.length === 0) return;
      commit((noted) => {
        for (const row of fresh) put(noted, table, row, 1);
      });
    },
  };
}
