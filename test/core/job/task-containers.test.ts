import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttemptExit } from '../../../core/job/attempt-steps.ts';
import type { ContainerDependency } from '../../../core/job/spec.ts';
import type {
  ContainerRules,
  ContainerState,
  ContainerStates,
  TaskMoment,
  TaskStep,
} from '../../../core/job/task-containers.ts';
import { nextTaskStep, statesAfterRestart } from '../../../core/job/task-containers.ts';

const after = (containerName: string, condition: ContainerDependency['condition'] = 'START') => ({
  containerName,
  condition,
});
const essential = (name: string, ...dependsOn: ContainerDependency[]): ContainerRules => ({
  name,
  essential: true,
  dependsOn,
});
const helper = (name: string, ...dependsOn: ContainerDependency[]): ContainerRules => ({
  name,
  essential: false,
  dependsOn,
});

const starting: ContainerState = { kind: 'starting' };
const running = (startedAtMs = 1_000): ContainerState => ({ kind: 'running', startedAtMs });
const ended = (exit: Partial<AttemptExit>, atMs = 5_000): ContainerState => ({
  kind: 'ended',
  atMs,
  exit: { cause: 'exited', startedAtMs: 1_000, ...exit },
});
const exited = (exitCode: number, atMs = 5_000): ContainerState => ended({ exitCode }, atMs);
const unstartable = (reason: string, atMs = 5_000): ContainerState => ({
  kind: 'ended',
  atMs,
  exit: { cause: 'failed-to-start', reason },
});

type Given = Readonly<Record<string, ContainerState>>;

function step(rules: readonly ContainerRules[], states: Given, moment: Partial<TaskMoment> = {}): TaskStep {
  const now = { atMs: 9_000, stopRequested: false, ...moment };
  return nextTaskStep(rules, new Map(Object.entries(states)), now);
}

describe('a container is started', () => {
  const rules = (condition: ContainerDependency['condition']) => [
    helper('init'),
    essential('main', after('init', condition)),
  ];
  it.each<[string, ContainerDependency['condition'], Given, readonly string[]]>([
    ['at once without dependencies', 'COMPLETE', {}, ['init']],
    ['not while what it depends on may not run yet', 'START', { init: starting }, []],
    ['once that has started, with START', 'START', { init: running() }, ['main']],
    ['also when that has ended since, with START', 'START', { init: exited(1) }, ['main']],
    ['not while that runs, with COMPLETE', 'COMPLETE', { init: running() }, []],
    ['once that has ended in any way, with COMPLETE', 'COMPLETE', { init: exited(3) }, ['main']],
    ['not while that runs, with SUCCESS', 'SUCCESS', { init: running() }, []],
    ['once that has succeeded, with SUCCESS', 'SUCCESS', { init: exited(0) }, ['main']],
  ])('%s', (_name, condition, states, start) => {
    expect(step(rules(condition), states)).toMatchObject({ start, stop: [] });
  });

  it('only when all of its dependencies hold', () => {
    const both = [helper('a'), helper('b'), essential('main', after('a'), after('b', 'SUCCESS'))];
    expect(step(both, { a: running(), b: running() }).start).toEqual([]);
    expect(step(both, { a: running(), b: exited(0) }).start).toEqual(['main']);
  });

  it('never any more once the end of the task was asked for', () => {
    expect(step(rules('SUCCESS'), { init: exited(0) }, { stopRequested: true }).start).toEqual([]);
  });
});

describe('a container that waits for what can never be', () => {
  it.each<[string, ContainerRules[], Given, string]>([
    [
      'a failure, with SUCCESS',
      [helper('init'), essential('main', after('init', 'SUCCESS'))],
      { init: exited(7) },
      'init did not exit successfully (exit code 7)',
    ],
    [
      'one that could not start',
      [helper('init'), essential('main', after('init'))],
      { init: unstartable('x') },
      'init did not start',
    ],
    [
      'one that was lost',
      [helper('init'), essential('main', after('init', 'COMPLETE'))],
      { init: ended({ cause: 'host-lost' }) },
      'init was lost',
    ],
  ])('has failed to start: %s', (_name, rules, states, because) => {
    const reason = `CannotStartContainerError: dependency not satisfied: ${because}`;
    const { over } = step(rules, states);
    expect(over?.exit).toMatchObject({ cause: 'failed-to-start', reason });
    expect(over?.exit.containers?.[1]).toEqual({ name: 'main', reason });
  });

  it('takes those that wait for it along, in whatever order they are written', () => {
    const rules = [
      essential('last', after('middle')),
      helper('middle', after('init', 'SUCCESS')),
      helper('init'),
    ];
    const { over } = step(rules, { init: exited(1) });
    expect(over?.exit.reason).toBe(
      'CannotStartContainerError: dependency not satisfied: middle did not start',
    );
  });

  it('does not end the task when it is not essential', () => {
    const rules = [essential('main'), helper('init'), helper('extra', after('init', 'SUCCESS'))];
    const { over, stop, states } = step(rules, { main: running(), init: exited(1) });
    expect(over).toBeUndefined();
    expect(stop).toEqual([]);
    expect(states.get('extra')).toMatchObject({ kind: 'ended', exit: { cause: 'failed-to-start' } });
  });
});

