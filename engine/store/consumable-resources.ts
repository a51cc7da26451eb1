// Consumable resources as rows. What an owner provides and what the scheduler counts lie in two rows, so that neither
// waits for the other; a change that relies on the count names the version it was read in.
import type { EpochMs, Scope } from '../../core/ids.ts';
import type {
  ConsumableResource,
  ConsumableStock,
  ConsumableUse,
} from '../../core/queue/consumable-resource.ts';
import { NO_CONSUMABLE_USE, stockOf, UPDATE_TOKEN_MS } from '../../core/queue/consumable-resource.ts';
import type { Key, Table, WriteOp } from '../table-ports.ts';
import type { PlacementRecord } from './ledger.ts';
import {
  checkResource,
  countResources,
  deleteResource,
  getResource,
  getResources,
  listResources,
  putResource,
} from './resource-rows.ts';
import type { RecordPage, Stored } from './resource-rows.ts';

const TYPE = 'consumable-resource';

export interface ConsumableRecord {
  readonly resource: ConsumableResource;
}

export type StoredConsumable = Stored<ConsumableRecord>;

export async function getConsumable(table: Table, arn: string): Promise<StoredConsumable | undefined> {
  return getResource<ConsumableRecord>(table, arn);
}

export async function getConsumables(
  table: Table,
  arns: readonly string[],
): Promise<readonly (StoredConsumable | undefined)[]> {
  return getResources<ConsumableRecord>(table, arns);
}

export async function listConsumables(
  table: Table,
  scope: Scope,
  page: { readonly limit: number; readonly after?: string },
): Promise<RecordPage<ConsumableRecord>> {
  return listResources<ConsumableRecord>(table, scope, TYPE, page);
}

export async function countConsumables(table: Table, scope: Scope, limit: number): Promise<number> {
  return countResources(table, scope, TYPE, limit);
}

/** `ifVersion` 0: the resource must be new. */
export function putConsumable(resource: ConsumableResource, ifVersion: number): WriteOp {
  return putResource(resource.arn, TYPE, { resource } satisfies ConsumableRecord, ifVersion);
}

export function checkConsumable({ record, version }: StoredConsumable): WriteOp {
  return checkResource(record.resource.arn, version);
}

export function removeConsumable({ record, version }: StoredConsumable): WriteOp {
  return deleteResource(record.resource.arn, version);
}

// -------------------------------------------------------------------------------------------------------- the count

function useKey(arn: string): Key {
  return { pk: 'consumable-use', sk: arn };
}

interface StoredUse {
  readonly use: ConsumableUse;
  readonly version: number;
}

/** The answer has the order of the ARNs. */
export async function getConsumableUses(
  table: Table,
  arns: readonly string[],
): Promise<readonly StoredUse[]> {
  const rows = await table.getMany('queues', arns.map(useKey));
  return rows.map((row) => ({
    use: row ? (row.body as ConsumableUse) : NO_CONSUMABLE_USE, // written by ConsumableUses only
    version: row?.version ?? 0,
  }));
}

export function checkConsumableUse(arn: string, version: number): WriteOp {
  return { kind: 'check', table: 'queues', key: useKey(arn), ifVersion: version };
}

/** The counts of a scheduling pass: read once, changed in memory, written with the placements that changed them. */
export class ConsumableUses {
  readonly #kept = new Map<string, { stored?: ConsumableResource; use: ConsumableUse; version: number }>();
  readonly #changed = new Set<string>();

  /** Reads these resources and their counts; those that are known already stay as they are. */
  async load(table: Table, arns: Iterable<string>): Promise<void> {
    const missing = [...new Set(arns)].filter((arn) => !this.#kept.has(arn));
    if (missing.length === 0) return;
    const [resources, uses] = await Promise.all([
      getConsumables(table, missing),
      getConsumableUses(table, missing),
    ]);
    for (const [index, arn] of missing.entries()) {
      const stored = resources[index]?.record.resource;
      const { use, version } = uses[index] ?? { use: NO_CONSUMABLE_USE, version: 0 };
      this.#kept.set(arn, { ...(stored ? { stored } : {}), use, version });
    }
  }

  /** What is left of the resources that exist. */
  stocks(): ReadonlyMap<string, ConsumableStock> {
    const found = [...this.#kept].flatMap(([arn, { stored, use }]): [string, ConsumableStock][] =>
      stored ? [[arn, stockOf(stored, use)]] : [],
    );
    return new Map(found);
  }

  /** Whether what a placement takes comes back; of a resource that was deleted meanwhile nothing does. */
  comesBack(arn: string): boolean {
    return this.#kept.get(arn)?.stored?.resourceType !== 'NON_REPLENISHABLE';
  }

  take({ consumables = [] }: PlacementRecord): void {
    for (const { arn, quantity } of consumables) {
      this.#change(arn, (use) => ({ ...use, inUse: use.inUse + quantity }));
    }
  }

  /** The opposite of `take`, for a placement that was not committed. */
  undo({ consumables = [] }: PlacementRecord): void {
    for (const { arn, quantity } of consumables) {
      this.#change(arn, (use) => ({ ...use, inUse: use.inUse - quantity }));
    }
  }

  give({ consumables = [] }: PlacementRecord): void {
    for (const { arn, quantity, comesBack } of consumables) {
      this.#change(arn, (use) => ({
        inUse: use.inUse - quantity,
        consumed: use.consumed + (comesBack ? 0 : quantity),
      }));
    }
  }

  #change(arn: string, change: (use: ConsumableUse) => ConsumableUse): void {
    const kept = this.#kept.get(arn);
    if (!kept) throw new Error(`the count of ${arn} must be read before it changes`);
    kept.use = change(kept.use);
    this.#changed.add(arn);
  }

  writes(): WriteOp[] {
    return [...this.#changed].flatMap((arn): WriteOp[] => {
      const kept = this.#kept.get(arn);
      if (!kept) return [];
      const row = { ...useKey(arn), body: kept.use };
      return [{ kind: 'put', table: 'queues', row, ifVersion: kept.version }];
    });
  }

  committed(): void {
    for (const arn of this.#changed) {
      const kept = this.#kept.get(arn);
      if (kept) kept.version += 1;
    }
    this.#changed.clear();
  }
}

// ----------------------------------------------------------------------------------------------- repeated updates

/** One update, told apart by its token and what it asks for. */
export interface UpdateToken {
  readonly arn: string;
  readonly clientToken: string;
  readonly payload: string;
}

function tokenKey({ arn, clientToken, payload }: UpdateToken): Key {
  return { pk: `consumable-update#${arn}`, sk: `${clientToken}#${payload}` };
}

export async function isKnownUpdate(table: Table, token: UpdateToken): Promise<boolean> {
  return (await table.get('queues', tokenKey(token))) !== undefined;
}

/** Written with the update itself: whichever of two repetitions comes second finds it. */
export function rememberUpdate(token: UpdateToken, atMs: EpochMs): WriteOp {
  const expiresAtS = Math.ceil((atMs + UPDATE_TOKEN_MS) / 1000);
  return { kind: 'put', table: 'queues', row: { ...tokenKey(token), body: {}, expiresAtS }, ifVersion: 0 };
}
