import { describe, expect, it } from 'vitest';
import { childJobId } from '../../../core/ids.ts';
import { containerCountOf, containerTaskId, taskIdOf } from '../../../core/job/task-id.ts';
import { JOB_ID } from './a-job.ts';

const CHILD = childJobId(JOB_ID, 9_999);

describe('a task id', () => {
  it.each([
    [taskIdOf(JOB_ID, 1), 0],
    [taskIdOf(CHILD, 10), 0],
    [taskIdOf(JOB_ID, 1, 1), 1],
    [taskIdOf(CHILD, 10, 10), 10],
    [containerTaskId(taskIdOf(CHILD, 10, 10), 3), 0],
  ])('%s is that of a task that groups %i containers', (taskId, count) => {
    expect(taskId).toMatch(/^[0-9a-f]{32}$/);
    expect(containerCountOf(taskId)).toBe(count);
  });

  it('is the same whenever it is asked for, and no other task’s or container’s', () => {
    const idsOf = (): string[] =>
      [JOB_ID, childJobId(JOB_ID, 1), CHILD].flatMap((jobId) =>
        [1, 2, 10].flatMap((attempt) => {
          const task = taskIdOf(jobId, attempt, 10);
          const containers = Array.from({ length: 10 }, (_, index) => containerTaskId(task, index + 1));
          return [taskIdOf(jobId, attempt), task, ...containers];
        }),
      );
    expect(idsOf()).toEqual(idsOf());
    expect(new Set(idsOf()).size).toBe(3 * 3 * 12);
  });
});
