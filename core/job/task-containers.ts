// The containers of one task: which to start, which to end, and what the task comes to. ECS's rules (Developer Guide,
// container dependency and essential containers), as a function of what is known of each container and of nothing else,
// so that a restarted runtime goes on where the old one stopped.
import type { EpochMs } from '../ids.ts';
import type { ContainerExit } from './attempt.ts';
import type { AttemptExit } from './attempt-steps.ts';
import type { ContainerDependency, TaskContainerSpec } from './spec.ts';

export type ContainerRules = Pick<
  TaskContainerSpec,
  'name' | 'dependsOn' | 'essential' | 'startTimeoutSeconds'
>;

/** `starting`: a runtime has it; it may run already. `ended` without having run: it could not, or never will, be started. */
export type ContainerState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'running'; readonly startedAtMs: EpochMs }
  | { readonly kind: 'ended'; readonly atMs: EpochMs; readonly exit: AttemptExit };

/** By name; a container that is not in here waits. */
export type ContainerStates = ReadonlyMap<string, ContainerState>;

export interface TaskMoment {
  readonly atMs: EpochMs;
  /** Somebody asked for the end of the whole task. */
  readonly stopRequested: boolean;
}

export interface TaskStep {
  /** As given, but that containers which can never start have ended. To be kept: it must not be decided twice. */
  readonly states: ContainerStates;
  readonly start: readonly string[];
  /** To be ended now, dependents before what they depend on; named again until they have ended. */
  readonly stop: readonly string[];
  /** Since when every container has started; absent while one has not, and once the task comes to its end. */
  readonly runningSinceMs?: EpochMs;
  /** The task is over: since when, and what it came to. */
  readonly over?: { readonly atMs: EpochMs; readonly exit: AttemptExit };
  /** When a container gives up waiting, if nothing happens before. */
  readonly lookAgainAtMs?: EpochMs;
}

const WAITING: ContainerState = { kind: 'waiting' };

export function nextTaskStep(
  rules: readonly ContainerRules[],
  given: ContainerStates,
  { atMs, stopRequested }: TaskMoment,
): TaskStep {
  const isOver = (states: ContainerStates): boolean =>
    stopRequested || rules.some((one) => one.essential && states.get(one.name)?.kind === 'ended');
  // What a task's end takes away from a container that waits is not that container's failure.
  const states = isOver(given) ? given : withoutHopeless(rules, given, atMs);
  const stateOf = (name: string): ContainerState => states.get(name) ?? WAITING;
  const ending = isOver(states);
  const alive = rules.filter(({ name }) => isLive(stateOf(name)));
  if (ending && alive.length === 0) {
    const over = { atMs: lastEndMs(states) ?? atMs, exit: taskExit(rules, states) };
    return { states, start: [], stop: [], over };
  }

  const isNeeded = (name: string): boolean =>
    alive.some(({ dependsOn }) => dependsOn.some((dependency) => dependency.containerName === name));
  const waiting = rules.filter(({ name }) => stateOf(name).kind === 'waiting');
  const isReady = ({ dependsOn }: ContainerRules): boolean =>
    dependsOn.every((dependency) => judge(dependency, rules, states, atMs).kind === 'met');
  const runningSinceMs = ending ? undefined : allStartedAtMs(rules, states);
  const lookAgainAtMs = ending ? undefined : firstDeadline(waiting, rules, states);
  return {
    states,
    start: ending ? [] : waiting.filter(isReady).map(({ name }) => name),
    stop: ending ? alive.map(({ name }) => name).filter((name) => !isNeeded(name)) : [],
    ...(runningSinceMs === undefined ? {} : { runningSinceMs }),
    ...(lookAgainAtMs === undefined ? {} : { lookAgainAtMs }),
  };
}

export function isLive(state: ContainerState): boolean {
  return state.kind === 'starting' || state.kind === 'running';
}

type Judgement =
  | { readonly kind: 'met' }
  | { readonly kind: 'open'; readonly untilMs?: EpochMs }
  | { readonly kind: 'never'; readonly because: string; readonly sinceMs: EpochMs };

