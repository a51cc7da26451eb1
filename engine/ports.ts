// Everything the engine needs from the outside, as interfaces. An adapter implements one of them; a home's compose.ts
// picks the adapters. Nothing here knows AWS, SQLite or Docker, and no port leaks the words of one of its adapters.
import type { ContainerExit } from '../core/job/attempt.ts';
import type { LaunchTimes } from '../core/job/launch-times.ts';
import type { Wait, WaitEnd } from '../core/job/progress.ts';
import type { ContainerDemand, ContainerSpec, TaskContainerSpec, TaskProperties } from '../core/job/spec.ts';
import type { ComputeEnvironmentArn, DefinitionArn, EpochMs, JobId, QueueArn } from '../core/ids.ts';

// ---------------------------------------------------------------------------------------------------------- Table

/** The two tables and why there are two: `jobs` has a change stream and grows; `queues` is small and is read by every tick. */
export type TableName = 'jobs' | 'queues';

/** Primary key: partition and sort. Strings only; both non-empty; compared by their UTF-8 bytes. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/**
 * Sparse secondary indexes, the same two for each table. A row is in an index exactly when it carries that index's
 * entry; inside one index partition rows are ordered by `sort` (UTF-8 bytes), ties by primary key.
 * `listing`: what an owner has, by state. `work`: what somebody must act on.
 */
export type IndexName = 'listing' | 'work';
export interface IndexEntry {
  readonly partition: string;
  readonly sort: string;
}

/**
 * One row. `version` starts at 1 and grows by one with each write of the row; `body` is a JSON object that the table
 * never looks into. `expiresAtS` (epoch seconds): the row may vanish any time after, and reads must not return it then.
 */
export interface Row extends Key {
  readonly version: number;
  readonly body: object;
  readonly indexes: { readonly [name in IndexName]?: IndexEntry };
  readonly expiresAtS?: number;
}

export interface NewRow extends Key {
  readonly body: object;
  readonly indexes?: Row['indexes'];
  readonly expiresAtS?: number;
}

/**
 * One element of an atomic write.
 * put: `ifVersion` 0 = must not exist; n = must exist with that version; absent = unconditional.
 * delete: `ifVersion` n = must exist with that version; absent = must merely exist.
 * check: nothing is written; the row must have `ifVersion` (0 = must not exist).
 */
export type WriteOp =
  | { readonly kind: 'put'; readonly table: TableName; readonly row: NewRow; readonly ifVersion?: number }
  | { readonly kind: 'delete'; readonly table: TableName; readonly key: Key; readonly ifVersion?: number }
  | { readonly kind: 'check'; readonly table: TableName; readonly key: Key; readonly ifVersion: number };

/** `failed`: indexes of the operations whose condition did not hold; nothing was written then. */
export type WriteResult = { readonly ok: true } | { readonly ok: false; readonly failed: readonly number[] };

export interface IndexRange {
  readonly table: TableName;
  /** Absent: the primary key's own partition, ordered by sk. */
  readonly index?: IndexName;
  readonly partition: string;
  /** Inclusive bounds on the sort value. */
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
}

export interface IndexQuery extends Omit<IndexRange, 'partition'> {
  /**
   * Several of an index are read as one: a page has their first rows in the order of the sort values, each row once, also one that moves
   * from one of them to another meanwhile and keeps its sort value. It costs about `limit` rows, and a look at each partition.
   */
  readonly partition: string | readonly string[];
  readonly descending?: boolean;
  /** 1..1000. */
  readonly limit: number;
  /** Where the last page ended: opaque, taken from `Page.next`. */
  readonly after?: string;
}

/** A page may be short or empty and still have `next`. Index queries may lag writes (DynamoDB); primary-key queries never do. */
export interface Page {
  readonly rows: readonly Row[];
  readonly next?: string;
}

/**
 * One committed before/after of a row of `jobs`. `stream` and `seq` order the changes of a row: within one stream, seq
 * (compared as a string) only grows. A put of a new row has no `before`; a delete or expiry has no `after`. `stream` is
 * absent where the store orders the changes of a row but does not say in which of its streams they came.
 */
export interface Change {
  readonly stream?: string;
  readonly seq: string;
  readonly before?: Row;
  readonly after?: Row;
}

