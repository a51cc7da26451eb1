// The audit trail in a log group of CloudWatch Logs: one JSON record per event, in a stream of this process's own, sent in
// batches that obey PutLogEvents' limits. What cannot be sent goes to `onLost`, so that it is in some log at least.
import { backOff } from '../aws/back-off.ts';
import type { CloudWatchLogsClient, InputLogEvent } from '@aws-sdk/client-cloudwatch-logs';
import { CreateLogStreamCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { AuditRecord } from '../../core/access/audit-record.ts';
import type { AuditSink } from '../../engine/access-ports.ts';

export interface AuditLogGroupOptions {
  readonly client: CloudWatchLogsClient;
  readonly logGroup: string;
  /** Of this process alone; made on first use. */
  readonly logStream: string;
  readonly onLost: (records: readonly AuditRecord[], error: unknown) => void;
  readonly maxAttempts?: number;
  readonly firstWaitMs?: number;
}

export interface AuditLogGroup extends AuditSink {
  /** Resolves when all that was recorded is sent or lost. */
  flush(): Promise<void>;
}

const BATCH_EVENTS = 1_000;
/** PutLogEvents takes 1,048,576 bytes, 26 of them for each event beside its text. */
const BATCH_BYTES = 1_000_000;
const EVENT_OVERHEAD = 26;
const MAX_WAIT_MS = 1_000;

/** A function calls `flush` before it answers: it may be frozen right after. */
export function createAuditLogGroup(options: AuditLogGroupOptions): AuditLogGroup {
  let waiting: AuditRecord[] = [];
  let sending: Promise<void> = Promise.resolve();
  let stream: Promise<void> | undefined;

  async function ready(): Promise<void> {
    stream ??= makeStream(options);
    try {
      await stream;
    } catch (error) {
      stream = undefined;
      throw error;
    }
  }

  async function sendAll(): Promise<void> {
    const records = waiting;
    waiting = [];
    for (const batch of batchesOf(records)) {
      try {
        await patiently(options, ready);
        await patiently(options, () => put(options, batch));
      } catch (error) {
        stream = undefined;
        options.onLost(
          batch.map(({ record }) => record),
          error,
        );
      }
    }
  }
  const flush = (): Promise<void> => {
    if (waiting.length > 0) sending = sending.then(sendAll);
    return sending;
  };
  return {
    async record(records) {
      waiting.push(...records);
      if (waiting.length >= BATCH_EVENTS) await flush();
    },
    flush,
  };
}

interface Line {
  readonly record: AuditRecord;
  readonly event: InputLogEvent & { readonly timestamp: number };
}

function batchesOf(records: readonly AuditRecord[]): readonly (readonly Line[])[] {
  const lines = records
    .map((record): Line => {
      const timestamp = Date.parse(record.eventTime);
      return { record, event: { timestamp, message: JSON.stringify(record) } };
    })
    .sort((left, right) => left.event.timestamp - right.event.timestamp);
  const batches: Line[][] = [];
  let bytes = 0;
  for (const line of lines) {
    const size = Buffer.byteLength(line.event.message ?? '') + EVENT_OVERHEAD;
    const current = batches.at(-1);
    if (!current || current.length === BATCH_EVENTS || bytes + size > BATCH_BYTES) {
      batches.push([line]);
      bytes = size;
    } else {
      current.push(line);
      bytes += size;
    }
  }
  return batches;
}

async function makeStream({ client, logGroup, logStream }: AuditLogGroupOptions): Promise<void> {
  try {
    await client.send(new CreateLogStreamCommand({ logGroupName: logGroup, logStreamName: logStream }));
  } catch (error) {
    const isThere = error instanceof Error && error.name === 'ResourceAlreadyExistsException';
    if (!isThere) throw error;
  }
}

async function put(
  { client, logGroup, logStream }: AuditLogGroupOptions,
  batch: readonly Line[],
): Promise<void> {
  const { rejectedLogEventsInfo } = await client.send(
    new PutLogEventsCommand({
      logGroupName: logGroup,
      logStreamName: logStream,
      logEvents: batch.map(({ event }) => event),
    }),
  );
  if (rejectedLogEventsInfo) {
    throw new Error(
      `CloudWatch Logs rejected records of ${logGroup}: ${JSON.stringify(rejectedLogEventsInfo)}`,
    );
  }
}

const TRANSIENT: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'ServiceUnavailableException',
  'InternalFailure',
  'TimeoutError',
]);

async function patiently(
  { maxAttempts = 5, firstWaitMs = 50 }: AuditLogGroupOptions,
  send: () => Promise<void>,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await send();
      return;
    } catch (error) {
      const isTransient = error instanceof Error && TRANSIENT.has(error.name);
      if (!isTransient || attempt === maxAttempts) throw error;
    }
    await backOff({ firstWaitMs, maxWaitMs: MAX_WAIT_MS }, attempt);
  }
}
