// The files of attempts. Synchronous on purpose: they are small and go to the page cache, so a call costs about 10 µs, a tenth of
// what handing it to another thread and back would. What may be large, a working folder, is removed elsewhere (removals.ts).
import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { attemptFolderOf, attemptsRootOf, logFileOf, logsRootOf, recordFileOf } from '../files/task-paths.ts';
import type { EpochMs } from '../../core/ids.ts';
import { parseRecord } from './attempt-record.ts';
import type { AttemptRecord } from './attempt-record.ts';

export interface AttemptFiles {
  /** `exists`: this attempt has a record already; nothing was changed. The creation of the record is atomic. */
  create(taskId: string, text: string): 'created' | 'exists';
  /** Replaces the record of an attempt that never ran. */
  replace(taskId: string, text: string): void;
  /** Adds a line of attempt-record.ts. */
  append(taskId: string, line: string): void;
  /** `absent`: no file; `undefined`: a file that is not a whole record. */
  read(taskId: string): AttemptRecord | undefined | 'absent';
  /** Size and time of the last change of the record. */
  stat(taskId: string): { readonly bytes: number; readonly changedAtMs: EpochMs } | undefined;
  /** When the slot shell opened the log, just before it executed the command; `undefined` when it did not. */
  logOpenedAtMs(taskId: string): EpochMs | undefined;
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

export function createAttemptFiles(dataDir: string): AttemptFiles {
  const shards = new Set<string>();

  function write(taskId: string, text: string, flags: 'wx' | 'w'): void {
    const shard = taskId.slice(0, 2);
    if (!shards.has(shard)) {
      // Records hold environments, logs whatever jobs print: neither is for other users of this host.
      for (const root of [attemptsRootOf(dataDir), logsRootOf(dataDir)])
        mkdirSync(`${root}/${shard}`, { recursive: true, mode: 0o700 });
      shards.add(shard);
    }
    const fd = openSync(recordFileOf(dataDir, taskId), flags, 0o600);
    try {
      writeSync(fd, text);
    } finally {
      closeSync(fd);
    }
    mkdirSync(attemptFolderOf(dataDir, taskId), { recursive: flags === 'w', mode: 0o755 });
  }

  /** Someone emptied the data folder under us: make its folders again, once. */
  function writeAnyway(taskId: string, text: string, flags: 'wx' | 'w'): void {
    try {
      write(taskId, text, flags);
    } catch (error) {
      if (!isCode(error, 'ENOENT')) throw error;
      shards.clear();
      write(taskId, text, flags);
    }
  }

  return {
    create(taskId, text) {
      try {
        writeAnyway(taskId, text, 'wx');
        return 'created';
      } catch (error) {
        if (isCode(error, 'EEXIST')) return 'exists';
        throw error;
      }
    },
    replace: (taskId, text) => writeAnyway(taskId, text, 'w'),
    append: (taskId, line) => appendFileSync(recordFileOf(dataDir, taskId), line),
    read(taskId) {
      try {
        return parseRecord(readFileSync(recordFileOf(dataDir, taskId)));
      } catch (error) {
        if (isCode(error, 'ENOENT')) return 'absent';
        throw error;
      }
    },
    stat(taskId) {
      const stats = statSync(recordFileOf(dataDir, taskId), { throwIfNoEntry: false });
      return stats && { bytes: stats.size, changedAtMs: Math.floor(stats.mtimeMs) };
    },
    logOpenedAtMs(taskId) {
      const stats = statSync(logFileOf(dataDir, taskId), { throwIfNoEntry: false });
      return stats && Math.floor(Math.min(stats.birthtimeMs, stats.mtimeMs));
    },
  };
}
