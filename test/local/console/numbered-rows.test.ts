// Pages of a log that can only be read forwards.
import { expect, it } from 'vitest';
import { readRows } from '../../../local/console/numbered-rows.ts';

/** Entries 1 to `newest`, of which those before `first` were pruned; rows of those that `keeps` likes. */
function aLog(newest: number, keeps: (seq: number) => boolean = () => true, first = 1) {
  let reads = 0;
  return {
    newest,
    reads: () => reads,
    async read(afterSeq: number, limit: number) {
      reads += 1;
      const from = Math.max(first, afterSeq + 1);
      const entries = Array.from(
        { length: Math.max(0, Math.min(limit, newest - from + 1)) },
        (_, at) => from + at,
      );
      return entries.map((seq) => (keeps(seq) ? { seq, row: { seq } } : { seq }));
    },
  };
}

const ask = async (log: ReturnType<typeof aLog>, query = '') => {
  const { rows, ...rest } = await readRows(log, new URLSearchParams(query));
  return { seqs: rows.map(({ seq }) => seq), ...rest };
};

it('has the newest hundred first, and goes on where it ended', async () => {
  const log = aLog(1_234);
  const first = await ask(log);
  expect([first.seqs[0], first.seqs.at(-1), first.before, first.after]).toEqual([1_234, 1_135, 1_135, 1_234]);
  const second = await ask(log, `before=${first.before}`);
  expect([second.seqs[0], second.seqs.at(-1)]).toEqual([1_134, 1_035]);
});

it('is read to its end without a gap, whatever is kept', async () => {
  const log = aLog(3_000, (seq) => seq % 7 === 0);
  const seen: number[] = [];
  for (let query: string | undefined = ''; query !== undefined;) {
    const { seqs, before } = await ask(log, query);
    seen.push(...seqs);
    query = before === undefined ? undefined : `before=${before}`;
  }
  expect(seen).toEqual(Array.from({ length: 428 }, (_, index) => 2_996 - 7 * index));
});

it('looks at a bounded number of entries at a time, and says at how many', async () => {
  const log = aLog(1_000_000, (seq) => seq === 1);
  const { seqs, looked, before } = await ask(log);
  expect([seqs, looked, before]).toEqual([[], 5_000, 995_001]);
  expect(log.reads()).toBe(10);
});

it('ends where older entries were pruned', async () => {
  const { seqs, before } = await ask(aLog(60, () => true, 41));
  expect([seqs.length, before]).toEqual([20, undefined]);
});

it('tells what came after a place, and that it was too much to show', async () => {
  expect(await ask(aLog(50), 'after=47')).toEqual({ seqs: [50, 49, 48], after: 50, looked: 3 });
  expect(await ask(aLog(50), 'after=50')).toEqual({ seqs: [], after: 50, looked: 0 });
  const much = await ask(aLog(900), 'after=100');
  expect([much.seqs.length, much.seqs[0], much.before]).toEqual([100, 900, 801]);
});

it('begins anew after a place that is not there any more: the store was emptied', async () => {
  expect((await ask(aLog(3), 'after=900')).seqs).toEqual([3, 2, 1]);
});

it.each(['after=x', 'before=-1', 'after='])('refuses %s', async (query) => {
  await expect(ask(aLog(3), query)).rejects.toThrow('must be the number of an entry');
});
