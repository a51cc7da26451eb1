// Who holds how much. One row a place sums what is taken; one row a placement says by whom, so that capacity is given back
// exactly once. Both are written in the same atomic write as the job that takes or the row that gives, by the scheduler alone.
import type { ComputeEnvironmentArn, EpochMs, QueueArn } from '../../core/ids.ts';
import { parseAttemptId, placementId } from '../../core/job/job.ts';
import type { ConsumableDemand } from '../../core/job/spec.ts';
import type { Capacity } from '../../core/placement/capacity.ts';
import { minus, NOTHING, plus } from '../../core/placement/capacity.ts';
import type { Fleet, InstanceShare } from '../../core/placement/fleet.ts';
import { giveShares, takeShares } from '../../core/placement/fleet.ts';
import type { Key, Row, Table, WriteOp } from '../table-ports.ts';

export type Place = ComputeEnvironmentArn | 'host';

export interface PlacementRecord {
  readonly attemptId: string;
  /** As in its attempt: tells it from the attempt's earlier placements, which found no capacity. */
  readonly placementNumber?: number;
  readonly taskId: string;
  readonly queueArn: QueueArn;
  /** Of a queue with a scheduling policy. */
  readonly shareIdentifier?: string;
  /** What it takes of consumable resources, and whether that comes back. */
  readonly consumables?: readonly (ConsumableDemand & { readonly comesBack: boolean })[];
  readonly ceArn: ComputeEnvironmentArn;
  readonly demand: Capacity;
  readonly gpuIds: readonly number[];
  /** What it takes of its environment's simulated instances. */
  readonly instances?: readonly InstanceShare[];
}

export interface LedgerEntry {
  readonly used: Capacity;
  readonly placements: number;
  /** `host` only: indexes of the GPUs in use. */
  readonly gpuIds: readonly number[];
  /** Compute environments with simulated instances only. */
  readonly fleet?: Fleet;
}

const EMPTY: LedgerEntry = { used: NOTHING, placements: 0, gpuIds: [] };
const PLACEMENTS = 'placements';

function ledgerKey(place: Place): Key {
  return { pk: 'ledger', sk: place };
}

function placementKey(id: string): Key {
  return { pk: PLACEMENTS, sk: id };
}

/** The ledgers of a scheduling pass: read once, changed in memory, written with what changed them. */
export class Ledgers {
  readonly #entries = new Map<Place, { entry: LedgerEntry; version: number }>();
  readonly #changed = new Set<Place>();

  static async load(table: Table, places: readonly Place[]): Promise<Ledgers> {
    const rows = await table.getMany('queues', places.map(ledgerKey));
    const ledgers = new Ledgers();
    for (const [index, place] of places.entries()) {
      const row = rows[index];
      ledgers.#entries.set(place, {
        entry: row ? (row.body as LedgerEntry) : EMPTY,
        version: row?.version ?? 0,
      });
    }
    return ledgers;
  }

  entry(place: Place): LedgerEntry {
    return this.#entries.get(place)?.entry ?? EMPTY;
  }

  take(record: PlacementRecord): void {
    for (const place of [record.ceArn, 'host'] as const) {
      this.#update(place, (entry) => ({
        used: plus(entry.used, record.demand),
        placements: entry.placements + 1,
        gpuIds: place === 'host' ? [...entry.gpuIds, ...record.gpuIds] : [],
        ...(entry.fleet ? { fleet: takeShares(entry.fleet, record.instances ?? []) } : {}),
      }));
    }
  }

  give(record: PlacementRecord, atMs: EpochMs): void {
    for (const place of [record.ceArn, 'host'] as const) {
      this.#update(place, (entry) => ({
        used: minus(entry.used, record.demand),
        placements: entry.placements - 1,
        gpuIds: entry.gpuIds.filter((id) => !record.gpuIds.includes(id)),
        ...(entry.fleet ? { fleet: giveShares(entry.fleet, record.instances ?? [], atMs) } : {}),
      }));
    }
  }

  /** Instances of an environment came or went. */
  setFleet(place: ComputeEnvironmentArn, fleet: Fleet): void {
    this.#update(place, (entry) => ({ ...entry, fleet }));
  }

  /** A place that was not loaded is not kept: a cloud has no host, and a deleted environment needs no ledger. */
  #update(place: Place, change: (entry: LedgerEntry) => LedgerEntry): void {
    const known = this.#entries.get(place);
    if (!known) return;
    this.#entries.set(place, { entry: change(known.entry), version: known.version });
    this.#changed.add(place);
  }

  /** The writes that make the changes since the last call durable; the versions they expect are the ones read. */
  writes(): WriteOp[] {
    const ops: WriteOp[] = [...this.#changed].map((place) => {
      const known = this.#entries.get(place) as { entry: LedgerEntry; version: number }; // changed implies known
      return {
        kind: 'put',
        table: 'queues',
        row: { ...ledgerKey(place), body: known.entry },
        ifVersion: known.version,
      };
    });
    return ops;
  }

  /** Call after the writes were committed: the rows have one version more. */
  committed(): void {
    for (const place of this.#changed) {
      const known = this.#entries.get(place) as { entry: LedgerEntry; version: number }; // changed implies known
      this.#entries.set(place, { entry: known.entry, version: known.version + 1 });
    }
    this.#changed.clear();
  }
}

/** What a placement is known by, as core's placementId says it. */
export function placementIdOf({ attemptId, placementNumber }: PlacementRecord): string {
  const { jobId, number } = parseAttemptId(attemptId);
  return placementId(jobId, { number, ...(placementNumber === undefined ? {} : { placementNumber }) });
}

export function placementPut(record: PlacementRecord): WriteOp {
  return {
    kind: 'put',
    table: 'queues',
    row: { ...placementKey(placementIdOf(record)), body: record },
    ifVersion: 0,
  };
}

export function placementDelete(record: PlacementRecord): WriteOp {
  return { kind: 'delete', table: 'queues', key: placementKey(placementIdOf(record)) };
}

/** The order of the answer is the order of the ids; given back already: `undefined`. */
export async function getPlacements(
  table: Table,
  placementIds: readonly string[],
): Promise<readonly (PlacementRecord | undefined)[]> {
  const rows = await table.getMany('queues', placementIds.map(placementKey));
  return rows.map((row) => row && placementOf(row));
}

/** All live placements, page by page: for the reconciler. */
export async function listPlacements(
  table: Table,
  after?: string,
): Promise<{ readonly placements: readonly PlacementRecord[]; readonly next?: string }> {
  const page = await table.query({
    table: 'queues',
    partition: PLACEMENTS,
    limit: 500,
    ...(after === undefined ? {} : { after }),
  });
  return { placements: page.rows.map(placementOf), ...(page.next === undefined ? {} : { next: page.next }) };
}

function placementOf(row: Row): PlacementRecord {
  return row.body as PlacementRecord; // written by placementPut only
}
