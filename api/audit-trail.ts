// The router's `onCall`: every ended call becomes a record in the trail, and what changed something an event, too.
import type { AuditSink } from '../engine/access-ports.ts';
import type { EventSink } from '../engine/ports.ts';
import { auditEventOf, auditRecordOf } from './audit-record.ts';
import type { CallRecord } from './operation.ts';

export interface AuditTrailOptions {
  readonly sink: AuditSink;
  /** Absent: nobody hears of calls as they happen. */
  readonly events?: EventSink;
  readonly newEventId: () => string;
}

export function createOnCall(options: AuditTrailOptions): (call: CallRecord) => Promise<void> {
  return async (call) => {
    const record = auditRecordOf(call, options.newEventId());
    const event = options.events && auditEventOf(record);
    // Neither waits in vain for the other: who is told of the first failure answers, and may be frozen before the record is kept.
    const told = await Promise.allSettled([
      options.sink.record([record]),
      event && options.events?.publish([event]),
    ]);
    const failure = told.find(({ status }) => status === 'rejected');
    if (failure?.status === 'rejected') throw failure.reason;
  };
}
