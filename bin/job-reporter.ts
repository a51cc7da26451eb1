// Tells a person on stderr what happens to one job: each state once, why it waits, how far its array is, how it ended.
// Its log goes where it is wanted, untouched.
import type { JobDetail } from '@aws-sdk/client-batch';
import { whyInWords } from './ask-why.ts';
import { logStreamsOf, readLogTail, type LogEvent } from './job-log.ts';
import { describeJob } from './follow-job.ts';
import { newestJobs } from './list-jobs.ts';
import { createProgress } from './progress.ts';
import { paint, type Output, type Terminal } from './terminal.ts';
import type { Visit } from './use-server.ts';
import {
  countChildren,
  formatCounts,
  formatDuration,
  isEnded,
  isWaiting,
  ordinaryReason,
  paintStatus,
  plain,
  shortId,
} from './wording.ts';

export interface JobReporter {
  look(job: JobDetail): Promise<void>;
  log(event: LogEvent): void;
  serverAway(): void;
  /** What is left to say once the job has ended. */
  end(job: JobDetail): Promise<void>;
  /** Removes a live progress line, so that something else can be written. */
  clear(): void;
}

/** A wait shorter than this needs no explanation. */
const explainWaitAfterMs = 1_000;
const askWhyEveryMs = 2_000;
const failedChildrenShown = 5;
const logLinesShown = 20;

export function createJobReporter(terminal: Terminal, visit: Visit, log: Output): JobReporter {
  const { err } = terminal;
  const progress = createProgress(err);
  let status = '';
  let askAtMs = 0;

  const say = (text: string): void => {
    progress.clear();
    err.write(`${text}\n`);
  };

  const explainWait = async (job: JobDetail): Promise<void> => {
    const nowMs = performance.now();
    if (!isWaiting(job.status) || job.arrayProperties?.size !== undefined || nowMs < askAtMs) return;
    askAtMs = nowMs + askWhyEveryMs;
    const words = await whyInWords(visit.server, job.jobId ?? '');
    // A place in line changes all the time: on a screen the line does, in a file it is not written each time.
    if (words) progress.update(paint(err, 'dim', `  why: ${plain(words)}`));
  };

  return {
    async look(job) {
      if (job.arrayProperties?.size !== undefined) {
        progress.update(formatCounts(countChildren(job.arrayProperties)));
      }
      if (job.status !== undefined && job.status !== status) {
        status = job.status;
        askAtMs = performance.now() + explainWaitAfterMs;
        if (!isEnded(status)) say(stateLine(terminal, job));
      }
      await explainWait(job);
    },
    log: (event) => log.write(`${event.message}\n`),
    serverAway: () => say('The server does not answer; waiting for it to come back …'),
    async end(job) {
      progress.finish();
      if (!isEnded(job.status)) return;
      say(stateLine(terminal, job));
      if (job.status === 'FAILED' && job.arrayProperties?.size !== undefined) {
        await reportFailure(terminal, visit, job);
      }
    },
    clear: () => progress.clear(),
  };
}

function stateLine({ err }: Terminal, job: JobDetail): string {
  const status = paintStatus(err, job.status ?? '');
  const facts: string[] = [];
  if (isEnded(job.status)) {
    if (job.startedAt !== undefined && job.stoppedAt !== undefined) {
      facts.push(`ran ${formatDuration(job.stoppedAt - job.startedAt)}`);
    }
    if (job.status === 'FAILED') facts.push(howItFailed(job));
  }
  return facts.length === 0 ? status : `${status} ${paint(err, 'dim', facts.join(', '))}`;
}

/** Exit code and reasons, the more telling first: `exit 137, OutOfMemoryError: …`. */
export function howItFailed(job: Pick<JobDetail, 'container' | 'statusReason'>): string {
  const { exitCode, reason } = job.container ?? {};
  const parts = [
    exitCode === undefined ? undefined : `exit ${exitCode}`,
    reason,
    // As when somebody terminated it; what Batch says of every job tells nothing.
    reason || job.statusReason === ordinaryReason ? undefined : job.statusReason,
  ];
  return plain(parts.filter((part) => part !== undefined).join(', ') || 'for an unknown reason');
}

/** How a job failed, for an array which children did, and the end of the log that shows it. */
export async function reportFailure({ err }: Terminal, visit: Visit, job: JobDetail): Promise<void> {
  const id = job.jobId ?? '';
  if (job.arrayProperties?.size === undefined) {
    err.write(`  ${shortId(id)} ${job.jobName} failed: ${howItFailed(job)}\n`);
    return printLogEnd(err, visit, job);
  }
  const { jobs } = await newestJobs(visit.batch, { arrayJobId: id, jobStatus: 'FAILED' }, 1_000);
  const failed = jobs.toSorted(
    (left, right) => (left.arrayProperties?.index ?? 0) - (right.arrayProperties?.index ?? 0),
  );
  for (const child of failed.slice(0, failedChildrenShown)) {
    err.write(`  ${shortId(child.jobId ?? '')} failed: ${howItFailed(child)}\n`);
  }
  const rest = failed.length - failedChildrenShown;
  if (rest > 0) err.write(`  … and ${rest} more: slipway ps --array ${shortId(id)} --status FAILED\n`);
  const first = failed.find((child) => child.container?.exitCode !== undefined);
  if (first?.jobId !== undefined) await printLogEnd(err, visit, await describeJob(visit, first.jobId));
}

async function printLogEnd(err: Output, { server }: Visit, job: JobDetail): Promise<void> {
  const stream = logStreamsOf(job).at(-1);
  if (stream === undefined) return;
  const { events } = await readLogTail(server, stream, logLinesShown);
  if (events.length === 0) return;
  err.write(`${paint(err, 'dim', `--- end of the log of ${shortId(job.jobId ?? '')}`)}\n`);
  for (const event of events) err.write(`${event.message}\n`);
}
