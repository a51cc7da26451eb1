// How many jobs stand in line behind those that a pass looks at: where machines are launched for a queue, they are launched for
// all of it at once. Counting reads the rows, so it is done seldom, and never where no machine more may be asked for.
import type { ComputeEnvironmentArn, EpochMs } from '../core/ids.ts';
import type { QueueSnapshot } from '../core/placement/snapshot.ts';
import type { Fleet } from '../core/placement/fleet.ts';
import { vcpusTowardMax } from '../core/placement/fleet.ts';
import type { SchedulingDomain } from './schedule-deps.ts';
import type { JobStore } from './store/jobs.ts';
import { countLine } from './store/lines.ts';

export const COUNT_EVERY_MS = 30_000;
/** More than the machines of a fleet can hold of small jobs for minutes; the next count sees the rest. */
const COUNTED_MAX = 10_000;

/** The snapshot of the queue with `behind`, where that has to be known. */
export async function withBehind(
  store: JobStore,
  queue: QueueSnapshot,
  domain: SchedulingDomain,
  fleets: ReadonlyMap<ComputeEnvironmentArn, Fleet>,
  atMs: EpochMs,
): Promise<QueueSnapshot> {
  const lines = longLines(queue);
  if (lines.length === 0 || !mayLaunchFor(queue, domain, fleets, atMs)) return queue;
  const counts = await Promise.all(
    lines.map(({ shareIdentifier }) => countLine(store, queue.queueArn, COUNTED_MAX, shareIdentifier)),
  );
  const behind = lines.reduce((sum, { looked }, at) => sum + Math.max(0, (counts[at] ?? 0) - looked), 0);
  return { ...queue, behind };
}

interface LongLine {
  readonly looked: number;
  readonly shareIdentifier?: string;
}

function longLines({ heads, mayHaveMore, fair }: QueueSnapshot): readonly LongLine[] {
  if (!fair) return mayHaveMore ? [{ looked: heads.length }] : [];
  return fair.shares
    .filter((share) => share.mayHaveMore)
    .map((share) => ({ looked: share.heads.length, shareIdentifier: share.shareIdentifier }));
}

function mayLaunchFor(
  { environments }: QueueSnapshot,
  domain: SchedulingDomain,
  fleets: ReadonlyMap<ComputeEnvironmentArn, Fleet>,
  atMs: EpochMs,
): boolean {
  return domain.environments.some(({ ceArn, usable, fleetRules }) => {
    const fleet = fleets.get(ceArn);
    if (!usable || !fleetRules?.real?.scales || !fleet || !environments.includes(ceArn)) return false;
    const isRecent = atMs - (fleet.notes?.countedAtMs ?? Number.NEGATIVE_INFINITY) < COUNT_EVERY_MS;
    return !isRecent && vcpusTowardMax(fleet) < fleetRules.maxVcpus;
  });
}
