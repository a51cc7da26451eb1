// What pages hear, from a watch whose rounds are a few milliseconds apart.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChangesMessage } from '../../../api/console/wire.ts';
import type { Changes } from '../../../local/console/changes.ts';
import { AwayError } from '../../../local/account-console/away-error.ts';
import type { SeenState } from '../../../local/account-console/event-feed.ts';
import { createEventFeed } from '../../../local/account-console/event-feed.ts';
import type { WatchPace } from '../../../local/account-console/watch-account.ts';
import { watchAccount } from '../../../local/account-console/watch-account.ts';

const JOB = '00000001-0000-4000-8000-000000000000';
const REGION = 'eu-west-1';
const QUICK: WatchPace = { hearEveryMs: 5, lookEveryMs: 5, checkEveryMs: 5, retryEventsMs: 40, lingerMs: 20 };

const calls = { listen: 0, hear: 0, look: 0, check: 0, away: 0 };
let followed: readonly string[];
/** What the next round finds, by either way; a function may throw. */
let heard: (() => readonly SeenState[])[];
let found: (() => readonly SeenState[])[];
let logged: string[];
let changes: Changes;
let check: () => Promise<unknown>;
beforeEach(() => {
  Object.assign(calls, { listen: 0, hear: 0, look: 0, check: 0, away: 0 });
  [heard, found, logged, followed] = [[], [], [], []];
  check = async () => undefined;
});
afterEach(() => changes.close());

function watch(hasEvents: boolean, pace: Partial<WatchPace> = {}): Changes {
  const hear = async (): Promise<readonly SeenState[]> => {
    calls.hear += 1;
    return heard.shift()?.() ?? [];
  };
  const listen = () => {
    calls.listen += 1;
    return hear;
  };
  changes = watchAccount({
    feed: createEventFeed(REGION),
    watched: {
      ...(hasEvents ? { listen } : {}),
      async look(now) {
        calls.look += 1;
        followed = now;
        return found.shift()?.() ?? [];
      },
      check() {
        calls.check += 1;
        return check();
      },
    },
    onChange: () => undefined,
    onAway: () => void (calls.away += 1),
    log: (event) => void logged.push(event),
    pace: { ...QUICK, ...pace },
  });
  return changes;
}

const seen = (jobId: string, status: string): SeenState => ({ jobId, status, atMs: 1 });

/** A page: what it was told, and how it leaves. */
function aPage(follow?: string): { readonly told: ChangesMessage[]; leave: () => void } {
  const told: ChangesMessage[] = [];
  const interest = { region: REGION, ...(follow === undefined ? {} : { follow }) };
  return { told, leave: changes.listen({ interest, hear: (message) => told.push(message) }) };
}

const until = (condition: () => boolean) =>
  expect.poll(condition, { interval: 2, timeout: 5_000 }).toBe(true);

describe('where there are events', () => {
  it('pages hear of them, of the children of what they follow by index', async () => {
    watch(true);
    heard = [() => [seen(JOB, 'RUNNING'), seen(`${JOB}:3`, 'FAILED')]];
    const page = aPage(JOB);
    await until(() => page.told.length > 0);
    expect(page.told[0]).toEqual({ jobs: [[JOB, 'RUNNING']], parts: [[3, 'F']], wholes: [JOB] });
    expect(calls.look).toBe(0);
  });

  it('the server is asked now and then whether it is there, and pages hear when it is not', async () => {
    watch(true);
    check = () => Promise.reject(new AwayError('away'));
    aPage();
    await until(() => calls.away > 0);
    expect(logged).toEqual([]);
  });

  it('and they cannot be read, what changed is asked for, and they are tried again later', async () => {
    watch(true);
    const refuse = (): never => {
      throw new Error('logs:FilterLogEvents is not allowed');
    };
    heard = [refuse, () => [seen(JOB, 'SUCCEEDED')]];
    found = [() => [seen(JOB, 'RUNNING')]];
    const page = aPage();
    await until(() => page.told.some(({ jobs }) => jobs[0]?.[1] === 'SUCCEEDED'));
    expect(calls.look).toBeGreaterThan(1);
    expect(calls.hear).toBeGreaterThanOrEqual(2);
  });
});

describe('where there are none', () => {
  it('pages hear of what a look finds, which knows what they follow', async () => {
    watch(false);
    found = [() => [], () => [seen(JOB, 'FAILED')]];
    const page = aPage(JOB);
    aPage();
    await until(() => page.told.length > 0);
    expect(page.told[0]?.jobs).toEqual([[JOB, 'FAILED']]);
    expect(followed).toEqual([JOB]);
  });

  it('a round that fails is told in the log, and is not the last', async () => {
    watch(false);
    const fail = (): never => {
      throw new Error('busy');
    };
    found = [fail, () => [seen(JOB, 'FAILED')]];
    const page = aPage();
    await until(() => page.told.length > 0);
    expect(logged).toEqual(['console.watch-failed']);
  });

  it('pages that are open find out for themselves when the server is away', async () => {
    watch(false);
    const away = (): never => {
      throw new AwayError('away');
    };
    found = [away, away];
    aPage();
    await until(() => calls.away >= 2);
  });
});

describe('while no page is open', () => {
  it('nothing is asked, from some time after the last one left', async () => {
    watch(false);
    const page = aPage();
    await until(() => calls.look > 1);
    page.leave();
    await new Promise((resolve) => setTimeout(resolve, 60));
    const before = calls.look;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(calls.look).toBe(before);
    aPage();
    await until(() => calls.look > before);
  });

  it('nothing is kept for later: whoever comes next is told of what happens from then on', async () => {
    watch(true);
    const page = aPage();
    aPage().leave();
    await until(() => calls.hear > 1);
    expect(calls.listen).toBe(1);
    page.leave();
    await new Promise((resolve) => setTimeout(resolve, 60));
    aPage();
    await until(() => calls.listen === 2);
  });

  it('a page that was away meanwhile is told that it missed something; a new one is not', async () => {
    watch(false);
    const page = aPage();
    const seq = changes.lastSeq();
    expect(changes.since(seq, { region: REGION })).toBeDefined();
    page.leave();
    await until(() => changes.since(seq, { region: REGION }) === undefined);
    expect(changes.since(changes.lastSeq(), { region: REGION })?.message.jobs).toEqual([]);
  });

  it('a page that only opens another job goes on where it was', async () => {
    watch(false, { lingerMs: 10_000 });
    const page = aPage();
    const seq = changes.lastSeq();
    page.leave();
    found = [() => [seen(JOB, 'RUNNING')]];
    await until(() => found.length === 0);
    await until(() => changes.lastSeq() > seq);
    expect(changes.since(seq, { region: REGION })?.message.jobs).toEqual([[JOB, 'RUNNING']]);
  });
});
