import { describe, expect, it } from 'vitest';
import type { ContainerExit } from '../../../core/job/attempt.ts';
import type { AttemptExit } from '../../../core/job/attempt-steps.ts';
import { exitReason } from '../../../core/job/attempt-steps.ts';
import type { TaskContainerSpec } from '../../../core/job/spec.ts';
import { wholeExit } from '../../../core/job/whole-exit.ts';

const aContainer = (name: string, essential = true): TaskContainerSpec => ({
  name,
  spec: { image: name },
  demand: { vcpus: 1, memoryMiB: 128, gpus: 0 },
  dependsOn: [],
  essential,
});
const ASKED = [aContainer('init', false), aContainer('app'), aContainer('proxy')];
const told = (...containers: ContainerExit[]): AttemptExit => ({
  cause: 'exited',
  startedAtMs: 3_000,
  containers,
});

describe('the end of a task of several containers', () => {
  it.each<[string, ContainerExit[], Partial<AttemptExit>]>([
    [
      'is a success when every essential one succeeded',
      [
        { name: 'init', exitCode: 1 },
        { name: 'app', exitCode: 0 },
        { name: 'proxy', exitCode: 0 },
      ],
      { exitCode: 0 },
    ],
    [
      'is that of the one that failed by itself, not of those stopped for its sake',
      [
        { name: 'app', exitCode: 143 },
        { name: 'proxy', exitCode: 5, reason: 'why' },
      ],
      { exitCode: 5, reason: 'why' },
    ],
    [
      'is that of one that was stopped when none failed by itself',
      [
        { name: 'app', exitCode: 0 },
        { name: 'proxy', exitCode: 137, reason: 'OutOfMemoryError' },
      ],
      { exitCode: 137, reason: 'OutOfMemoryError' },
    ],
    ['is no success when an essential one never ran', [{ name: 'app', exitCode: 0 }], {}],
  ])('%s', (_, containers, expected) => {
    const whole = wholeExit(ASKED, told(...containers));
    const { containers: ends, ...rest } = whole;
    expect(rest).toEqual({ cause: 'exited', startedAtMs: 3_000, ...expected });
    expect(ends?.map(({ name }) => name)).toEqual(['init', 'app', 'proxy']);
  });

  it('leaves out containers that nobody asked for', () => {
    const { containers } = wholeExit(ASKED, told({ name: 'aws-guardduty-agent', exitCode: 1 }));
    expect(containers?.map(({ name }) => name)).toEqual(['init', 'app', 'proxy']);
  });

  it('stays as it was judged already, and as it is when the host was lost', () => {
    const judged = { ...told({ name: 'app', exitCode: 7 }), exitCode: 0 };
    expect(wholeExit(ASKED, judged)).toMatchObject({ exitCode: 0 });
    const lost = { ...told({ name: 'app', exitCode: 0 }), cause: 'host-lost' as const };
    expect(wholeExit(ASKED, lost)).not.toHaveProperty('exitCode');
  });

  it('of one container is that container’s', () => {
    const exit = { ...told({ name: 'default', exitCode: 4 }), exitCode: 4 };
    expect(wholeExit(undefined, exit)).toEqual({ cause: 'exited', exitCode: 4, startedAtMs: 3_000 });
  });
});

describe('what is said of an end', () => {
  it('is what the runtime says of the whole task, where it has words for it', () => {
    const statusReason = 'Your Spot Task was interrupted.';
    expect(exitReason({ cause: 'host-lost', statusReason })).toBe(statusReason);
    expect(exitReason({ cause: 'exited' })).toBe('Essential container in task exited');
  });
});
