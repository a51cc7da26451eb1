// An overview as lines of text: what `slipway top` shows. On a screen it fits into its columns and rows; of more than fit, the
// last lines of each part are left out, and it says how many.
import type {
  Count,
  EnvironmentState,
  History,
  JobState,
  Overview,
  QueueState,
  Use,
} from './ask-overview.ts';
import { tableLines, type Column } from './table.ts';
import { paint, type Output } from './terminal.ts';
import { cutTo } from './text-width.ts';
import { formatArrayProgress, formatDuration, formatTime, paintStatus, plain, shortId } from './wording.ts';

export interface FrameOptions {
  /** Where the overview is from, for the first line. */
  readonly title: string;
  /** Something to tell in place of the second line, such as that the server is away. */
  readonly notice?: string;
  /** Of the screen; absent: everything is shown. */
  readonly rows?: number;
}

const widthOfFile = 100;
/** Title, two lines of figures, and the blank lines between the parts. */
const FIXED_ROWS = 6;

export function overviewFrame(out: Output, overview: Overview, options: FrameOptions): readonly string[] {
  const { nowMs, queues, environments, jobs } = overview;
  const width = out.columns ?? widthOfFile;
  const free = options.rows === undefined ? Infinity : options.rows - FIXED_ROWS;
  const parts = shareRows(free, [
    part(out, queueColumns(nowMs), queues, 'queues'),
    part(out, environmentColumns, environments, 'environments'),
    part(out, jobColumns(out, nowMs), jobs, 'jobs', overview.moreJobs),
  ]);
  const lines = [
    `${paint(out, 'bold', 'slipway')} ${formatTime(nowMs).slice(-'hh:mm:ss'.length)}  ${paint(out, 'dim', options.title)}`,
    options.notice === undefined ? depthLine(overview) : paint(out, 'yellow', options.notice),
    ...(overview.history ? [paceLine(overview.history, width)] : []),
    ...parts.flatMap((part_) => (part_.length === 0 ? [] : ['', ...part_])),
    ...(jobs.length === 0 ? ['', paint(out, 'dim', 'No jobs wait or run.')] : []),
  ];
  return out.columns === undefined ? lines : lines.map((line) => cutTo(line, width)).slice(0, options.rows);
}

interface Part {
  /** With its titles. */
  readonly rows: number;
  /** At most so many lines. */
  lines(most: number): readonly string[];
}

/** `isMore`: there are others that nobody told. */
function part<Row>(
  out: Output,
  known: readonly Column<Row>[],
  all: readonly Row[],
  what: string,
  isMore = false,
): Part {
  if (all.length === 0) return { rows: 0, lines: () => [] };
  // What no line has anything in would only take room.
  const columns = known.filter((column, at) => at === 0 || all.some((row) => column.cell(row) !== ''));
  const rows = all.length + (isMore ? 2 : 1);
  return {
    rows,
    lines(most) {
      if (rows <= most && !isMore) return tableLines(out, columns, all);
      const shown = all.slice(0, Math.max(0, most - 2));
      const rest = shown.length < all.length ? `${all.length - shown.length} ` : '';
      return [...tableLines(out, columns, shown), paint(out, 'dim', `… and ${rest}more ${what}`)];
    },
  };
}

/** Queues and environments take a third each at most, as long as others want the room. */
function shareRows(free: number, parts: readonly [Part, Part, Part]): readonly (readonly string[])[] {
  const third = Math.max(3, Math.floor(free / 3));
  const [queues, environments, jobs] = parts;
  const queueRows = Math.min(queues.rows, Math.max(third, free - environments.rows - jobs.rows));
  const environmentRows = Math.min(environments.rows, Math.max(third, free - queueRows - jobs.rows));
  return [
    queues.lines(queueRows),
    environments.lines(environmentRows),
    jobs.lines(Math.max(2, free - queueRows - environmentRows)),
  ];
}

// ------------------------------------------------------------------------------------------------------------ pace

/** The last half minute, without the span that goes on. */
const PACE_SPANS = 6;
const BARS = '▁▂▃▄▅▆▇█';
const widestBars = 60;

function depthLine({ queues }: Overview): string {
  const placed = queues.reduce((sum, queue) => sum + queue.placed, 0);
  const facts = [`${placed} placed`, `${formatCount(sumOf(queues.map(({ waiting }) => waiting)))} in line`];
  const aside = sumOf(queues.map(({ unplaceable }) => unplaceable));
  return [...facts, ...(aside.count === 0 ? [] : [fitNowhere(aside)])].join(', ');
}

function paceLine(history: History, width: number): string {
  const { spanMs, started, succeeded, failed, startMedianMs } = history;
  const perSecond = (counts: readonly number[]): string => {
    const whole = counts.slice(0, -1).slice(-PACE_SPANS);
    const rate = whole.reduce((sum, count) => sum + count, 0) / ((whole.length * spanMs) / 1_000);
    if (!(rate > 0)) return '0';
    return rate >= 10 ? rate.toFixed(0) : rate.toFixed(1);
  };
  const ended = succeeded.map((count, at) => count + (failed[at] ?? 0));
  const failures = failed.reduce((sum, count) => sum + count, 0);
  const median = startMedianMs.findLast((each) => each !== null);
  const facts = [
    `${perSecond(started)} starts/s`,
    `${perSecond(ended)} ends/s`,
    ...(failures === 0 ? [] : [`${failures} failed in ${formatDuration(failed.length * spanMs)}`]),
    ...(median == null ? [] : [`median start ${formatDuration(median)}`]),
  ];
  const text = facts.join(', ');
  const room = Math.min(widestBars, width - text.length - 2);
  return room < 10 ? text : `${text}  ${bars(ended, room)}`;
}

