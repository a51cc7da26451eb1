import { describe, expect, it } from 'vitest';
import type { ContainerTask } from '../../engine/launch-ports.ts';
import { trackLiveTasks } from '../../local/live-tasks.ts';
import { createSimulatedLauncher } from '../engine/simulated-launcher.ts';
import { TASK_ORIGIN } from '../adapters/task-origin.ts';

const task = (attemptId: string, taskId: string): ContainerTask => ({
  ...TASK_ORIGIN,
  attemptId,
  taskId,
  spec: {},
  command: [],
  environment: {},
  demand: { vcpus: 1, memoryMiB: 1, gpus: 0 },
  gpuIds: [],
});

describe('a task', () => {
  it('is live from its start to its exit', async () => {
    const inner = createSimulatedLauncher({ now: () => 1 });
    const { launcher, isLive } = trackLiveTasks(inner);
    const liveAtExit: boolean[] = [];
    launcher.onObservation(({ kind }) => kind === 'exited' && liveAtExit.push(isLive('t1')));
    expect(isLive('t1')).toBe(false);
    await launcher.start(task('a/1', 't1'));
    expect(isLive('t1')).toBe(true);
    inner.exit('a/1', { exitCode: 0 });
    expect(liveAtExit).toEqual([false]);
  });

  it('that was refused, or that nobody knows, is not', async () => {
    const { launcher, isLive } = trackLiveTasks(
      createSimulatedLauncher({ now: () => 1, refuse: () => 'no such image' }),
    );
    expect(await launcher.start(task('a/1', 't1'))).toMatchObject({ started: false });
    expect(await launcher.adopt('b/1', 't2')).toBe('unknown');
    expect([isLive('t1'), isLive('t2')]).toEqual([false, false]);
  });
});