describe('a startTimeout', () => {
  const rules = [{ ...helper('init'), startTimeoutSeconds: 4 }, essential('main', after('init', 'COMPLETE'))];

  it('tells when to look again', () => {
    expect(step(rules, { init: running(1_000) }, { atMs: 2_000 })).toMatchObject({ lookAgainAtMs: 5_000 });
  });

  it('over, ends the task of the essential container that waits', () => {
    const { stop, states } = step(rules, { init: running(1_000) }, { atMs: 5_000 });
    expect(stop).toEqual(['init']);
    expect(states.get('main')).toMatchObject({
      exit: {
        reason:
          'CannotStartContainerError: dependency not satisfied: init did not end within its startTimeout',
      },
    });
  });

  it.each([
    ['in time', 4_999, ['main']],
    ['too late, though nobody looked', 5_000, []],
  ])('counts an end %s', (_name, atMs, start) => {
    expect(step(rules, { init: exited(0, atMs) }).start).toEqual(start);
  });

  it('says nothing to those that only wait for the start', () => {
    const started = [{ ...helper('init'), startTimeoutSeconds: 4 }, essential('main', after('init'))];
    expect(step(started, { init: running(1_000) }, { atMs: 99_000 }).start).toEqual(['main']);
  });
});

describe('the end of an essential container', () => {
  const rules = [essential('main'), helper('side')];

  it.each([0, 1])('with code %i stops the others', (code) => {
    expect(step(rules, { main: exited(code), side: running() })).toMatchObject({ start: [], stop: ['side'] });
  });

  it('also stops one that a runtime has only just been given', () => {
    expect(step(rules, { main: exited(0), side: starting }).stop).toEqual(['side']);
  });

  it('stops dependents before what they depend on', () => {
    const chain = [essential('main'), helper('proxy'), helper('client', after('proxy'))];
    expect(step(chain, { main: exited(0), proxy: running(), client: running() }).stop).toEqual(['client']);
    expect(step(chain, { main: exited(0), proxy: running(), client: exited(143) }).stop).toEqual(['proxy']);
  });

  it('is not what the end of any other container is', () => {
    expect(step(rules, { main: running(), side: exited(1) })).toMatchObject({ start: [], stop: [] });
  });
});

describe('the task runs', () => {
  const rules = [helper('init'), essential('main', after('init', 'COMPLETE'))];
  it('since the last of its containers has started', () => {
    expect(step(rules, { init: exited(0), main: running(6_000) }).runningSinceMs).toBe(6_000);
  });

  it.each<[string, Given]>([
    ['while a container waits', { init: running() }],
    ['while a container starts', { init: exited(0), main: starting }],
    ['once an essential container has ended', { init: running(), main: exited(0) }],
    ['when an essential container could not start', { init: running(), main: unstartable('x') }],
  ])('not %s', (_name, states) => {
    expect(step(rules, states)).not.toHaveProperty('runningSinceMs');
  });
});

