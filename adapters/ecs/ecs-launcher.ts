// Runs attempts as ECS tasks. Nothing is kept that is not in ECS: what is remembered only saves questions. What tasks do comes
// as events, which another function translates (observations.ts); only adopt asks for it.
// Invariant: an attempt starts one task, whichever function asks and however often, by RunTask's clientToken.
import { RunTaskCommand, StopTaskCommand } from '@aws-sdk/client-ecs';
import type { RunTaskCommandOutput } from '@aws-sdk/client-ecs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ContainerTask, Launcher, LaunchOutcome, Observation } from '../../engine/launch-ports.ts';
import type { EcsCalls } from './clusters.ts';
import type { EcsEnvironment } from './ecs-environment.ts';
import { describeTasks, listTasksOf } from './find-tasks.ts';
import { refusalByError, refusalOf } from './launch-failures.ts';
import { observationsOf } from './observations.ts';
import { ECS_RETRY, retrying } from './retry.ts';
import type { Launch } from './run-request.ts';
import { launchOf } from './run-request.ts';
import type { LogSettings } from './task-definition.ts';
import { createTaskDefinitions } from './task-definitions.ts';
import { epochMsOf } from './task-state.ts';

export interface EcsLauncherOptions extends EcsCalls, LogSettings {
  /** `undefined`: there is no such environment, or not any more. */
  readonly environmentOf: (ceArn: string) => Promise<EcsEnvironment | undefined>;
  /** Where an attempt is placed; `undefined`: nowhere, so that none of its tasks need be looked for. */
  readonly placementOf: (attemptId: string) => Promise<AttemptPlace | undefined>;
  /** Default: Date.now. */
  readonly now?: () => number;
  /** Default: nothing is reported. */
  readonly log?: (event: string, fields: Readonly<Record<string, unknown>>) => void;
}

export interface AttemptPlace {
  readonly ceArn: string;
  /** Known once the task was seen. */
  readonly runtimeTaskId?: string;
}

interface Found {
  readonly clusterArn: string;
  readonly tasks: readonly string[];
}

/** Looks at ECS's list before a task that is to be stopped counts as unknown: a list may lag its RunTask by seconds. */
const LOOKS = 4;
const STARTED_MAX = 5_000;

