// Looks for a text in a log, from a place on in either direction. One call looks for a bounded time and says how far it came, so a
// log of a gigabyte costs the scheduler no more than a short one; the page asks on.
import { nextTurn } from '../../api/console/walk-jobs.ts';
import type { LogSearchAnswer } from '../../api/console/wire.ts';
import { ClientException } from '../../api/errors.ts';
import type { LogPage, Logs } from '../../engine/log-ports.ts';
import type { LogDeps } from './log-pages.ts';
import { knownTaskState, readPosition } from './log-pages.ts';

const MAX_TEXT = 500;
const LINES = 5_000;
const CALL_MS = 150;

/** Query: `task`, `text`; `before` for the newest line that ends before a place, `from` for the first at or after one. */
export async function searchLog(
  deps: LogDeps,
  jobId: string,
  query: URLSearchParams,
): Promise<LogSearchAnswer> {
  const task = query.get('task') ?? '';
  const text = query.get('text') ?? '';
  if (text === '' || text.length > MAX_TEXT) {
    throw new ClientException(`text must have 1 to ${MAX_TEXT} characters, but has ${text.length}.`);
  }
  await knownTaskState(deps, jobId, task);
  const before = query.get('before');
  const matches = matcherOf(text);
  return before === null
    ? searchDown(deps.logs, task, matches, readPosition('from', query.get('from') ?? ''))
    : searchUp(deps.logs, task, matches, readPosition('before', before));
}

// Colours stand between the letters that a reader sees as one word.
const COLOURS = new RegExp(String.raw`\u001b\[[0-9;:]*[@-~]`, 'g');

/** In any case. */
function matcherOf(text: string): (line: string) => boolean {
  const wanted = text.toLowerCase();
  return (line) =>
    (line.includes('\u001b') ? line.replace(COLOURS, '') : line).toLowerCase().includes(wanted);
}

type Matches = (line: string) => boolean;

async function searchUp(
  logs: Logs,
  task: string,
  matches: Matches,
  before: number,
): Promise<LogSearchAnswer> {
  const deadlineMs = performance.now() + CALL_MS;
  for (let reached = before; ;) {
    const page = await logs.readBefore(task, reached, LINES);
    if (!page || page.lines.length === 0) return { reached: 0, isDone: true };
    const place = page.lines.findLastIndex((line) => matches(line.text));
    if (place >= 0) return foundAt(logs, task, page, place);
    reached = page.from;
    if (reached === 0) return { reached, isDone: true };
    if (performance.now() >= deadlineMs) return { reached, isDone: false };
    await nextTurn();
  }
}

async function searchDown(
  logs: Logs,
  task: string,
  matches: Matches,
  from: number,
): Promise<LogSearchAnswer> {
  const deadlineMs = performance.now() + CALL_MS;
  for (let reached = from; ;) {
    const page = await logs.read(task, reached, LINES);
    if (!page || page.lines.length === 0) return { reached, isDone: true };
    const place = page.lines.findIndex((line) => matches(line.text));
    if (place >= 0) return foundAt(logs, task, page, place);
    reached = page.to;
    if (performance.now() >= deadlineMs) return { reached, isDone: false };
    await nextTurn();
  }
}

/** A page does not say where each of its lines is: one that ends before the line does. */
async function foundAt(logs: Logs, task: string, page: LogPage, place: number): Promise<LogSearchAnswer> {
  const found = place === 0 ? page.from : ((await logs.read(task, page.from, place))?.to ?? page.from);
  return { found, reached: found, isDone: false };
}
