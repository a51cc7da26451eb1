// What a log group holds of a span of time, oldest first. FilterLogEvents answers in pages, any of which may be empty.
import type { CloudWatchLogsClient, FilteredLogEvent } from '@aws-sdk/client-cloudwatch-logs';
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { EpochMs } from '../../core/ids.ts';
import type { RetryPolicy } from '../aws/back-off.ts';
import { askPatiently } from './reading.ts';

export type LogsSender = Pick<CloudWatchLogsClient, 'send'>;

export interface GroupOptions {
  readonly client: LogsSender;
  readonly logGroup: string;
  readonly nowMs: () => EpochMs;
  readonly retry?: RetryPolicy;
}

/** Both ends belong to it. */
export interface Span {
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
}

export interface Wanted {
  /** In CloudWatch Logs' language; what it leaves out is not read. */
  readonly pattern?: string | undefined;
  /** Reading ends behind the page that reaches so many. */
  readonly maxEntries: number;
  readonly signal?: AbortSignal | undefined;
}

export interface RawEntry {
  readonly id: string;
  readonly atMs: EpochMs;
  readonly ingestedAtMs: EpochMs;
  readonly text: string;
}

export interface SpanContents {
  readonly entries: readonly RawEntry[];
  /** There is nothing in the span beside `entries`. */
  readonly isWhole: boolean;
}

export async function readSpan(options: GroupOptions, span: Span, wanted: Wanted): Promise<SpanContents> {
  try {
    return await readPages(options, span, wanted);
  } catch (error) {
    // A pattern only spares reading: where it is not understood, all is read.
    const isOfPattern = error instanceof Error && error.name === 'InvalidParameterException';
    if (!isOfPattern || wanted.pattern === undefined) throw error;
    return readPages(options, span, { ...wanted, pattern: undefined });
  }
}

async function readPages(options: GroupOptions, span: Span, wanted: Wanted): Promise<SpanContents> {
  const found = new Map<string, RawEntry>();
  let token: string | undefined;
  do {
    const page = await readPage(options, span, wanted, token);
    // An entry may come twice.
    for (const entry of (page.events ?? []).map(entryOf)) found.set(entry.id, entry);
    token = page.nextToken;
  } while (token !== undefined && found.size < wanted.maxEntries);
  const entries = [...found.values()].sort((one, other) => one.atMs - other.atMs);
  return { entries, isWhole: token === undefined };
}

async function readPage(
  { client, logGroup, retry }: GroupOptions,
  { fromMs, toMs }: Span,
  { pattern, signal }: Wanted,
  nextToken: string | undefined,
) {
  const command = new FilterLogEventsCommand({
    logGroupName: logGroup,
    startTime: fromMs,
    endTime: toMs,
    ...(pattern === undefined ? {} : { filterPattern: pattern }),
    ...(nextToken === undefined ? {} : { nextToken }),
  });
  const asked = { action: 'logs:FilterLogEvents', subject: `the log group ${logGroup}` };
  return askPatiently(asked, () => client.send(command, signal ? { abortSignal: signal } : {}), retry);
}

function entryOf({
  eventId,
  timestamp = 0,
  ingestionTime = timestamp,
  message = '',
  logStreamName,
}: FilteredLogEvent): RawEntry {
  const id = eventId ?? `${logStreamName}/${timestamp}/${message}`;
  return { id, atMs: timestamp, ingestedAtMs: ingestionTime, text: message };
}
