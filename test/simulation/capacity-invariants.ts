// Invariant 5: all that is in use is the sum of the live placements, never over what there is, and given back exactly once.
import type { Job } from '../../core/job/job.ts';
import { isPlaced, placementId } from '../../core/job/job.ts';
import type { PlacementRecord } from '../../engine/store/ledger.ts';
import { placementIdOf } from '../../engine/store/ledger.ts';
import type { Commit, JobMove } from './committed-rows.ts';
import { shareOf } from './committed-rows.ts';
import type { Watched } from './invariants.ts';

const KINDS = ['vcpus', 'memoryMiB', 'gpus'] as const;
type Amounts = Record<(typeof KINDS)[number] | 'placements', number>;
const NONE: Amounts = { vcpus: 0, memoryMiB: 0, gpus: 0, placements: 0 };

/** How much of resources that do not come back was used up, by ARN. */
export type UsedUp = Map<string, number>;

export function checkCapacity(watched: Watched, usedUp: UsedUp, commit: Commit): void {
  for (const move of commit.jobs) checkHolder(watched, move);
  for (const record of commit.givenBack) {
    checkGivenBack(watched, record);
    for (const { arn, quantity, comesBack } of record.consumables ?? [])
      if (!comesBack) usedUp.set(arn, (usedUp.get(arn) ?? 0) + quantity);
  }
  if (commit.placed.length + commit.givenBack.length === 0) return;
  const sums = sumByPlace(watched);
  checkLedgers(watched, sums);
  checkShares(watched);
  checkConsumables(watched, usedUp, commit);
  if (commit.placed.length > 0) checkMaxima(watched, commit, sums);
}

/** The job that runs in this placement. */
export function holderOf({ rows }: Watched, id: string): Job | undefined {
  const job = rows.jobs.get(id.slice(0, id.lastIndexOf('/')) as Job['jobId']); // a placement's id begins with its job's
  return job && isPlaced(job) && placementId(job.jobId, job.attempt) === id ? job : undefined;
}

function checkGivenBack(watched: Watched, record: PlacementRecord): void {
  const id = placementIdOf(record);
  const job = holderOf(watched, id);
  if (job) watched.violated('5 capacity', `${id} gave its capacity back while its job is ${job.status}`);
}

function sumByPlace({ rows, hostTotal }: Watched): ReadonlyMap<string, Amounts> {
  const sums = new Map<string, Amounts>();
  for (const { ceArn, demand } of rows.placements.values()) {
    for (const place of hostTotal ? [ceArn, 'host'] : [ceArn]) {
      const sum = sums.get(place) ?? { ...NONE };
      for (const kind of KINDS) sum[kind] += demand[kind];
      sum.placements += 1;
      sums.set(place, sum);
    }
  }
  return sums;
}

function checkLedgers({ rows, violated }: Watched, sums: ReadonlyMap<string, Amounts>): void {
  for (const place of new Set([...rows.ledgers.keys(), ...sums.keys()])) {
    const entry = rows.ledgers.get(place as 'host'); // a key of either map is a place
    const sum = sums.get(place) ?? NONE;
    for (const kind of KINDS) {
      if (entry?.used[kind] !== sum[kind])
        violated(
          '5 capacity',
          `${place}: the ledger says ${entry?.used[kind]} ${kind}, placements ${sum[kind]}`,
        );
    }
    if (entry?.placements !== sum.placements)
      violated('5 capacity', `${place}: the ledger counts ${entry?.placements} of ${sum.placements}`);
  }
}

function checkShares({ rows, violated }: Watched): void {
  const sums = new Map<string, number>();
  for (const { queueArn, shareIdentifier, demand } of rows.placements.values()) {
    if (shareIdentifier === undefined) continue;
    const share = shareOf(queueArn, shareIdentifier);
    sums.set(share, (sums.get(share) ?? 0) + demand.vcpus);
  }
  for (const share of new Set([...rows.shareUses.keys(), ...sums.keys()])) {
    const [counted, sum] = [rows.shareUses.get(share)?.vcpus, sums.get(share) ?? 0];
    if ((counted ?? 0) !== sum)
      violated('5 capacity', `${share} uses ${sum} vCPUs, and ${counted} are counted`);
  }
}

function checkConsumables({ rows, violated, recentMaximum }: Watched, usedUp: UsedUp, commit: Commit): void {
  const sums = new Map<string, number>();
  for (const { consumables = [] } of rows.placements.values())
    for (const { arn, quantity } of consumables) sums.set(arn, (sums.get(arn) ?? 0) + quantity);
  for (const arn of new Set([...rows.consumableUses.keys(), ...sums.keys()])) {
    const counted = rows.consumableUses.get(arn);
    const [inUse, consumed] = [sums.get(arn) ?? 0, usedUp.get(arn) ?? 0];
    if (counted?.inUse !== inUse || counted.consumed !== consumed)
      violated(
        '5 capacity',
        `${arn}: ${inUse} in use, ${consumed} used up, counted ${JSON.stringify(counted)}`,
      );
    const isTaken = commit.placed.some((record) => record.consumables?.some((taken) => taken.arn === arn));
    if (isTaken && inUse + consumed > recentMaximum(arn))
      violated('5 capacity', `${arn}: ${inUse} in use and ${consumed} used up of ${recentMaximum(arn)}`);
  }
}

/** A job is placed exactly while somebody holds capacity for it. */
function checkHolder({ rows, violated }: Watched, { before, after }: JobMove): void {
  if (!after || !isPlaced(after)) return;
  const id = placementId(after.jobId, after.attempt);
  const held = rows.placements.get(id);
  if (!held) violated('5 capacity', `${id} is ${after.status} without holding capacity`);
  else if (JSON.stringify(held.demand) !== JSON.stringify(after.spec.demand))
    violated('5 capacity', `${id} holds ${JSON.stringify(held.demand)}, not what it asked for`);
  if (before && isPlaced(before) && before.attempt.number !== after.attempt.number)
    violated(
      '3 attempts',
      `${after.jobId} went from attempt ${before.attempt.number} to ${after.attempt.number}`,
    );
}

function checkMaxima(watched: Watched, commit: Commit, sums: ReadonlyMap<string, Amounts>): void {
  const { rows, violated, hostTotal } = watched;
  for (const ceArn of new Set(commit.placed.map((record) => record.ceArn))) {
    const inUse = sums.get(ceArn)?.vcpus ?? 0;
    if (inUse > watched.recentMaximum(ceArn))
      violated('5 capacity', `${ceArn} has ${inUse} vCPUs in use of ${watched.recentMaximum(ceArn)}`);
  }
  if (!hostTotal) return;
  for (const kind of KINDS) {
    const inUse = sums.get('host')?.[kind] ?? 0;
    if (inUse > hostTotal[kind]) violated('5 capacity', `the host has ${inUse} ${kind} in use`);
  }
  const gpuIds = [...rows.placements.values()].flatMap((record) => record.gpuIds);
  if (new Set(gpuIds).size < gpuIds.length) violated('5 capacity', 'two placements hold one GPU');
  for (const { attemptId: id, gpuIds: own, demand } of commit.placed) {
    if (own.length !== demand.gpus)
      violated('5 capacity', `${id} was given ${own.length} GPUs of ${demand.gpus}`);
  }
}
