// The output of jobs over a log whose positions are times: from its end, from its beginning, and when nothing more comes.
import { beforeEach, describe, expect, it } from 'vitest';
import type { JobAnswer } from '../../../api/console/wire.ts';
import type { Logs } from '../../../engine/log-ports.ts';
import type { AccountLogs } from '../../../local/account-console/account-logs.ts';
import { createAccountLogs } from '../../../local/account-console/account-logs.ts';

const TASK = '0123456789abcdef0123456789abcdef';
/** Of the first line; each further one is ten later. */
const FIRST = 2_174_816_144_600_000;

let count: number;
let stoppedAtMs: number | undefined;
let nowMs: number;
let streams: Set<string | undefined>;
let logs: AccountLogs;
beforeEach(() => {
  [count, stoppedAtMs, nowMs] = [0, undefined, 100_000];
  streams = new Set();
  logs = createAccountLogs({
    job: async () => aJob(),
    jobsGroup: '/aws/batch/job',
    nowMs: () => nowMs,
    logs: (streamOf) => {
      const numbered = aNumberedLog();
      return {
        ...numbered,
        size(task) {
          streams.add(streamOf(task)?.logStream);
          return numbered.size(task);
        },
      };
    },
  });
});

/** All that is read of one. */
function aJob(): JobAnswer {
  return {
    logs: [{ attempt: 1, container: 'default', taskId: TASK }],
    attempts: [{ number: 1, environment: 'e', ...(stoppedAtMs === undefined ? {} : { stoppedAtMs }) }],
    detail: { attempts: [], container: { logStreamName: 'shell/default/x' } },
  } as unknown as JobAnswer;
}

function aNumberedLog(): Logs {
  const positionOf = (index: number): number => FIRST + index * 10;
  const part = (start: number, end: number) => {
    const from = Math.max(0, start);
    const lines = Array.from({ length: Math.max(0, end - from) }, (_, place) => ({
      atMs: 1,
      text: `line ${from + place + 1}`,
    }));
    return {
      lines,
      from: positionOf(from),
      to: lines.length === 0 ? positionOf(from) : positionOf(end - 1) + 1,
    };
  };
  const indexAt = (position: number): number => Math.max(0, Math.ceil((position - FIRST) / 10));
  return {
    read: async (_task, from, limit) =>
      from === 'end'
        ? part(count - limit, count)
        : part(indexAt(from), Math.min(count, indexAt(from) + limit)),
    readBefore: async (_task, before, limit) =>
      part(Math.min(count, indexAt(before)) - limit, Math.min(count, indexAt(before))),
    size: async () => (count === 0 ? 0 : positionOf(count - 1) + 1),
    remove: async () => undefined,
  };
}

const read = (query: string) =>
  logs.read('job', new URLSearchParams(`task=${TASK}&${query}`), new AbortController().signal);

describe('a log that fits a page', () => {
  it.each(['from=end', 'from=0', `before=${FIRST + 25}`])('begins at 0, read by %s', async (query) => {
    count = 3;
    const page = await read(query);
    expect([page.lines[0]?.text, page.lines.length, page.from]).toEqual(['line 1', 3, 0]);
    expect(page.isUnmeasured).toBe(true);
    expect([...streams]).toEqual(['shell/default/x']);
  });
});

describe('a longer one', () => {
  it('begins where its page does, until the first line is on it', async () => {
    count = 2_500;
    const end = await read('from=end');
    expect([end.lines[0]?.text, end.from]).toEqual(['line 1501', FIRST + 15_000]);
    const earlier = await read(`before=${end.from}`);
    expect([earlier.lines[0]?.text, earlier.from]).toEqual(['line 501', FIRST + 5_000]);
    const first = await read(`before=${earlier.from}`);
    expect([first.lines[0]?.text, first.lines.length, first.from]).toEqual(['line 1', 500, 0]);
  });

  it('is searched by positions', async () => {
    count = 2_500;
    const size = FIRST + 24_991;
    const query = new URLSearchParams({ task: TASK, text: 'LINE 77', before: String(size) });
    let answer = await logs.search('job', query);
    while (answer.found === undefined && !answer.isDone) {
      query.set('before', String(answer.reached));
      answer = await logs.search('job', query);
    }
    expect(answer.found).toBe(FIRST + 7_780);
  });
});

describe('the end', () => {
  it.each([
    [undefined, false],
    [95_000, false],
    [89_000, true],
  ])('of a job that stopped at %d is reached: %s, because lines appear late', async (stopped, ended) => {
    count = 1;
    stoppedAtMs = stopped;
    expect((await read('from=end')).ended).toBe(ended);
  });
});

it('a task that is not the job’s is nobody’s', async () => {
  await expect(
    logs.read('job', new URLSearchParams('task=other&from=end'), new AbortController().signal),
  ).rejects.toMatchObject({ status: 404 });
});
