// The audit trail as the functions write it into its log group (audit-log-group.ts): one record of CloudTrail's shape for each call.
import type { AuditRecord } from '../../core/access/audit-record.ts';
import type { EntryKind, EntryReader } from './group-entries.ts';
import { parseObject, withinSecond } from './group-entries.ts';
import { createEntryReader } from './entry-reader.ts';
import { equalityPattern, textPattern } from './filter-pattern.ts';
import type { GroupOptions } from './read-span.ts';

export interface AuditQuery {
  /** Calls that change something, or failed; absent: all. */
  readonly kind?: 'changes' | 'errors' | undefined;
  /** The user's name, key or ARN. */
  readonly user?: string | undefined;
  readonly event?: string | undefined;
  /** In what a row shows, in any case. */
  readonly text?: string | undefined;
}

export type AuditReader = EntryReader<AuditRecord, AuditQuery>;

export function createAuditReader(group: GroupOptions): AuditReader {
  return createEntryReader(group, RECORDS, {});
}

const RECORDS: EntryKind<AuditRecord, AuditQuery> = {
  parse(text) {
    const record = parseObject(text);
    const isRecord = typeof record?.['eventName'] === 'string' && typeof record['userIdentity'] === 'object';
    return isRecord ? (record as unknown as AuditRecord) : undefined; // written by audit-log-group.ts, all of it
  },
  // Records know seconds; they are sent at the end of the call that they are of.
  momentOf: (_record, { atMs, ingestedAtMs }) => withinSecond(atMs, ingestedAtMs),
  orderOf: () => 0,
  patternOf({ event, text }) {
    return equalityPattern({ eventName: event }) ?? textPattern(text?.trim() ?? '');
  },
  matches(record, { kind, user, event, text }) {
    const {
      userIdentity,
      eventName,
      errorCode,
      errorMessage,
      sourceIPAddress,
      readOnly,
      resources = [],
    } = record;
    const { userName, accessKeyId, arn } = userIdentity;
    const wanted = text?.trim().toLowerCase() ?? '';
    const shown = [
      userName ?? arn,
      eventName,
      sourceIPAddress,
      errorCode,
      errorMessage,
      ...resources.map(({ ARN }) => ARN),
    ];
    return (
      (kind !== 'changes' || !readOnly) &&
      (kind !== 'errors' || errorCode !== undefined) &&
      (!user || [userName, accessKeyId, arn].includes(user)) &&
      (!event || eventName === event) &&
      (wanted === '' || shown.some((part) => part?.toLowerCase().includes(wanted)))
    );
  },
};
