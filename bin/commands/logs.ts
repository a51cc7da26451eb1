// `slipway logs`: what a job has written, whole, its last lines, or as it goes on.
import { Command } from 'commander';
import type { JobDetail } from '@aws-sdk/client-batch';
import type { Cli } from '../cli-context.ts';
import { CliError, usageError } from '../cli-error.ts';
import { describeJob, followJob } from '../follow-job.ts';
import { followLogs, jobsWithLogs } from '../follow-logs.ts';
import { attemptStreams, chooseContainer, chooseNode, type LogStream } from '../job-parts.ts';
import { logStreamsOf, readLogOn, readLogTail, type LogEvent } from '../job-log.ts';
import { addExamples, addJsonOption, addServerOptions, integer, type ReadingOptions } from '../options.ts';
import { resolveJob } from '../resolve-job.ts';
import { paint, type Terminal } from '../terminal.ts';
import { useServer, type Visit } from '../use-server.ts';
import { isEnded, shortId } from '../wording.ts';

interface LogsOptions extends ReadingOptions {
  readonly follow?: boolean;
  readonly attempt?: number;
  readonly container?: string;
  readonly node?: number;
  readonly tail?: number;
  readonly timestamps?: boolean;
}

export function createLogsCommand(cli: Cli): Command {
  const command = new Command('logs')
    .description('Print what jobs have written to stdout and stderr.')
    .argument(
      '<jobs...>',
      'each by its id, the start of its id, or its name; an array stands for its children',
    )
    .option('-f, --follow', 'go on until the jobs have ended')
    .option('--attempt <number>', 'of this attempt, from 1 (default: the latest)', integer(1, 10))
    .option('-c, --container <name>', 'of this container, of a job that runs several')
    .option(
      '--node <number>',
      'of this node of a multi-node job, from 0 (default: its main node)',
      integer(0),
    )
    .option('-n, --tail <lines>', 'only the last lines', integer(1, 10_000))
    .option('-t, --timestamps', 'with the time of each line')
    .action((typed: string[], options: LogsOptions) => printLogs(cli, typed, options));
  return addExamples(addJsonOption(addServerOptions(command)), [
    'slipway logs 3f2a1c9e',
    'slipway logs -f --tail 20 train',
    'slipway logs -f fetch train                # several jobs, each line behind its job',
    'slipway logs -f 3f2a1c9e                   # of an array: all of its children',
    'slipway logs 3f2a1c9e:7                    # child 7 of an array',
    'slipway logs 3f2a1c9e --node 2             # node 2 of a multi-node job',
    'slipway logs 3f2a1c9e --container proxy',
    'slipway logs --attempt 1 3f2a1c9e',
  ]);
}

async function printLogs(cli: Cli, typed: readonly string[], options: LogsOptions): Promise<void> {
  await useServer(cli.terminal, options, async (visit) => {
    const jobIds: string[] = [];
    for (const text of typed) jobIds.push(await resolveJob(visit.batch, text));
    const [jobId = '', ...others] = jobIds;
    const only = others.length === 0 ? await describeJob(visit, jobId) : undefined;
    if (only && only.arrayProperties?.size === undefined) await printOneLog(cli, visit, only, options);
    else await printManyLogs(cli, visit, jobIds, options);
  });
}

function writerOf({ out }: Terminal, options: LogsOptions): (event: LogEvent, jobId?: string) => void {
  return (event, jobId) => {
    if (options.json) {
      out.write(`${JSON.stringify({ ...(jobId !== undefined && { jobId }), ...event })}\n`);
      return;
    }
    const time = options.timestamps ? `${new Date(event.timestamp).toISOString()} ` : '';
    const from = jobId === undefined ? '' : `${paint(out, 'dim', `${shortId(jobId)} |`)} `;
    out.write(`${from}${time}${event.message}\n`);
  };
}

