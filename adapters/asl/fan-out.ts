// Parallel and Map: several strands for one state, at most so many at once. The first failure too many ends all of them.
import { AslError } from './asl-error.ts';
import type { Failure } from './asl-error.ts';
import { contextOf, contextSection } from './context-object.ts';
import type { FanOut, Message, Outcome, Runtime, Strand } from './execution.ts';
import { isJsonArray } from './json.ts';
import type { Ambient } from './evaluate.ts';
import type { Json } from './json.ts';
import type { MapState, ParallelState, State, StateGraph } from './machine.ts';
import { release } from './task.ts';

/** What a new strand needs to know. */
type Seed = Pick<Strand, 'execution' | 'graph' | 'origin' | 'item'>;

export function createStrand(runtime: Runtime, seed: Seed, raw: Json): Strand {
  const strand: Strand = {
    ...seed,
    ambient: ambientOf(runtime, () => strand),
    state: stateOf(seed.graph, seed.graph.startAt),
    raw,
    enteredAtMs: runtime.clock.now(),
    retriesUsed: [],
    retryCount: 0,
    taskToken: undefined,
    pending: undefined,
    ended: false,
  };
  return strand;
}

function ambientOf(runtime: Runtime, strand: () => Strand): Ambient {
  return {
    context: () => contextOf(strand()),
    contextSection: (name) => contextSection(strand(), name),
    random: runtime.random,
    uuid: runtime.uuid,
  };
}

export function stateOf(graph: StateGraph, name: string): State {
  const state = graph.states.get(name);
  if (state === undefined) throw new Error(`the machine was parsed, so it has the state ${name}`);
  return state;
}

export function enterParallel(
  runtime: Runtime,
  strand: Strand,
  state: ParallelState,
  input: Json,
): Message | undefined {
  const shared = state.parameters === undefined ? input : state.parameters(input, strand.ambient);
  const first = state.branches[0];
  return begin(runtime, strand, {
    total: state.branches.length,
    maxConcurrency: state.branches.length,
    graphOf: (index) => state.branches[index] ?? first ?? strand.graph,
    itemOf: () => strand.item,
    inputOf: () => shared,
    tolerated: { most: 0, named: false },
  });
}

export function enterMap(
  runtime: Runtime,
  strand: Strand,
  state: MapState,
  input: Json,
): Message | undefined {
  const items = state.items === undefined ? input : state.items(input, strand.ambient);
  if (!isJsonArray(items))
    throw new AslError('States.Runtime', 'ItemsPath selects something that is not an array');
  const { itemSelector } = state;
  return begin(runtime, strand, {
    total: items.length,
    maxConcurrency: state.maxConcurrency(input, strand.ambient) || items.length,
    graphOf: () => state.processor,
    itemOf: (index) => ({ index, value: items[index] ?? null }),
    inputOf: (index, ambient) =>
      itemSelector === undefined ? (items[index] ?? null) : itemSelector(input, ambient),
    tolerated: toleranceOf(strand, state, input, items.length),
  });
}

function toleranceOf(
  strand: Strand,
  { tolerated }: MapState,
  input: Json,
  total: number,
): FanOut['tolerated'] {
  if (tolerated === undefined) return { most: 0, named: false };
  const count = tolerated.count?.(input, strand.ambient) ?? Infinity;
  const percentage = tolerated.percentage?.(input, strand.ambient) ?? 100;
  return { most: Math.min(count, (total * percentage) / 100), named: true };
}

type Plan = Pick<FanOut, 'total' | 'maxConcurrency' | 'graphOf' | 'itemOf' | 'inputOf' | 'tolerated'>;

function begin(runtime: Runtime, parent: Strand, plan: Plan): Message | undefined {
  if (plan.total === 0) return { kind: 'result', value: [] };
  const fanOut: FanOut = {
    kind: 'fan-out',
    parent,
    ...plan,
    running: new Set(),
    outputs: [],
    started: 0,
    failed: 0,
  };
  parent.pending = fanOut;
  startMore(runtime, fanOut);
  return undefined;
}

function startMore(runtime: Runtime, fanOut: FanOut): void {
  const { parent } = fanOut;
  try {
    while (fanOut.started < fanOut.total && fanOut.running.size < fanOut.maxConcurrency) {
      const index = fanOut.started;
      fanOut.started += 1;
      const item = fanOut.itemOf(index);
      const seed: Seed = {
        execution: parent.execution,
        graph: fanOut.graphOf(index),
        origin: { fanOut, index },
        item,
      };
      // The item's input is built by the Map state, so the context object shows that state.
      const view: Strand = { ...parent, item };
      const child = createStrand(
        runtime,
        seed,
        fanOut.inputOf(
          index,
          ambientOf(runtime, () => view),
        ),
      );
      fanOut.running.add(child);
      runtime.send(child, { kind: 'enter', again: false });
    }
  } catch (thrown) {
    const failure = thrown instanceof AslError ? thrown.failure : runtime.reportBug(parent, thrown);
    giveUp(runtime, fanOut, failure, false);
  }
}

/** A branch or item has ended. */
export function endChild(
  runtime: Runtime,
  fanOut: FanOut,
  index: number,
  child: Strand,
  outcome: Outcome,
): void {
  fanOut.running.delete(child);
  if ('output' in outcome) {
    fanOut.outputs[index] = outcome.output;
  } else {
    fanOut.failed += 1;
    if (fanOut.failed > fanOut.tolerated.most)
      return giveUp(runtime, fanOut, failureFor(fanOut, outcome.failure), true);
  }
  startMore(runtime, fanOut);
  if (fanOut.running.size > 0 || fanOut.parent.pending !== fanOut) return;
  fanOut.parent.pending = undefined;
  // Failures that were tolerated leave no output.
  const value = Array.from({ length: fanOut.total }, (_, at) => fanOut.outputs[at]).filter(
    (output) => output !== undefined,
  );
  runtime.send(fanOut.parent, { kind: 'result', value });
}

function failureFor({ tolerated, failed, total }: FanOut, failure: Failure): Failure {
  if (!tolerated.named) return failure;
  const cause = `${failed} of ${total} items failed, more than tolerated; the last one with ${failure.error}: ${failure.cause}`;
  return { error: 'States.ExceedToleratedFailureThreshold', cause };
}

function giveUp(runtime: Runtime, fanOut: FanOut, failure: Failure, fromBranch: boolean): void {
  cancelChildren(runtime, fanOut);
  fanOut.parent.pending = undefined;
  runtime.send(fanOut.parent, { kind: 'failed', failure, fromBranch });
}

/** Ends a strand without a result, with all that it waits for and all that it started. */
export function cancelStrand(runtime: Runtime, strand: Strand): void {
  if (strand.ended) return;
  strand.ended = true;
  const { pending } = strand;
  if (pending === undefined) return;
  strand.pending = undefined;
  if (pending.kind === 'fan-out') {
    cancelChildren(runtime, pending);
    return;
  }
  release(runtime, pending);
  if (pending.kind === 'task') pending.abort?.abort();
}

function cancelChildren(runtime: Runtime, fanOut: FanOut): void {
  for (const child of fanOut.running) cancelStrand(runtime, child);
  fanOut.running.clear();
}