export function createEcsLauncher(options: EcsLauncherOptions): Launcher {
  const { client, environmentOf, placementOf, now = Date.now, log = () => undefined } = options;
  const retry = options.retry ?? ECS_RETRY;
  const calls: EcsCalls = { client, retry };
  const definitions = createTaskDefinitions(calls);
  /** The tasks that this process started, by attempt: to be found without a question. */
  const started = new Map<string, Found>();
  let listener: ((observation: Observation) => void) | undefined;

  async function start(task: ContainerTask): Promise<LaunchOutcome> {
    const environment = await environmentOf(task.ceArn);
    if (!environment) {
      const name = task.ceArn.split('/').at(-1);
      return { started: false, reason: `Compute environment ${name} runs no tasks`, kind: 'no-capacity' };
    }
    const launch = launchOf(task, environment, options);
    try {
      const { tasks = [], failures = [] } = await run(task, launch);
      const taskArn = tasks[0]?.taskArn;
      if (taskArn !== undefined) {
        remember(task.attemptId, { clusterArn: environment.clusterArn, tasks: [taskArn] });
        return { started: true };
      }
      log('ecs.refused', { attemptId: task.attemptId, failures });
      return refusalOf(failures);
    } catch (error) {
      if (tellsOfTask(error)) return { started: true };
      const refusal = refusalByError(error);
      if (!refusal) throw error;
      log('ecs.refused', { attemptId: task.attemptId, error: refusal.reason });
      return refusal;
    }
  }

  async function run(
    task: ContainerTask,
    launch: Launch,
  ): Promise<Pick<RunTaskCommandOutput, 'tasks' | 'failures'>> {
    try {
      return await runOnce(task, launch);
    } catch (error) {
      if (!saysInactive(error)) throw error;
      definitions.forget(launch.family);
      return runOnce(task, launch);
    }
  }

  async function runOnce(
    task: ContainerTask,
    { family, definition, request }: Launch,
  ): Promise<Pick<RunTaskCommandOutput, 'tasks' | 'failures'>> {
    const taskDefinition = await definitions.arnOf(family, definition);
    const command = new RunTaskCommand({ ...request, taskDefinition });
    return retrying<Pick<RunTaskCommandOutput, 'tasks' | 'failures'>>(
      retry,
      'RunTask',
      () => client.send(command),
      // ECS recognises the repetition by its token. Not everything that speaks its API does.
      async (again) => {
        if (again === 'throttled') return undefined;
        const cluster = request.cluster ?? '';
        const [taskArn] = await listTasksOf(calls, cluster, task.attemptId, 'RUNNING');
        return taskArn === undefined ? undefined : { tasks: [{ taskArn }] };
      },
    );
  }

  function remember(attemptId: string, found: Found): void {
    if (started.size >= STARTED_MAX) started.clear();
    started.set(attemptId, found);
  }

  /** The attempt's tasks that are to run, as far as ECS shows them. */
  async function findRunning(attemptId: string): Promise<Found | undefined> {
    const remembered = started.get(attemptId);
    if (remembered) return remembered;
    const place = await placementOf(attemptId);
    const environment = place && (await environmentOf(place.ceArn));
    if (!place || !environment) return undefined;
    const { clusterArn } = environment;
    if (place.runtimeTaskId !== undefined) return { clusterArn, tasks: [place.runtimeTaskId] };
    const list = (): Promise<readonly string[]> => listTasksOf(calls, clusterArn, attemptId, 'RUNNING');
    return { clusterArn, tasks: await lookRepeatedly(list) };
  }

  /** Until something is there. Only where taking a task for unknown would leave it running. */
  async function lookRepeatedly(list: () => Promise<readonly string[]>): Promise<readonly string[]> {
    for (let look = 1; ; look += 1) {
      const tasks = await list();
      if (tasks.length > 0 || look === LOOKS) return tasks;
      await delay(Math.min(retry.firstWaitMs * 2 ** look, retry.maxWaitMs));
    }
  }

  /** The grace is the definition's: each container's stopTimeout. */
  async function stop(attemptId: string): Promise<void> {
    const found = await findRunning(attemptId);
    for (const task of found?.tasks ?? []) {
      const command = new StopTaskCommand({
        cluster: found?.clusterArn,
        task,
        reason: 'The job or its attempt is to end',
      });
      try {
        await retrying(retry, 'StopTask', () => client.send(command));
      } catch (error) {
        if (!saysGone(error)) throw error;
      }
    }
  }

  async function adopt(
    attemptId: string,
    _taskId: string,
    adoptee?: Parameters<Launcher['adopt']>[2],
  ): Promise<'adopted' | 'unknown'> {
    const place = (await placementOf(attemptId)) ?? (adoptee && { ceArn: adoptee.task().ceArn });
    const environment = place && (await environmentOf(place.ceArn));
    if (!place || !environment) return 'unknown';
    const { clusterArn } = environment;
    const list = (): Promise<readonly string[]> => listAll(clusterArn, attemptId);
    const known =
      started.get(attemptId)?.tasks ??
      (place.runtimeTaskId === undefined ? undefined : [place.runtimeTaskId]);
    const ids = known ?? (await (adoptee?.stopRequested ? lookRepeatedly(list) : list()));
    const tasks = await describeTasks(calls, clusterArn, ids);
    // Should there be several, the one that goes on speaks for the attempt; else the last.
    const [task] = [...tasks].sort(
      (left, right) =>
        Number(left.lastStatus === 'STOPPED') - Number(right.lastStatus === 'STOPPED') ||
        (epochMsOf(right.createdAt) ?? 0) - (epochMsOf(left.createdAt) ?? 0),
    );
    if (!task) return 'unknown';
    for (const observation of observationsOf(task, now())) listener?.(observation);
    return 'adopted';
  }

  async function listAll(clusterArn: string, attemptId: string): Promise<readonly string[]> {
    const running = await listTasksOf(calls, clusterArn, attemptId, 'RUNNING');
    return running.length > 0 ? running : listTasksOf(calls, clusterArn, attemptId, 'STOPPED');
  }

  return {
    start,
    stop,
    adopt,
    onObservation(given) {
      listener = given;
    },
    // ECS forgets its tasks by itself.
    async forget(attemptId) {
      started.delete(attemptId);
    },
    async close() {
      listener = undefined;
      started.clear();
    },
  };
}

/** The token is in use by a task of other parameters: the attempt was started before the environment, say, was changed. */
function tellsOfTask(error: unknown): boolean {
  return error instanceof Error && error.name === 'ConflictException';
}

function saysInactive(error: unknown): boolean {
  return (
    error instanceof Error && /task ?definition (is inactive|not found|does not exist)/i.test(error.message)
  );
}

/** Stopped long ago, or with its cluster. */
function saysGone(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'ClusterNotFoundException') return true;
  return (
    error.name === 'InvalidParameterException' && /not found|does not exist|stopped/i.test(error.message)
  );
}
