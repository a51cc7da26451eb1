// The Workflows port over the embedded engine: one execution per subject, and the task tokens parked under subjects. A
// token is forgotten as soon as its task has ended in any way, so nothing here outgrows what is running.
import type { Wait, WaitEnd } from '../../core/job/progress.ts';
import type { Clock, MachineName, Workflows } from '../../engine/ports.ts';
import type { Timer } from './alarm-queue.ts';
import { createAslEngine } from './engine.ts';
import type { AslEngine, TokenAnswer } from './engine.ts';
import type { ExecutionResult } from './execution.ts';
import { lambdaResources } from './lambda-resources.ts';
import type { LocalFunction } from './lambda-resources.ts';
import type { StateMachine } from './machine.ts';

export interface LocalWorkflowsOptions {
  /** Parsed by `parseMachine` with the names under which `functions` has its handlers. */
  readonly machines: Readonly<Partial<Record<MachineName, StateMachine>>>;
  /** What the machines' tasks call, by function ARN or name. */
  readonly functions: Readonly<Record<string, LocalFunction>>;
  readonly clock: Clock;
  readonly timer?: Timer;
  readonly log?: (event: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly history?: { readonly maxEvents: number };
  readonly keepEnded?: number;
  /** Told of every end, so that a home can look after a subject whose execution broke. */
  readonly onEnded?: (subject: string, result: ExecutionResult) => void;
}

export interface LocalWorkflows extends Workflows {
  /** How many task tokens are parked. */
  parkedTokens(): number;
  /** For a console: describe, history, stop. */
  readonly engine: AslEngine;
  /** Stops every execution; their rows will start them again. */
  close(): void;
}

export function createLocalWorkflows(options: LocalWorkflowsOptions): LocalWorkflows {
  const parking = createParking();
  const { machines, functions, onEnded, ...engineOptions } = options;
  const engine = createAslEngine({
    ...engineOptions,
    resources: lambdaResources(functions),
    onTokenClosed: (token) => parking.forget(token),
  });
  return {
    engine,
    parkedTokens: () => parking.count(),
    async ensure(name, subject, input) {
      if (engine.isRunning(subject)) return;
      const machine = machines[name];
      if (machine === undefined) throw new Error(`there is no state machine ${name} here`);
      const { done } = engine.start(machine, subject, input);
      if (onEnded !== undefined) void done.then((result) => onEnded(subject, result));
    },
    async wake(subject, endOf) {
      let woken = 0;
      for (const [token, wait] of parking.waitsOf(subject)) {
        const end = endOf(wait);
        if (end !== undefined && endTask(engine, token, end) === 'accepted') woken += 1;
      }
      return woken;
    },
    async park(subject, taskToken, wait) {
      // Its task may have ended while the token was on its way here; nobody would ever forget it then.
      if (engine.isWaiting(taskToken)) parking.park(subject, taskToken, wait);
    },
    async end(taskToken, end) {
      endTask(engine, taskToken, end);
    },
    close: () => engine.close(),
  };
}

function endTask(engine: AslEngine, token: string, end: WaitEnd): TokenAnswer {
  return end.kind === 'output'
    ? engine.succeedTask(token, end.output)
    : engine.failTask(token, end.error, end.cause);
}

interface Parking {
  park(subject: string, token: string, wait: Wait): void;
  forget(token: string): void;
  waitsOf(subject: string): readonly (readonly [token: string, wait: Wait])[];
  count(): number;
}

/** Which tokens wait under which subject, and for what; a token waits under one subject at a time. */
function createParking(): Parking {
  const parked = new Map<string, Map<string, Wait>>();
  const subjectOf = new Map<string, string>();
  const forget = (token: string): void => {
    const subject = subjectOf.get(token);
    if (subject === undefined) return;
    subjectOf.delete(token);
    const tokens = parked.get(subject);
    tokens?.delete(token);
    if (tokens?.size === 0) parked.delete(subject);
  };
  return {
    forget,
    park(subject, token, wait) {
      forget(token);
      const tokens = parked.get(subject) ?? new Map<string, Wait>();
      parked.set(subject, tokens.set(token, wait));
      subjectOf.set(token, subject);
    },
    waitsOf: (subject) => [...(parked.get(subject) ?? [])],
    count: () => subjectOf.size,
  };
}
