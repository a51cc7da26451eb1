// On plain folders instead of a cgroup file system: what is written, and where. What the kernel makes of it is tested in
// process-limits.test.ts, on the version this machine has.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Hierarchy } from '../../../adapters/process/cgroup-hierarchies.ts';
import { createSlotGroups } from '../../../adapters/process/slot-groups.ts';
import type { SlotGroup } from '../../../adapters/process/slot-groups.ts';

let tree = '';
beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'cgroups-'));
});
afterEach(() => {
  rmSync(tree, { recursive: true });
});

const CORES = 4;
const v2 = (): Hierarchy => ({ version: 2, parent: tree, controllers: ['memory', 'cpu', 'pids'] });
const v1 = (): Hierarchy => ({
  version: 1,
  parents: { memory: `${tree}/memory`, cpu: `${tree}/cpu`, pids: `${tree}/pids` },
});
const aGroup = (hierarchy: Hierarchy): SlotGroup => createSlotGroups(hierarchy, '/data', CORES).create('g1');
const read = (group: SlotGroup, file: string): string =>
  readFileSync(join(group.processesFile, '..', file), 'utf8');

describe('v2', () => {
  test('limits memory without swap, cpu by quota and the number of processes', () => {
    const group = aGroup(v2());
    expect(group.limit({ memoryMiB: 256, vcpus: 0.25 })).toEqual([]);
    expect(read(group, 'memory.max')).toBe(String(256 * 2 ** 20));
    expect(read(group, 'memory.swap.max')).toBe('0');
    expect(read(group, 'cpu.max')).toBe('25000 100000');
    expect(Number(read(group, 'pids.max'))).toBeGreaterThan(1_000);
  });

  test('hands its controllers down', () => {
    aGroup(v2());
    expect(readFileSync(`${tree}/cgroup.subtree_control`, 'utf8')).toBe('+memory +cpu +pids');
  });

  test('sets no quota for as many cores as there are', () => {
    const group = aGroup(v2());
    group.limit({ memoryMiB: 1, vcpus: CORES });
    expect(read(group, 'cpu.max')).toBe('max 100000');
  });

  test('names the controllers it was not given', () => {
    const group = aGroup({ version: 2, parent: tree, controllers: ['memory'] });
    expect(group.limit({ memoryMiB: 256, vcpus: 1 })).toEqual(['cpu']);
  });

  test('counts kills for memory', () => {
    const group = aGroup(v2());
    expect(group.oomKills()).toBe(0);
    writeFileSync(
      join(group.processesFile, '../memory.events'),
      'low 0\noom 9\noom_kill 3\noom_group_kill 0\n',
    );
    expect(group.oomKills()).toBe(3);
  });
});

describe('v1', () => {
  test('limits memory with swap, cpu by quota, and joins every hierarchy', () => {
    const group = aGroup(v1());
    expect(group.limit({ memoryMiB: 64, vcpus: 2 })).toEqual([]);
    expect(read(group, 'memory.limit_in_bytes')).toBe(String(64 * 2 ** 20));
    expect(read(group, 'memory.memsw.limit_in_bytes')).toBe(String(64 * 2 ** 20));
    expect(readFileSync(group.joinFiles[1]?.replace('cgroup.procs', 'cpu.cfs_quota_us') ?? '', 'utf8')).toBe(
      '200000',
    );
    expect(group.joinFiles).toHaveLength(3);
    group.add(12);
    for (const file of group.joinFiles) expect(readFileSync(file, 'utf8')).toBe('12');
    expect(group.processes()).toEqual([12]);
  });
});

test('groups of two data folders do not meet, and empty ones are removed', () => {
  const mine = createSlotGroups(v2(), '/data/1', CORES);
  const others = createSlotGroups(v2(), '/data/2', CORES);
  const folder = `${tree}/${/slipway-[0-9a-f]+/.exec(mine.create('g').processesFile)?.[0]}`;
  expect(others.open('g')).toBeUndefined();
  expect(mine.open('g')?.name).toBe('g');
  rmSync(folder, { recursive: true });
  mkdirSync(`${folder}/empty`, { recursive: true });
  expect(mine.removeEmpty()).toBe(true);
  expect(existsSync(folder)).toBe(false);
});
