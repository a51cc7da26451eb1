// Invariant 5: capacity in use is the sum of the live placements, never over what there is, and given back exactly once.
import { attemptId, isPlaced } from '../../core/job/job.ts';
import type { Commit, JobMove } from './committed-rows.ts';
import type { Watched } from './invariants.ts';

const KINDS = ['vcpus', 'memoryMiB', 'gpus'] as const;
type Amounts = Record<(typeof KINDS)[number], number> & { placements: number };

export function checkCapacity(watched: Watched, commit: Commit): void {
  for (const move of commit.jobs) checkHolder(watched, move);
  if (commit.placed.length + commit.givenBack.length === 0) return;
  const { rows, violated } = watched;
  for (const { attemptId: id } of commit.givenBack) {
    const job = rows.jobs.get(id.slice(0, id.lastIndexOf('/')) as never); // an attempt id begins with its job's
    if (job && isPlaced(job) && attemptId(job.jobId, job.attempt.number) === id)
      violated('5 capacity', `${id} gave its capacity back while its job is ${job.status}`);
  }
  const sums = sumByPlace(watched);
  for (const [place, entry] of rows.ledgers) {
    const sum = sums.get(place) ?? { vcpus: 0, memoryMiB: 0, gpus: 0, placements: 0 };
    for (const kind of KINDS) {
      if (entry.used[kind] !== sum[kind])
        violated(
          '5 capacity',
          `${place}: the ledger says ${entry.used[kind]} ${kind}, placements ${sum[kind]}`,
        );
    }
    if (entry.placements !== sum.placements)
      violated('5 capacity', `${place}: the ledger counts ${entry.placements}, there are ${sum.placements}`);
  }
  if (commit.placed.length > 0) checkMaxima(watched, commit, sums);
}

function sumByPlace({ rows }: Watched): ReadonlyMap<string, Amounts> {
  const sums = new Map<string, Amounts>();
  for (const { ceArn, demand } of rows.placements.values()) {
    for (const place of [ceArn, 'host']) {
      const sum = sums.get(place) ?? { vcpus: 0, memoryMiB: 0, gpus: 0, placements: 0 };
      for (const kind of KINDS) sum[kind] += demand[kind];
      sum.placements += 1;
      sums.set(place, sum);
    }
  }
  return sums;
}

/** A job is placed exactly while somebody holds capacity for it. */
function checkHolder({ rows, violated }: Watched, { before, after }: JobMove): void {
  if (!after || !isPlaced(after)) return;
  const id = attemptId(after.jobId, after.attempt.number);
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
