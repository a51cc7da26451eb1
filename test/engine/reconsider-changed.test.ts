import { describe, expect, it } from 'vitest';
import { onPlaceabilityKnown } from '../../core/job/lifecycle.ts';
import type { WaitingReason } from '../../core/placement/waiting-reason.ts';
import { reconsiderChanged } from '../../engine/reconsider-changed.ts';
import type { SchedulingDomain } from '../../engine/schedule-deps.ts';
import { createJobStore, getJob, transition } from '../../engine/store/jobs.ts';
import { jobRow } from '../../engine/store/job-rows.ts';
import { aStore } from '../adapters/sqlite/a-store.ts';
import { aJob, CE_ARN, JOB_ID, QUEUE_ARN } from '../core/job/a-job.ts';

const NEVER: WaitingReason = {
  code: 'CONSUMABLE',
  message: 'its total must be raised first',
  lacks: [],
  untilRaised: true,
};

function aDomain(vcpus: number): SchedulingDomain {
  const max = { vcpus, memoryMiB: 1_024, gpus: 0 };
  return {
    queues: [{ queueArn: QUEUE_ARN, priority: 1, environments: [CE_ARN] }],
    environments: [{ ceArn: CE_ARN, clusterName: 'cluster', usable: true, max }],
  };
}

async function aJobSetAside() {
  const { table, clock } = aStore();
  const store = createJobStore(table, 1_000);
  await table.insertMany('jobs', [jobRow(aJob('RUNNABLE'), 1_000)]);
  const setAside = () => transition(store, JOB_ID, (job) => onPlaceabilityKnown(job, NEVER, 1));
  await setAside();
  /** Whether a look at such a domain has the job judged anew; then it is set aside again. */
  const isJudged = async (vcpus: number): Promise<boolean> => {
    await reconsiderChanged({ store, clock }, QUEUE_ARN, aDomain(vcpus));
    const isInLine = (await getJob(store, JOB_ID))?.job.unplaceable === undefined;
    await setAside();
    return isInLine;
  };
  return { isJudged };
}

describe('whoever was set aside', () => {
  it('is judged anew twice by what there is room for, and then no more', async () => {
    const { isJudged } = await aJobSetAside();
    expect([await isJudged(4), await isJudged(4), await isJudged(4)]).toEqual([true, true, false]);
  });

  it('is judged anew when there is room for something else', async () => {
    const { isJudged } = await aJobSetAside();
    for (const vcpus of [4, 4, 4]) await isJudged(vcpus);
    expect([await isJudged(8), await isJudged(8), await isJudged(8)]).toEqual([true, true, false]);
  });
});
