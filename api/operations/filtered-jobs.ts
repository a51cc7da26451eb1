// ListJobs with a filter: a queue's jobs of any state, newest first. A page looks at a bounded number of rows, so it may be short
// and still have a token.
import type { QueueArn } from '../../core/ids.ts';
import { parseArn } from '../../core/ids.ts';
import type { Job } from '../../core/job/job.ts';
import { ageOrder, sortableMs } from '../../engine/store/job-rows.ts';
import type { JobStore } from '../../engine/store/jobs.ts';
import { listByAge } from '../../engine/store/jobs.ts';
import { ClientException } from '../errors.ts';
import type { InputOf } from '../operation.ts';
import type { PageRequest } from '../paging.ts';
import type { Selection } from './job-selection.ts';

/** Rows that one call looks at. */
const ROWS_PER_CALL = 2_000;
const ROWS_PER_PAGE = 500;

/** Which rows a filter looks at, and which of them it keeps. */
interface Filter {
  readonly from?: string;
  readonly to?: string;
  readonly keeps: (job: Job) => boolean;
}

function readFilter(input: InputOf<'ListJobs'>): Filter {
  const [filter, ...others] = input.filters ?? [];
  if (!filter || others.length > 0) throw new ClientException('filters must have one element.');
  const values = filter.values ?? [];
  const [first] = values;
  if (first === undefined) throw new ClientException('filters[0].values must have at least one element.');
  switch (filter.name) {
    case 'JOB_NAME':
      return {
        keeps: (job) => values.some((value) => matches(value.toLowerCase(), job.spec.jobName.toLowerCase())),
      };
    case 'JOB_DEFINITION':
      return { keeps: (job) => values.some((value) => matchesDefinition(value, job)) };
    case 'SHARE_IDENTIFIER':
      return {
        keeps: (job) =>
          values.some((value) => matches(value, job.spec.shareIdentifier ?? '')) &&
          (input.jobStatus === undefined || job.status === input.jobStatus),
      };
    case 'BEFORE_CREATED_AT':
      return { to: sortableMs(readMs(first) - 1).concat('~'), keeps: () => true };
    case 'AFTER_CREATED_AT':
      return { from: sortableMs(readMs(first) + 1), keeps: () => true };
    case undefined:
    default:
      throw new ClientException(
        `filters[0].name must be one of JOB_NAME, JOB_DEFINITION, SHARE_IDENTIFIER, BEFORE_CREATED_AT and AFTER_CREATED_AT, but is ${JSON.stringify(filter.name)}.`,
      );
  }
}

function matches(pattern: string, value: string): boolean {
  return pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : value === pattern;
}

/** A name matches every revision, an ARN only itself. */
function matchesDefinition(pattern: string, job: Job): boolean {
  const arn = job.spec.definitionArn;
  if (pattern.startsWith('arn:')) return pattern === arn;
  return matches(pattern, parseArn(arn)?.name.replace(/:\d+$/, '') ?? '');
}

function readMs(text: string): number {
  if (/^\d{1,13}$/.test(text)) return Number(text);
  throw new ClientException(
    `filters[0].values[0] must be a time in milliseconds, but is ${JSON.stringify(text)}.`,
  );
}

/** The position between calls is the last row looked at, kept or not. */
export async function listFiltered(
  store: JobStore,
  queueArn: QueueArn,
  input: InputOf<'ListJobs'>,
  page: PageRequest,
): Promise<Selection> {
  const filter = readFilter(input);
  const jobs: Job[] = [];
  const to = page.after ?? filter.to;
  let last = page.after;
  let after: string | undefined;
  for (let seen = 0; seen < ROWS_PER_CALL; seen += ROWS_PER_PAGE) {
    const found = await listByAge(store, queueArn, {
      limit: ROWS_PER_PAGE,
      descending: true,
      ...(filter.from === undefined ? {} : { from: filter.from }),
      ...(to === undefined ? {} : { to }),
      ...(after === undefined ? {} : { after }),
    });
    for (const { job } of found.jobs) {
      // The bound is inclusive; what stands there was looked at already.
      if (ageOrder(job) === page.after) continue;
      last = ageOrder(job);
      if (filter.keeps(job)) jobs.push(job);
      if (jobs.length === page.limit) return { jobs, next: last };
    }
    after = found.next;
    if (after === undefined) return { jobs };
  }
  return { jobs, ...(last === undefined ? {} : { next: last }) };
}
