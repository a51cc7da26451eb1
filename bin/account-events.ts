// `slipway events` for a server in an AWS account, whose events a rule keeps in a log group of CloudWatch.
import { usageError } from './cli-error.ts';
import { eventLine, type Envelope } from './event-line.ts';
import { describeJob } from './follow-job.ts';
import { drain, readAccount } from './open-account.ts';
import { resolveJob } from './resolve-job.ts';
import type { Terminal } from './terminal.ts';
import type { Visit } from './use-server.ts';

export interface AccountEventsOptions {
  readonly json?: boolean;
  readonly follow?: boolean;
  readonly queue?: string;
  readonly job?: string;
  readonly after?: string;
  readonly since?: number;
}

/** A month of an account's events is more than anybody reads. */
const shownMs = 3_600_000;

export async function printAccountEvents(
  visit: Visit,
  terminal: Terminal,
  options: AccountEventsOptions,
  signal: AbortSignal,
): Promise<void> {
  const { json, follow = false, queue } = options;
  const job = options.job === undefined ? undefined : await jobOf(visit, options.job);
  const fromMs = startOf(options, job?.createdAtMs);
  const each = ({ value, text }: { readonly value: object; readonly text: string }): void => {
    const envelope = value as Envelope; // each member is optional there
    terminal.out.write(json ? `${text}\n` : `${eventLine(terminal.out, envelope)}\n`);
  };
  await readAccount(visit.server, 'events', async (events) => {
    const tail = events.tail({ queue, jobId: job?.jobId }, fromMs === undefined ? {} : { fromMs });
    await drain(tail, { follow, signal, each });
  });
}

async function jobOf(
  visit: Visit,
  typed: string,
): Promise<{ readonly jobId: string; readonly createdAtMs: number }> {
  const jobId = await resolveJob(visit.batch, typed);
  const { createdAt = 0 } = await describeJob(visit, jobId);
  return { jobId, createdAtMs: createdAt };
}

/** Absent: from now on. */
function startOf(
  { follow, after, since }: AccountEventsOptions,
  createdAtMs: number | undefined,
): number | undefined {
  if (after !== undefined && after !== '0') {
    throw usageError(
      '--after is for a server on this machine: the events of an AWS account have no numbers.',
      'Say from when on: --since 15m, or --after 0 for all that are kept.',
    );
  }
  if (after === '0') return 0;
  if (since !== undefined) return since;
  // EventBridge knows seconds.
  if (createdAtMs !== undefined) return Math.floor(createdAtMs / 1000) * 1000;
  return follow ? undefined : Date.now() - shownMs;
}