/** Options that choose a part of one job's log make no sense for several. */
async function printManyLogs(
  { terminal }: Cli,
  visit: Visit,
  jobIds: readonly string[],
  options: LogsOptions,
): Promise<void> {
  for (const name of ['attempt', 'container', 'node', 'tail'] as const) {
    if (options[name] !== undefined)
      throw usageError(`--${name} is for the log of one job.`, 'Name one job, such as a child: 3f2a1c9e:7');
  }
  const write = writerOf(terminal, options);
  const leave = new AbortController();
  const stopListening = terminal.onInterrupt(() => leave.abort());
  try {
    const meant = await Promise.all(jobIds.map((jobId) => jobsWithLogs(visit, jobId)));
    await followLogs(visit, [...new Set(meant.flat())], {
      follow: options.follow ?? false,
      onLine: (jobId, event) => write(event, jobId),
      onServerAway: () => terminal.err.write('The server does not answer; waiting for it to come back …\n'),
      signal: leave.signal,
    });
  } finally {
    stopListening();
  }
}

async function printOneLog(cli: Cli, visit: Visit, typed: JobDetail, options: LogsOptions): Promise<void> {
  const print = writerOf(cli.terminal, options);
  const job = await chosenNode(visit, typed, options.node);
  const jobId = job.jobId ?? '';
  const container = chooseContainer(job, options.container);
  const stream = chooseStream(job, container, options.attempt);
  if (options.follow && options.attempt === undefined && !isEnded(job.status)) {
    const streams = logStreamsOf(job, container);
    await followLog(cli, visit, { jobId, container, streams, options, print });
  } else if (stream === undefined) {
    cli.terminal.err.write(`${shortId(jobId)} is ${job.status} and has not written anything.\n`);
  } else if (options.tail === undefined) {
    await readLogOn(visit.server, stream, new Map(), (event) => print(event));
  } else {
    for (const event of (await readLogTail(visit.server, stream, options.tail)).events) print(event);
  }
}

/** The job that was typed, or the node of it whose log is meant. */
async function chosenNode(visit: Visit, job: JobDetail, node: number | undefined): Promise<JobDetail> {
  const nodeId = chooseNode(job, node);
  return nodeId === undefined ? job : describeJob(visit, nodeId);
}

function chooseStream(
  job: JobDetail,
  container: string | undefined,
  attempt: number | undefined,
): LogStream | undefined {
  const streams = attemptStreams(job, container);
  if (attempt === undefined) return streams.findLast((found) => found !== undefined);
  const stream = streams[attempt - 1];
  if (stream !== undefined) return stream;
  const attempts = job.attempts ?? [];
  throw new CliError(`${shortId(job.jobId ?? '')} has no log of attempt ${attempt}.`, {
    hint: `It has had ${attempts.length} attempts: slipway describe ${shortId(job.jobId ?? '')}`,
  });
}

interface Following {
  readonly jobId: string;
  readonly container: string | undefined;
  readonly streams: readonly LogStream[];
  readonly options: LogsOptions;
  readonly print: (event: LogEvent) => void;
}

async function followLog({ terminal }: Cli, visit: Visit, following: Following): Promise<void> {
  const { streams, options, print } = following;
  const logPlaces = new Map<string, string>();
  // Earlier attempts are over; only what the latest wrote and writes is asked for.
  for (const earlier of streams.slice(0, -1)) {
    const { next } = await readLogTail(visit.server, earlier, 1);
    if (next !== undefined) logPlaces.set(earlier.name, next);
  }
  const latest = streams.at(-1);
  if (options.tail !== undefined && latest !== undefined) {
    const { events, next } = await readLogTail(visit.server, latest, options.tail);
    for (const event of events) print(event);
    if (next !== undefined) logPlaces.set(latest.name, next);
  }
  const leave = new AbortController();
  const stopListening = terminal.onInterrupt(() => leave.abort());
  try {
    await followJob(visit, following.jobId, {
      onLog: (event) => print(event),
      container: following.container,
      logPlaces,
      signal: leave.signal,
      onServerAway: () => terminal.err.write('The server does not answer; waiting for it to come back …\n'),
    });
  } finally {
    stopListening();
  }
}
