// `slipway ps`: the jobs of all queues as a table that fits the screen.
import { Command } from 'commander';
import type { Batch, JobStatus, JobSummary } from '@aws-sdk/client-batch';
import type { Cli } from '../cli-context.ts';
import { usageError } from '../cli-error.ts';
import { listQueueNames, mergeListings, newestJobs, type Listing } from '../list-jobs.ts';
import {
  addExamples,
  addJsonOption,
  addServerOptions,
  collect,
  integer,
  type ReadingOptions,
} from '../options.ts';
import { resolveJob } from '../resolve-job.ts';
import { printTable, type Column } from '../table.ts';
import { paint, type Terminal } from '../terminal.ts';
import { useServer } from '../use-server.ts';
import {
  activeStatuses,
  allStatuses,
  countChildren,
  formatCounts,
  formatDuration,
  isEnded,
  ordinaryReason,
  paintStatus,
  shortId,
} from '../wording.ts';

interface PsOptions extends ReadingOptions {
  readonly queue?: string;
  readonly status?: readonly string[];
  readonly array?: string;
  readonly all?: boolean;
  readonly limit: number;
}

type QueuedJob = JobSummary & { readonly queue: string };

export function createPsCommand(cli: Cli): Command {
  const command = new Command('ps')
    .description('List jobs, newest first: those that wait or run, unless told otherwise.')
    .option('-a, --all', 'finished ones too')
    .option('-q, --queue <name>', 'of one queue (default: of all)')
    .option('-s, --status <status>', 'in this status; repeatable', collect)
    .option('--array <job>', 'the children of an array job')
    .option('-n, --limit <count>', 'at most so many', integer(1, 10_000), 100)
    .action((options: PsOptions) => listJobs(cli, options));
  return addExamples(addJsonOption(addServerOptions(command)), [
    'slipway ps',
    'slipway ps --all --queue default',
    'slipway ps --status FAILED --json',
    'slipway ps --array 3f2a1c9e',
  ]);
}

async function listJobs({ terminal }: Cli, options: PsOptions): Promise<void> {
  const statuses = readStatuses(options);
  const { jobs, more } = await useServer(terminal, options, async ({ batch }) => {
    const listing =
      options.array === undefined
        ? await listByQueue(batch, options, statuses)
        : await listChildren(batch, options.array, options.limit, statuses);
    return options.json ? listing : { ...listing, jobs: await withCounts(batch, listing.jobs) };
  });
  if (options.json) {
    terminal.out.write(`${JSON.stringify({ jobs, more }, undefined, 2)}\n`);
    return;
  }
  if (jobs.length === 0) {
    terminal.err.write(`${emptyMessage(options)}\n`);
    return;
  }
  printTable(terminal.out, columnsFor(terminal, Date.now()), jobs);
  if (more)
    terminal.err.write(
      `${paint(terminal.err, 'dim', 'There are more: use --limit, --queue or --status.')}\n`,
    );
}

function readStatuses(options: PsOptions): readonly JobStatus[] {
  const asked = options.status?.flatMap((text) => text.toUpperCase().split(','));
  if (asked === undefined) return options.all || options.array !== undefined ? allStatuses : activeStatuses;
  return asked.map((text) => {
    const status = allStatuses.find((known) => known === text);
    if (status) return status;
    throw usageError(`--status: there is no status "${text}".`, `One of ${allStatuses.join(', ')}.`);
  });
}

interface QueuedListing {
  readonly jobs: readonly QueuedJob[];
  readonly more: boolean;
}

async function listByQueue(
  batch: Batch,
  options: PsOptions,
  statuses: readonly JobStatus[],
): Promise<QueuedListing> {
  const queues = options.queue === undefined ? await listQueueNames(batch) : [options.queue];
  const queueOf = new Map<string, string>();
  const listings = queues.flatMap((jobQueue) => {
    // A filter answers in all statuses at once, newest first.
    const inputs =
      statuses === allStatuses
        ? [{ jobQueue, filters: [{ name: 'AFTER_CREATED_AT', values: ['0'] }] }]
        : statuses.map((jobStatus) => ({ jobQueue, jobStatus }));
    return inputs.map(async (input): Promise<Listing> => {
      const listing = await newestJobs(batch, input, options.limit);
      for (const job of listing.jobs) queueOf.set(job.jobId ?? '', jobQueue);
      return listing;
    });
  });
  const { jobs, more } = await mergeListings(listings, options.limit);
  return { jobs: jobs.map((job) => ({ ...job, queue: queueOf.get(job.jobId ?? '') ?? '' })), more };
}

