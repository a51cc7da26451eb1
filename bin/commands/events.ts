// `slipway events`: the state changes of jobs, as EventBridge would deliver them.
import { Command } from 'commander';
import type { Cli } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { pause } from '../follow-job.ts';
import { addExamples, addJsonOption, addServerOptions, type ReadingOptions } from '../options.ts';
import { readServerSentEvents, type ServerSentEvent } from '../read-server-sent-events.ts';
import { resolveJob } from '../resolve-job.ts';
import { sendSigned } from '../signed-request.ts';
import { paint, type Terminal } from '../terminal.ts';
import { isUnreachable, useServer, type Visit } from '../use-server.ts';
import { formatTime, ordinaryReason, paintStatus, plain, shortId, shortName } from '../wording.ts';

interface EventsOptions extends ReadingOptions {
  readonly follow?: boolean;
  readonly queue?: string;
  readonly job?: string;
  readonly after?: string;
}

/** How long a server may be away before following gives up. */
const patienceMs = 30_000;
const retryMs = 1_000;

export function createEventsCommand(cli: Cli): Command {
  const command = new Command('events')
    .description('Print the state changes of jobs, oldest first.')
    .option('-f, --follow', 'those to come, until Ctrl-C; with --job or --after also those before')
    .option('-q, --queue <name>', 'of one queue')
    .option('--job <job>', 'of one job: its id, the start of its id, or its name')
    .option('--after <id>', 'those after the event with this number; 0 for all that are kept')
    .action((options: EventsOptions) => printEvents(cli, options));
  return addExamples(addJsonOption(addServerOptions(command)), [
    'slipway events -f',
    'slipway events --job 3f2a1c9e',
    'slipway events -f --queue default --json | jq -r .detail.status',
  ]);
}

async function printEvents({ terminal }: Cli, options: EventsOptions): Promise<void> {
  const leave = new AbortController();
  const stopListening = terminal.onInterrupt(() => leave.abort());
  try {
    await useServer(terminal, options, async (visit) => {
      if (visit.server.signsFor !== undefined) throw eventsAreElsewhere(visit.server.region);
      const jobId = options.job === undefined ? undefined : await resolveJob(visit.batch, options.job);
      await readOn(visit, terminal, { ...options, jobId, signal: leave.signal });
    });
  } catch (error) {
    if (!leave.signal.aborted) throw error; // else Ctrl-C cut the connection
  } finally {
    stopListening();
  }
}

function eventsAreElsewhere(region: string): CliError {
  return new CliError('The events of a server in an AWS account are on Amazon EventBridge.', {
    hint:
      'A rule brings them wherever you want them:\n' +
      `  aws events put-rule --region ${region} --name slipway-jobs --event-pattern '{"source":["slipway.batch"]}'`,
  });
}

interface Reading extends EventsOptions {
  readonly jobId: string | undefined;
  readonly signal: AbortSignal;
}

// Reads to the end of the answer; when following, an answer that ends is asked for again from the last event seen.
async function readOn(visit: Visit, terminal: Terminal, reading: Reading): Promise<void> {
  // All that ever happened is not what somebody who follows wants to see first.
  let after = reading.after ?? (reading.follow && reading.jobId === undefined ? 'latest' : undefined);
  let lastHeardMs = performance.now();
  let connected = false;
  for (;;) {
    try {
      for await (const event of openEvents(visit, after, reading)) {
        connected = true;
        lastHeardMs = performance.now();
        after = event.id ?? after;
        await printEvent(terminal, event, reading);
      }
      if (!reading.follow) return;
      connected = true;
      lastHeardMs = performance.now();
    } catch (error) {
      const gaveUp = performance.now() - lastHeardMs > patienceMs;
      if (!reading.follow || !connected || !isUnreachable(error) || gaveUp || reading.signal.aborted)
        throw error;
    }
    await pause(retryMs, reading.signal);
    if (reading.signal.aborted) return;
  }
}

async function* openEvents(
  { server }: Visit,
  after: string | undefined,
  reading: Reading,
): AsyncGenerator<ServerSentEvent> {
  const response = await sendSigned(server, {
    service: 'batch',
    method: 'GET',
    path: '/_local/events',
    query: {
      ...(after !== undefined && { after }),
      ...(reading.queue !== undefined && { queue: reading.queue }),
      ...(reading.jobId !== undefined && { job: reading.jobId }),
      ...(reading.follow && { follow: '1' }),
    },
    headers: { accept: 'text/event-stream' },
    signal: reading.signal,
  });
  yield* readServerSentEvents(response);
}

async function printEvent({ out }: Terminal, event: ServerSentEvent, reading: Reading): Promise<void> {
  const envelope: unknown = JSON.parse(event.data);
  if (!concerns(envelope, reading.jobId)) return;
  out.write(reading.json ? `${event.data}\n` : `${eventLine(out, envelope)}\n`);
}

interface Envelope {
  readonly time?: string;
  readonly 'detail-type'?: string;
  readonly detail?: {
    readonly jobId?: string;
    readonly jobName?: string;
    readonly jobQueue?: string;
    readonly status?: string;
    readonly statusReason?: string;
    readonly container?: { readonly exitCode?: number; readonly reason?: string };
  };
}

// An array's events include its children's.
function concerns(envelope: unknown, jobId: string | undefined): envelope is Envelope {
  if (typeof envelope !== 'object' || envelope === null) return false;
  if (jobId === undefined) return true;
  const { detail } = envelope as Envelope; // every member is optional and checked where it is used
  return detail?.jobId === jobId || detail?.jobId?.startsWith(`${jobId}:`) === true;
}

function eventLine(out: Terminal['out'], envelope: Envelope): string {
  const { detail = {} } = envelope;
  const atMs = Date.parse(envelope.time ?? '');
  const time = paint(out, 'dim', Number.isNaN(atMs) ? '-' : formatTime(atMs));
  const status = detail.status ?? envelope['detail-type'] ?? '';
  const { exitCode, reason } = detail.container ?? {};
  const notes = [
    shortName(detail.jobQueue ?? ''),
    exitCode === undefined ? undefined : `exit ${exitCode}`,
    reason ?? (detail.statusReason === ordinaryReason ? undefined : detail.statusReason),
  ].filter(Boolean);
  const job = `${shortId(detail.jobId ?? '')} ${detail.jobName ?? ''}`;
  return `${time}  ${paintStatus(out, status, status.padEnd(9))}  ${plain(job)}  ${paint(out, 'dim', plain(notes.join(', ')))}`;
}
