// A container task that states only what matters to a test.
import { randomBytes, randomUUID } from 'node:crypto';
import type { ContainerSpec } from '../../../core/job/spec.ts';
import type { ContainerTask } from '../../../engine/launch-ports.ts';
import { TEST_IMAGE } from './busybox-image.ts';
import { TASK_ORIGIN } from '../task-origin.ts';

export type TaskWishes = Partial<Omit<ContainerTask, 'spec'>> & { readonly spec?: ContainerSpec };

export function aTask(wishes: TaskWishes = {}): ContainerTask {
  return {
    ...TASK_ORIGIN,
    attemptId: `${randomUUID()}/1`,
    taskId: randomBytes(16).toString('hex'),
    command: ['true'],
    environment: {},
    demand: { vcpus: 1, memoryMiB: 64, gpus: 0 },
    gpuIds: [],
    ...wishes,
    spec: { image: TEST_IMAGE, ...wishes.spec },
  };
}

/** A task of the given shell script. */
export function aShellTask(script: string, wishes: TaskWishes = {}): ContainerTask {
  return aTask({ ...wishes, command: ['sh', '-c', script] });
}
