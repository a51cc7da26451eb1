// A Docker launcher with its observations kept, so that a test can wait for an attempt's end and read its log.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDockerLauncher } from '../../../adapters/docker/docker-launcher.ts';
import type { DockerLauncherOptions } from '../../../adapters/docker/docker-launcher.ts';
import type { ContainerTask, Exit, Launcher, Observation } from '../../../engine/launch-ports.ts';

export type Seen<Kind extends Observation['kind']> = Observation & { readonly kind: Kind };

export interface ObservedLauncher {
  readonly launcher: Launcher;
  readonly observations: readonly Observation[];
  readonly reports: readonly string[];
  /** Resolves with the first observation of this kind, seen before or still to come. */
  seen<Kind extends Observation['kind']>(kind: Kind, attemptId: string): Promise<Seen<Kind>>;
  /** Starts the task, waits for its end and answers how it ended and what it wrote. */
  run(task: ContainerTask): Promise<{ readonly exit: Exit; readonly log: string }>;
  log(taskId: string): Promise<string>;
}

export function observe(
  folder: string,
  options: Omit<DockerLauncherOptions, 'logFileOf' | 'dataDirId'> & { readonly dataDirId?: string },
): ObservedLauncher {
  const observations: Observation[] = [];
  const reports: string[] = [];
  const waiting = new Set<() => void>();
  const logFileOf = (taskId: string): string => join(folder, taskId.slice(0, 2), `${taskId}.log`);
  const launcher = createDockerLauncher({
    dataDirId: 'test',
    report: (event, fields) => reports.push(`${event} ${fields['error'] ?? ''}`),
    ...options,
    logFileOf,
  });
  launcher.onObservation((observation) => {
    observations.push(observation);
    for (const look of waiting) look();
  });
  const seen = <Kind extends Observation['kind']>(kind: Kind, attemptId: string): Promise<Seen<Kind>> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = observations.find((one) => one.kind === kind && one.attemptId === attemptId);
        if (!found) return;
        waiting.delete(look);
        resolve(found as Seen<Kind>); // its kind was compared just above
      };
      waiting.add(look);
      look();
    });
  const log = (taskId: string): Promise<string> => readFile(logFileOf(taskId), 'utf8');
  return {
    launcher,
    observations,
    reports,
    seen,
    log,
    async run(task) {
      const outcome = await launcher.start(task);
      if (!outcome.started) throw new Error(`The task did not start: ${outcome.reason}`);
      const { exit } = await seen('exited', task.attemptId);
      return { exit, log: await log(task.taskId) };
    },
  };
}
