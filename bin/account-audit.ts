// `slipway audit` for a server in an AWS account, whose trail is a log group of CloudWatch.
import type { AccountReaders } from '../local/account-readers.ts';
import { auditLine, type AuditRecord } from './audit-line.ts';
import { drain, readAccount } from './open-account.ts';
import type { Terminal } from './terminal.ts';
import type { Visit } from './use-server.ts';

export interface AccountAuditOptions {
  readonly json?: boolean;
  readonly since?: number;
  readonly user?: string;
  readonly event?: string;
  readonly errors?: boolean;
  readonly follow?: boolean;
  /** Without `since`: how many of the newest. */
  readonly limit: number;
}

type Reader = NonNullable<AccountReaders['audit']>;

interface Entry {
  readonly seq: number;
  readonly value: AuditRecord;
  readonly text: string;
}

export async function printAccountAudit(
  { server }: Visit,
  terminal: Terminal,
  options: AccountAuditOptions,
  signal: AbortSignal,
): Promise<void> {
  const { json, since, user, event, errors, follow = false, limit } = options;
  const print = ({ value, text }: Entry): void =>
    terminal.out.write(`${json ? text : auditLine(terminal, value)}\n`);
  const query = { user, event, ...(errors && { kind: 'errors' as const }) };
  await readAccount(server, 'audit', async (reader) => {
    if (since !== undefined) {
      await drain(reader.tail(query, { fromMs: since }), { follow, signal, each: print });
      return;
    }
    // Begun before the newest are read, so that none is missed in between.
    const tail = reader.tail(query);
    if (follow) await tail.next(signal);
    const newest = await readNewest(reader, query, limit, signal);
    newest.forEach(print);
    if (!follow) return;
    const printed = new Set(newest.map(({ seq }) => seq));
    const each = (entry: Entry): void => {
      if (!printed.has(entry.seq)) print(entry);
    };
    await drain(tail, { follow, signal, each });
  });
}

/** Oldest first. A reader looks for a few seconds only, so it may have to be asked again to find them all. */
async function readNewest(
  reader: Reader,
  query: Parameters<Reader['readBefore']>[0],
  limit: number,
  signal: AbortSignal,
): Promise<readonly Entry[]> {
  const found: Entry[] = [];
  let before: number | undefined;
  do {
    const page = await reader.readBefore(query, { before, limit: limit - found.length, signal });
    found.push(...page.entries);
    before = page.before;
  } while (before !== undefined && found.length < limit && !signal.aborted);
  return found.reverse();
}
