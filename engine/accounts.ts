// All that a placement takes and an end gives back: capacity in the ledgers, use in the shares, consumable resources. Read once for a pass,
// changed in memory, and written in the same atomic write as the placement records, so that everything is taken and given
// exactly once.
import type { EpochMs } from '../core/ids.ts';
import type { Table, WriteOp } from './table-ports.ts';
import type { SchedulingDomain } from './schedule-deps.ts';
import type { PlacementRecord, Place } from './store/ledger.ts';
import { Ledgers } from './store/ledger.ts';
import { ConsumableUses } from './store/consumable-resources.ts';
import { ShareUses } from './store/shares.ts';

export class Accounts {
  readonly ledgers: Ledgers;
  readonly shares = new ShareUses();
  readonly consumables = new ConsumableUses();

  constructor(ledgers: Ledgers) {
    this.ledgers = ledgers;
  }

  take(record: PlacementRecord, atMs: EpochMs): void {
    this.ledgers.take(record);
    this.shares.take(record, atMs);
    this.consumables.take(record);
  }

  /** Takes back a `take` that was not committed. */
  undo(record: PlacementRecord, atMs: EpochMs): void {
    this.ledgers.give(record, atMs);
    this.shares.give(record, atMs);
    this.consumables.undo(record);
  }

  give(record: PlacementRecord, atMs: EpochMs): void {
    this.ledgers.give(record, atMs);
    this.shares.give(record, atMs);
    this.consumables.give(record);
  }

  writes(): WriteOp[] {
    return [...this.ledgers.writes(), ...this.shares.writes(), ...this.consumables.writes()];
  }

  committed(): void {
    this.ledgers.committed();
    this.shares.committed();
    this.consumables.committed();
  }
}

/** The accounts that a pass over `domain` can change; `given`: placements that are about to end. */
export async function loadAccounts(
  table: Table,
  domain: SchedulingDomain,
  given: readonly PlacementRecord[],
  hasHost: boolean,
): Promise<Accounts> {
  const places = new Set<Place>(domain.environments.map((ce) => ce.ceArn));
  for (const record of given) places.add(record.ceArn);
  if (hasHost) places.add('host');
  const accounts = new Accounts(await Ledgers.load(table, [...places]));
  await loadSharesOf(table, accounts.shares, domain, given);
  await accounts.consumables.load(table, given.flatMap(consumedBy));
  return accounts;
}

function consumedBy({ consumables = [] }: PlacementRecord): string[] {
  return consumables.map(({ arn }) => arn);
}

/** A queue that is not scheduled any more keeps its uses right with the default policy, until they are forgotten. */
async function loadSharesOf(
  table: Table,
  shares: ShareUses,
  domain: SchedulingDomain,
  given: readonly PlacementRecord[],
): Promise<void> {
  for (const { queueArn, shareIdentifier } of given) {
    if (shareIdentifier === undefined) continue;
    const policy = domain.queues.find((queue) => queue.queueArn === queueArn)?.fairShare;
    await shares.load(table, queueArn, [shareIdentifier], policy ?? {});
  }
}

/** The rows of accounts that a placement changes, at most. */
function rowsChangedBy(record: PlacementRecord): readonly string[] {
  const { ceArn, queueArn, shareIdentifier } = record;
  const share = shareIdentifier === undefined ? [] : [`${queueArn}#${shareIdentifier}`];
  return [ceArn, 'host', ...share, ...consumedBy(record)];
}

/** Cuts a list so that each part, `opsEach` operations an element and the rows they change, is one atomic write. */
export function inWrites<T>(
  elements: readonly T[],
  recordOf: (element: T) => PlacementRecord,
  { opsEach, maxOps, maxElements }: { opsEach: number; maxOps: number; maxElements: number },
): T[][] {
  const parts: T[][] = [];
  let part: T[] = [];
  let rows = new Set<string>();
  for (const element of elements) {
    const changed = rowsChangedBy(recordOf(element));
    const more = changed.filter((row) => !rows.has(row)).length;
    const ops = (part.length + 1) * opsEach + rows.size + more;
    if (part.length > 0 && (part.length === maxElements || ops > maxOps)) {
      parts.push(part);
      part = [];
      rows = new Set();
    }
    part.push(element);
    for (const row of changed) rows.add(row);
  }
  if (part.length > 0) parts.push(part);
  return parts;
}