const MET: Judgement = { kind: 'met' };
const OPEN: Judgement = { kind: 'open' };

/** Whether a dependency holds, may still hold, or never will. */
function judge(
  { containerName, condition }: ContainerDependency,
  rules: readonly ContainerRules[],
  states: ContainerStates,
  atMs: EpochMs,
): Judgement {
  const state = states.get(containerName) ?? WAITING;
  switch (state.kind) {
    case 'waiting':
    case 'starting':
      return OPEN;
    case 'running': {
      if (condition === 'START') return MET;
      const untilMs = deadlineOf(containerName, state.startedAtMs, rules);
      if (untilMs === undefined) return OPEN;
      return untilMs <= atMs ? gaveUp(containerName, untilMs) : { kind: 'open', untilMs };
    }
    case 'ended':
      return judgeEnd({ containerName, condition }, state, rules);
  }
}

function judgeEnd(
  { containerName, condition }: ContainerDependency,
  { atMs, exit }: Extract<ContainerState, { kind: 'ended' }>,
  rules: readonly ContainerRules[],
): Judgement {
  const never = (because: string): Judgement => ({ kind: 'never', because, sinceMs: atMs });
  if (exit.cause === 'failed-to-start') return never(`${containerName} did not start`);
  if (condition === 'START') return MET;
  // One that ended too late was given up on, whether or not anybody looked in time.
  const untilMs =
    exit.startedAtMs === undefined ? undefined : deadlineOf(containerName, exit.startedAtMs, rules);
  if (untilMs !== undefined && untilMs <= atMs) return gaveUp(containerName, untilMs);
  if (exit.cause === 'host-lost') return never(`${containerName} was lost`);
  if (condition === 'COMPLETE' || exit.exitCode === 0) return MET;
  return never(`${containerName} did not exit successfully (exit code ${exit.exitCode ?? 'unknown'})`);
}

function gaveUp(containerName: string, sinceMs: EpochMs): Judgement {
  return { kind: 'never', because: `${containerName} did not end within its startTimeout`, sinceMs };
}

function deadlineOf(
  name: string,
  startedAtMs: EpochMs,
  rules: readonly ContainerRules[],
): EpochMs | undefined {
  const seconds = rules.find((one) => one.name === name)?.startTimeoutSeconds ?? 0;
  return seconds > 0 ? startedAtMs + seconds * 1000 : undefined;
}

/** Containers that wait for what can never be have failed to start, and so have, in turn, those that wait for them. */
function withoutHopeless(
  rules: readonly ContainerRules[],
  given: ContainerStates,
  atMs: EpochMs,
): ContainerStates {
  const states = new Map(given);
  for (let changed = true; changed;) {
    changed = false;
    for (const { name, dependsOn } of rules) {
      if ((states.get(name) ?? WAITING).kind !== 'waiting') continue;
      const hopeless = dependsOn
        .map((dependency) => judge(dependency, rules, states, atMs))
        .find((judgement) => judgement.kind === 'never');
      if (hopeless === undefined) continue;
      const reason = `CannotStartContainerError: dependency not satisfied: ${hopeless.because}`;
      const exit: AttemptExit = { cause: 'failed-to-start', reason };
      states.set(name, { kind: 'ended', atMs: hopeless.sinceMs, exit });
      changed = true;
    }
  }
  return states;
}

function firstDeadline(
  waiting: readonly ContainerRules[],
  rules: readonly ContainerRules[],
  states: ContainerStates,
): EpochMs | undefined {
  const deadlines = waiting.flatMap(({ dependsOn }) =>
    dependsOn.flatMap((dependency) => {
      const judgement = judge(dependency, rules, states, -Infinity);
      return judgement.kind === 'open' && judgement.untilMs !== undefined ? [judgement.untilMs] : [];
    }),
  );
  return deadlines.length === 0 ? undefined : Math.min(...deadlines);
}

