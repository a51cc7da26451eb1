// A job's output in pieces, by position: from the end, from a place on, or before a place. A page that follows waits
// here until there is more, so it hears of a line at once and asks for nothing in between.
import { setTimeout as delay } from 'node:timers/promises';
import { quoted } from '../../api/console/job-filter.ts';
import type { LogAnswer } from '../../api/console/wire.ts';
import { ClientException } from '../../api/errors.ts';
import type { LogPage, Logs } from '../../engine/log-ports.ts';
import { parsePlace } from './place.ts';

export interface LogDeps {
  readonly logs: Logs;
  /** `undefined`: the job has no such task. Throws where there is no such job. */
  readonly taskState: (jobId: string, task: string) => Promise<'live' | 'ended' | undefined>;
  /** How far apart a page that waits has the log looked at; default 200 ms. */
  readonly lookMs?: number;
}

const LINES = 1_000;
const WAIT_MS = 20_000;
const LOOK_MS = 200;

/** Query: `task`; `from` (a position or `end`) or `before`; `wait`: answer when there is more, the job ended, or 20 s passed. */
export async function readLog(
  deps: LogDeps,
  jobId: string,
  query: URLSearchParams,
  left: AbortSignal,
): Promise<LogAnswer> {
  const { logs } = deps;
  const task = query.get('task') ?? '';
  const place = readPlace(query);
  const deadlineMs = performance.now() + (query.get('wait') === '1' ? WAIT_MS : 0);
  for (;;) {
    // Asked before the log is read: what an ended task wrote is all there.
    const ended = (await knownTaskState(deps, jobId, task)) === 'ended';
    const page = await readPage(logs, task, place);
    const isWorthAnswering = page.lines.length > 0 || ended || place.before !== undefined;
    if (isWorthAnswering || performance.now() >= deadlineMs || left.aborted) {
      return { ...page, size: (await logs.size(task)) ?? 0, ended };
    }
    await untilGrown(deps, task, page.to, deadlineMs, left);
  }
}

export async function knownTaskState(deps: LogDeps, jobId: string, task: string): Promise<'live' | 'ended'> {
  const state = await deps.taskState(jobId, task);
  if (state) return state;
  throw new ClientException(`task must be a task of the job, but is ${quoted(task)}.`, 404);
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
  const position = parsePlace(text);
  if (position !== undefined) return position;
  throw new ClientException(`${field} must be a position in the log, but is ${quoted(text)}.`);
}

const NOTHING: LogPage = { lines: [], from: 0, to: 0 };

async function readPage(logs: Logs, task: string, { from, before }: Place): Promise<LogPage> {
  const page =
    before === undefined ? await logs.read(task, from, LINES) : await logs.readBefore(task, before, LINES);
  return page ?? NOTHING;
}

/** Returns early when it may have ended: that is looked at every so often as well. */
async function untilGrown(
  { logs, lookMs = LOOK_MS }: LogDeps,
  task: string,
  position: number,
  deadlineMs: number,
  left: AbortSignal,
): Promise<void> {
  for (let looks = 0; looks < 5; looks += 1) {
    if (performance.now() >= deadlineMs || left.aborted) return;
    await delay(lookMs);
    if (((await logs.size(task)) ?? 0) > position) return;
  }
}
