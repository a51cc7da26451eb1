// The audit trail of the local home: every ended call is written down, and GET /_slipway/audit reads it for whoever may do
// `slipway:LookupEvents`. What changed something is kept as long as jobs are, reads for a day.
import { randomUUID } from 'node:crypto';
import type { AuditLog, AuditQuery } from '../adapters/sqlite/audit-log.ts';
import { createOnCall } from '../api/audit-trail.ts';
import type { SideEndpoint } from '../api/endpoints.ts';
import type { Log } from '../api/errors.ts';
import { ClientException } from '../api/errors.ts';
import type { CallRecord } from '../api/operation.ts';
import type { Clock } from '../engine/ports.ts';

export interface AuditTrail {
  /** `RouterOptions.onCall`. */
  readonly onCall: (record: CallRecord) => Promise<void>;
  readonly endpoint: SideEndpoint;
  close(): void;
}

export interface AuditTrailOptions {
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly writesRetentionMs: number;
  readonly log: Log;
}

const PAGE_MAX = 1_000;
const PAGE = 100;
const READS_RETENTION_MS = 24 * 3_600_000;
/** About two gigabytes. */
const MAX_RECORDS = 2_000_000;
const PRUNE_EVERY_MS = 10 * 60_000;

export function openAuditTrail(options: AuditTrailOptions): AuditTrail {
  const { audit, clock, log } = options;
  const timer = setInterval(() => {
    audit
      .prune({
        readsBeforeMs: clock.now() - READS_RETENTION_MS,
        writesBeforeMs: clock.now() - options.writesRetentionMs,
        maxRecords: MAX_RECORDS,
      })
      .catch((error: unknown) => log('audit.prune-failed', { error: String(error) }));
  }, PRUNE_EVERY_MS);
  timer.unref();
  return {
    onCall: createOnCall({ sink: audit, newEventId: randomUUID }),
    endpoint: auditEndpoint(audit),
    close: () => clearInterval(timer),
  };
}

function auditEndpoint(audit: AuditLog): SideEndpoint {
  return {
    method: 'GET',
    path: /^\/_slipway\/audit$/,
    service: 'slipway',
    operation: 'LookupEvents',
    readOnly: true,
    readInput: ({ rawQuery }) => queryOf(new URLSearchParams(rawQuery)),
    async handle(_context, input) {
      const { records, next } = await audit.read(input as AuditQuery); // the router passes what readInput returned
      // As texts: an answer of the API holds no nulls, and CloudTrail's records do.
      return { records: records.map(({ record }) => JSON.stringify(record)), next };
    },
  };
}

function queryOf(query: URLSearchParams): AuditQuery {
  const afterSeq = wholeNumber(query, 'after', Number.MAX_SAFE_INTEGER);
  const sinceMs = wholeNumber(query, 'since', Number.MAX_SAFE_INTEGER);
  const [user, event] = [query.get('user'), query.get('event')];
  return {
    limit: wholeNumber(query, 'limit', PAGE_MAX) ?? PAGE,
    errorsOnly: query.get('errors') === '1',
    ...(afterSeq === undefined ? {} : { afterSeq }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(user === null ? {} : { user }),
    ...(event === null ? {} : { event }),
  };
}

function wholeNumber(query: URLSearchParams, name: string, most: number): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= most) return value;
  throw new ClientException(
    `${name} must be a whole number from 0 to ${most}, but is ${JSON.stringify(text.slice(0, 100))}.`,
  );
}
