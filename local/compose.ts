// The one-machine home: puts the engine on SQLite, the embedded state-machine engine and a runtime of this machine. It only
// connects; what any of it does is said elsewhere.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { LocalWorkflows } from '../adapters/asl/local-workflows.ts';
import { createLocalWorkflows } from '../adapters/asl/local-workflows.ts';
import { parseMachine } from '../adapters/asl/parse-machine.ts';
import type { SqliteStore } from '../adapters/sqlite/open-sqlite-store.ts';
import type { Job, PlacedJob } from '../core/job/job.ts';
import { liveTasks } from '../core/job/node.ts';
import type { JobId } from '../core/ids.ts';
import type { ConsumableDeps } from '../engine/consumable-resources.ts';
import { containerTaskOf } from '../engine/container-task.ts';
import type { EnvironmentDeps } from '../engine/environments.ts';
import { resumeEnvironments, settleEnvironment } from '../engine/environments.ts';
import type { LaunchNodesRequest } from '../engine/launch-nodes.ts';
import { launchNodes } from '../engine/launch-nodes.ts';
import type { WaitRequest } from '../engine/machine-functions.ts';
import type { MachineDeps } from '../engine/machine-deps.ts';
import { awaitProgress, launchAttempt } from '../engine/machine-functions.ts';
import { createObserver } from '../engine/observe.ts';
import type { Clock, Ids, MachineName } from '../engine/ports.ts';
import type { Launcher } from '../engine/launch-ports.ts';
import type { QueueDeps } from '../engine/queues.ts';
import { resumeQueues } from '../engine/queues.ts';
import type { ReactDeps } from '../engine/react.ts';
import { drive, react } from '../engine/react.ts';
import { strandedPlacements, takeUpLiveJobs } from '../engine/reconcile.ts';
import type { Host, ScheduleDeps } from '../engine/schedule-deps.ts';
import { reconsiderUnplaceable, schedule } from '../engine/schedule.ts';
import { loadWholeDomain } from '../engine/scheduling-domain.ts';
import { createSerialScheduler } from '../engine/serial-scheduler.ts';
import { forgetShares } from '../engine/shares.ts';
import { stopQueue } from '../engine/stop.ts';
import type { JobStore, StoredJob } from '../engine/store/jobs.ts';
import { createJobStore, getJob } from '../engine/store/jobs.ts';
import { liveJobs } from '../engine/store/live-jobs.ts';
import { Ledgers } from '../engine/store/ledger.ts';
import { listSchedulable } from '../engine/store/queues.ts';
import { createReplaceInstances } from './replace-instances.ts';
import { createTaskRecorder } from './task-records.ts';
import { createUnhurriedLauncher } from './unhurried-launcher.ts';

export interface ComposeOptions {
  readonly opened: SqliteStore;
  readonly launcher: Launcher;
  readonly host: Host;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly jobEnvironment: Readonly<Record<string, string>>;
  readonly retentionMs: number;
  readonly stopGraceSeconds: number;
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void;
}

export interface LocalEngine {
  readonly store: JobStore;
  readonly schedule: ScheduleDeps;
  readonly resources: ConsumableDeps & EnvironmentDeps & QueueDeps;
  readonly workflows: LocalWorkflows;
  /** Takes up what an earlier process left, then starts to react. */
  start(): Promise<void>;
  /** Containers go on; the next start takes them up. */
  stop(): Promise<void>;
  /** Nothing is placed or reacted to any more, and every container is killed. */
  killAll(): Promise<void>;
}

/** How long a subject whose execution broke is left alone before it is driven again. */
const REDRIVE_MS = 1_000;
/** How long what failed is left alone before it is tried again. */
const REPEAT_MS = 1_000;
const QUEUE_DELETION_LOOK_MS = 200;
const PURGE_EVERY_MS = 60_000;
/** What cannot be killed in this time is left to its runtime. */
const KILL_WAIT_MS = 10_000;

