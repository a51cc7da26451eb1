// One event, in EventBridge's envelope, on one line.
import { paint, type Terminal } from './terminal.ts';
import { formatTime, ordinaryReason, paintStatus, plain, shortId, shortName } from './wording.ts';

export interface Envelope {
  readonly time?: string;
  readonly 'detail-type'?: string;
  readonly detail?: {
    readonly jobId?: string;
    readonly jobName?: string;
    readonly jobQueue?: string;
    readonly status?: string;
    readonly statusReason?: string;
    readonly container?: { readonly exitCode?: number; readonly reason?: string };
  };
}

/** An array's events include its children's. */
export function concernsJob({ detail }: Envelope, jobId: string | undefined): boolean {
  return jobId === undefined || detail?.jobId === jobId || detail?.jobId?.startsWith(`${jobId}:`) === true;
}

/** Envelopes know whole seconds. */
export function isSince({ time = '' }: Envelope, sinceMs: number | undefined): boolean {
  return sinceMs === undefined || Date.parse(time) >= Math.floor(sinceMs / 1000) * 1000;
}

export function eventLine(out: Terminal['out'], envelope: Envelope): string {
  const { detail = {} } = envelope;
  const atMs = Date.parse(envelope.time ?? '');
  const time = paint(out, 'dim', Number.isNaN(atMs) ? '-' : formatTime(atMs));
  const status = detail.status ?? envelope['detail-type'] ?? '';
  const { exitCode, reason } = detail.container ?? {};
  const notes = [
    shortName(detail.jobQueue ?? ''),
    exitCode === undefined ? undefined : `exit ${exitCode}`,
    reason ?? (detail.statusReason === ordinaryReason ? undefined : detail.statusReason),
  ].filter(Boolean);
  const job = `${shortId(detail.jobId ?? '')} ${detail.jobName ?? ''}`;
  return `${time}  ${paintStatus(out, status, status.padEnd(9))}  ${plain(job)}  ${paint(out, 'dim', plain(notes.join(', ')))}`;
}
