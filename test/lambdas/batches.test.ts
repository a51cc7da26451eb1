import { describe, expect, it } from 'vitest';
import type { Change } from '../../engine/table-ports.ts';
import { StoreUnavailableError } from '../../engine/table-ports.ts';
import { jobRow } from '../../engine/store/job-rows.ts';
import { BatchFailedError, reactToBatch } from '../../lambdas/react-batch.ts';
import { scheduleBatch } from '../../lambdas/schedule-batch.ts';
import type { ScheduleBatchDeps } from '../../lambdas/schedule-batch.ts';
import { aJob } from '../core/job/a-job.ts';
import { sqsEventOf, streamEventOf } from './a-cloud-home.ts';

const row = { version: 1, indexes: {}, ...jobRow(aJob('SUBMITTED'), 1) };
const changesOf = (count: number): Change[] =>
  Array.from({ length: count }, (_, index) => ({ seq: String(index + 1), after: row }));

type ReactTo = (numbers: readonly string[]) => Promise<void>;

/** `broken`: the record there has no images. What is done is kept in order. */
async function reactingWith(count: number, reactTo: ReactTo, broken?: number) {
  const done: string[] = [];
  const measured: string[] = [];
  const event = streamEventOf(changesOf(count));
  if (broken !== undefined) {
    event.Records[broken] = { ...event.Records[broken], dynamodb: { SequenceNumber: String(broken + 1) } };
  }
  let nowMs = 0;
  const numbersOf = (batch: readonly Change[]): string[] => batch.map(({ seq }) => String(Number(seq)));
  const answer = await reactToBatch(
    {
      react: async (batch) => {
        await reactTo(numbersOf(batch));
        done.push(...numbersOf(batch));
      },
      measure: async (batch) => void measured.push(...numbersOf(batch)),
      nowMs: () => nowMs,
      pause: async (ms) => void (nowMs += ms),
      log: () => undefined,
    },
    event,
  ).catch((error: unknown) => (error instanceof BatchFailedError ? ('cut' as const) : Promise.reject(error)));
  const failures =
    answer === 'cut' ? answer : answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  return { done, measured, failures, waitedMs: nowMs };
}

/** Reacts to everything but the changes of these numbers. */
const reacting = (count: number, poisoned: readonly string[], broken?: number) =>
  reactingWith(
    count,
    async (numbers) => {
      if (numbers.some((number) => poisoned.includes(number))) throw new Error('poisoned');
    },
    broken,
  );

describe('a batch of changes', () => {
  it('is reacted to as a whole', async () => {
    expect(await reacting(3, [])).toMatchObject({ done: ['1', '2', '3'], failures: [] });
  });

  it('is done but for the change that fails, which is reported with all behind it', async () => {
    expect(await reacting(4, ['3'])).toMatchObject({
      done: ['1', '2', '4'],
      measured: ['1', '2'],
      failures: ['3'],
    });
  });

  it('is done but for a record that cannot be read', async () => {
    expect(await reacting(4, [], 2)).toMatchObject({
      done: ['1', '2', '4'],
      measured: ['1', '2'],
      failures: ['3'],
    });
  });

  it('fails when its first change does, so that it comes again in two halves', async () => {
    expect(await reacting(3, ['1'])).toMatchObject({ done: ['2', '3'], measured: [], failures: 'cut' });
    expect(await reacting(3, [], 0)).toMatchObject({ done: ['2', '3'], measured: [], failures: 'cut' });
  });

  it('of one change that fails is reported without a second try', async () => {
    expect(await reacting(1, ['1'])).toMatchObject({ done: [], failures: ['1'], waitedMs: 0 });
  });

  it('reports the first of two failures', async () => {
    expect(await reacting(4, ['2'], 3)).toMatchObject({ done: ['1', '3'], failures: ['2'] });
  });

  it('waits for an outage to end, as long as there is time, and takes no record for its cause', async () => {
    let tries = 0;
    const failing = (times: number) => async () => {
      tries += 1;
      if (tries <= times) throw new StoreUnavailableError('throttled');
    };
    expect(await reactingWith(3, failing(3))).toMatchObject({ done: ['1', '2', '3'], waitedMs: 3_500 });
    tries = 0;
    expect(await reactingWith(3, failing(99))).toMatchObject({ done: [], failures: 'cut', waitedMs: 7_500 });
    expect(tries).toBe(5);
  });
});

const wakeOf = (domain: string, queue: string) =>
  JSON.stringify({ domain, queueArns: [queue], ended: [], arrived: [] });

function scheduling(given: Partial<ScheduleBatchDeps> = {}) {
  const ran: (readonly string[])[] = [];
  const again: (readonly string[])[] = [];
  const deps: ScheduleBatchDeps = {
    nowMs: () => 0,
    runPasses: async ({ queueArns }) => {
      ran.push(queueArns);
      return [];
    },
    wakeAgain: async (queueArns) => void again.push(queueArns),
    log: () => undefined,
    ...given,
  };
  return { ran, again, deps };
}

describe('a batch of wakes', () => {
  it('is folded into one look at each domain', async () => {
    const { ran, deps } = scheduling();
    const bodies = [wakeOf('a', 'a'), wakeOf('b', 'b'), wakeOf('a', 'c'), wakeOf('a', 'a')];
    expect(await scheduleBatch(deps, sqsEventOf(bodies))).toEqual({ batchItemFailures: [] });
    expect(ran).toEqual([['a', 'c'], ['b']]);
  });

  it('fails for the domain that fails, with all its messages, and for no other', async () => {
    const { deps } = scheduling({
      runPasses: async ({ queueArns }) => {
        if (queueArns.some((arn) => arn === 'a')) throw new Error('no store');
        return [];
      },
    });
    const answer = await scheduleBatch(
      deps,
      sqsEventOf([wakeOf('a', 'a'), wakeOf('b', 'b'), wakeOf('a', 'a')]),
    );
    expect(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual([
      'message-0',
      'message-2',
    ]);
  });

  it('puts aside what is no wake', async () => {
    const { ran, deps } = scheduling();
    const answer = await scheduleBatch(deps, sqsEventOf(['{', wakeOf('a', 'a')]));
    expect(answer.batchItemFailures).toEqual([{ itemIdentifier: 'message-0' }]);
    expect(ran).toEqual([['a']]);
  });

  it('asks for another look when its time is up before all is placed', async () => {
    const { again, deps } = scheduling({ runPasses: async ({ queueArns }) => queueArns });
    await scheduleBatch(deps, sqsEventOf([wakeOf('a', 'a')]));
    expect(again).toEqual([['a']]);
  });
});
