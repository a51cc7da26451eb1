// Picks what runs the jobs: Docker where it answers, else processes of this machine.
import { createDockerLauncher } from '../adapters/docker/docker-launcher.ts';
import { dockerAnswers } from '../adapters/docker/engine-client.ts';
import { logFileOf } from '../adapters/files/task-paths.ts';
import { createProcessLauncher } from '../adapters/process/process-launcher.ts';
import { createTaskGroupLauncher } from '../adapters/task-group/task-group-launcher.ts';
import { withSecrets } from '../engine/launch-secrets.ts';
import type { Launcher, Secrets } from '../engine/launch-ports.ts';
import type { LiveTasks } from './live-tasks.ts';
import { trackLiveTasks } from './live-tasks.ts';

export type RuntimeChoice = 'auto' | 'docker' | 'process';
export type Runtime = 'docker' | 'process';

export interface RuntimeOptions {
  readonly dataDir: string;
  /** Tells this data folder's containers from another server's. */
  readonly dataDirId: string;
  readonly network?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What definitions name as their containers' secrets. */
  readonly secrets: Secrets;
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** The user asked for Docker, and it is not there. */
export class RuntimeUnavailableError extends Error {
  override readonly name = 'RuntimeUnavailableError';
}

export function dockerSocketPath(environment: RuntimeOptions['environment']): string {
  const host = environment['DOCKER_HOST'];
  return host?.startsWith('unix://') ? host.slice('unix://'.length) : '/var/run/docker.sock';
}

export async function chooseRuntime(
  choice: RuntimeChoice,
  environment: RuntimeOptions['environment'],
): Promise<Runtime> {
  if (choice === 'process') return 'process';
  const socketPath = dockerSocketPath(environment);
  if (await dockerAnswers(socketPath)) return 'docker';
  if (choice === 'auto') return 'process';
  throw new RuntimeUnavailableError(
    `No Docker Engine answers at ${socketPath}. Start one, name another with DOCKER_HOST, or use --runtime process.`,
  );
}

/** `isLive`: whether a task may still write to its log; absent where the log reader can tell by itself. */
export interface RunningRuntime {
  readonly launcher: Launcher;
  readonly isLive?: LiveTasks['isLive'];
}

export function createLauncher(runtime: Runtime, options: RuntimeOptions): RunningRuntime {
  const report: RuntimeOptions['log'] = (event, fields) => options.log(event, fields);
  const containers = createContainerLauncher(runtime, options);
  // Inside: each container gets its own. Outside: a task of several does not begin when one of them would lack some.
  const { secrets } = options;
  const tasks = createTaskGroupLauncher(withSecrets(containers.launcher, secrets), { report });
  return { ...containers, launcher: withSecrets(tasks, secrets) };
}

/** Knows single containers only. */
function createContainerLauncher(runtime: Runtime, options: RuntimeOptions): RunningRuntime {
  switch (runtime) {
    case 'docker': {
      const launcher = createDockerLauncher({
        socketPath: dockerSocketPath(options.environment),
        logFileOf: (taskId) => logFileOf(options.dataDir, taskId),
        dataDirId: options.dataDirId,
        ...(options.network === undefined ? {} : { network: options.network }),
        report: (event, fields) => options.log(event, fields),
      });
      return trackLiveTasks(launcher);
    }
    case 'process':
      return { launcher: createProcessLauncher({ dataDir: options.dataDir }) };
  }
}
