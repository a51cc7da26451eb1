// Delivers the change log to one handler: in order, one batch at a time, again and again until the handler took it. Normally
// straight from memory, right after the commit; from the database after a start and when the handler has fallen far behind.
import { setTimeout as delay } from 'node:timers/promises';
import type { Change, ChangeFeed } from '../../engine/table-ports.ts';
import type { ChangeLog } from './change-log.ts';
import { seqOf } from './change-log.ts';
import type { StoreLog } from './store-log.ts';
import { faultText } from './store-log.ts';

export interface FeedOptions {
  readonly log: StoreLog;
  /** Wait before a refused batch comes again; doubles with each refusal up to the maximum. */
  readonly redeliverFirstMs: number;
  readonly redeliverMaxMs: number;
  /** More undelivered changes than this are left to the database. */
  readonly maxQueued: number;
}

const DEFAULT_MAX_BATCH = 256;

type Handler = (batch: readonly Change[]) => Promise<void>;

export function createChangeFeed(changes: ChangeLog, options: FeedOptions): ChangeFeed {
  let running: { readonly stopped: AbortController; readonly ended: Promise<void> } | undefined;
  const backlog = createBacklog(changes, options.maxQueued);

  async function run(handler: Handler, maxBatch: number, stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      try {
        const batch = backlog.take(maxBatch);
        if (batch.length > 0) await deliver(changes, options, batch, handler, stopped);
        else await backlog.arrival();
      } catch (error) {
        options.log('changes.unreadable', { afterSeq: changes.ackedSeq(), error: faultText(error) });
        await pause(options.redeliverMaxMs, stopped);
      }
    }
  }

  return {
    start(handler, { maxBatch = DEFAULT_MAX_BATCH } = {}) {
      if (running) throw new Error('the change feed has a handler already');
      const stopped = new AbortController();
      backlog.reset();
      running = { stopped, ended: run(handler, maxBatch, stopped.signal) };
    },
    async stop() {
      const stopping = running;
      stopping?.stopped.abort();
      backlog.wake();
      await stopping?.ended;
      if (running === stopping) running = undefined;
    },
  };
}

/** Until the handler took the batch or the feed is stopped. */
async function deliver(
  changes: ChangeLog,
  options: FeedOptions,
  batch: readonly Change[],
  handler: Handler,
  stopped: AbortSignal,
): Promise<void> {
  for (let refusals = 0; !stopped.aborted; refusals += 1) {
    try {
      await handler(batch);
      changes.acknowledge(seqOf(batch.at(-1) as Change)); // batches are never empty
      return;
    } catch (error) {
      const waitMs = Math.min(options.redeliverFirstMs * 2 ** refusals, options.redeliverMaxMs);
      options.log('changes.refused', {
        fromSeq: batch[0]?.seq,
        size: batch.length,
        waitMs,
        error: faultText(error),
      });
      await pause(waitMs, stopped);
    }
  }
}

async function pause(ms: number, stopped: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal: stopped }).catch((error: unknown) => {
    if (!stopped.aborted) throw error;
  });
}

interface Backlog {
  /** The next undelivered changes, at most `max`; empty when there are none. */
  take(max: number): readonly Change[];
  /** Resolves when there may be something to take, or on `wake`. */
  arrival(): Promise<void>;
  wake(): void;
  /** Forgets what is in memory: delivery goes on from the last acknowledged change. */
  reset(): void;
}

/**
 * `queue` holds consecutive changes up to some number; `complete` says that this is the last committed one, so that the next
 * commit may be appended. Whatever is not in the queue is in the database.
 */
function createBacklog(changes: ChangeLog, maxQueued: number): Backlog {
  let queue: readonly Change[] = [];
  let arrived: Change[] = [];
  let position = 0;
  let taken = 0;
  let complete = false;
  let wake = (): void => {};

  changes.onCommitted((committed) => {
    if (complete && arrived.length + queue.length - position + committed.length > maxQueued) {
      [queue, arrived, position, complete] = [[], [], 0, false];
    }
    if (complete) arrived.push(...committed);
    wake();
  });

  function refill(max: number): void {
    position = 0;
    if (complete) {
      [queue, arrived] = [arrived, []];
      return;
    }
    queue = changes.readAfter(taken, max);
    const last = queue.at(-1);
    if (!last) taken = changes.lastSeq();
    complete = !last || seqOf(last) >= changes.lastSeq();
  }

  return {
    take(max) {
      if (position >= queue.length) refill(max);
      const batch = queue.slice(position, position + max);
      position += batch.length;
      const last = batch.at(-1);
      if (last) taken = seqOf(last);
      return batch;
    },
    async arrival() {
      if (arrived.length > 0 || taken < changes.lastSeq()) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    },
    wake: () => wake(),
    reset() {
      [queue, arrived, position, complete] = [[], [], 0, false];
      taken = changes.ackedSeq();
    },
  };
}
