// Runs one machine in an engine of its own, on fake time.
import { createAslEngine } from '../../../adapters/asl/engine.ts';
import type { AslEngine, AslEngineOptions } from '../../../adapters/asl/engine.ts';
import type { ExecutionResult } from '../../../adapters/asl/execution.ts';
import { lambdaResources } from '../../../adapters/asl/lambda-resources.ts';
import type { LocalFunction } from '../../../adapters/asl/lambda-resources.ts';
import { parseMachine } from '../../../adapters/asl/parse-machine.ts';
import { createFakeTime } from './fake-time.ts';
import type { FakeTime } from './fake-time.ts';

/** One definition's States, in order; the first is where it starts. */
export type States = Readonly<Record<string, object>>;

export function machineOf(states: States, rest: object = {}) {
  const [startAt] = Object.keys(states);
  return parseMachine('test', JSON.stringify({ StartAt: startAt, States: states, ...rest }));
}

export interface Bench {
  readonly engine: AslEngine;
  readonly time: FakeTime;
}

export function createBench(
  functions: Readonly<Record<string, LocalFunction>> = {},
  options: Partial<AslEngineOptions> = {},
): Bench {
  const time = createFakeTime();
  const { clock, timer } = time;
  const engine = createAslEngine({
    clock,
    timer,
    resources: lambdaResources(functions),
    history: { maxEvents: 1000 },
    keepEnded: 10,
    ...options,
  });
  return { engine, time };
}

/** Runs to the end, without letting time pass. */
export async function run(
  states: States,
  input: unknown = {},
  functions: Readonly<Record<string, LocalFunction>> = {},
): Promise<ExecutionResult> {
  const { engine } = createBench(functions);
  return engine.start(machineOf(states), 'x', input).done;
}
