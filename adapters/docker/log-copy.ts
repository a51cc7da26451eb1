// Copies one container's output into its log file. Invariant: the file is always a prefix of what the container wrote, to
// the byte, across broken streams and restarts of the Engine and of this process; it only ever grows.
import { mkdir, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { EngineClient } from './engine-client.ts';
import { createLogCursor } from './log-cursor.ts';
import type { LogCursor } from './log-cursor.ts';
import { createFrameReader } from './log-frames.ts';

export interface LogCopy {
  /**
   * One reading from where the last one ended. With `follow` it lasts until the container ends or the stream breaks; the
   * Engine may then leave out the last lines, so a reading without `follow` must come after the end.
   */
  read(options: { readonly follow: boolean; readonly signal?: AbortSignal }): Promise<void>;
  close(): Promise<void>;
}

export function createLogCopy(client: EngineClient, container: string, file: string): LogCopy {
  let handle: FileHandle | undefined;
  let cursor: LogCursor | undefined;

  const opened = async (): Promise<FileHandle> => {
    if (handle) return handle;
    await mkdir(dirname(file), { recursive: true });
    handle = await open(file, 'a');
    return handle;
  };
  return {
    async read({ follow, signal }) {
      const target = await opened();
      // What an earlier process wrote is a prefix of the log too: its size says how far it came.
      cursor ??= createLogCursor((await target.stat()).size);
      const chunks = await client.stream(logsCall(container, follow, cursor.restart(), signal));
      try {
        await copy(chunks, cursor, target);
      } catch (error) {
        // After a failed write nobody knows how much of it came through, but the file does.
        if (isFileError(error)) cursor = undefined;
        throw error;
      }
    },
    async close() {
      await handle?.close();
      handle = undefined;
    },
  };
}

async function copy(chunks: AsyncIterable<Buffer>, cursor: LogCursor, target: FileHandle): Promise<void> {
  const entriesOf = createFrameReader();
  for await (const chunk of chunks) {
    const fresh = entriesOf(chunk)
      .map((entry) => cursor.take(entry))
      .filter((text) => text.length > 0);
    // The next chunk is read after this one is written: a slow disk slows the reading, never fills the memory.
    if (fresh.length > 0) await target.appendFile(fresh.length === 1 ? fresh[0]! : Buffer.concat(fresh));
  }
}

function logsCall(
  container: string,
  follow: boolean,
  since: number | undefined,
  signal: AbortSignal | undefined,
): Parameters<EngineClient['stream']>[0] {
  return {
    method: 'GET',
    path: `/containers/${container}/logs`,
    query: {
      stdout: '1',
      stderr: '1',
      timestamps: '1',
      follow: follow ? '1' : undefined,
      since: since === undefined ? undefined : String(since),
    },
    signal,
  };
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
