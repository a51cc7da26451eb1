// What a Task state calls. Resources are an open set: a home gives the engine a resolver from the text of `Resource` to a
// handler, so that further integrations need no change here.
import type { Json } from './json.ts';

export interface TaskContext {
  readonly executionName: string;
  readonly stateName: string;
  /** Only for resources that end in `.waitForTaskToken`. */
  readonly taskToken?: string;
  /** Aborted when nobody waits for the result any more: timed out, a sibling failed, or the execution was stopped. */
  readonly signal: AbortSignal;
  /** Says that the task is alive, for HeartbeatSeconds. */
  readonly heartbeat: () => void;
}

/**
 * Does a task. `parameters` are shared with the execution and must not be changed. The result is taken as JSON; a thrown
 * `AslError` names the failure, any other error fails the task under its own name. For a resource that waits for its token
 * the result is ignored, though not a failure.
 */
export type ResourceHandler = (resource: string, parameters: Json, context: TaskContext) => Promise<unknown>;
export type ResourceResolver = (resource: string) => ResourceHandler | undefined;
