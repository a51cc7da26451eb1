// `slipway audit`: who called what, and what came of it, in CloudTrail's records.
import { Command } from 'commander';
import type { Cli } from '../cli-context.ts';
import { pause } from '../follow-job.ts';
import { printAccountAudit } from '../account-audit.ts';
import { auditLine, type AuditRecord } from '../audit-line.ts';
import {
  addExamples,
  addJsonOption,
  addServerOptions,
  integer,
  sinceTime,
  type ReadingOptions,
} from '../options.ts';
import { requestJson } from '../signed-request.ts';
import type { Terminal } from '../terminal.ts';
import { useServer, type Visit } from '../use-server.ts';

export interface AuditOptions extends ReadingOptions {
  readonly since?: number;
  readonly user?: string;
  readonly event?: string;
  readonly errors?: boolean;
  readonly follow?: boolean;
  readonly limit: number;
}

interface AuditPage {
  /** The JSON text of each. */
  readonly records: readonly string[];
  readonly next: number;
}

const everyMs = 1_000;
const pageSize = 1_000;

export function createAuditCommand(cli: Cli): Command {
  const command = new Command('audit')
    .description('Print who called what: the newest calls, or all since a time; oldest first.')
    .option(
      '--since <time>',
      'from this time on: 2026-11-21T10:00:00Z, or how long ago: 90s, 15m, 2h, 3d',
      sinceTime,
    )
    .option('--user <name>', 'by this user: a name, an access key id or an ARN')
    .option('--event <operation>', 'of this operation, such as SubmitJob')
    .option('--errors', 'refused and failed ones only')
    .option('-f, --follow', 'those to come too, until Ctrl-C')
    .option('-n, --limit <count>', 'without --since: how many', integer(1, pageSize), 50)
    .action((options: AuditOptions) => printAudit(cli, options));
  return addExamples(addJsonOption(addServerOptions(command)), [
    'slipway audit',
    'slipway audit --since 2h --errors',
    'slipway audit -f --user ci --json | jq -r .eventName',
  ]);
}

async function printAudit({ terminal }: Cli, options: AuditOptions): Promise<void> {
  const leave = new AbortController();
  const stopListening = terminal.onInterrupt(() => leave.abort());
  try {
    await useServer(terminal, options, (visit) =>
      visit.server.signsFor === undefined
        ? printPages(visit, terminal, options, leave.signal)
        : printAccountAudit(visit, terminal, options, leave.signal),
    );
  } catch (error) {
    if (!leave.signal.aborted) throw error; // else Ctrl-C cut the connection
  } finally {
    stopListening();
  }
}

async function printPages(
  visit: Visit,
  terminal: Terminal,
  options: AuditOptions,
  signal: AbortSignal,
): Promise<void> {
  const isAll = options.since !== undefined;
  let page = await readPage(visit, options, signal, undefined);
  for (;;) {
    // Looking is a call too, and whoever follows would see nothing but themselves.
    for (const text of page.records) {
      const record = JSON.parse(text) as AuditRecord; // what local/audit-trail.ts answers
      if (!options.follow || record.eventName !== 'LookupEvents')
        terminal.out.write(`${options.json ? text : auditLine(terminal, record)}\n`);
    }
    const isMore = isAll && page.records.length === pageSize;
    if (!isMore) {
      if (!options.follow) return;
      await pause(everyMs, signal);
    }
    if (signal.aborted) return;
    page = await readPage(visit, options, signal, page.next);
  }
}

async function readPage(
  { server }: Visit,
  { since, user, event, errors, limit }: AuditOptions,
  signal: AbortSignal,
  after: number | undefined,
): Promise<AuditPage> {
  const isFirst = after === undefined;
  const answer = await requestJson(server, {
    service: 'batch',
    method: 'GET',
    path: '/_slipway/audit',
    query: {
      limit: String(isFirst && since === undefined ? limit : pageSize),
      ...(isFirst ? since !== undefined && { since: String(since) } : { after: String(after) }),
      ...(user !== undefined && { user }),
      ...(event !== undefined && { event }),
      ...(errors && { errors: '1' }),
    },
    signal,
  });
  return answer as AuditPage; // what local/audit-trail.ts answers
}
