import { describe, expect, it } from 'vitest';
import { acceptsJobs, placesJobs } from '../../../core/queue/job-queue.ts';
import { aQueue } from './a-queue.ts';

describe('a job queue', () => {
  it.each([
    ['ENABLED', 'VALID', true, true],
    ['DISABLED', 'VALID', false, true],
    ['ENABLED', 'UPDATING', false, true],
    ['ENABLED', 'CREATING', false, false],
    ['DISABLED', 'DELETING', false, false],
    ['ENABLED', 'INVALID', false, false],
  ] as const)('that is %s and %s accepts jobs: %s, places them: %s', (state, status, accepts, places) => {
    expect(acceptsJobs(aQueue({ state, status }))).toBe(accepts);
    expect(placesJobs(aQueue({ state, status }))).toBe(places);
  });
});