async function listChildren(
  batch: Batch,
  typed: string,
  limit: number,
  statuses: readonly JobStatus[],
): Promise<QueuedListing> {
  const arrayJobId = await resolveJob(batch, typed);
  const read = await Promise.all(
    statuses.map((jobStatus) => newestJobs(batch, { arrayJobId, jobStatus }, limit)),
  );
  const jobs = read
    .flatMap((listing) => listing.jobs)
    .sort((left, right) => (left.arrayProperties?.index ?? 0) - (right.arrayProperties?.index ?? 0));
  return {
    jobs: jobs.slice(0, limit).map((job) => ({ ...job, queue: '' })),
    more: jobs.length > limit || read.some((listing) => listing.more),
  };
}

const describedAtOnce = 100;

// Listings may leave out how far an array is; descriptions do not.
async function withCounts(batch: Batch, jobs: readonly QueuedJob[]): Promise<readonly QueuedJob[]> {
  const uncounted = jobs
    .filter((job) => job.arrayProperties?.size !== undefined && !job.arrayProperties.statusSummary)
    .map((job) => job.jobId)
    .filter((id) => id !== undefined);
  const counted = new Map<string | undefined, QueuedJob['arrayProperties']>();
  for (let at = 0; at < uncounted.length; at += describedAtOnce) {
    const described = await batch.describeJobs({ jobs: uncounted.slice(at, at + describedAtOnce) });
    for (const job of described.jobs ?? []) counted.set(job.jobId, job.arrayProperties);
  }
  return jobs.map((job) => ({ ...job, arrayProperties: counted.get(job.jobId) ?? job.arrayProperties }));
}

function emptyMessage(options: PsOptions): string {
  if (options.array !== undefined) return 'This job has no children in these statuses.';
  if (options.status) return 'No jobs are in this status.';
  return options.all
    ? 'There are no jobs. Try: slipway run -- echo hello'
    : 'No jobs wait or run. Finished ones: slipway ps --all';
}

function columnsFor(terminal: Terminal, nowMs: number): readonly Column<QueuedJob>[] {
  return [
    { title: 'JOB', cell: (job) => shortId(job.jobId ?? '') },
    { title: 'NAME', cell: (job) => job.jobName ?? '', shrinks: true },
    {
      title: 'STATUS',
      cell: (job) => job.status ?? '',
      paint: (job, text) => paintStatus(terminal.out, job.status ?? '', text),
    },
    { title: 'QUEUE', cell: (job) => job.queue, shrinks: true, dispensable: 4 },
    {
      title: 'AGE',
      cell: (job) => (job.createdAt === undefined ? '' : formatDuration(nowMs - job.createdAt)),
      dispensable: 3,
    },
    { title: 'TIME', cell: (job) => runningTime(job, nowMs), dispensable: 2 },
    { title: 'NOTE', cell: noteFor, shrinks: true, dispensable: 1 },
  ];
}

function runningTime(job: JobSummary, nowMs: number): string {
  if (job.startedAt === undefined) return '';
  return formatDuration((job.stoppedAt ?? nowMs) - job.startedAt);
}

// What one wants to know next: how far an array is, how a job failed.
function noteFor(job: JobSummary): string {
  const parts: string[] = [];
  if (job.arrayProperties?.statusSummary) parts.push(formatCounts(countChildren(job.arrayProperties)));
  else if (job.arrayProperties?.size !== undefined) parts.push(`array of ${job.arrayProperties.size}`);
  if (job.nodeProperties?.numNodes !== undefined) parts.push(`${job.nodeProperties.numNodes} nodes`);
  if (job.container?.exitCode) parts.push(`exit ${job.container.exitCode}`);
  const reason =
    job.container?.reason ?? (isEnded(job.status) && job.status !== 'FAILED' ? undefined : job.statusReason);
  if (reason && reason !== ordinaryReason) parts.push(reason);
  return parts.join('; ');
}
