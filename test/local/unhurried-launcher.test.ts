import { describe, expect, it } from 'vitest';
import type { ContainerTask, Launcher, LaunchOutcome } from '../../engine/launch-ports.ts';
import { createUnhurriedLauncher } from '../../local/unhurried-launcher.ts';
import { TASK_ORIGIN } from '../adapters/task-origin.ts';

const TASK: ContainerTask = {
  ...TASK_ORIGIN,
  attemptId: 'job/1',
  taskId: 'task',
  spec: {},
  command: [],
  environment: {},
  demand: { vcpus: 1, memoryMiB: 1, gpus: 0 },
  gpuIds: [],
};

/** A launcher whose calls are told in `calls`, and the work that was put off. */
function anUnhurried(inner: Partial<Launcher> = {}) {
  const calls: string[] = [];
  const postponed: (() => Promise<unknown>)[] = [];
  const launcher: Launcher = {
    start: async () => {
      calls.push('start');
      return { started: true };
    },
    stop: async () => void calls.push('stop'),
    adopt: async () => 'unknown',
    forget: async () => void calls.push('forget'),
    onObservation: () => undefined,
    close: async () => undefined,
    ...inner,
  };
  const unhurried = createUnhurriedLauncher({
    launcher,
    recordTask: async () => undefined,
    later: (_delayMs, work) => void postponed.push(work),
    log: (event) => void calls.push(event),
  });
  return { unhurried, calls, postponed };
}

describe('a launcher that holds nobody up', () => {
  it('asks again for a stop and for a clean-up that failed', async () => {
    let failures = 2;
    const fail = async (): Promise<void> => {
      failures -= 1;
      if (failures >= 0) throw new Error('the runtime does not answer');
    };
    const { unhurried, calls, postponed } = anUnhurried({ stop: fail, forget: fail });
    await unhurried.stop('job/1', 1);
    await unhurried.forget('job/1', 'task');
    await expect.poll(() => postponed.length).toBe(2);
    expect(calls).toEqual(['stop.failed', 'forget.failed']);
    for (const work of postponed) await work();
    expect(failures).toBe(-2);
  });

  it('never starts an attempt that was forgotten', async () => {
    const { unhurried, calls } = anUnhurried();
    await unhurried.forget('job/1', 'task');
    expect(await unhurried.start(TASK)).toMatchObject({ started: false });
    expect(await unhurried.start({ ...TASK, attemptId: 'job/2' })).toEqual({ started: true });
    expect(calls.filter((call) => call === 'start')).toHaveLength(1);
  });

  it('lets every start come to its end before the attempt is forgotten', async () => {
    const starts = [Promise.withResolvers<LaunchOutcome>(), Promise.withResolvers<LaunchOutcome>()];
    let next = 0;
    const start = (): Promise<LaunchOutcome> =>
      starts[next++]?.promise ?? Promise.reject(new Error('a third'));
    const { unhurried, calls } = anUnhurried({ start });
    const started = [unhurried.start(TASK), unhurried.start(TASK)];
    await unhurried.forget('job/1', 'task');
    starts[1]?.resolve({ started: true });
    await started[1];
    expect(calls).toEqual([]);
    starts[0]?.resolve({ started: true });
    await expect.poll(() => calls).toEqual(['forget']);
  });
});
