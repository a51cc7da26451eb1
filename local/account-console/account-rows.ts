// The events and the audit trail of an account as the page's rows, newest first. Both lie in log groups of CloudWatch; where one is
// not there, or may not be read, a sentence says so and what would help.
import type { AuditQuery, AuditReader } from '../../adapters/cloudwatch/audit-reader.ts';
import type { EventEnvelope, EventQuery, EventReader } from '../../adapters/cloudwatch/event-reader.ts';
import type { EntryPage, EntryReader } from '../../adapters/cloudwatch/group-entries.ts';
import type { AuditAnswer, EventsAnswer, RowPage } from '../../api/console/wire.ts';
import { ClientException } from '../../api/errors.ts';
import type { AuditRecord } from '../../core/access/audit-record.ts';
import { auditRowOf } from '../console/audit-rows.ts';
import { eventRowOf } from '../console/event-rows.ts';
import { readSeq } from '../console/numbered-rows.ts';

/** Query: `queue`, `status`, `text`; and `before` or `after` a number, or neither for the newest. */
export async function readAccountEvents(
  events: EventReader | undefined,
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<EventsAnswer> {
  const wanted: EventQuery = pick(query, ['queue', 'status', 'text']);
  return rowsOf(await readPage(given(events, NO_EVENTS), wanted, query, signal), ({ seq, atMs, value }) =>
    eventRowOf({ seq, atMs, detailType: value['detail-type'], detail: value.detail }),
  );
}

/** One event as it was published. */
export async function readAccountEvent(
  events: EventReader | undefined,
  text: string,
  signal: AbortSignal,
): Promise<EventEnvelope> {
  return readOne(given(events, NO_EVENTS), 'event', text, signal);
}

/** Query: `kind` (`changes`, `errors`; else all), `text`; and the place. */
export async function readAccountAudit(
  audit: AuditReader | undefined,
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<AuditAnswer> {
  const kind = query.get('kind');
  const wanted: AuditQuery = {
    ...pick(query, ['text']),
    ...(kind === 'changes' || kind === 'errors' ? { kind } : {}),
  };
  return rowsOf(await readPage(given(audit, NO_AUDIT), wanted, query, signal), ({ seq, value }) =>
    auditRowOf({ seq, record: value }),
  );
}

/** One record as it was written. */
export async function readAccountAuditRecord(
  audit: AuditReader | undefined,
  text: string,
  signal: AbortSignal,
): Promise<AuditRecord> {
  return readOne(given(audit, NO_AUDIT), 'record', text, signal);
}

const NO_EVENTS =
  'This Slipway keeps no log of its events that could be shown here: it was deployed without one (eventLog), or does not run in an AWS account.';
const NO_AUDIT =
  'This Slipway keeps no audit trail that could be shown here: it was deployed without a log group for it, or does not run in an AWS account.';

function given<Reader>(reader: Reader | undefined, absence: string): Reader {
  if (reader === undefined) throw new ClientException(absence, 404);
  return reader;
}

function pick(query: URLSearchParams, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = query.get(name)?.trim();
      return value ? [[name, value]] : [];
    }),
  );
}

const PAGE = 100;

async function readPage<Value, Query>(
  reader: EntryReader<Value, Query>,
  wanted: Query,
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<EntryPage<Value>> {
  const after = readSeq('after', query.get('after'));
  if (after !== undefined) return reader.readAfter(wanted, { after, limit: PAGE, signal });
  const before = readSeq('before', query.get('before'));
  return reader.readBefore(wanted, { limit: PAGE, signal, ...(before === undefined ? {} : { before }) });
}

function rowsOf<Value, Row>(
  { entries, before, after, looked }: EntryPage<Value>,
  rowOf: (entry: EntryPage<Value>['entries'][number]) => Row,
): RowPage<Row> {
  return { rows: entries.map(rowOf), after, looked, ...(before === undefined ? {} : { before }) };
}

async function readOne<Value, Query>(
  reader: EntryReader<Value, Query>,
  what: string,
  text: string,
  signal: AbortSignal,
): Promise<Value> {
  const entry = await reader.read(readSeq(what, text) ?? 0, signal);
  if (entry) return entry.value;
  throw new ClientException(`The ${what} ${text} is not there, or not any more.`, 404);
}
