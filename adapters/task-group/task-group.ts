// One task of several containers in this process. Invariant: what is done to a container follows from core's decision
// over all that is known at that moment, and a container that may have been started is never started again.
import type { ContainerState, TaskStep } from '../../core/job/task-containers.ts';
import { isLive, nextTaskStep, statesAfterRestart } from '../../core/job/task-containers.ts';
import type { EpochMs } from '../../core/ids.ts';
import type {
  Adoptee,
  ContainerTask,
  Launcher,
  Observation,
  TaskContainer,
} from '../../engine/launch-ports.ts';
import { containerAttemptId, singleTaskOf } from './container-attempts.ts';

export interface TaskGroupDeps {
  readonly inner: Launcher;
  readonly now: () => EpochMs;
  /** For containers that state no stopTimeout and are stopped because the task ends by itself. */
  readonly stopGraceSeconds: number;
  readonly emit: (observation: Observation) => void;
  readonly report: (event: string, fields: Readonly<Record<string, unknown>>) => void;
}

export interface TaskGroup {
  /** Resolves when the runtime has taken over what can start at once. Repeated: tells again how the task ended, if it has. */
  start(): Promise<void>;
  adopt(adoptee: Adoptee): Promise<'adopted' | 'unknown'>;
  stop(graceSeconds: number): Promise<void>;
  /** What the runtime saw of the container of this number. */
  take(number: number, observation: Observation): void;
  /** Nothing more is started, stopped or told. */
  leave(): void;
}

interface Member {
  readonly container: TaskContainer;
  readonly number: number;
  readonly attemptId: string;
  note?: string;
  address?: string;
  /** The least grace it was stopped with. */
  stoppedWith?: number;
}

