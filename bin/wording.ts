// How times, durations, statuses and names read on a terminal.
import type { ArrayPropertiesSummary } from '@aws-sdk/client-batch';
import { paint, type Output, type Style } from './terminal.ts';

export const waitingStatuses = ['SUBMITTED', 'PENDING', 'RUNNABLE'] as const;
export const activeStatuses = [...waitingStatuses, 'STARTING', 'RUNNING'] as const;
export const endedStatuses = ['SUCCEEDED', 'FAILED'] as const;
export const allStatuses = [...activeStatuses, ...endedStatuses] as const;
export type Status = (typeof allStatuses)[number];

export function isEnded(status: string | undefined): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED';
}

export function isWaiting(status: string | undefined): boolean {
  return status === 'SUBMITTED' || status === 'PENDING' || status === 'RUNNABLE';
}

const styles: Readonly<Record<string, Style>> = {
  SUCCEEDED: 'green',
  FAILED: 'red',
  RUNNING: 'cyan',
  STARTING: 'cyan',
  RUNNABLE: 'yellow',
};

/** What Batch gives as the reason of every job whose container ran and ended: it tells nothing. */
export const ordinaryReason = 'Essential container in task exited';

/** A status in its colour. `text` may be the padded status. */
export function paintStatus(output: Output, status: string, text = status): string {
  return paint(output, styles[status] ?? 'dim', text);
}

/** 850 ms, 4.2s, 42s, 3m05s, 2h05m, 3d04h. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.max(0, Math.round(durationMs))}ms`;
  if (durationMs < 9_950) return `${(durationMs / 1000).toFixed(1)}s`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${two(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h${two(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d${two(hours % 24)}h`;
}

/** $12.35, $0.0494, $0.0000123, $0: as many digits as tell something. */
export function formatUsd(usd: number): string {
  if (usd === 0) return '$0';
  if (usd >= 1) return `$${usd.toFixed(2)}`;
  const digits = Math.min(12, 2 - Math.floor(Math.log10(usd)));
  return `$${usd.toFixed(digits)}`;
}

function two(count: number): string {
  return String(count).padStart(2, '0');
}

/** Local time, to the second: 2026-11-21 20:51:04. */
export function formatTime(atMs: number): string {
  const at = new Date(atMs);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** The first eight digits of a job id, with the index of a child or node: enough to type. */
export function shortId(jobId: string): string {
  const suffix = /[:#]\d+$/.exec(jobId)?.[0] ?? '';
  return jobId.slice(0, 8) + suffix;
}

/** The name at the end of an ARN, or the name itself. */
export function shortName(arnOrName: string): string {
  return arnOrName.slice(arnOrName.lastIndexOf('/') + 1);
}

/** Without the characters that would steer the terminal: texts of others are shown, not obeyed. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ');
}

export interface ArrayCounts {
  readonly size: number;
  readonly waiting: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** An array's children by what matters to people; children not yet written count as waiting. */
export function countChildren(array: ArrayPropertiesSummary): ArrayCounts {
  const count = (status: Status): number => array.statusSummary?.[status] ?? 0;
  const size = array.size ?? 0;
  const running = count('STARTING') + count('RUNNING');
  const [succeeded, failed] = [count('SUCCEEDED'), count('FAILED')];
  return { size, running, succeeded, failed, waiting: Math.max(0, size - running - succeeded - failed) };
}

/** 60 of 64 done, 1 failed, 2 running, 1 waiting. */
export function formatCounts(counts: ArrayCounts): string {
  const parts = [`${counts.succeeded + counts.failed} of ${counts.size} done`];
  if (counts.failed > 0) parts.push(`${counts.failed} failed`);
  if (counts.running > 0) parts.push(`${counts.running} running`);
  if (counts.waiting > 0) parts.push(`${counts.waiting} waiting`);
  return parts.join(', ');
}

/** How far an array is, where nobody counts what runs. */
export interface ArrayProgress {
  readonly size: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** 60 of 64 done, 1 failed. */
export function formatArrayProgress({ size, succeeded, failed }: ArrayProgress): string {
  const done = `${succeeded + failed} of ${size} done`;
  return failed === 0 ? done : `${done}, ${failed} failed`;
}
