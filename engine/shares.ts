// How a share of a queue becomes active, with the first job that is submitted for it, and idle again. No job may stand in
// a line that nobody reads: a share leaves in two steps, and a submission between them keeps it.
import type { EpochMs, QueueArn } from '../core/ids.ts';
import { ACTIVE_SHARES_MAX } from '../core/queue/fair-share.ts';
import type { Table, WriteOp } from './table-ports.ts';
import { hasArriving, hasUnplaceable, queueHeads } from './store/lines.ts';
import type { JobStore } from './store/jobs.ts';
import type { Membership } from './store/shares.ts';
import {
  checkMembership,
  deleteMembership,
  getMembership,
  listMemberships,
  putMembership,
  ShareUses,
} from './store/shares.ts';
import type { ShareStanding } from './take-snapshot.ts';

/** Longer than an index may lag behind a submission that was committed before the share was found idle. */
const RETIREMENT_MS = 5_000;

/** What must be written with a job for its share to be active; `full` when the queue has all the shares it may have. */
export async function joinShare(
  store: JobStore,
  queueArn: QueueArn,
  shareIdentifier: string,
  atMs: EpochMs,
): Promise<WriteOp | 'full'> {
  const known = await getMembership(store.table, queueArn, shareIdentifier);
  if (known && known.retiringSinceMs === undefined) return checkMembership(queueArn, known);
  if (await isFull(store, queueArn, atMs)) return 'full';
  return putMembership(queueArn, shareIdentifier, known?.version ?? 0);
}

async function isFull(store: JobStore, queueArn: QueueArn, atMs: EpochMs): Promise<boolean> {
  const active = (await listMemberships(store.table, queueArn)).filter(isActive);
  if (active.length < ACTIVE_SHARES_MAX) return false;
  // The scheduler finds idle shares as it passes by; at the limit they are looked for.
  const standings = await Promise.all(active.map((membership) => standingOf(store, queueArn, membership)));
  await sweepShares(store, standings, atMs);
  return standings.every(({ isIdle }) => !isIdle);
}

function isActive({ retiringSinceMs }: Membership): boolean {
  return retiringSinceMs === undefined;
}

async function standingOf(
  store: JobStore,
  queueArn: QueueArn,
  membership: Membership,
): Promise<ShareStanding> {
  const { shareIdentifier } = membership;
  // In the order in which a job passes through them, so that none is missed between two looks.
  const isAside = await hasUnplaceable(store, queueArn);
  const isArriving = await hasArriving(store, queueArn, shareIdentifier);
  const heads = await queueHeads(store, queueArn, 1, shareIdentifier);
  const uses = new ShareUses();
  await uses.load(store.table, queueArn, [shareIdentifier], {});
  const isHeld = uses.use(queueArn, shareIdentifier).vcpus > 0;
  return { queueArn, membership, isIdle: heads.length === 0 && !isArriving && !isAside && !isHeld };
}

/** The queue is gone, and all of its jobs have ended. */
export async function forgetShares(table: Table, queueArn: QueueArn): Promise<void> {
  for (const membership of await listMemberships(table, queueArn)) {
    await table.write([deleteMembership(queueArn, membership)]);
  }
}

/** Takes idle shares one step further out, and back those that are idle no more. A write that is stale was not needed. */
export async function sweepShares(
  store: JobStore,
  standings: readonly ShareStanding[],
  atMs: EpochMs,
): Promise<void> {
  const ops = standings.flatMap((standing) => sweepOp(standing, atMs) ?? []);
  await Promise.all(ops.map((op) => store.table.write([op])));
}

function sweepOp({ queueArn, membership, isIdle }: ShareStanding, atMs: EpochMs): WriteOp | undefined {
  const { shareIdentifier, version, retiringSinceMs } = membership;
  if (!isIdle) {
    return retiringSinceMs === undefined ? undefined : putMembership(queueArn, shareIdentifier, version);
  }
  if (retiringSinceMs === undefined) {
    return putMembership(queueArn, shareIdentifier, version, { retiringSinceMs: atMs });
  }
  return atMs - retiringSinceMs >= RETIREMENT_MS ? deleteMembership(queueArn, membership) : undefined;
}