/** What timers can count; one that is to wait longer looks again in between. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

type Stage = 'asleep' | 'awake' | 'ended' | 'left';

export function createTaskGroup(deps: TaskGroupDeps, task: ContainerTask): TaskGroup {
  const members: readonly Member[] = (task.containers ?? []).map((container, index) => ({
    container,
    number: index + 1,
    attemptId: containerAttemptId(task.attemptId, index + 1),
  }));
  const rules = members.map(({ container }) => container);
  const byName = new Map(members.map((member) => [member.container.name, member]));
  const states = new Map<string, ContainerState>();
  /** Asleep until all that an earlier process started is known. */
  let stage: Stage = 'asleep';
  let started: Promise<void> | undefined;
  let stopRequest: { graceSeconds: number } | undefined;
  let toldRunning = false;
  let ending: Extract<Observation, { kind: 'exited' }> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isDeciding = false;
  let isOutdated = false;

  const stateOf = ({ container }: Member): ContainerState =>
    states.get(container.name) ?? { kind: 'waiting' };

  /** Decides until nothing new came up while the last decision was carried out. Resolves when the runtime has answered. */
  async function advance(): Promise<void> {
    isOutdated = true;
    if (isDeciding) return;
    isDeciding = true;
    const calls: Promise<void>[] = [];
    try {
      while (isOutdated && stage === 'awake') {
        isOutdated = false;
        const atMs = deps.now();
        const step = nextTaskStep(rules, states, { atMs, stopRequested: stopRequest !== undefined });
        for (const [name, state] of step.states) states.set(name, state);
        calls.push(...carryOut(step, atMs));
      }
    } finally {
      isDeciding = false;
    }
    await Promise.all(calls);
  }

  function carryOut(step: TaskStep, atMs: EpochMs): Promise<void>[] {
    clearTimeout(timer);
    if (step.over) {
      stage = 'ended';
      ending = { kind: 'exited', attemptId: task.attemptId, ...step.over };
      deps.emit(ending);
      return [];
    }
    if (step.runningSinceMs !== undefined && !toldRunning) tellRunning(step.runningSinceMs);
    if (step.lookAgainAtMs !== undefined) {
      const delayMs = Math.min(step.lookAgainAtMs - atMs, LONGEST_TIMER_MS);
      timer = setTimeout(() => void advance(), delayMs);
    }
    const calls: Promise<void>[] = [];
    // A runtime may tell of a container's end before its start has returned: what is left is then decided anew.
    for (const name of step.start) if (!isOutdated) calls.push(startOne(memberOf(name)));
    for (const name of step.stop) if (!isOutdated) calls.push(stopOne(memberOf(name)));
    return calls;
  }

  function memberOf(name: string): Member {
    const member = byName.get(name);
    if (!member) throw new Error(`task ${task.taskId} has no container ${name}`);
    return member;
  }

  async function startOne(member: Member): Promise<void> {
    states.set(member.container.name, { kind: 'starting' });
    const outcome = await launch(member);
    if (outcome === undefined || stateOf(member).kind === 'ended') return;
    const exit = { cause: 'failed-to-start' as const, reason: outcome };
    states.set(member.container.name, { kind: 'ended', atMs: deps.now(), exit });
    await advance();
  }

  /** Why it could not start; `undefined` when the runtime has it. */
  async function launch({ container, number }: Member): Promise<string | undefined> {
    try {
      const outcome = await deps.inner.start(singleTaskOf(task, container, number));
      return outcome.started ? undefined : outcome.reason;
    } catch (error) {
      // A runtime that is being closed goes back on its word; the next process takes the container up.
      if (stage === 'left') return undefined;
      deps.report('task-group.start-failed', { attemptId: task.attemptId, error: String(error) });
      return `CannotStartContainerError: ${String(error)}`;
    }
  }

  async function stopOne(member: Member): Promise<void> {
    const graceSeconds = graceOf(member.container);
    if ((member.stoppedWith ?? Infinity) <= graceSeconds) return;
    member.stoppedWith = graceSeconds;
    try {
      await deps.inner.stop(member.attemptId, graceSeconds);
    } catch (error) {
      // To be asked for again at the next decision.
      delete member.stoppedWith;
      deps.report('task-group.stop-failed', { attemptId: member.attemptId, error: String(error) });
    }
  }

  /** A kill of the whole task spares nobody. */
  function graceOf({ stopTimeoutSeconds }: TaskContainer): number {
    if (stopRequest?.graceSeconds === 0) return 0;
    return stopTimeoutSeconds ?? stopRequest?.graceSeconds ?? deps.stopGraceSeconds;
  }

  function tellRunning(atMs: EpochMs): void {
    toldRunning = true;
    const note = joinNotes(members);
    const address = members.find((member) => member.address !== undefined)?.address;
    deps.emit({
      kind: 'running',
      attemptId: task.attemptId,
      atMs,
      ...(note === '' ? {} : { note }),
      ...(address === undefined ? {} : { address }),
    });
  }

  return {
    start() {
      if (ending && stage === 'ended') deps.emit(ending);
      if (stage === 'asleep') stage = 'awake';
      started ??= advance();
      return started;
    },
    async adopt({ hasRun, stopRequested }) {
      if (ending && stage === 'ended') deps.emit(ending);
      if (stage !== 'asleep') return 'adopted';
      const found = await Promise.all(
        members.map(async ({ attemptId, container }) => {
          const answer = await deps.inner.adopt(attemptId, container.taskId);
          return answer === 'adopted' ? [container.name] : [];
        }),
      );
      const names = new Set(found.flat());
      if (names.size === 0) return 'unknown';
      for (const [name, state] of statesAfterRestart(rules, names, hasRun, deps.now())) {
        // What the runtime has told in the meantime is the better knowledge.
        if (!states.has(name)) states.set(name, state);
      }
      if (stopRequested) stopRequest = { graceSeconds: deps.stopGraceSeconds };
      stage = 'awake';
      started = Promise.resolve();
      void advance();
      return 'adopted';
    },
    async stop(graceSeconds) {
      const least = Math.min(graceSeconds, stopRequest?.graceSeconds ?? Infinity);
      stopRequest = { graceSeconds: least };
      const killed = least === 0 ? members.filter((member) => isLive(stateOf(member))) : [];
      await Promise.all([advance(), ...killed.map(stopOne)]);
    },
    take(number, observation) {
      const member = members[number - 1];
      if (!member) return;
      const known = stateOf(member);
      const next = stateAfter(known, observation);
      if (next === known) return;
      if (observation.kind === 'running') {
        const { note, address } = observation;
        if (note !== undefined) member.note = note;
        if (address !== undefined) member.address = address;
      }
      states.set(member.container.name, next);
      void advance();
    },
    leave() {
      stage = 'left';
      clearTimeout(timer);
    },
  };
}

/** Observations may be repeated, late and out of order; a state only moves on. */
function stateAfter(known: ContainerState, observation: Observation): ContainerState {
  if (known.kind === 'ended') return known;
  if (observation.kind === 'exited') {
    const startedAtMs = known.kind === 'running' ? known.startedAtMs : observation.exit.startedAtMs;
    const exit = { ...observation.exit, ...(startedAtMs === undefined ? {} : { startedAtMs }) };
    return { kind: 'ended', atMs: observation.atMs, exit };
  }
  return known.kind === 'running' ? known : { kind: 'running', startedAtMs: observation.atMs };
}

/** What all containers have to say at once is said once, anything else by name. */
function joinNotes(members: readonly Member[]): string {
  const notes = members.flatMap(({ container, note }) =>
    note === undefined ? [] : [{ name: container.name, note }],
  );
  const [first] = notes;
  if (first && notes.length === members.length && notes.every(({ note }) => note === first.note)) {
    return first.note;
  }
  return notes.map(({ name, note }) => `${name}: ${note}`).join(' ');
}