describe('what a task comes to', () => {
  const two = [essential('a'), essential('b')];
  it.each<[string, ContainerRules[], Given, Partial<AttemptExit>]>([
    [
      'success when every essential container exited with 0',
      two,
      { a: exited(0), b: exited(0) },
      { cause: 'exited', exitCode: 0 },
    ],
    [
      'success whatever the others did',
      [essential('a'), helper('b')],
      { a: exited(0), b: exited(9) },
      { exitCode: 0 },
    ],
    [
      'the code of the first that failed',
      two,
      { a: exited(143, 6_000), b: exited(2, 5_000) },
      { exitCode: 2 },
    ],
    [
      'the code of one that was stopped after a success',
      two,
      { a: exited(0), b: exited(143, 6_000) },
      { exitCode: 143 },
    ],
    [
      'the reason of the one that failed',
      two,
      { a: ended({ exitCode: 137, reason: 'OutOfMemoryError: x' }), b: exited(143, 6_000) },
      { exitCode: 137, reason: 'OutOfMemoryError: x' },
    ],
    ['a lost host', two, { a: ended({ cause: 'host-lost' }), b: exited(143, 6_000) }, { cause: 'host-lost' }],
    [
      'a failed start',
      [essential('a'), helper('b')],
      { a: unstartable('CannotPullContainerError: x'), b: exited(143) },
      { cause: 'failed-to-start', reason: 'CannotPullContainerError: x' },
    ],
    [
      'no success when one was never started',
      [essential('a'), helper('b'), essential('c', after('b', 'SUCCESS'))],
      { a: exited(0), b: exited(143) },
      { cause: 'exited', reason: 'Container c had not started when the task ended.' },
    ],
  ])('%s', (_name, rules, states, exit) => {
    expect(step(rules, states).over?.exit).toMatchObject(exit);
  });

  it('is told with each container’s own end, and ends with the last of them', () => {
    expect(
      step([essential('a'), helper('b'), helper('c', after('b', 'COMPLETE'))], {
        a: exited(0, 5_000),
        b: exited(143, 6_000),
      }).over,
    ).toEqual({
      atMs: 6_000,
      exit: {
        cause: 'exited',
        exitCode: 0,
        startedAtMs: 1_000,
        containers: [{ name: 'a', exitCode: 0 }, { name: 'b', exitCode: 143 }, { name: 'c' }],
      },
    });
  });

  it('is a failed start when it was stopped before anything began', () => {
    expect(step(two, {}, { stopRequested: true, atMs: 7_000 }).over).toMatchObject({
      atMs: 7_000,
      exit: { cause: 'failed-to-start', containers: [{ name: 'a' }, { name: 'b' }] },
    });
  });
});

describe('after a restart', () => {
  const rules = [
    helper('init'),
    helper('setup', after('init', 'COMPLETE')),
    essential('main', after('setup', 'SUCCESS')),
  ];
  const lost = { kind: 'ended', exit: { cause: 'host-lost' } };
  const restarted = (found: string[], hasRun = false): object =>
    Object.fromEntries(statesAfterRestart(rules, new Set(found), hasRun, 9_000));

  it('what the runtime has is asked, and what has no trace waits', () => {
    expect(restarted(['init'])).toEqual({
      init: starting,
      setup: { kind: 'waiting' },
      main: { kind: 'waiting' },
    });
  });

  it('what must have run and left no trace is lost, not started again', () => {
    expect(restarted(['main'])).toMatchObject({ init: lost, setup: lost, main: starting });
    expect(restarted(['init'], true)).toMatchObject({ setup: lost, main: lost });
  });
});

