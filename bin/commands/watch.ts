// `slipway watch`: one job to its end, as a line that changes in place: for an array a bar with its rate and what is left,
// for any other its state, how long it has been in it, and why it waits.
import { Command } from 'commander';
import type { JobDetail } from '@aws-sdk/client-batch';
import { arrayBar, createArrayPace, type Pace } from '../array-pace.ts';
import { whyInWords } from '../ask-why.ts';
import type { Cli } from '../cli-context.ts';
import { followJob } from '../follow-job.ts';
import { howItFailed, reportFailure } from '../job-reporter.ts';
import { addExamples, addJsonOption, addServerOptions, type ReadingOptions } from '../options.ts';
import { createProgress } from '../progress.ts';
import { resolveJob } from '../resolve-job.ts';
import { paint, type Terminal } from '../terminal.ts';
import { cutTo, widthOf } from '../text-width.ts';
import { useServer, type Visit } from '../use-server.ts';
import {
  countChildren,
  formatCounts,
  formatDuration,
  isEnded,
  isWaiting,
  paintStatus,
  plain,
  shortId,
  type ArrayCounts,
} from '../wording.ts';
import { exitCodeOf } from './run.ts';

const leftExitCode = 130;
/** Reasons change slowly; asking for one at every look would cost the server for nothing. */
const askWhyEveryMs = 2_000;
const widestBar = 40;
const narrowestBar = 8;
/** The short id, and a little of what follows it. */
const shortestName = 12;

export function createWatchCommand(cli: Cli): Command {
  const command = new Command('watch')
    .description('Follow one job to its end: a progress bar for an array, a line of its state for others.')
    .argument('<job>', 'its id, the start of its id, or its name')
    .action((typed: string, options: ReadingOptions) => watch(cli, typed, options));
  return addExamples(
    addJsonOption(addServerOptions(command)),
    ['slipway watch 3f2a1c9e', 'slipway watch render --json'],
    'the job’s own, 1 when it failed without one; 2 wrong usage,\n3 no server answers, 130 left by Ctrl-C; the job goes on.',
  );
}

async function watch(cli: Cli, typed: string, options: ReadingOptions): Promise<void> {
  const { terminal } = cli;
  const leave = new AbortController();
  const stopListening = terminal.onInterrupt(() => leave.abort());
  try {
    await useServer(terminal, options, async (visit) => {
      const jobId = await resolveJob(visit.batch, typed);
      const lines = options.json ? jsonLines(terminal) : peopleLines(terminal, visit);
      const serverAway = (): void => {
        lines.clear();
        terminal.err.write('The server does not answer; waiting for it to come back …\n');
      };
      const job = await followJob(visit, jobId, {
        onLook: (look) => lines.look(look),
        onServerAway: serverAway,
        signal: leave.signal,
      });
      await lines.end(job);
      cli.exitCode = isEnded(job.status) ? exitCodeOf(job) : leftExitCode;
    });
  } finally {
    stopListening();
  }
}

interface Lines {
  look(job: JobDetail): void | Promise<void>;
  /** Makes room for a message of another kind. */
  clear(): void;
  end(job: JobDetail): void | Promise<void>;
}

/** A line for each change, for programs. */
function jsonLines({ out }: Terminal): Lines {
  let last = '';
  const look = (job: JobDetail): void => {
    const { jobId, jobName, status, statusReason, arrayProperties } = job;
    const line = JSON.stringify({ jobId, jobName, status, statusReason, arrayProperties });
    if (line !== last) out.write(`${line}\n`);
    last = line;
  };
  return { look, clear: () => undefined, end: look };
}

function peopleLines(terminal: Terminal, visit: Visit): Lines {
  const { err } = terminal;
  const progress = createProgress(err);
  const pace = createArrayPace();
  let status: string | undefined;
  let sinceMs = Date.now();
  let why = '';
  let askAtMs = 0;
  return {
    async look(job) {
      const nowMs = Date.now();
      if (job.status !== status) {
        status = job.status;
        sinceMs = nowMs;
        why = '';
        askAtMs = 0;
      }
      if (isEnded(job.status)) return;
      const name = `${shortId(job.jobId ?? '')} ${job.jobName ?? ''}`;
      if (job.arrayProperties?.size !== undefined) {
        const counts = countChildren(job.arrayProperties);
        const facts = [formatCounts(counts), ...paceWords(pace.look(counts, nowMs))].join(', ');
        progress.update(arrayLine(name, counts, facts, (err.columns ?? 100) - 3));
        return;
      }
      if (isWaiting(job.status) && nowMs >= askAtMs) {
        askAtMs = nowMs + askWhyEveryMs;
        why = plain(await whyInWords(visit.server, job.jobId ?? ''));
      }
      const reason = why && `: ${why}`;
      progress.update(`${name} ${job.status} for ${formatDuration(nowMs - sinceMs)}${reason}`);
    },
    clear: () => progress.clear(),
    async end(job) {
      progress.clear();
      const id = shortId(job.jobId ?? '');
      if (!isEnded(job.status)) {
        err.write(`Left; ${id} is ${job.status} and goes on.\n`);
        return;
      }
      const array = job.arrayProperties;
      const facts = [
        ...(array?.size === undefined ? [] : [formatCounts(countChildren(array))]),
        ...(job.createdAt === undefined || job.stoppedAt === undefined
          ? []
          : [`${formatDuration(job.stoppedAt - job.createdAt)} after its submission`]),
        ...(job.status === 'FAILED' && array?.size === undefined ? [howItFailed(job)] : []),
      ];
      const told = paint(err, 'dim', facts.join(', '));
      err.write(`${id} ${job.jobName} ${paintStatus(err, job.status ?? '')} ${told}\n`);
      if (job.status === 'FAILED' && array?.size !== undefined) await reportFailure(terminal, visit, job);
    },
  };
}

/** What changes is never cut off for the sake of the name; the bar takes what both leave. */
function arrayLine(name: string, counts: ArrayCounts, facts: string, width: number): string {
  const shown = cutTo(name, Math.max(shortestName, width - facts.length - 1));
  const room = width - widthOf(shown) - facts.length - 2;
  const bar = room >= narrowestBar ? ` ${arrayBar(counts, Math.min(room, widestBar))}` : '';
  return `${shown}${bar} ${facts}`;
}

function paceWords({ perSecond, leftMs }: Pace): readonly string[] {
  if (perSecond === undefined || leftMs === undefined) return [];
  const rate = perSecond >= 10 ? perSecond.toFixed(0) : perSecond.toFixed(1);
  return [`${rate}/s`, ...(leftMs > 0 ? [`${formatDuration(leftMs)} left`] : [])];
}