export function composeLocalEngine(options: ComposeOptions): LocalEngine {
  const { opened, launcher, clock, ids, log } = options;
  const { table } = opened;
  const store = createJobStore(table, options.retentionMs);
  const replacing = createReplaceInstances({
    clock,
    wake: () => scheduler.wake(),
    stop: (attempt) => void unhurried.stop(attempt, options.stopGraceSeconds),
    settle: (ceArn, changeId, outcome) => {
      settleEnvironment(resources, ceArn, changeId, outcome).catch((error: unknown) =>
        resources.onChangeFailed(ceArn, error),
      );
    },
  });
  const scheduleDeps: ScheduleDeps = {
    store,
    clock,
    host: options.host,
    loadDomain: () => loadWholeDomain(table, { simulateInstances: true }),
    replacements: replacing.replacements,
  };
  const scheduler = createSerialScheduler({
    pass: (ended) => schedule(scheduleDeps, ended),
    async reconsider() {
      const { queues } = await listSchedulable(table);
      for (const queue of queues) await reconsiderUnplaceable(scheduleDeps, queue.queueArn);
    },
    nowMs: () => clock.now(),
    onError: (error) => log('schedule.failed', { error: describe(error) }),
  });
  const observer = createObserver({ store }, (error, observation) =>
    log('observe.failed', { attemptId: observation.attemptId, error: describe(error) }),
  );
  launcher.onObservation((observation) => observer.take(replacing.translate(observation)));

  const timers = new Set<NodeJS.Timeout>();
  let stopped = false;
  /** Repeated until it succeeds: nobody else would ask for this work before the next start. */
  const later = (delayMs: number, work: () => Promise<unknown>): void => {
    if (stopped) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      work().catch((error: unknown) => {
        log('later.failed', { error: describe(error) });
        later(delayMs, work);
      });
    }, delayMs);
    timers.add(timer);
  };

  const recordTask = createTaskRecorder(table);
  const unhurried = createUnhurriedLauncher({ launcher, recordTask: recordTaskOf, later, log });
  async function recordTaskOf(attempt: string): Promise<void> {
    const found = await getJob(store, attempt.slice(0, attempt.lastIndexOf('/')) as JobId); // an attempt id begins so
    if (found?.job.status === 'STARTING') await recordTask(found.job);
  }

  const taskOf = (job: PlacedJob) =>
    containerTaskOf({ jobEnvironment: options.jobEnvironment, executionEnv: 'AWS_ECS_EC2' }, job);
  const functions = {
    // The payload is what statemachines/job.asl.json sends.
    launch: (payload: unknown) => launchAttempt(machineDeps, payload as WaitRequest),
    await: (payload: unknown) => awaitProgress(machineDeps, payload as WaitRequest),
    'launch-nodes': (payload: unknown) => launchNodes(machineDeps, payload as LaunchNodesRequest),
  };
  const workflows = createLocalWorkflows({
    machines: { job: readMachine('job'), 'multi-node-job': readMachine('multi-node-job') },
    functions,
    clock,
    onEnded: (subject, result) => {
      if (result.status === 'FAILED' && result.error === 'Batch.JobFailed') return;
      // Aborted: the engine is closing, and the rows will start its executions again.
      if (result.status === 'SUCCEEDED' || result.status === 'ABORTED') return;
      log('execution.broke', { jobId: subject, result });
      later(REDRIVE_MS, async () => {
        const found = await getJob(store, subject as JobId); // executions are named by job id
        if (found) await drive({ workflows }, found.job);
      });
    },
  });
  const machineDeps: MachineDeps = {
    store,
    clock,
    workflows,
    launcher: unhurried,
    taskOf,
    stopGraceSeconds: options.stopGraceSeconds,
  };
  const reactDeps: ReactDeps = {
    store,
    clock,
    events: opened.events,
    workflows,
    launcher: unhurried,
    wakeScheduler: async ({ ended }) => scheduler.wake(ended.map(({ attemptId }) => attemptId)),
    stopGraceSeconds: options.stopGraceSeconds,
  };

  /** One resumption is due at a time, however many changes have failed. */
  let isResumptionDue = false;
  const resumeLater = (): void => {
    if (isResumptionDue) return;
    isResumptionDue = true;
    later(REPEAT_MS, async () => {
      isResumptionDue = false;
      await resumeEnvironments(resources);
      await resumeQueues(resources);
      // The change may have been settled, and only the answer was lost: what follows from it is to be done all the same.
      scheduler.reconsider();
    });
  };
  const resources: ConsumableDeps & EnvironmentDeps & QueueDeps = {
    table,
    ids,
    applyEnvironment: (...given) => replacing.apply(...given),
    hasActiveJobs: async (arn) => (await Ledgers.load(table, [arn])).entry(arn).placements > 0,
    onQueueDeleting: async (queueArn) => {
      const outcome = await stopQueue({ store, clock }, queueArn);
      if (outcome === 'done') await forgetShares(table, queueArn);
      else later(QUEUE_DELETION_LOOK_MS, () => resumeQueues(resources));
      return outcome;
    },
    onSettled: async () => scheduler.reconsider(),
    onChangeFailed: (arn: string, error: unknown) => {
      log('change.failed', { arn, error: describe(error) });
      resumeLater();
    },
  };

  const purge = setInterval(() => {
    opened.purgeExpired().catch((error: unknown) => log('purge.failed', { error: describe(error) }));
    opened.events
      .prune(clock.now() - options.retentionMs)
      .catch((error: unknown) => log('purge.failed', { error: describe(error) }));
  }, PURGE_EVERY_MS);
  purge.unref();

  return {
    store,
    schedule: scheduleDeps,
    resources,
    workflows,
    async start() {
      await resumeEnvironments(resources);
      await resumeQueues(resources);
      const reconcile = {
        store,
        clock,
        launcher: unhurried,
        workflows,
        observe: (observation: Parameters<typeof observer.take>[0]) => observer.take(observation),
        taskOf,
        stopGraceSeconds: options.stopGraceSeconds,
      };
      const live = await takeUpLiveJobs(reconcile);
      if (live > 0) log('jobs.taken-up', { live });
      await observer.settled();
      opened.changes.start((batch) => react(reactDeps, batch), { maxBatch: 256 });
      // The machine may be larger than at the last start, and a change may have been settled without its consequences.
      scheduler.reconsider();
      scheduler.wake(await strandedPlacements({ store }));
    },
    async stop() {
      stopped = true;
      clearInterval(purge);
      for (const timer of timers) clearTimeout(timer);
      await launcher.close();
      await opened.changes.stop();
      await scheduler.stop();
      workflows.close();
      await observer.settled();
    },
    async killAll() {
      await opened.changes.stop();
      await scheduler.stop();
      workflows.close();
      const killed = new Map<string, string>();
      const deadlineMs = clock.now() + KILL_WAIT_MS;
      for (let live = await everyLiveJob(store); live.length > 0; live = await everyLiveJob(store)) {
        await Promise.all(live.map(({ job }) => kill(launcher, job, killed)));
        await pause(20);
        await observer.settled();
        if (clock.now() > deadlineMs) break;
      }
      await Promise.all([...killed].map(([id, taskId]) => launcher.forget(id, taskId)));
    },
  };
}

async function everyLiveJob(store: JobStore): Promise<readonly StoredJob[]> {
  const live: StoredJob[] = [];
  let after: string | undefined;
  do {
    const page = await liveJobs(store, after);
    live.push(...page.jobs);
    after = page.next;
  } while (after !== undefined);
  return live;
}

async function kill(launcher: Launcher, job: Job, killed: Map<string, string>): Promise<void> {
  const tasks = liveTasks(job);
  for (const task of tasks) killed.set(task.attemptId, task.taskId);
  await Promise.all(tasks.map((task) => launcher.stop(task.attemptId, 0)));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function readMachine(name: MachineName): ReturnType<typeof parseMachine> {
  const file = fileURLToPath(new URL(`../statemachines/${name}.asl.json`, import.meta.url));
  return parseMachine(name, readFileSync(file, 'utf8'), {
    LaunchFunctionArn: 'launch',
    LaunchNodesFunctionArn: 'launch-nodes',
    AwaitFunctionArn: 'await',
  });
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
