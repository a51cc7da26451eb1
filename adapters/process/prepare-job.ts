// Turns a task into what a slot shell needs, or into the reason why it cannot run. Everything that can be found out
// before a process exists is found out here.
import { attemptFolderOf } from '../files/task-paths.ts';
import type { ContainerTask } from '../../engine/launch-ports.ts';
import type { CommandFinder } from './command-path.ts';
import { jobEnvironment } from './job-environment.ts';
import { writeJobScript } from './job-script.ts';
import { resourceLimits } from './resource-limits.ts';

export type PreparedJob =
  | { readonly kind: 'ready'; readonly script: string }
  /** A container's end before its beginning: recorded, and observed as an exit. */
  | { readonly kind: 'cannot-start'; readonly reason: string }
  /** Nothing that could be written down: not taken over at all. */
  | { readonly kind: 'refused'; readonly reason: string };

export function prepareJob(findCommand: CommandFinder, dataDir: string, task: ContainerTask): PreparedJob {
  const [name, ...rest] = task.command;
  if (name === undefined)
    return {
      kind: 'cannot-start',
      reason: 'CannotStartContainerError: no command specified: a host process has no image to take one from',
    };
  const environment = jobEnvironment(task);
  const strings = [...task.command, ...Object.entries(environment).flat()];
  if (strings.some((text) => text.includes('\0')))
    return {
      kind: 'refused',
      reason: 'CannotStartContainerError: command and environment must not contain NUL bytes',
    };

  const command = findCommand(name, environment['PATH'] ?? '', attemptFolderOf(dataDir, task.taskId));
  if (!command.found) return { kind: 'cannot-start', reason: command.reason };
  const limits = resourceLimits(task.spec.ulimits ?? []);
  const script = writeJobScript({ argv: [command.path, ...rest], environment, limits });
  return script.ok ? { kind: 'ready', script: script.text } : { kind: 'cannot-start', reason: script.reason };
}
