// A log kept in memory, addressed by bytes as the port demands: every line takes its UTF-8 bytes and one for its newline.
import type { LogLine, LogPage, Logs } from '../../../engine/log-ports.ts';
import type { LogCatalog, LogStream } from '../../../api/logs/catalog.ts';

interface Placed {
  readonly line: LogLine;
  readonly from: number;
  readonly to: number;
}

export interface MemoryLogs extends Logs {
  write(taskId: string, ...lines: readonly LogLine[]): void;
}

export function memoryLogs(): MemoryLogs {
  const streams = new Map<string, Placed[]>();
  const placed = (taskId: string): Placed[] => streams.get(taskId) ?? [];
  const end = (taskId: string): number => placed(taskId).at(-1)?.to ?? 0;
  const pageOf = (lines: readonly Placed[], at: number): LogPage => ({
    lines: lines.map(({ line }) => line),
    from: lines[0]?.from ?? at,
    to: lines.at(-1)?.to ?? at,
  });
  return {
    write(taskId, ...lines) {
      const stream = placed(taskId);
      streams.set(taskId, stream);
      for (const line of lines) {
        const from = end(taskId);
        stream.push({ line, from, to: from + Buffer.byteLength(line.text) + 1 });
      }
    },
    read(taskId, from, limit) {
      const stream = streams.get(taskId);
      if (!stream) return Promise.resolve(undefined);
      if (from === 'end') return Promise.resolve(pageOf(stream.slice(-limit), end(taskId)));
      return Promise.resolve(pageOf(stream.filter((line) => line.from >= from).slice(0, limit), from));
    },
    readBefore(taskId, before, limit) {
      const stream = streams.get(taskId);
      if (!stream) return Promise.resolve(undefined);
      return Promise.resolve(pageOf(stream.filter((line) => line.to <= before).slice(-limit), before));
    },
    size: (taskId) => Promise.resolve(streams.has(taskId) ? end(taskId) : undefined),
    remove(taskId) {
      streams.delete(taskId);
      return Promise.resolve();
    },
  };
}

/** Every stream of every scope in one group, listed by name. */
export function memoryCatalog(group: string, streams: readonly LogStream[]): LogCatalog {
  return {
    findStream: (_scope, wanted, name) =>
      Promise.resolve(wanted === group ? streams.find((stream) => stream.name === name) : undefined),
    listStreams(_scope, wanted, { prefix = '', after, limit, order, descending }) {
      const key = (stream: LogStream): string =>
        order === 'name' ? stream.name : `${String(stream.createdAtMs).padStart(15, '0')} ${stream.name}`;
      const sorted = streams
        .filter((stream) => wanted === group && stream.name.startsWith(prefix))
        .sort((a, b) => (key(a) < key(b) ? -1 : 1));
      if (descending) sorted.reverse();
      const start = after === undefined ? 0 : sorted.findIndex((stream) => key(stream) === after) + 1;
      const shown = sorted.slice(start, start + limit);
      const last = shown.at(-1);
      const next = last && start + limit < sorted.length ? { next: key(last) } : {};
      return Promise.resolve({ streams: shown, ...next });
    },
    listGroups: () => Promise.resolve([{ name: group, createdAtMs: 1 }]),
  };
}