/** A task with dependencies on earlier containers only, as registration allows: ends of essential ones are not waited for. */
const anyTask = fc
  .array(
    fc.record({
      essential: fc.boolean(),
      timeout: fc.constantFrom(0, 0, 3),
      picks: fc.array(
        fc.record({ of: fc.nat(), condition: fc.constantFrom('START', 'COMPLETE', 'SUCCESS') }),
        { maxLength: 3 },
      ),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((drafts): ContainerRules[] =>
    drafts.map((draft, index) => ({
      name: `c${index}`,
      essential: draft.essential || index === drafts.length - 1,
      ...(draft.timeout === 0 ? {} : { startTimeoutSeconds: draft.timeout }),
      dependsOn:
        index === 0
          ? []
          : draft.picks.map(({ of, condition }): ContainerDependency => {
              const target = of % index;
              return {
                containerName: `c${target}`,
                condition: drafts[target]?.essential ? 'START' : condition,
              };
            }),
    })),
  );

/** What happens next to the live container of this place among them. */
const anyEvent = fc.record({
  pick: fc.nat(),
  what: fc.constantFrom('run', 'exit 0', 'exit 1', 'refuse', 'lose', 'restart', 'stop'),
});

describe('any task, whatever its containers do', () => {
  it('starts nothing before its dependencies, nothing twice, and ends', () => {
    fc.assert(
      fc.property(anyTask, fc.array(anyEvent, { maxLength: 40 }), (rules, events) => {
        const world = aWorld(rules);
        for (const event of events) world.happen(event);
        world.runOut();
        expect(world.wrong).toEqual([]);
        expect(world.exit?.exitCode === 0).toBe(world.allEssentialSucceeded());
      }),
      { numRuns: 500 },
    );
  });
});

/** Carries decisions out at once, and writes down what must not be. */
function aWorld(rules: readonly ContainerRules[]) {
  const wrong: string[] = [];
  const starts = new Map<string, number>();
  let states: ContainerStates = new Map();
  let atMs = 0;
  let stopRequested = false;
  let exit: AttemptExit | undefined;
  const put = (name: string, state: ContainerState): void => void (states = new Map(states).set(name, state));
  const stateOf = (name: string): ContainerState => states.get(name) ?? { kind: 'waiting' };
  const live = (): string[] =>
    rules.map(({ name }) => name).filter((name) => ['starting', 'running'].includes(stateOf(name).kind));
  const end = (name: string, given: Partial<AttemptExit>): void => {
    const state = stateOf(name);
    const startedAtMs = state.kind === 'running' ? state.startedAtMs : atMs;
    put(name, { kind: 'ended', atMs, exit: { cause: 'exited', startedAtMs, ...given } });
  };

  function check(name: string): void {
    starts.set(name, (starts.get(name) ?? 0) + 1);
    if (starts.get(name) !== 1) wrong.push(`${name} started twice`);
    if (stopRequested) wrong.push(`${name} started after a stop`);
    if (rules.some((one) => one.essential && stateOf(one.name).kind === 'ended'))
      wrong.push(`${name} started at the end`);
    for (const { containerName, condition } of rules.find((one) => one.name === name)?.dependsOn ?? []) {
      const state = stateOf(containerName);
      const holds =
        state.kind === 'ended'
          ? condition === 'SUCCESS'
            ? state.exit.exitCode === 0
            : state.exit.cause !== 'failed-to-start'
          : condition === 'START' && state.kind === 'running';
      if (!holds) wrong.push(`${name} started before ${containerName} allowed it`);
    }
  }

  function advance(): void {
    for (let again = true; again && !exit;) {
      const next = nextTaskStep(rules, states, { atMs, stopRequested });
      states = next.states;
      for (const name of next.start) {
        check(name);
        put(name, { kind: 'starting' });
      }
      if (next.over) exit = next.over.exit;
      again = next.start.length > 0;
    }
  }
  advance();

  return {
    wrong,
    get exit() {
      return exit;
    },
    happen({ pick, what }: { pick: number; what: string }): void {
      if (exit) return;
      atMs += 700;
      const candidates = live();
      const name = candidates[pick % Math.max(1, candidates.length)] ?? '';
      if (what === 'stop') stopRequested = true;
      else if (what === 'restart') {
        const kept = states;
        states = statesAfterRestart(rules, new Set(starts.keys()), false, atMs);
        // The runtime tells again what it knows of all it was given.
        for (const one of starts.keys()) put(one, kept.get(one) ?? { kind: 'starting' });
      } else if (name === '') return;
      else if (what === 'run') put(name, stateOf(name).kind === 'starting' ? running(atMs) : stateOf(name));
      else if (what === 'refuse' && stateOf(name).kind === 'starting')
        put(name, unstartable('no image', atMs));
      else if (what === 'lose') end(name, { cause: 'host-lost' });
      else if (what.startsWith('exit')) end(name, { exitCode: Number(what.slice(5)) });
      advance();
    },
    /** From here on what is to be stopped stops, and what runs comes to its end: that must be enough. */
    runOut(): void {
      for (let turn = 0; !exit; turn += 1) {
        if (turn > 3 * rules.length) {
          wrong.push('it never ended');
          return;
        }
        atMs += 10_000;
        const { stop } = nextTaskStep(rules, states, { atMs, stopRequested });
        const [next] = stop.length > 0 ? stop : live();
        if (next !== undefined) end(next, { exitCode: stop.length > 0 ? 143 : 0 });
        advance();
      }
    },
    allEssentialSucceeded: () =>
      rules
        .filter((one) => one.essential)
        .every(({ name }) => {
          const state = stateOf(name);
          return state.kind === 'ended' && state.exit.exitCode === 0;
        }),
  };
}