/** As on ECS, a task runs once all its containers have started, those that have ended by then included. */
function allStartedAtMs(rules: readonly ContainerRules[], states: ContainerStates): EpochMs | undefined {
  let latest = -Infinity;
  for (const { name } of rules) {
    const state = states.get(name) ?? WAITING;
    switch (state.kind) {
      case 'waiting':
      case 'starting':
        return undefined;
      case 'running':
        latest = Math.max(latest, state.startedAtMs);
        break;
      case 'ended':
        latest = Math.max(latest, state.exit.startedAtMs ?? state.atMs);
    }
  }
  return latest;
}

function lastEndMs(states: ContainerStates): EpochMs | undefined {
  const ends = [...states.values()].flatMap((state) => (state.kind === 'ended' ? [state.atMs] : []));
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/**
 * What the retry judge sees: exit code 0 when every essential container exited with 0, else the end of the essential
 * container that was the first to end in any other way.
 */
function taskExit(rules: readonly ContainerRules[], states: ContainerStates): AttemptExit {
  const containers = rules.map(({ name }) => containerExit(name, states.get(name)));
  const essential = rules.filter((one) => one.essential);
  const ends = essential.flatMap(({ name }) => {
    const state = states.get(name) ?? WAITING;
    return state.kind === 'ended' ? [state] : [];
  });
  const culprit = ends
    .filter(({ exit }) => exit.exitCode !== 0)
    .reduce<(typeof ends)[number] | undefined>(
      (first, end) => (first === undefined || end.atMs < first.atMs ? end : first),
      undefined,
    );
  const started = startedAtMs(states);
  if (culprit) {
    const { cause, exitCode, reason } = culprit.exit;
    return {
      cause,
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(reason === undefined ? {} : { reason }),
      ...(cause === 'failed-to-start' ? {} : started),
      containers,
    };
  }
  if (ends.length === essential.length) return { cause: 'exited', exitCode: 0, ...started, containers };
  const missing = essential.find(({ name }) => (states.get(name) ?? WAITING).kind !== 'ended')?.name;
  const reason = `Container ${missing} had not started when the task ended.`;
  return ends.length === 0
    ? { cause: 'failed-to-start', reason, containers }
    : { cause: 'exited', reason, ...started, containers };
}

function containerExit(name: string, state: ContainerState = WAITING): ContainerExit {
  if (state.kind !== 'ended') return { name };
  const { exitCode, reason } = state.exit;
  return {
    name,
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** When the last of those that ran had started. */
function startedAtMs(states: ContainerStates): { readonly startedAtMs?: EpochMs } {
  const starts = [...states.values()].flatMap((state) =>
    state.kind === 'ended' && state.exit.startedAtMs !== undefined ? [state.exit.startedAtMs] : [],
  );
  return starts.length === 0 ? {} : { startedAtMs: Math.max(...starts) };
}

/**
 * The states from which a restarted runtime goes on. `found`: the containers it has traces of. One without a trace
 * waits, unless it must have run: the whole task was seen running (`hasRun`), or what starts only after it is there.
 */
export function statesAfterRestart(
  rules: readonly ContainerRules[],
  found: ReadonlySet<string>,
  hasRun: boolean,
  atMs: EpochMs,
): ContainerStates {
  const started = new Set<string>();
  const markDependencies = (name: string): void => {
    for (const { containerName } of rules.find((one) => one.name === name)?.dependsOn ?? []) {
      if (started.has(containerName)) continue;
      started.add(containerName);
      markDependencies(containerName);
    }
  };
  for (const name of found) markDependencies(name);
  const reason = 'Nothing was left of the container after a restart.';
  return new Map(
    rules.map(({ name }): [string, ContainerState] => {
      if (found.has(name)) return [name, { kind: 'starting' }];
      if (!hasRun && !started.has(name)) return [name, WAITING];
      return [name, { kind: 'ended', atMs, exit: { cause: 'host-lost', reason } }];
    }),
  );
}
