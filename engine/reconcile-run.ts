// One run of the safety net in a home that has no process of its own: as much as the time allows, beginning where the last run
// stopped. Small homes are gone through in each run, large ones in several; no run does more than its time.
import type { EpochMs, QueueArn } from '../core/ids.ts';
import type { Key } from './table-ports.ts';
import type { ReconcileDeps } from './reconcile.ts';
import { strandedPlacementsPage } from './reconcile.ts';
import type { DomainWake } from './scheduler-wakes.ts';
import type { JobPage } from './store/jobs.ts';
import { listByStatus } from './store/jobs.ts';
import { liveJobs } from './store/live-jobs.ts';
import { placementIdOf } from './store/ledger.ts';
import { everyQueue } from './store/queues.ts';
import { tendPlaced, tendWaiting } from './tend-jobs.ts';

export interface ReconcileRunDeps extends ReconcileDeps {
  /** Has capacity given back that nobody holds. */
  readonly wake: (wake: Omit<DomainWake, 'domain'>) => Promise<void>;
  readonly onError: (subject: string, error: unknown) => void;
}

export interface RunReport {
  /** Jobs and placements that were looked at. */
  readonly looked: number;
  readonly stranded: number;
  /** Everything has been looked at once since the cursor was at its beginning. */
  readonly finished: boolean;
}

/** What is gone through, in this order; then it begins anew. */
type Stage =
  | { readonly kind: 'live' | 'placements' }
  | { readonly kind: 'waiting'; readonly queueArn: QueueArn; readonly status: 'SUBMITTED' | 'PENDING' };

interface Cursor {
  /** The stage under way, by its name. */
  readonly stage?: string;
  readonly after?: string;
}

const CURSOR: Key = { pk: 'reconcile', sk: 'cursor' };
/** Jobs that are compared with the world side by side: the runtimes' APIs are slow and count calls. */
const AT_ONCE = 8;
const PAGE = 100;

export async function reconcileRun(deps: ReconcileRunDeps, untilMs: EpochMs): Promise<RunReport> {
  const stages = await stagesOf(deps);
  const cursor = await readCursor(deps);
  const start = Math.max(
    0,
    stages.findIndex((stage) => nameOf(stage) === cursor.stage),
  );
  let { after } = cursor;
  let looked = 0;
  let stranded = 0;
  for (const [index, stage] of stages.slice(start).entries()) {
    if (index > 0) after = undefined;
    do {
      if (deps.clock.now() >= untilMs) {
        await writeCursor(deps, { stage: nameOf(stage), ...(after === undefined ? {} : { after }) });
        return { looked, stranded, finished: false };
      }
      const page = await goThrough(deps, stage, after).catch((error: unknown): Gone => {
        // A stage that cannot be read, or a place that its index does not know any more, must not keep the others waiting.
        deps.onError(nameOf(stage), error);
        return { looked: 0, stranded: 0 };
      });
      looked += page.looked;
      stranded += page.stranded;
      after = page.next;
    } while (after !== undefined);
  }
  if (cursor.stage !== undefined) await writeCursor(deps, {});
  return { looked, stranded, finished: true };
}

async function stagesOf({ store }: ReconcileRunDeps): Promise<readonly Stage[]> {
  const queues = (await everyQueue(store.table)).map(({ record }) => record.queue.queueArn);
  return [
    { kind: 'live' },
    { kind: 'placements' },
    ...queues.flatMap((queueArn) =>
      (['SUBMITTED', 'PENDING'] as const).map((status): Stage => ({ kind: 'waiting', queueArn, status })),
    ),
  ];
}

function nameOf(stage: Stage): string {
  return stage.kind === 'waiting' ? `${stage.queueArn}#${stage.status}` : stage.kind;
}

interface Gone {
  readonly looked: number;
  readonly stranded: number;
  readonly next?: string;
}

async function goThrough(deps: ReconcileRunDeps, stage: Stage, after?: string): Promise<Gone> {
  switch (stage.kind) {
    case 'live':
      return tendPage(deps, await liveJobs(deps.store, after), tendPlaced);
    case 'waiting': {
      const page = { limit: PAGE, ...(after === undefined ? {} : { after }) };
      const jobs = await listByStatus(deps.store, stage.queueArn, stage.status, page);
      return tendPage(deps, jobs, tendWaiting);
    }
    case 'placements':
      return giveBackPage(deps, after);
  }
}

async function tendPage(
  deps: ReconcileRunDeps,
  { jobs, next }: JobPage,
  tend: (deps: ReconcileRunDeps, job: JobPage['jobs'][number]['job']) => Promise<void>,
): Promise<Gone> {
  const waiting = [...jobs];
  const lane = async (): Promise<void> => {
    for (let stored = waiting.shift(); stored; stored = waiting.shift()) {
      const { job } = stored;
      // One job that cannot be looked after must not keep the others from it.
      await tend(deps, job).catch((error: unknown) => deps.onError(job.jobId, error));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return { looked: jobs.length, stranded: 0, ...(next === undefined ? {} : { next }) };
}

async function giveBackPage(deps: ReconcileRunDeps, after?: string): Promise<Gone> {
  const { stranded, next } = await strandedPlacementsPage(deps, after);
  if (stranded.length > 0) {
    const ended = stranded.map((record) => ({ attemptId: placementIdOf(record), queueArn: record.queueArn }));
    const queueArns = [...new Set(stranded.map(({ queueArn }) => queueArn))];
    await deps.wake({ queueArns, ended, arrived: [] });
  }
  return { looked: 0, stranded: stranded.length, ...(next === undefined ? {} : { next }) };
}

async function readCursor({ store }: ReconcileRunDeps): Promise<Cursor> {
  const row = await store.table.get('queues', CURSOR);
  return row ? row.body : {}; // written by writeCursor only
}

/** Two runs at once, or one that is lost, cost a look that is made twice or late. */
async function writeCursor({ store }: ReconcileRunDeps, cursor: Cursor): Promise<void> {
  await store.table.write([{ kind: 'put', table: 'queues', row: { ...CURSOR, body: cursor } }]);
}
