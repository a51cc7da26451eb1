import { expect, it } from 'vitest';
import { childrenOf, initialCounts } from '../../../core/job/array.ts';
import { onPlaced } from '../../../core/job/lifecycle.ts';
import type { RunnableJob } from '../../../core/job/job.ts';
import { withChildrenCounted } from '../../../engine/store/child-counts.ts';
import { createJobStore, insertChildren, insertJob, transition } from '../../../engine/store/jobs.ts';
import { aStore } from '../../adapters/sqlite/a-store.ts';
import { aJob, anArray, anAttempt } from '../../core/job/a-job.ts';

const DAY_MS = 86_400_000;

it('an array under way is described by its children, although its own counters have yet to follow', async () => {
  const store = createJobStore(aStore().table, DAY_MS);
  const parent = anArray(5);
  await insertJob(store, parent, []);
  const [first, ...others] = childrenOf(parent, 0, 4, 1_500);
  await insertChildren(store, parent, [first!, ...others]);
  await transition(
    store,
    first!.jobId,
    (child) => onPlaced(child as RunnableJob, anAttempt(1, child.jobId)), // written as RUNNABLE above
  );
  expect((await withChildrenCounted(store, parent)).children).toEqual({
    ...initialCounts(5, 1_000),
    SUBMITTED: 1,
    RUNNABLE: 3,
    STARTING: 1,
  });
});

it('whatever has no children, or has ended, is described as it is', async () => {
  const store = createJobStore(aStore().table, DAY_MS);
  const ended = { ...anArray(2), status: 'SUCCEEDED' as const, stoppedAtMs: 9_000 };
  for (const job of [aJob('RUNNING'), ended]) expect(await withChildrenCounted(store, job)).toBe(job);
});
