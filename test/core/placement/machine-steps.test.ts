import { describe, expect, it } from 'vitest';
import type { Fleet, FleetInstance } from '../../../core/placement/fleet.ts';
import type { FleetTrouble } from '../../../core/placement/shortage.ts';
import type { MachineGroup } from '../../../core/placement/machine-steps.ts';
import { stepsToward } from '../../../core/placement/machine-steps.ts';
import { AT_MS, demand } from './a-fleet.ts';

function instance(id: string, more: Partial<FleetInstance> = {}): FleetInstance {
  const base = { type: 'm5.large', total: demand(2), used: demand(0, 0), tasks: 0, launchedAtMs: AT_MS };
  return { id, machineId: `i-${id}`, ...base, ...more };
}
function request(id: string, types = ['m5.large'], launchedAtMs = AT_MS): FleetInstance {
  const { machineId: _none, ...rest } = instance(id, { requested: { types }, launchedAtMs });
  return rest;
}
const fleet = (...instances: readonly FleetInstance[]): Fleet => ({ launched: 9, instances });
const group = (more: Partial<MachineGroup> = {}): MachineGroup => ({
  desired: 0,
  types: ['m5.large'],
  machines: [],
  failures: [],
  ...more,
});
const machines = (...ids: readonly string[]) => ids.map((id) => ({ machineId: `i-${id}`, type: 'm5.large' }));
const steps = (now: Fleet, of: MachineGroup, joined: readonly string[] = [], atMs = AT_MS, maxVcpus = 100) =>
  stepsToward(now, of, new Set(joined), { atMs, maxVcpus });

describe('what makes a group what its fleet says', () => {
  it.each([
    [
      'asks for what is missing',
      fleet(request('a'), request('b')),
      group(),
      { desired: 2, types: ['m5.large'] },
    ],
    ['asks only once', fleet(request('a')), group({ desired: 1 }), undefined],
    [
      'counts what is on its way',
      fleet(request('a'), request('b')),
      group({ desired: 1, machines: machines('x') }),
      { desired: 2, types: ['m5.large'] },
    ],
    [
      'waits for what is on its way',
      fleet(request('a')),
      group({ desired: 1, machines: machines('x') }),
      undefined,
    ],
    [
      'asks beside what is there',
      fleet(instance('r'), request('a')),
      group({ desired: 1, machines: machines('r') }),
      { desired: 2, types: ['m5.large'] },
    ],
    [
      'stops what nobody wants any more',
      fleet(),
      group({ desired: 3, machines: machines('x') }),
      { desired: 1, types: ['m5.large'] },
    ],
    [
      'does not replace what died',
      fleet(instance('r')),
      group({ desired: 2, machines: machines('r') }),
      { desired: 1, types: ['m5.large'] },
    ],
  ])('%s', (_rule, now, of, expected) => {
    expect(steps(now, of).resize).toEqual(expected);
  });

  it('launches one list of types after the other, the oldest first', () => {
    const now = fleet(request('b', ['m5.4xlarge'], AT_MS + 1), request('a', ['c5.large'], AT_MS));
    const first = steps(now, group()).resize;
    expect(first).toEqual({ desired: 1, types: ['c5.large'] });
    const underWay = group({ desired: 1, types: ['c5.large'] });
    expect(steps(now, underWay).resize).toBeUndefined();
    const started = group({ ...underWay, machines: [{ machineId: 'i-x', type: 'c5.large' }] });
    expect(steps(now, started).resize).toEqual({ desired: 2, types: ['m5.4xlarge'] });
  });

  it('knows a machine that registered although its fleet does not yet', () => {
    const now = fleet(request('a'));
    const of = group({ desired: 1, machines: machines('x') });
    expect(steps(now, of, ['i-x'])).toMatchObject({ resize: { desired: 2 }, strays: [] });
    expect(steps(fleet(), of).strays).toEqual(['i-x']);
  });

  it('lets a machine that nobody asked for take the place of a request, where both would be too many', () => {
    const of = group({ desired: 1, types: ['c5.large'], machines: [{ machineId: 'i-x', type: 'c5.large' }] });
    expect(steps(fleet(request('a')), of, [], AT_MS, 4).resize).toMatchObject({ desired: 2 });
    expect(steps(fleet(request('a')), of, [], AT_MS, 3).resize).toBeUndefined();
  });

  describe('ends', () => {
    const of = group({ desired: 1, machines: machines('r') });
    const leaving = { leaving: {} };
    it.each([
      [
        'what was told to leave and is empty',
        instance('r', leaving),
        [{ id: 'r', machineId: 'i-r', isForced: false }],
      ],
      ['nothing that stays', instance('r'), []],
      ['nothing that holds a job', instance('r', { ...leaving, tasks: 1 }), []],
      [
        'nothing that holds a job before its time',
        instance('r', { leaving: { byMs: AT_MS + 1 }, tasks: 1 }),
        [],
      ],
      [
        'what is replaced when its time is up',
        instance('r', { leaving: { byMs: AT_MS }, tasks: 1 }),
        [{ id: 'r', machineId: 'i-r', isForced: true }],
      ],
      ['nothing that is not of its group', instance('other', leaving), []],
    ])('%s', (_what, one, expected) => {
      expect(steps(fleet(one), of).retire).toEqual(expected);
    });
  });

  describe('reports a request that comes to nothing', () => {
    const failure = (kind: FleetTrouble['kind'], atMs = AT_MS + 1) => ({
      atMs,
      trouble: { kind, message: 'no' },
    });
    const trying = (...failures: readonly ReturnType<typeof failure>[]) => group({ desired: 1, failures });
    const now = fleet(request('a'));
    it.each([
      ['not before it fails', trying(), 0, false],
      ['not by one pool without room', trying(failure('capacity')), 0, false],
      ['by several', trying(failure('capacity'), failure('capacity')), 0, true],
      ['by one that lasts', trying(failure('capacity')), 180_000, true],
      ['at once for what no other pool can cure', trying(failure('configuration')), 0, true],
      ['not for what failed before it was asked', trying(failure('permissions', AT_MS - 1)), 0, false],
    ])('%s', (_when, of, laterMs, isReported) => {
      const { report, resize } = steps(now, of, [], AT_MS + laterMs);
      expect(report !== undefined).toBe(isReported);
      if (!report) return;
      expect(report).toMatchObject({ requestIds: ['a'], types: ['m5.large'] });
      expect(resize).toEqual({ desired: 0, types: ['m5.large'] });
    });
  });
});
