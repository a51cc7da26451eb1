import { describe, expect, it } from 'vitest';
import type { JobStateTimeLimitAction } from '../../../core/queue/job-queue.ts';
import { blockedReasonOf, timeLimitOf } from '../../../core/queue/time-limit.ts';

const RESOURCES = 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT';
const anAction = (reason: string, maxTimeSeconds: number): JobStateTimeLimitAction => ({
  reason,
  state: 'RUNNABLE',
  maxTimeSeconds,
  action: 'CANCEL',
});

describe('the reason an action names', () => {
  it.each([
    ['MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job - and more', RESOURCES],
    [
      'MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS – Batch service role',
      'MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS',
    ],
    ['no dash', 'no dash'],
  ])('of %s stands before the dash', (text, reason) => {
    expect(blockedReasonOf(text)).toBe(reason);
  });
});

describe('a time limit', () => {
  const blocked = { sinceMs: 1_000, reason: `${RESOURCES} - The job resource requirement is higher.` };
  it('passes when the job has been blocked that long', () => {
    expect(timeLimitOf([anAction(RESOURCES, 600)], blocked)).toEqual({
      atMs: 601_000,
      statusReason: `Canceled by JobStateTimeLimit action due to reason: ${RESOURCES}`,
    });
  });
  it('is the shortest of those for the reason', () => {
    const actions = [anAction(RESOURCES, 900), anAction('OTHER', 600), anAction(RESOURCES, 700)];
    expect(timeLimitOf(actions, blocked)?.atMs).toBe(701_000);
  });
  it('is none for another reason, or for a job that is not blocked', () => {
    expect(timeLimitOf([anAction('OTHER', 600)], blocked)).toBeUndefined();
    expect(timeLimitOf([anAction(RESOURCES, 600)], undefined)).toBeUndefined();
  });
});
