// Invariant 8: every call that was answered has left a record, in the trail or, where that was out of reach, in the log of the
// function; and nobody has reached what their policies did not allow at any time within the minute that an answer may be kept.
import type { AuditRecord } from '../../../core/access/audit-record.ts';
import type { Watched } from '../invariants.ts';
import type { SimulatedIam } from './simulated-iam.ts';

export interface AnsweredCall {
  /** As IAM names it: `SubmitJob`. */
  readonly action: string;
  readonly requestId: string;
  readonly callerArn: string;
  /** Absent: no policy binds the caller. */
  readonly role?: string;
  readonly queue?: string;
  readonly status: number;
  readonly askedAtMs: number;
}

export interface AccessInvariants {
  readonly onRecord: (record: AuditRecord) => void;
  readonly onLogged: (event: string, fields: object) => void;
  readonly onAnswered: (call: AnsweredCall) => void;
  /** How many records reached the trail, and how many only a log. */
  readonly counts: () => { readonly kept: number; readonly logged: number };
}

const KEPT_MS = 60_000;

export function createAccessInvariants(watched: Watched, iam: SimulatedIam): AccessInvariants {
  const kept = new Map<string, AuditRecord>();
  const logged = new Map<string, AuditRecord>();

  return {
    onRecord: (record) => void kept.set(record.requestID, record),
    onLogged(event, fields) {
      if (event !== 'audit.unrecorded') return;
      const { records = [] } = fields as { records?: readonly AuditRecord[] }; // as lambdas/access-clients.ts logs them
      for (const record of records) logged.set(record.requestID, record);
    },
    onAnswered({ action, requestId, callerArn, role, queue, status, askedAtMs }) {
      const record = kept.get(requestId) ?? logged.get(requestId);
      const told = `${action} of ${callerArn.split('/').at(-1)} (${requestId}), answered ${status}`;
      if (!record) {
        watched.violated('8 audit', `${told}, has left no record`);
        return;
      }
      if (record.eventName !== action || record.userIdentity.arn !== callerArn)
        watched.violated(
          '8 audit',
          `${told}, is recorded as ${record.eventName} of ${record.userIdentity.arn}`,
        );
      if ((record.errorCode === undefined) !== (status === 200))
        watched.violated('8 audit', `${told}, is recorded as ${record.errorCode ?? 'done'}`);
      if (role === undefined || status !== 200) return;
      if (!iam.allowedSince(askedAtMs - KEPT_MS, role, action, queue))
        watched.violated('8 access', `${told}, which no policy of ${role} allows`);
    },
    counts: () => ({ kept: kept.size, logged: logged.size }),
  };
}
