// `slipway events`: the state changes of jobs, as EventBridge would deliver them.
import { Command } from 'commander';
import type { Cli } from '../cli-context.ts';
import { pause } from '../follow-job.ts';
import { printAccountEvents } from '../account-events.ts';
import { concernsJob, eventLine, isSince, type Envelope } from '../event-line.ts';
import { addExamples, addJsonOption, addServerOptions, sinceTime, type ReadingOptions } from '../options.ts';
import { readServerSentEvents, type ServerSentEvent } from '../read-server-sent-events.ts';
import { resolveJob } from '../resolve-job.ts';
import { sendSigned } from '../signed-request.ts';
import type { Terminal } from '../terminal.ts';
import { isUnreachable, useServer, type Visit } from '../use-server.ts';

interface EventsOptions extends ReadingOptions {
  readonly follow?: boolean;
  readonly queue?: string;
  readonly job?: string;
  readonly after?: string;
  readonly since?: number;
}

/** How long a server may be away before following gives up. */
const patienceMs = 30_000;
const retryMs = 1_000;

export function createEventsCommand(cli: Cli): Command {
  const command = new Command('events')
    .description('Print the state changes of jobs, oldest first.')
    .option('-f, --follow', 'those to come, until Ctrl-C; with --job, --since or --after also those before')
    .option('-q, --queue <name>', 'of one queue')
    .option('--job <job>', 'of one job: its id, the start of its id, or its name')
    .option(
      '--since <time>',
      'from this time on: 2026-11-21T10:00:00Z, or how long ago: 90s, 15m, 2h, 3d (of a server in an AWS account, ' +
        'without it and --job: 1h)',
      sinceTime,
    )
    .option('--after <id>', 'those after the event with this number; 0 for all that are kept')
    .action((options: EventsOptions) => printEvents(cli, options));
  return addExamples(addJsonOption(addServerOptions(command)), [
    'slipway events -f',
    'slipway events --job 3f2a1c9e',
    'slipway events --since 15m',
    'slipway events -f --queue default --json | jq -r .detail.status',
  ]);
}

async function printEvents({ terminal }: Cli, options: EventsOptions): Promise<void> {
  const leave = new AbortController();
  const stopListening = terminal.onInterrupt(() => leave.abort());
  try {
    await useServer(terminal, options, async (visit) => {
      if (visit.server.signsFor !== undefined) {
        await printAccountEvents(visit, terminal, options, leave.signal);
        return;
      }
      const jobId = options.job === undefined ? undefined : await resolveJob(visit.batch, options.job);
      await readOn(visit, terminal, { ...options, jobId, signal: leave.signal });
    });
  } catch (error) {
    if (!leave.signal.aborted) throw error; // else Ctrl-C cut the connection
  } finally {
    stopListening();
  }
}

interface Reading extends EventsOptions {
  readonly jobId: string | undefined;
  readonly signal: AbortSignal;
}

// Reads to the end of the answer; when following, an answer that ends is asked for again from the last event seen.
async function readOn(visit: Visit, terminal: Terminal, reading: Reading): Promise<void> {
  // All that ever happened is not what somebody who follows wants to see first.
  let after = reading.after ?? (isOnlyForNew(reading) ? 'latest' : undefined);
  let lastHeardMs = performance.now();
  let connected = false;
  for (;;) {
    try {
      for await (const event of openEvents(visit, after, reading)) {
        connected = true;
        lastHeardMs = performance.now();
        after = event.id ?? after;
        printEvent(terminal, event, reading);
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

function isOnlyForNew({ follow, jobId, since }: Reading): boolean {
  return follow === true && jobId === undefined && since === undefined;
}

function printEvent({ out }: Terminal, event: ServerSentEvent, reading: Reading): void {
  const envelope = JSON.parse(event.data) as Envelope; // as local/event-envelope.ts makes it
  if (!concernsJob(envelope, reading.jobId) || !isSince(envelope, reading.since)) return;
  out.write(reading.json ? `${event.data}\n` : `${eventLine(out, envelope)}\n`);
}