/**
 * Storage with DynamoDB's semantics. All reads by key are consistent. Durable before the promise resolves.
 * Errors: `StoreFullError` when the medium is full, `StoreUnavailableError` for anything else outside our control.
 */
export interface Table {
  get(table: TableName, key: Key): Promise<Row | undefined>;
  /** Any number of keys; the answer has the order of the keys, `undefined` where there is no row. */
  getMany(table: TableName, keys: readonly Key[]): Promise<readonly (Row | undefined)[]>;
  query(query: IndexQuery): Promise<Page>;
  /** How many rows a partition holds, counting up to `limit`. */
  count(range: IndexRange): Promise<number>;
  /** All or nothing, 1..100 operations, no two on one row. */
  write(ops: readonly WriteOp[]): Promise<WriteResult>;
  /** Unconditional puts of new rows, any number; not atomic as a whole, each row is. Repeatable: an existing row with the key is left alone. */
  insertMany(table: TableName, rows: readonly NewRow[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Where the changes of `jobs` come from, for a home that pulls them (the cloud pushes them into a function instead).
 * Delivered in commit order, at least once: a batch is delivered again after a restart until `handler` resolved for it.
 */
export interface ChangeFeed {
  /** Starts delivery, first what an earlier run left over. One batch at a time; at most `maxBatch` changes each. */
  start(handler: (batch: readonly Change[]) => Promise<void>, options?: { readonly maxBatch?: number }): void;
  stop(): Promise<void>;
}

// ------------------------------------------------------------------------------------------------------ Workflows

export type MachineName = 'job' | 'multi-node-job' | 'compute-environment';

/** State-machine executions. An execution is disposable: it can be started again from its row at any time. */
export interface Workflows {
  /** Makes sure that an execution drives this subject; does nothing when one already runs. */
  ensure(machine: MachineName, subject: string, input: object): Promise<void>;
  /**
   * Ends the wait of every parked token for this subject as `endOf` says for what the token waits for; `undefined` lets it wait on.
   * Nobody waiting is not an error. Returns how many it woke.
   */
  wake(subject: string, endOf: (wait: Wait) => WaitEnd | undefined): Promise<number>;
  /** Remembers a task token under a subject, with what it waits for, until it is woken. */
  park(subject: string, taskToken: string, wait: Wait): Promise<void>;
  /** Ends the wait of one token; a token that nobody waits for is a repeated or late message, which changes nothing. */
  end(taskToken: string, end: WaitEnd): Promise<void>;
}

// ------------------------------------------------------------------------------------------------------- Launcher

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

// -------------------------------------------------------------------------------------------------------- Secrets

/** `because` ends the sentence `unable to pull secrets or registry auth: `; it never holds a value, nor where values are kept. */
export type FoundSecret =
  | { readonly found: true; readonly value: string }
  | { readonly found: false; readonly because: string };

/** Values that definitions name and nobody stores: read anew for each attempt. */
export interface Secrets {
  /** `valueFrom`: as ECS takes it, the ARN of a secret or a parameter, or a parameter's name. */
  find(valueFrom: string): Promise<FoundSecret>;
}

// ---------------------------------------------------------------------------------------------- Events and the rest

/** An event in EventBridge's envelope, without what the sink adds (`version`, `account`, `time` rendering). */
export interface SlipwayEvent {
  /** Unique and derived from the change, so that a repeated publication can be recognised. */
  readonly id: string;
  readonly detailType: string;
  readonly region: string;
  readonly atMs: EpochMs;
  readonly resources: readonly string[];
  readonly detail: object;
}

export interface EventSink {
  /** At least once; durable when the promise resolves. */
  publish(events: readonly SlipwayEvent[]): Promise<void>;
}

export interface Clock {
  now(): EpochMs;
}

export interface Ids {
  jobId(): JobId;
  uuid(): string;
}

export class StoreFullError extends Error {
  override readonly name = 'StoreFullError';
}
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}
/** What is stored cannot be understood: the message names the table and the key, or the file. Other rows stay readable. */
export class StoreCorruptError extends Error {
  override readonly name = 'StoreCorruptError';
}
/** `IndexQuery.after` did not come from a page of the same query. */
export class BadPageTokenError extends Error {
  override readonly name = 'BadPageTokenError';
}
