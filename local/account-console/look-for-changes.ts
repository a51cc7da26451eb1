// What changed, told by asking: for a service whose events cannot be read. Asked for is what pages show: the newest jobs, those of
// their lists that have not ended, and the job that a page follows, down to the children of an array.
import type { CellsAnswer, JobAnswer, JobRow, JobsAnswer, JobStatus } from '../../api/console/wire.ts';
import { CELL_LETTERS, JOB_STATUSES } from '../../api/console/wire.ts';
import type { JobId } from '../../core/ids.ts';
import { childJobId, parseJobId } from '../../core/ids.ts';
import type { SeenState } from './event-feed.ts';

export interface AskedFor {
  jobs(query: URLSearchParams): Promise<JobsAnswer>;
  job(jobId: string): Promise<JobAnswer>;
  cells(jobId: string): Promise<Pick<CellsAnswer, 'cells'>>;
}

export interface ChangeFinder {
  /** A page shows these, as they are. */
  show(rows: readonly JobRow[]): void;
  showCells(jobId: string, cells: string): void;
  /** What is not as it was at the last look, or as a page was shown it. `followed`: jobs that pages follow. */
  look(followed: readonly string[]): Promise<readonly SeenState[]>;
}

/** As many as one call takes. */
const MOST_IDS = 100;
/** Pages that follow more than that are told of the newest. */
const MOST_FOLLOWED = 5;

const STATUS_OF: ReadonlyMap<string, JobStatus> = new Map(
  JOB_STATUSES.map((status) => [CELL_LETTERS[status], status]),
);
const hasEnded = ({ status }: JobRow): boolean => status === 'SUCCEEDED' || status === 'FAILED';

export function createChangeFinder(ask: AskedFor, nowMs: () => number): ChangeFinder {
  const known = new Map<string, string>();
  /** Shown and not ended, the latest shown last. */
  const shown = new Map<string, JobRow>();
  let cells = new Map<string, string>();

  const show = (rows: readonly JobRow[]): void => {
    for (const row of rows) {
      // What an earlier page was shown counts: it is the one to be told.
      if (!known.has(row.jobId)) known.set(row.jobId, fingerprintOf(row));
      shown.delete(row.jobId);
      if (!hasEnded(row)) shown.set(row.jobId, row);
    }
    for (const oldest of [...shown.keys()].slice(0, -MOST_IDS)) shown.delete(oldest);
  };
  const compare = (rows: readonly JobRow[]): readonly SeenState[] => {
    const seen = rows.flatMap((row): SeenState[] => {
      const now = fingerprintOf(row);
      const isNew = known.get(row.jobId) !== now;
      known.set(row.jobId, now);
      return isNew ? [{ jobId: row.jobId, status: row.status, atMs: nowMs() }] : [];
    });
    show(rows);
    return seen;
  };
  const lookAtCells = async (arrays: readonly string[]): Promise<readonly SeenState[]> => {
    const now = new Map<string, string>();
    const seen: SeenState[] = [];
    for (const jobId of arrays) {
      const { cells: letters } = await ask.cells(jobId);
      now.set(jobId, letters);
      seen.push(...changedCells(jobId, cells.get(jobId), letters, nowMs()));
    }
    cells = now;
    return seen;
  };
  return {
    show,
    showCells(jobId, letters) {
      if (!cells.has(jobId)) cells.set(jobId, letters);
    },
    async look(followed) {
      const rows = new Map<string, JobRow>();
      const take = ({ jobs }: Pick<JobsAnswer, 'jobs'>): void =>
        jobs.forEach((row) => rows.set(row.jobId, row));
      take(await ask.jobs(new URLSearchParams()));
      const others = [...shown.keys()].filter((jobId) => !rows.has(jobId));
      if (others.length > 0) take(await ask.jobs(new URLSearchParams({ ids: others.join(',') })));
      // Expired meanwhile: nobody tells of them any more.
      for (const jobId of others) if (!rows.has(jobId)) shown.delete(jobId);
      const ids = [...new Set(followed)].slice(-MOST_FOLLOWED);
      const unseen = ids.filter((jobId) => !rows.has(jobId) && parseJobId(jobId));
      if (unseen.length > 0) take(await ask.jobs(new URLSearchParams({ ids: unseen.join(',') })));
      const arrays = ids.filter((jobId) => rows.get(jobId)?.kind === 'array');
      const ofChildren = await lookAtCells(arrays);
      const found = [...compare([...rows.values()]), ...ofChildren];
      forgetOldest(known);
      return found;
    },
  };
}

const MOST_KNOWN = 2_000;

function forgetOldest(known: Map<string, string>): void {
  for (const jobId of [...known.keys()].slice(0, Math.max(0, known.size - MOST_KNOWN))) known.delete(jobId);
}

/** What of a row a page would draw anew. */
function fingerprintOf({ status, attempts, stopping, held, startedAtMs, children }: JobRow): string {
  return JSON.stringify([status, attempts, stopping, held, startedAtMs, children]);
}

function changedCells(
  jobId: string,
  before: string | undefined,
  now: string,
  atMs: number,
): readonly SeenState[] {
  if (before === undefined) return [];
  return now.split('').flatMap((letter, index) => {
    const status = STATUS_OF.get(letter);
    return letter === before[index] || !status
      ? []
      : [{ jobId: childJobId(jobId as JobId, index), status, atMs }]; // an array's id
  });
}
