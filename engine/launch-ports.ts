// How containers are started, seen and stopped, and where their secrets come from: ports like those of ports.ts.
import type { ContainerExit } from '../core/job/attempt.ts';
import type { LaunchTimes } from '../core/job/launch-times.ts';
import type { ComputeEnvironmentArn, DefinitionArn, EpochMs, QueueArn } from '../core/ids.ts';
import type { ContainerDemand, ContainerSpec, TaskContainerSpec, TaskProperties } from '../core/job/spec.ts';

/** One attempt's container, complete: nothing has to be looked up to start it. */
export interface ContainerTask {
  /** `<jobId>/<attempt>`: the identity of the attempt; starting it twice starts one container. */
  readonly attemptId: string;
  /**
   * 32 hex digits, derived from the attempt: what makes a start repeatable, and the last part of the task ARN and of the log
   * stream name unless the runtime gives ids of its own (`Observation.runtimeTaskId`).
   */
  readonly taskId: string;
  readonly ceArn: ComputeEnvironmentArn;
  readonly queueArn: QueueArn;
  readonly jobName: string;
  readonly jobDefinitionArn: DefinitionArn;
  /** When its placement was made: an attempt that found no capacity is placed anew under the same ids. */
  readonly placedAtMs?: EpochMs;
  /** What it was placed on, where its environment has such: the machine's own id where that is real, else the container instance's. */
  readonly instanceId?: string;
  /** The job's own tags, where it says that its task is to have them. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly spec: ContainerSpec;
  /** After Ref:: substitution. */
  readonly command: readonly string[];
  /** Complete: the definition's, the job's and AWS_BATCH_*; later entries have already won. */
  readonly environment: Readonly<Record<string, string>>;
  readonly demand: ContainerDemand;
  /** Indexes of the GPUs this attempt may see; empty for none. */
  readonly gpuIds: readonly number[];
  /** The nodes of one attempt of a multi-node job share this id, the main node's task id; they reach each other over a network. */
  readonly nodeGroup?: string;
  /**
   * Several containers that start and end in an order. What is above then holds for all of them together: `spec` and
   * `command` are empty. A runtime that knows single containers only runs such a task through adapters/task-group.
   */
  readonly containers?: readonly TaskContainer[];
  /** What was said for all of these containers together; each one's `spec` has it, too, in the words of a lone one. */
  readonly task?: TaskProperties;
  /** Set for one of several containers that run as tasks of their own: the id of their task, whose volumes they share. */
  readonly partOf?: string;
}

/** One of the containers of a task, as complete as a task of its own. `taskId` is derived from the task's; its log is under it. */
export type TaskContainer = TaskContainerSpec &
  Pick<ContainerTask, 'taskId' | 'command' | 'environment' | 'gpuIds'>;

/**
 * Why a container could not start: ECS's words, such as `CannotPullContainerError: …`. `no-capacity`: nothing was started
 * because its environment has no room at the moment; that is nobody's failure, and the job goes back into line.
 */
export type LaunchOutcome =
  | { readonly started: true }
  | { readonly started: false; readonly reason: string; readonly kind?: 'no-capacity' };

/**
 * What a runtime saw of an attempt. May be repeated, late, or out of order. `runtimeTaskId`: the id that the runtime itself
 * gave the task, where it does; clients then see that one. `launch`: what it did before the attempt ran, where it tells.
 */
export type Observation =
  | {
      readonly kind: 'running';
      readonly attemptId: string;
      readonly atMs: EpochMs;
      readonly note?: string;
      /** Where the other nodes of its group reach it: an IPv4 address. */
      readonly address?: string;
      readonly runtimeTaskId?: string;
      readonly launch?: LaunchTimes;
    }
  | {
      readonly kind: 'exited';
      readonly attemptId: string;
      readonly atMs: EpochMs;
      readonly exit: Exit;
      readonly runtimeTaskId?: string;
      readonly launch?: LaunchTimes;
    };

/**
 * How an attempt ended. `exitCode` absent: it never ran, or its host went away. `reason`: container-level, ECS's words
 * (`OutOfMemoryError: …`, `CannotPullContainerError: …`). `cause` tells whose failure it was.
 */
export interface Exit {
  readonly cause: 'exited' | 'failed-to-start' | 'host-lost';
  readonly exitCode?: number;
  readonly reason?: string;
  /** Task-level, where the runtime says more than the cause does: `Host EC2 (instance i-…) terminated.` */
  readonly statusReason?: string;
  readonly startedAtMs?: EpochMs;
  /** Tasks of several containers: how each one ended. */
  readonly containers?: readonly ContainerExit[];
}

/** What the engine knows of an attempt that is taken up again; a runtime that has to start more of it needs that. */
export interface Adoptee {
  readonly task: () => ContainerTask;
  /** It was seen running: nothing of it is left to be started. */
  readonly hasRun: boolean;
  /** A stop follows: nothing of it may be started any more. */
  readonly stopRequested: boolean;
}

export interface Launcher {
  /** Idempotent by attemptId. Resolves when the runtime has taken the task over (it is durable there), not when it runs. */
  start(task: ContainerTask): Promise<LaunchOutcome>;
  /** SIGTERM, `graceSeconds`, SIGKILL for everything the attempt started. Unknown or ended attempts: nothing happens. */
  stop(attemptId: string, graceSeconds: number): Promise<void>;
  /** Takes up an attempt that an earlier process started; `unknown`: this runtime has no trace of it. */
  adopt(attemptId: string, taskId: string, adoptee?: Adoptee): Promise<'adopted' | 'unknown'>;
  /** One listener; set before the first start or adopt. */
  onObservation(listener: (observation: Observation) => void): void;
  /** Frees what the runtime kept for an ended attempt, apart from its log. */
  forget(attemptId: string, taskId: string): Promise<void>;
  /** Stops observing; containers go on. */
  close(): Promise<void>;
}

/** `because` ends the sentence `unable to pull secrets or registry auth: `; it never holds a value, nor where values are kept. */
export type FoundSecret =
  | { readonly found: true; readonly value: string }
  | { readonly found: false; readonly because: string };

/** Values that definitions name and nobody stores: read anew for each attempt. */
export interface Secrets {
  /** `valueFrom`: as ECS takes it, the ARN of a secret or a parameter, or a parameter's name. */
  find(valueFrom: string): Promise<FoundSecret>;
}