/** One letter for each of the last spans, as high as it counts against the highest; nothing where nothing happened. */
function bars(counts: readonly number[], most: number): string {
  const shown = counts.slice(-most);
  const highest = Math.max(...shown);
  if (highest <= 0) return '';
  return shown
    .map((count) => (count === 0 ? ' ' : (BARS[Math.ceil((count / highest) * BARS.length) - 1] ?? '')))
    .join('');
}

function sumOf(counts: readonly Count[]): Count {
  return {
    count: counts.reduce((sum, { count }) => sum + count, 0),
    more: counts.some(({ more }) => more),
  };
}

function fitNowhere(count: Count): string {
  return `${formatCount(count)} that fit${count.count === 1 ? 's' : ''} nowhere`;
}

function formatCount({ count, more }: Count): string {
  return `${count}${more ? '+' : ''}`;
}

// ---------------------------------------------------------------------------------------------------------- tables

function queueColumns(nowMs: number): readonly Column<QueueState>[] {
  const inState = (queue: QueueState, status: string): string =>
    formatCount(queue.byState[status] ?? { count: 0, more: false });
  return [
    { title: 'QUEUE', cell: ({ name }) => name, shrinks: true },
    { title: 'LINE', cell: ({ waiting }) => formatCount(waiting) },
    { title: 'PENDING', cell: (queue) => inState(queue, 'PENDING'), dispensable: 3 },
    { title: 'PLACED', cell: ({ placed }) => String(placed) },
    { title: 'FAILED', cell: (queue) => inState(queue, 'FAILED'), dispensable: 4 },
    {
      title: 'OLDEST',
      cell: ({ oldestSinceMs }) => (oldestSinceMs === undefined ? '' : formatDuration(nowMs - oldestSinceMs)),
      dispensable: 2,
    },
    { title: 'BLOCKED', cell: whyBlocked, shrinks: true, dispensable: 1 },
  ];
}

function whyBlocked({ state, status, blocked, unplaceable }: QueueState): string {
  if (state !== 'ENABLED' || status !== 'VALID') return `${state}, ${status}`;
  if (blocked) return `${shortId(blocked.jobId)} ${blocked.message}`;
  return unplaceable.count === 0 ? '' : fitNowhere(unplaceable);
}

const environmentColumns: readonly Column<EnvironmentState>[] = [
  { title: 'ENVIRONMENT', cell: ({ name }) => name, shrinks: true },
  { title: 'KIND', cell: ({ kind }) => kind, dispensable: 3 },
  { title: 'VCPUS', cell: ({ vcpus }) => formatUse(vcpus) },
  {
    title: 'WANTED',
    cell: ({ wantedVcpus }) => (wantedVcpus === undefined ? '' : String(wantedVcpus)),
    dispensable: 4,
  },
  { title: 'USE', cell: ({ vcpus }) => useBar(vcpus), dispensable: 2 },
  { title: 'MEMORY', cell: ({ memoryMiB }) => formatMemory(memoryMiB.used), dispensable: 5 },
  {
    title: 'GPUS',
    cell: ({ gpus }) => (gpus.used === 0 && !gpus.max ? '' : formatUse(gpus)),
    dispensable: 6,
  },
  { title: 'INSTANCES', cell: ({ instances }) => (instances ? String(instances.count) : ''), dispensable: 7 },
  {
    title: 'STATE',
    cell: ({ state, status }) => (state === 'ENABLED' && status === 'VALID' ? '' : `${state}, ${status}`),
    shrinks: true,
    dispensable: 1,
  },
];

function formatUse({ used, max }: Use): string {
  const told = Number.isInteger(used) ? String(used) : used.toFixed(2);
  return max === undefined ? told : `${told}/${max}`;
}

const barWidth = 10;

function useBar({ used, max }: Use): string {
  if (!max) return '';
  const full = Math.min(barWidth, Math.ceil((used / max) * barWidth));
  return `[${'#'.repeat(full)}${'.'.repeat(barWidth - full)}]`;
}

function formatMemory(mib: number): string {
  return mib < 10_240 ? `${mib} MiB` : `${(mib / 1_024).toFixed(0)} GiB`;
}

function jobColumns(out: Output, nowMs: number): readonly Column<JobState>[] {
  return [
    { title: 'JOB', cell: ({ jobId }) => shortId(jobId) },
    { title: 'NAME', cell: ({ jobName }) => plain(jobName), shrinks: true },
    {
      title: 'STATUS',
      cell: ({ status }) => status,
      paint: ({ status }, text) => paintStatus(out, status, text),
    },
    { title: 'QUEUE', cell: ({ queue }) => queue, shrinks: true, dispensable: 3 },
    {
      title: 'TIME',
      cell: (job) => formatDuration(nowMs - (job.startedAtMs ?? job.createdAtMs)),
      dispensable: 2,
    },
    { title: 'NOTE', cell: noteOf, shrinks: true, dispensable: 1 },
  ];
}

function noteOf({ array, isHeld, attempt }: JobState): string {
  const notes = [
    isHeld ? 'held' : '',
    array ? formatArrayProgress(array) : '',
    attempt > 1 ? `attempt ${attempt}` : '',
  ];
  return notes.filter((note) => note !== '').join(', ');
}
