// A job's output in pieces, by byte position: from the end, from a place on, or before a place. A page that follows waits
// here until there is more, so it hears of a line at once and asks for nothing in between.
import { setTimeout as delay } from 'node:timers/promises';
import { ClientException } from '../../api/errors.ts';
import type { Scope } from '../../core/ids.ts';
import type { Job } from '../../core/job/job.ts';
import { isPlaced } from '../../core/job/job.ts';
import { wholeTaskId } from '../../core/job/task-id.ts';
import type { LogPage, Logs } from '../../engine/log-ports.ts';
import type { JobStore } from '../../engine/store/jobs.ts';
import { quoted } from './job-filter.ts';
import { findJob, logSourcesOf } from './one-job.ts';
import type { LogAnswer } from './wire.ts';

export interface LogDeps {
  readonly store: JobStore;
  readonly logs: Logs;
}

const LINES = 1_000;
const WAIT_MS = 20_000;
const LOOK_MS = 200;

/** Query: `task`; `from` (a position or `end`) or `before`; `wait`: answer when there is more, the job ended, or 20 s passed. */
export async function readLog(
  deps: LogDeps,
  scope: Scope,
  jobId: string,
  query: URLSearchParams,
  left: AbortSignal,
): Promise<LogAnswer> {
  const task = query.get('task') ?? '';
  const place = readPlace(query);
  const deadlineMs = performance.now() + (query.get('wait') === '1' ? WAIT_MS : 0);
  for (;;) {
    const job = await findJob(deps.store, scope, jobId);
    if (!logSourcesOf(job).some(({ taskId }) => taskId === task)) {
      throw new ClientException(`task must be a task of the job, but is ${quoted(task)}.`, 404);
    }
    // Asked before the log is read: what an ended task wrote is all there.
    const ended = !isLive(job, task);
    const page = await readPage(deps.logs, task, place);
    const isWorthAnswering = page.lines.length > 0 || ended || place.before !== undefined;
    if (isWorthAnswering || performance.now() >= deadlineMs || left.aborted) {
      return { ...page, size: (await deps.logs.size(task)) ?? 0, ended };
    }
    await untilGrown(deps.logs, task, page.to, deadlineMs, left);
  }
}

interface Place {
  readonly from: number | 'end';
  readonly before?: number;
}

function readPlace(query: URLSearchParams): Place {
  const before = query.get('before');
  if (before !== null) return { from: 'end', before: readPosition('before', before) };
  const from = query.get('from') ?? 'end';
  return { from: from === 'end' ? from : readPosition('from', from) };
}

export function readPosition(field: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ClientException(`${field} must be a position in bytes, but is ${quoted(text)}.`);
}

function isLive(job: Job, task: string): boolean {
  return isPlaced(job) && job.attempt.taskId === wholeTaskId(task);
}

const NOTHING: LogPage = { lines: [], from: 0, to: 0 };

async function readPage(logs: Logs, task: string, { from, before }: Place): Promise<LogPage> {
  const page =
    before === undefined ? await logs.read(task, from, LINES) : await logs.readBefore(task, before, LINES);
  return page ?? NOTHING;
}

/** Returns early when it may have ended: that is looked at every so often as well. */
async function untilGrown(
  logs: Logs,
  task: string,
  position: number,
  deadlineMs: number,
  left: AbortSignal,
): Promise<void> {
  for (let looks = 0; looks < 5; looks += 1) {
    if (performance.now() >= deadlineMs || left.aborted) return;
    await delay(LOOK_MS);
    if (((await logs.size(task)) ?? 0) > position) return;
  }
}
