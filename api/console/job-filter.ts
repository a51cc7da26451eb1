// What the console's list of jobs is asked for: which rows an index gives by itself (queue, state, time), and which of them are
// kept after a look at each (name, tag).
import { compileGlob } from '../../core/glob.ts';
import { ClientException } from '../errors.ts';
import type { Job, JobStatus } from '../../core/job/job.ts';
import { JOB_STATUSES } from '../../core/job/job.ts';

export interface JobFilter {
  /** Absent: all queues. */
  readonly queue?: string;
  readonly status?: JobStatus;
  readonly fromMs?: number;
  readonly toMs?: number;
  /** The last place that was looked at. */
  readonly after?: string;
  /** Absent: every row is kept, so nothing has to be looked for. */
  readonly keeps?: (job: Job) => boolean;
}

/** Query: `queue`, `status`, `name`, `tag`, `from` and `to` (milliseconds), `after`. */
export function readFilter(query: URLSearchParams): JobFilter {
  const given = (name: string): string | undefined => query.get(name)?.trim() || undefined;
  const [queue, status, name, tag, after] = ['queue', 'status', 'name', 'tag', 'after'].map(given);
  const [from, to] = ['from', 'to'].map((field) => readMs(field, given(field)));
  const tests = [
    name === undefined ? undefined : namedLike(name),
    tag === undefined ? undefined : taggedLike(tag),
  ];
  const wanted = tests.filter((test) => test !== undefined);
  const known = status === undefined ? undefined : readStatus(status);
  return {
    ...(queue === undefined ? {} : { queue }),
    ...(known === undefined ? {} : { status: known }),
    ...(from === undefined ? {} : { fromMs: from }),
    ...(to === undefined ? {} : { toMs: to }),
    ...(after === undefined ? {} : { after: readPlace(after) }),
    ...(wanted.length === 0 ? {} : { keeps: (job: Job) => wanted.every((test) => test(job)) }),
  };
}

export function readStatus(text: string): JobStatus {
  const status = JOB_STATUSES.find((known) => known === text);
  if (status) return status;
  throw new ClientException(`status must be one of ${JOB_STATUSES.join(', ')}, but is ${quoted(text)}.`);
}

function readMs(field: string, text: string | undefined): number | undefined {
  if (text === undefined || /^\d{1,13}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new ClientException(`${field} must be a time in milliseconds, but is ${quoted(text)}.`);
}

/** As `ageOrder` writes it. */
function readPlace(text: string): string {
  if (/^\d{13}#[0-9a-f-]{36}$/.test(text)) return text;
  throw new ClientException(`after must come from an earlier page, but is ${quoted(text)}.`);
}

/** A pattern with `*` stands for the whole name; other texts for a part of it, or for the beginning of an id. In any case. */
export function namedLike(text: string): (job: Job) => boolean {
  const wanted = text.toLowerCase();
  if (wanted.includes('*')) {
    const matches = globOf(wanted);
    return (job) => matches(job.spec.jobName.toLowerCase());
  }
  return (job) => job.jobId.startsWith(wanted) || job.spec.jobName.toLowerCase().includes(wanted);
}

/** `key`, or `key=value`; both may hold `*`. */
export function taggedLike(text: string): (job: Job) => boolean {
  const equals = text.indexOf('=');
  const key = globOf(equals < 0 ? text : text.slice(0, equals));
  const value = globOf(equals < 0 ? '*' : text.slice(equals + 1));
  return ({ spec: { tags } }) => Object.entries(tags).some(([name, is]) => key(name) && value(is));
}

/** Only `*` means something here. */
function globOf(text: string): (value: string) => boolean {
  return compileGlob(text.replaceAll('\\', '\\\\'));
}

export function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}
