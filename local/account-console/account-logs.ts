// The output of an account's jobs for the page. CloudWatch Logs has no bytes to count: positions say what comes before what and
// nothing more, apart from 0, which is the beginning.
import type { StreamPlace } from '../../adapters/cloudwatch/stream-logs.ts';
import type { JobAnswer, LogAnswer, LogSearchAnswer } from '../../api/console/wire.ts';
import type { LogPage, Logs } from '../../engine/log-ports.ts';
import type { LogDeps } from '../console/log-pages.ts';
import { readLog } from '../console/log-pages.ts';
import { searchLog } from '../console/log-search.ts';
import { logPlacesOf } from './log-places.ts';

export interface AccountLogsDeps {
  readonly job: (jobId: string) => Promise<JobAnswer>;
  readonly logs: (streamOf: (taskId: string) => StreamPlace | undefined) => Logs;
  /** The group of jobs that name none. */
  readonly jobsGroup: string;
  readonly nowMs: () => number;
}

export interface AccountLogs {
  read(jobId: string, query: URLSearchParams, left: AbortSignal): Promise<LogAnswer>;
  search(jobId: string, query: URLSearchParams): Promise<LogSearchAnswer>;
}

/** Lines appear in CloudWatch some seconds after they were written. */
const LATE_MS = 10_000;
/** A look is a call that AWS counts. */
const LOOK_MS = 2_000;
const MOST_PLACES = 1_000;

export function createAccountLogs(deps: AccountLogsDeps): AccountLogs {
  const places = new Map<string, StreamPlace>();
  const logs = deps.logs((taskId) => places.get(taskId));
  const logDeps: LogDeps = {
    logs: fromBeginning(logs),
    lookMs: LOOK_MS,
    async taskState(jobId, task) {
      const job = await deps.job(jobId);
      if (!job.logs.some(({ taskId }) => taskId === task)) return undefined;
      for (const [taskId, place] of logPlacesOf(job, deps.jobsGroup)) places.set(taskId, place);
      for (const oldest of [...places.keys()].slice(0, -MOST_PLACES)) places.delete(oldest);
      return isLive(job, task, deps.nowMs()) ? 'live' : 'ended';
    },
  };
  return {
    read: async (jobId, query, left) => ({
      ...(await readLog(logDeps, jobId, query, left)),
      isUnmeasured: true,
    }),
    async search(jobId, query) {
      const answer = await searchLog(logDeps, jobId, query);
      if (answer.found === undefined) return answer;
      // It is after the line before, and between the two nothing is: the line itself has a place of its own.
      const found = (await logs.read(query.get('task') ?? '', answer.found, 1))?.from ?? answer.found;
      return { ...answer, found, reached: found };
    },
  };
}

/** Also for as long as its last lines may yet appear. */
function isLive({ logs, attempts }: JobAnswer, task: string, nowMs: number): boolean {
  const number = logs.find(({ taskId }) => taskId === task)?.attempt;
  const stoppedAtMs = attempts.find((attempt) => attempt.number === number)?.stoppedAtMs;
  return stoppedAtMs === undefined || nowMs - stoppedAtMs < LATE_MS;
}

/** The first line is at 0, where the page looks for it. */
function fromBeginning(logs: Logs): Logs {
  const anchored = async (
    task: string,
    page: LogPage | undefined,
    limit: number,
  ): Promise<LogPage | undefined> => {
    if (!page || page.lines.length === 0 || page.lines.length >= limit) return page;
    const earlier = await logs.readBefore(task, page.from, 1);
    return earlier && earlier.lines.length > 0 ? page : { ...page, from: 0 };
  };
  return {
    ...logs,
    async read(task, from, limit) {
      const page = await logs.read(task, from, limit);
      if (from === 'end') return anchored(task, page, limit);
      return from === 0 && page ? { ...page, from: 0 } : page;
    },
    async readBefore(task, before, limit) {
      return anchored(task, await logs.readBefore(task, before, limit), limit);
    },
  };
}
