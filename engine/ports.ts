// What the engine needs from the outside, as interfaces. An adapter implements one of them; a home's compose.ts picks the
// adapters. Nothing here knows AWS, SQLite or Docker, and no port leaks the words of one of its adapters. The larger ports have
// files of their own beside this one.
import type { Wait, WaitEnd } from '../core/job/progress.ts';
import type { EpochMs, JobId } from '../core/ids.ts';

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
