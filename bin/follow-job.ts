// Follows one job to its end by asking again and again, which works against every Batch endpoint. A server that goes
// away for a moment (a restart) is waited for: its jobs go on without it.
import type { JobDetail } from '@aws-sdk/client-batch';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from './cli-error.ts';
import { logStreamsOf, readLogOn, type LogEvent, type LogPlaces } from './job-log.ts';
import { isUnreachable, type Visit } from './use-server.ts';
import { isEnded } from './wording.ts';

export interface FollowOptions {
  /** Called for each look at the job, the first included; awaited. */
  readonly onLook?: (job: JobDetail) => void | Promise<void>;
  /** Called for each new log line of a job that has a log. */
  readonly onLog?: (event: LogEvent) => void;
  /** Where reading each stream starts; absent: at its beginning. */
  readonly logPlaces?: LogPlaces;
  /** Whose log, of several containers. */
  readonly container?: string | undefined;
  readonly onServerAway?: () => void;
  readonly signal?: AbortSignal;
}

const quickestLookMs = 100;
const slowestLookMs = 1_000;
const patienceMs = 30_000;

/** Resolves to the job as it ended; or to its last known state when `signal` aborts. */
export async function followJob(visit: Visit, jobId: string, options: FollowOptions): Promise<JobDetail> {
  const places = options.logPlaces ?? new Map();
  let pauseMs = quickestLookMs;
  let lastStatus: string | undefined;
  for (;;) {
    const job = await whileServerIsAway(() => describeJob(visit, jobId), options);
    await options.onLook?.(job);
    const lines = options.onLog
      ? await whileServerIsAway(() => readNewLines(visit, job, places, options), options)
      : 0;
    if (isEnded(job.status) || options.signal?.aborted) return job;
    pauseMs =
      lines > 0 || job.status !== lastStatus ? quickestLookMs : Math.min(pauseMs * 1.3, slowestLookMs);
    lastStatus = job.status;
    await pause(pauseMs, options.signal);
  }
}

export async function describeJob({ batch }: Visit, jobId: string): Promise<JobDetail> {
  const { jobs } = await batch.describeJobs({ jobs: [jobId] });
  const [job] = jobs ?? [];
  if (job) return job;
  throw new CliError(`There is no job ${jobId}.`, { hint: 'List the jobs with: slipway ps --all' });
}

// Read after the job was: what it wrote before its end is complete once the end is seen.
async function readNewLines(
  { server }: Visit,
  job: JobDetail,
  places: LogPlaces,
  options: FollowOptions,
): Promise<number> {
  let lines = 0;
  for (const stream of logStreamsOf(job, options.container)) {
    await readLogOn(server, stream, places, (event) => {
      lines += 1;
      options.onLog?.(event);
    });
  }
  return lines;
}

/** Asks again while no server answers, for half a minute. */
export async function whileServerIsAway<T>(
  ask: () => Promise<T>,
  options: Pick<FollowOptions, 'onServerAway' | 'signal'>,
): Promise<T> {
  const startedMs = performance.now();
  for (let tries = 0; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      const gaveUp = performance.now() - startedMs > patienceMs || options.signal?.aborted;
      if (!isUnreachable(error) || gaveUp) throw error;
      if (tries === 0) options.onServerAway?.();
      await pause(slowestLookMs, options.signal);
    }
  }
}

/** Sleeps, or returns early when `signal` aborts. */
export async function pause(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(durationMs, undefined, signal && { signal });
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}
