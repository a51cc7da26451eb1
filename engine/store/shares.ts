// Which shares of a queue are active, and what each has used. Two rows a share: membership, written by whoever submits and
// by the sweep of idle shares, and use, written by the scheduler alone with the placements that change it.
import type { EpochMs, QueueArn } from '../../core/ids.ts';
import type { ShareUse } from '../../core/queue/fair-share.ts';
import { NO_USE, timeConstantMs, withVcpus } from '../../core/queue/fair-share.ts';
import type { FairsharePolicy } from '../../core/queue/scheduling-policy.ts';
import type { Key, Row, Table, WriteOp } from '../table-ports.ts';
import type { PlacementRecord } from './ledger.ts';

export interface Membership {
  readonly shareIdentifier: string;
  readonly version: number;
  /** Found idle then; it leaves when it still is a while later. A submission takes this back. */
  readonly retiringSinceMs?: EpochMs;
}

interface MembershipBody {
  readonly retiringSinceMs?: EpochMs;
}

function membershipKey(queueArn: QueueArn, shareIdentifier: string): Key {
  return { pk: `shares#${queueArn}`, sk: shareIdentifier };
}

function membershipOf({ sk, version, body }: Row): Membership {
  return { shareIdentifier: sk, version, ...(body as MembershipBody) }; // written by putMembership only
}

export async function getMembership(
  table: Table,
  queueArn: QueueArn,
  shareIdentifier: string,
): Promise<Membership | undefined> {
  const row = await table.get('queues', membershipKey(queueArn, shareIdentifier));
  return row && membershipOf(row);
}

/** All shares of a queue that are active or were a moment ago. */
export async function listMemberships(table: Table, queueArn: QueueArn): Promise<readonly Membership[]> {
  const found: Membership[] = [];
  let after: string | undefined;
  do {
    const page = await table.query({
      table: 'queues',
      partition: membershipKey(queueArn, 'any').pk,
      limit: 1_000,
      ...(after === undefined ? {} : { after }),
    });
    found.push(...page.rows.map(membershipOf));
    after = page.next;
  } while (after !== undefined);
  return found;
}

export function putMembership(
  queueArn: QueueArn,
  shareIdentifier: string,
  ifVersion: number,
  body: MembershipBody = {},
): WriteOp {
  const row = { ...membershipKey(queueArn, shareIdentifier), body };
  return { kind: 'put', table: 'queues', row, ifVersion };
}

export function checkMembership(queueArn: QueueArn, { shareIdentifier, version }: Membership): WriteOp {
  const key = membershipKey(queueArn, shareIdentifier);
  return { kind: 'check', table: 'queues', key, ifVersion: version };
}

export function deleteMembership(queueArn: QueueArn, { shareIdentifier, version }: Membership): WriteOp {
  const key = membershipKey(queueArn, shareIdentifier);
  return { kind: 'delete', table: 'queues', key, ifVersion: version };
}

function useKey(queueArn: QueueArn, shareIdentifier: string): Key {
  return { pk: `share-use#${queueArn}`, sk: shareIdentifier };
}

/** After so many time constants nothing is left of what was used. */
const FORGOTTEN_AFTER = 10;

interface KeptUse {
  readonly key: Key;
  readonly constantMs: number;
  use: ShareUse;
  version: number;
}

/** The uses of a scheduling pass: read once, changed in memory, written with the placements that changed them. */
export class ShareUses {
  readonly #kept = new Map<string, KeptUse>();
  readonly #changed = new Set<KeptUse>();

  /** Reads the uses of these shares; those that are known already stay as they are. */
  async load(
    table: Table,
    queueArn: QueueArn,
    shareIdentifiers: readonly string[],
    policy: FairsharePolicy,
  ): Promise<void> {
    const missing = [...new Set(shareIdentifiers)].filter((share) => !this.#find(queueArn, share));
    const keys = missing.map((share) => useKey(queueArn, share));
    const rows = await table.getMany('queues', keys);
    for (const [index, key] of keys.entries()) {
      const row = rows[index];
      this.#kept.set(idOf(key), {
        key,
        constantMs: timeConstantMs(policy),
        use: row ? (row.body as ShareUse) : NO_USE, // written below only
        version: row?.version ?? 0,
      });
    }
  }

  use(queueArn: QueueArn, shareIdentifier: string): ShareUse {
    return this.#find(queueArn, shareIdentifier)?.use ?? NO_USE;
  }

  take(record: PlacementRecord, atMs: EpochMs): void {
    this.#change(record, record.demand.vcpus, atMs);
  }

  give(record: PlacementRecord, atMs: EpochMs): void {
    this.#change(record, -record.demand.vcpus, atMs);
  }

  #find(queueArn: QueueArn, shareIdentifier: string): KeptUse | undefined {
    return this.#kept.get(idOf(useKey(queueArn, shareIdentifier)));
  }

  #change({ queueArn, shareIdentifier }: PlacementRecord, vcpus: number, atMs: EpochMs): void {
    const kept = shareIdentifier === undefined ? undefined : this.#find(queueArn, shareIdentifier);
    if (!kept) return;
    kept.use = withVcpus(kept.use, vcpus, atMs, kept.constantMs);
    this.#changed.add(kept);
  }

  writes(): WriteOp[] {
    return [...this.#changed].map(({ key, use, version, constantMs }) => {
      const forgottenAtMs = use.atMs + FORGOTTEN_AFTER * constantMs;
      const expiry = use.vcpus > 0 ? {} : { expiresAtS: Math.ceil(forgottenAtMs / 1000) };
      return { kind: 'put', table: 'queues', row: { ...key, body: use, ...expiry }, ifVersion: version };
    });
  }

  committed(): void {
    for (const kept of this.#changed) kept.version += 1;
    this.#changed.clear();
  }
}

function idOf({ pk, sk }: Key): string {
  return `${pk}#${sk}`;
}
