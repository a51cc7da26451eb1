// Runs the scheduling passes that a wake asks for, in a home whose store has indexes that lag and whose functions have little
// time. Whatever is not done when the time is up is left to the next wake, which the caller sends.
import type { EpochMs, JobId, QueueArn } from '../core/ids.ts';
import { isInLine } from './store/lines.ts';
import { getJobs } from './store/jobs.ts';
import type { Pass } from './schedule.ts';
import type { ScheduleDeps } from './schedule-deps.ts';
import { reconsiderChanged } from './reconsider-changed.ts';
import { reconsiderUnplaceable, schedule } from './schedule.ts';
import type { DomainWake } from './scheduler-wakes.ts';
import type { DomainGroup } from './scheduling-domain.ts';
import { listDomains, loadDomainOf } from './scheduling-domain.ts';

export interface PassesDeps extends Omit<ScheduleDeps, 'loadDomain'> {
  readonly pause: (ms: number) => Promise<void>;
  /** Before the next pass begins. */
  readonly onPass?: (pass: Pass) => Promise<void>;
  /** A pass that failed and is tried again. */
  readonly onError: (error: unknown) => void;
}

/** How long an index is given to show a job that its row says is in line. */
const INDEX_PATIENCE_MS = 2_000;
const FIRST_LOOK_MS = 25;
const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 1_000;

/** Queues whose domains may have more to place. Throws when something keeps failing until the time is up. */
export async function runPasses(
  deps: PassesDeps,
  wake: Omit<DomainWake, 'domain'>,
  untilMs: EpochMs,
): Promise<readonly QueueArn[]> {
  const patiently = <T>(work: () => Promise<T>): Promise<T> => untilTimeIsUp(deps, untilMs, work);
  await patiently(() => awaitArrivals(deps, wake.arrived));
  const groups = await patiently(() => listDomains(deps.store.table));
  const left: QueueArn[] = [];
  for (const queueArns of meantGroups(groups, wake.queueArns)) {
    const [first] = queueArns;
    if (first === undefined) continue;
    const ended = wake.ended.filter(({ queueArn }) => queueArns.includes(queueArn));
    const scheduleDeps: ScheduleDeps = { ...deps, loadDomain: () => loadDomainOf(deps.store.table, first) };
    await patiently(() => judgeAnew(deps, wake, queueArns, scheduleDeps.loadDomain));
    const placementIds = ended.map(({ attemptId }) => attemptId);
    if (await runDomain(deps, scheduleDeps, placementIds, untilMs)) left.push(first);
  }
  return left;
}

/** Whom a change may concern; on the rounds of the safety net only where something has changed that nobody told. */
async function judgeAnew(
  deps: PassesDeps,
  { reconsider, arrived, ended }: Omit<DomainWake, 'domain'>,
  queueArns: readonly QueueArn[],
  loadDomain: ScheduleDeps['loadDomain'],
): Promise<void> {
  if (reconsider) {
    for (const queueArn of queueArns) await reconsiderUnplaceable(deps, queueArn);
  } else if (arrived.length + ended.length === 0) {
    const domain = await loadDomain();
    for (const queueArn of queueArns) await reconsiderChanged(deps, queueArn, domain);
  }
}

/** Tries again what failed: another scheduler may have been faster, or a service busy, which a fresh look cures. */
async function untilTimeIsUp<T>(deps: PassesDeps, untilMs: EpochMs, work: () => Promise<T>): Promise<T> {
  for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(MAX_RETRY_MS, retryMs * 2)) {
    try {
      return await work();
    } catch (error) {
      if (deps.clock.now() + retryMs >= untilMs) throw error;
      deps.onError(error);
    }
    await deps.pause(retryMs);
  }
}

/** The queues of each domain that is meant; a queue that is gone still has what its jobs held given back. */
function meantGroups(
  groups: readonly DomainGroup[],
  queueArns: readonly QueueArn[],
): readonly (readonly QueueArn[])[] {
  const meant = groups.filter((group) => group.queueArns.some((arn) => queueArns.includes(arn)));
  const known = new Set(groups.flatMap((group) => group.queueArns));
  const gone = queueArns.filter((arn) => !known.has(arn));
  return [...meant.map((group) => group.queueArns), ...(gone.length > 0 ? [gone] : [])];
}

/** True when there may be more to place and no time is left for it. */
async function runDomain(
  deps: PassesDeps,
  scheduleDeps: ScheduleDeps,
  placementIds: readonly string[],
  untilMs: EpochMs,
): Promise<boolean> {
  let ended = placementIds;
  for (;;) {
    const pass = await untilTimeIsUp(deps, untilMs, () => schedule(scheduleDeps, ended));
    ended = [];
    await deps.onPass?.(pass);
    if (!pass.more) return false;
    if (deps.clock.now() >= untilMs) return true;
  }
}

/** Waits, for a while, until the index shows the jobs that a wake was sent for, so that it is not sent for nothing. */
async function awaitArrivals(
  { store, pause }: PassesDeps,
  arrived: readonly { readonly jobId: JobId }[],
): Promise<void> {
  let waitedMs = 0;
  let lookMs = FIRST_LOOK_MS;
  let ids = arrived.map(({ jobId }) => jobId);
  for (;;) {
    const jobs = (await getJobs(store, ids)).flatMap((found) => found?.job ?? []);
    const waiting = jobs.filter((job) => job.status === 'RUNNABLE' && !job.unplaceable && !job.heldAtMs);
    const shown = await Promise.all(waiting.map((job) => isInLine(store, job)));
    ids = waiting.filter((_, index) => !shown[index]).map(({ jobId }) => jobId);
    if (ids.length === 0 || waitedMs >= INDEX_PATIENCE_MS) return;
    await pause(lookMs);
    waitedMs += lookMs;
    lookMs *= 2;
  }
}
