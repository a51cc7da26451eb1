// Batches of changes: one for all pages, each job once with its latest state.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EventLog, StoredEvent } from '../../../adapters/sqlite/event-log.ts';
import type { Changes } from '../../../local/console/changes.ts';
import { createChanges } from '../../../local/console/changes.ts';
import type { ChangesMessage } from '../../../api/console/wire.ts';

const ARRAY = '11111111-1111-4111-8111-111111111111';
const OTHER = '22222222-2222-4222-8222-222222222222';

/** An event log that remembers nothing: what is appended is told to its listeners. */
function anEventLog(startSeq = 0) {
  const listeners = new Set<(events: readonly StoredEvent[]) => void>();
  let seq = startSeq;
  const log: EventLog = {
    publish: async () => undefined,
    read: async () => [],
    prune: async () => 0,
    lastSeq: () => seq,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return {
    log,
    append(...changes: readonly (readonly [jobId: string, status: string, more?: Partial<StoredEvent>])[]) {
      const events = changes.map(([jobId, status, more]): StoredEvent => {
        seq += 1;
        const detail = { jobId, status };
        return {
          seq,
          id: String(seq),
          detailType: 'Batch Job State Change',
          region: 'eu-west-1',
          atMs: Date.now(),
          resources: [],
          detail,
          ...more,
        };
      });
      for (const listener of listeners) listener(events);
    },
  };
}

let events: ReturnType<typeof anEventLog>;
let changes: Changes;
let heard: { message: ChangesMessage; seq: number }[];
beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  events = anEventLog(40);
  changes = createChanges(events.log);
  heard = [];
});
afterEach(() => {
  changes.close();
  vi.useRealTimers();
});

function listen(follow?: string, region = 'eu-west-1'): void {
  const interest = { region, ...(follow === undefined ? {} : { follow }) };
  changes.listen({ interest, hear: (message, seq) => heard.push({ message, seq }) });
}

describe('a page', () => {
  it('hears of each job once in a tenth of a second, with its latest state', () => {
    listen();
    events.append([OTHER, 'RUNNABLE'], [OTHER, 'STARTING']);
    events.append([OTHER, 'RUNNING']);
    expect(heard).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(heard).toEqual([{ message: { jobs: [[OTHER, 'RUNNING']], parts: [], wholes: [] }, seq: 43 }]);
    vi.advanceTimersByTime(1_000);
    expect(heard).toHaveLength(1);
  });

  it('hears of ten thousand children as one job, unless it looks at them', () => {
    listen();
    listen(ARRAY);
    events.append(...Array.from({ length: 10_000 }, (_, index) => [`${ARRAY}:${index}`, 'RUNNING'] as const));
    vi.advanceTimersByTime(100);
    const [list, map] = heard.map(({ message }) => message);
    expect(list).toEqual({ jobs: [], parts: [], wholes: [ARRAY] });
    expect(map?.parts).toHaveLength(10_000);
    expect(map?.parts[77]).toEqual([77, 'R']);
  });

  it('of a child hears of that child', () => {
    listen(`${ARRAY}:3`);
    events.append([`${ARRAY}:3`, 'FAILED'], [`${ARRAY}:4`, 'RUNNING']);
    vi.advanceTimersByTime(100);
    expect(heard[0]?.message).toEqual({ jobs: [[`${ARRAY}:3`, 'FAILED']], parts: [], wholes: [ARRAY] });
  });

  it('hears nothing of another Region, and nothing of other kinds of events', () => {
    listen(undefined, 'us-east-1');
    events.append([OTHER, 'RUNNING']);
    events.append([OTHER, 'RUNNABLE', { region: 'us-east-1', detailType: 'Some Other Change' }]);
    vi.advanceTimersByTime(100);
    expect(heard).toEqual([]);
  });
});

describe('a page that was away', () => {
  it('is told what it missed', () => {
    events.append([OTHER, 'RUNNABLE']);
    events.append([OTHER, 'SUCCEEDED'], [`${ARRAY}:0`, 'RUNNING']);
    expect(changes.since(41, { region: 'eu-west-1', follow: ARRAY })).toEqual({
      message: { jobs: [[OTHER, 'SUCCEEDED']], parts: [[0, 'R']], wholes: [ARRAY] },
      seq: 43,
    });
    expect(changes.since(43, { region: 'eu-west-1' })?.message).toEqual({ jobs: [], parts: [], wholes: [] });
  });

  it('is told that it missed too much: before this server started, or before what is kept', () => {
    expect(changes.since(39, { region: 'eu-west-1' })).toBeUndefined();
    expect(changes.since(40, { region: 'eu-west-1' })).toBeDefined();
    for (let times = 0; times < 101; times += 1) {
      events.append(...Array.from({ length: 1_000 }, () => [OTHER, 'RUNNING'] as const));
    }
    expect(changes.since(40, { region: 'eu-west-1' })).toBeUndefined();
    expect(changes.since(events.log.lastSeq() - 10, { region: 'eu-west-1' })).toBeDefined();
  });

  it('cannot know of more than there is: its server was reset', () => {
    expect(changes.since(1_000, { region: 'eu-west-1' })).toBeUndefined();
  });
});
