// All that a placement takes and an end gives back: capacity in the ledgers, use in the shares. Read once for a pass,
// changed in memory, and written in the same atomic write as the placement records, so that everything is taken and given
// exactly once.
import type { EpochMs } from '../core/ids.ts';
import type { Table, WriteOp } from './ports.ts';
import type { SchedulingDomain } from './schedule.ts';
import type { PlacementRecord, Place } from './store/ledger.ts';
import { Ledgers } from './store/ledger.ts';
import { ShareUses } from './store/shares.ts';

export class Accounts {
  readonly ledgers: Ledgers;
  readonly shares: ShareUses;

  constructor(ledgers: Ledgers, shares: ShareUses) {
    this.ledgers = ledgers;
    this.shares = shares;
  }

  take(record: PlacementRecord, atMs: EpochMs): void {
    this.ledgers.take(record);
    this.shares.take(record, atMs);
  }

  give(record: PlacementRecord, atMs: EpochMs): void {
    this.ledgers.give(record);
    this.shares.give(record, atMs);
  }

  writes(): WriteOp[] {
    return [...this.ledgers.writes(), ...this.shares.writes()];
  }

  committed(): void {
    this.ledgers.committed();
    this.shares.committed();
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
  const shares = new ShareUses();
  const [ledgers] = await Promise.all([
    Ledgers.load(table, [...places]),
    loadSharesOf(table, shares, domain, given),
  ]);
  return new Accounts(ledgers, shares);
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

/** Other rows that the placements of one write change together, at most: places, the host and shares. */
export function rowsChangedBy({ ceArn, queueArn, shareIdentifier }: PlacementRecord): readonly string[] {
  return [ceArn, 'host', ...(shareIdentifier === undefined ? [] : [`${queueArn}#${shareIdentifier}`])];
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
