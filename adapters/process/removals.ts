// Removes the records and working folders of forgotten attempts while nothing runs, or in small slices once they have waited
// long: removal in the middle of a burst would take time from starting jobs.
import { rmdirSync, unlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { attemptFolderOf, recordFileOf } from '../files/task-paths.ts';

export interface Removals {
  add(taskId: string): void;
  /** Removes what is left, and no more after that. */
  close(): Promise<void>;
}

export interface RemovalOptions {
  readonly dataDir: string;
  /** Nothing runs and nothing waits to. */
  readonly isQuiet: () => boolean;
  readonly onError: (taskId: string, error: unknown) => void;
}

const LOOK_EVERY_MS = 1_000;
const WAIT_AT_MOST_MS = 60_000;
const BACKLOG_AT_MOST = 20_000;
const SLICE = 200;

export function createRemovals({ dataDir, isQuiet, onError }: RemovalOptions): Removals {
  // In the order of their arrival, which a Map keeps.
  const queue = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;

  async function remove(taskId: string): Promise<void> {
    queue.delete(taskId);
    const folder = attemptFolderOf(dataDir, taskId);
    try {
      unlinkSync(recordFileOf(dataDir, taskId));
      rmdirSync(folder);
    } catch {
      // Not empty, or half gone: the thorough way finds out.
      await Promise.all(
        [recordFileOf(dataDir, taskId), folder].map((path) => rm(path, { recursive: true, force: true })),
      ).catch((error: unknown) => onError(taskId, error));
    }
  }

  async function removeFirst(count: number): Promise<void> {
    for (const taskId of [...queue.keys()].slice(0, count)) await remove(taskId);
  }

  function isDue(): boolean {
    const [oldestAtMs] = queue.values();
    return (
      isQuiet() ||
      queue.size > BACKLOG_AT_MOST ||
      (oldestAtMs ?? Infinity) < performance.now() - WAIT_AT_MOST_MS
    );
  }

  function lookLater(delayMs: number): void {
    if (timer || queue.size === 0) return;
    timer = setTimeout(() => void look(), delayMs);
    timer.unref();
  }

  async function look(): Promise<void> {
    const due = isDue();
    if (due) await removeFirst(SLICE);
    timer = undefined;
    lookLater(due ? 20 : LOOK_EVERY_MS);
  }

  return {
    add(taskId) {
      queue.set(taskId, performance.now());
      lookLater(LOOK_EVERY_MS);
    },
    async close() {
      clearTimeout(timer);
      while (queue.size > 0) await removeFirst(queue.size);
    },
  };
}
