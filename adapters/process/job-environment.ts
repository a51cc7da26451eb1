// The environment of a job on this host. It is the task's own and nothing of the server's, but for the defaults a
// program cannot do without and the variables that say which GPUs it may see.
import { homedir } from 'node:os';
import type { ContainerTask } from '../../engine/launch-ports.ts';

/** What Docker gives a container whose image sets no PATH. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * `task.environment`, plus PATH (Docker's default) and HOME (that of the user who runs the server) when absent, plus
 * CUDA_VISIBLE_DEVICES and NVIDIA_VISIBLE_DEVICES, which win over the task's: a GPU is capacity, and capacity was
 * taken for these only. Without GPUs they are empty and `void`, the values by which CUDA and the NVIDIA tools show none.
 */
export function jobEnvironment(
  task: Pick<ContainerTask, 'environment' | 'gpuIds'>,
): Readonly<Record<string, string>> {
  const gpus = task.gpuIds.join(',');
  return {
    PATH: DEFAULT_PATH,
    HOME: homedir(),
    ...task.environment,
    CUDA_VISIBLE_DEVICES: gpus,
    NVIDIA_VISIBLE_DEVICES: gpus === '' ? 'void' : gpus,
  };
}
