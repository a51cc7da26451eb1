// The audit trail of a Region as rows, newest first, narrowed by kind and text.
import type { AuditLog, StoredAuditRecord } from '../../adapters/sqlite/audit-log.ts';
import { ClientException } from '../../api/errors.ts';
import { readRows, readSeq } from './numbered-rows.ts';
import type { AuditAnswer, AuditRow } from '../../api/console/wire.ts';

/** Query: `kind` (`changes`, `errors`; absent: all), `text`; and the place, see `readRows`. */
export async function readAudit(
  audit: AuditLog,
  region: string,
  query: URLSearchParams,
): Promise<AuditAnswer> {
  const keeps = filterOf(query);
  const { next: newest } = await audit.read({ limit: 1 });
  const log = {
    newest,
    async read(afterSeq: number, limit: number) {
      const { records } = await audit.read({ afterSeq, limit });
      return records.map((stored) => {
        const row = stored.record.awsRegion === region ? auditRowOf(stored) : undefined;
        return { seq: stored.seq, row: row && keeps(row) ? row : undefined };
      });
    },
  };
  return readRows<AuditRow>(log, query);
}

/** One record as it was written. */
export async function readAuditRecord(audit: AuditLog, region: string, text: string): Promise<object> {
  const seq = readSeq('record', text) ?? 0;
  const { records } = await audit.read({ afterSeq: Math.max(0, seq - 1), limit: 1 });
  const [stored] = records;
  if (stored?.seq === seq && stored.record.awsRegion === region) return stored.record;
  throw new ClientException(`Record ${seq} does not exist in ${region}.`, 404);
}

function filterOf(query: URLSearchParams): (row: AuditRow) => boolean {
  const kind = query.get('kind');
  const text = query.get('text')?.trim().toLowerCase() ?? '';
  return (row) =>
    (kind !== 'changes' || !row.readOnly) &&
    (kind !== 'errors' || row.errorCode !== undefined) &&
    (text === '' ||
      [row.user, row.event, row.source, row.errorCode, row.errorMessage, ...row.resources].some((part) =>
        part?.toLowerCase().includes(text),
      ));
}

export function auditRowOf({ seq, record }: Pick<StoredAuditRecord, 'seq' | 'record'>): AuditRow {
  const { eventTime, eventName, userIdentity, sourceIPAddress, errorCode, errorMessage, readOnly } = record;
  return {
    seq,
    atMs: Date.parse(eventTime),
    user: userIdentity.userName ?? userIdentity.arn,
    event: eventName,
    source: sourceIPAddress,
    readOnly,
    resources: (record.resources ?? []).map(({ ARN }) => ARN),
    ...(errorCode === undefined ? {} : { errorCode }),
    ...(errorMessage === undefined ? {} : { errorMessage }),
  };
}
