import { describe, expect, it } from 'vitest';
import { exitOf, parseInspection } from '../../../adapters/docker/container-state.ts';
import type { Exit } from '../../../engine/launch-ports.ts';

const NEVER = '0001-01-01T00:00:00Z';
const STARTED = '2026-11-21T20:58:32.772004380Z';
const FINISHED = '2026-11-21T20:58:33.5Z';
const STARTED_MS = Date.parse('2026-11-21T20:58:32.772Z');
const LONG_AGO = 0;

function anAnswer(state: object): unknown {
  const ran = { StartedAt: STARTED, FinishedAt: FINISHED, ExitCode: 0, Error: '', OOMKilled: false };
  return { Id: 'c1', Config: { Labels: { a: 'b' } }, State: { Status: 'exited', ...ran, ...state } };
}

describe('parseInspection', () => {
  it('reads identity, labels and times', () => {
    expect(parseInspection(anAnswer({}))).toMatchObject({
      id: 'c1',
      labels: { a: 'b' },
      state: { startedAtMs: STARTED_MS, finishedAtMs: Date.parse('2026-11-21T20:58:33.500Z') },
    });
  });

  it.each([
    ['on a network', { NetworkSettings: { Networks: { n: { IPAddress: '172.18.0.2' } } } }, '172.18.0.2'],
    ['on several', { NetworkSettings: { Networks: { a: {}, b: { IPAddress: '10.1.1.1' } } } }, '10.1.1.1'],
    ["on the machine's own", { HostConfig: { NetworkMode: 'host' } }, '127.0.0.1'],
    ['on none, or not any more', { NetworkSettings: { Networks: { n: { IPAddress: '' } } } }, undefined],
  ])('reads the address of a container %s', (_name, members, address) => {
    expect(parseInspection({ ...(anAnswer({}) as object), ...members }).address).toBe(address);
  });

  it("reads Go's zero time as never", () => {
    const { state } = parseInspection(anAnswer({ StartedAt: NEVER, FinishedAt: NEVER }));
    expect(state).not.toHaveProperty('startedAtMs');
    expect(state).not.toHaveProperty('finishedAtMs');
  });

  it.each([
    ['a container that was never started', { Status: 'created', StartedAt: NEVER }, 'created'],
    ['one whose start failed', { Status: 'created', StartedAt: NEVER, ExitCode: 127 }, 'unstartable'],
    [
      'one whose start failed, called exited',
      { Status: 'exited', StartedAt: NEVER, Error: 'no' },
      'unstartable',
    ],
    ['a running one', { Status: 'running' }, 'running'],
    ['a paused one', { Status: 'paused' }, 'running'],
    ['an ended one', { Status: 'exited' }, 'ended'],
    ['a dead one', { Status: 'dead' }, 'ended'],
    ['one that is being removed', { Status: 'removing' }, 'going'],
  ])('tells %s', (_, state, phase) => {
    expect(parseInspection(anAnswer(state)).state.phase).toBe(phase);
  });

  it.each([[null], ['text'], [{}], [{ State: 7 }]])(
    'takes the strange answer %j without failing',
    (answer) => {
      expect(parseInspection(answer)).toMatchObject({ id: '', labels: {} });
    },
  );
});

describe('exitOf', () => {
  const OUT_OF_MEMORY = 'OutOfMemoryError: Container killed due to memory usage';

  it.each<[string, object, Exit]>([
    ['success', {}, { cause: 'exited', exitCode: 0, startedAtMs: STARTED_MS }],
    ['an exit code', { ExitCode: 7 }, { cause: 'exited', exitCode: 7, startedAtMs: STARTED_MS }],
    [
      'a kill for memory',
      { ExitCode: 137, OOMKilled: true },
      { cause: 'exited', exitCode: 137, reason: OUT_OF_MEMORY, startedAtMs: STARTED_MS },
    ],
    [
      "a kill of the command's child for memory, with the command's own code",
      { ExitCode: 3, OOMKilled: true },
      { cause: 'exited', exitCode: 3, reason: OUT_OF_MEMORY, startedAtMs: STARTED_MS },
    ],
    [
      'a failed start',
      { Status: 'created', StartedAt: NEVER, ExitCode: 127, Error: 'exec: "x": not found' },
      {
        cause: 'failed-to-start',
        reason: 'CannotStartContainerError: Error response from daemon: exec: "x": not found',
      },
    ],
  ])('reports %s', (_, state, exit) => {
    expect(exitOf(parseInspection(anAnswer(state)).state, LONG_AGO)).toEqual(exit);
  });

  it('reports a lost host when the machine started between start and end of a container with the lost code', () => {
    const { state } = parseInspection(anAnswer({ ExitCode: 255 }));
    expect(exitOf(state, STARTED_MS + 100)).toEqual({
      cause: 'host-lost',
      reason: 'Host restarted while the container was running.',
      startedAtMs: STARTED_MS,
    });
  });

  it("takes exit code 255 for the job's own when the machine was up all the time", () => {
    const { state } = parseInspection(anAnswer({ ExitCode: 255 }));
    expect(exitOf(state, STARTED_MS - 1)).toMatchObject({ cause: 'exited', exitCode: 255 });
  });
});
