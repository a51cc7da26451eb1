// How the group of machines behind an environment comes to be what its fleet says: how many it shall have and of which types,
// and which are to go. Worked out anew from what there is, so that it may be repeated, late or interrupted at any time.
// Invariant: no machine that may hold a task is ended, but for one whose replacement its owner has set a limit to.
import type { EpochMs } from '../ids.ts';
import type { FleetReport } from './container-instance.ts';
import type { Fleet, FleetInstance } from './fleet.ts';
import type { FleetTrouble } from './shortage.ts';
import { vcpusTowardMax } from './fleet.ts';
import { findInstanceType } from './instances/instance-types.ts';

/** The group as AWS has it. */
export interface MachineGroup {
  /** How many machines it tries to have. */
  readonly desired: number;
  /** What it launches, in its order of preference. */
  readonly types: readonly string[];
  /** Those that are not about to end. */
  readonly machines: readonly Machine[];
  /** Launches that failed of late. */
  readonly failures: readonly LaunchFailure[];
}

export interface Machine {
  readonly machineId: string;
  readonly type: string;
}

export interface LaunchFailure {
  readonly atMs: EpochMs;
  readonly trouble: FleetTrouble;
}

export interface MachineSteps {
  readonly resize?: { readonly desired: number; readonly types: readonly string[] };
  /** Registered ones that leave. `isForced`: also with what is still on them. */
  readonly retire: readonly { readonly id: string; readonly machineId: string; readonly isForced: boolean }[];
  /** Machines on their way that nobody asked for, or not any more: they may yet join, and end where they have had the time to. */
  readonly strays: readonly string[];
  /** Requests that come to nothing. */
  readonly report?: FleetReport;
}

/** A pool without room is often asked in vain once; so many times, or for so long, is an answer. */
const FAILURES_MIN = 2;
const PATIENCE_MS = 3 * 60_000;

/** `joined`: machines that are registered, whether or not the fleet knows yet. */
export function stepsToward(
  fleet: Fleet,
  group: MachineGroup,
  joined: ReadonlySet<string>,
  { atMs, maxVcpus }: { readonly atMs: EpochMs; readonly maxVcpus: number },
): MachineSteps {
  const known = new Set([...joined, ...fleet.instances.flatMap(({ machineId }) => machineId ?? [])]);
  const coming = group.machines.filter(({ machineId }) => !known.has(machineId));
  const { unmet, strays } = matched(fleet, coming);
  const shape = shapeToLaunch(unmet, group.types);
  const report = reportOn(shape, group, atMs);
  const wanted = report ? [] : withoutExcess(fleet, shape, strays, maxVcpus);
  const desired = group.machines.length + wanted.length;
  const types = wanted[0]?.requested?.types ?? group.types;
  const isSame = desired === group.desired && isSameShape(types, group.types);
  return {
    ...(isSame ? {} : { resize: { desired, types } }),
    retire: retired(fleet, group, atMs),
    strays: strays.map(({ machineId }) => machineId),
    ...(report ? { report } : {}),
  };
}

/** Requests that no machine on its way will fulfil, the oldest first, and machines that fulfil none. */
function matched(
  { instances }: Fleet,
  coming: readonly Machine[],
): { readonly unmet: readonly FleetInstance[]; readonly strays: readonly Machine[] } {
  const left = [...coming];
  const unmet = instances
    .filter(({ requested }) => requested)
    .toSorted((one, other) => one.launchedAtMs - other.launchedAtMs)
    .filter(({ requested }) => {
      const match = left.findIndex(({ type }) => requested?.types.includes(type) === true);
      if (match >= 0) left.splice(match, 1);
      return match < 0;
    });
  return { unmet, strays: left };
}

/**
 * A group launches from one list of types at a time. What it is launching goes on first; the requests for another list follow
 * as soon as its machines have been started, long before they have joined.
 */
function shapeToLaunch(unmet: readonly FleetInstance[], types: readonly string[]): readonly FleetInstance[] {
  const ofShape = (shape: readonly string[]): readonly FleetInstance[] =>
    unmet.filter(({ requested }) => requested && isSameShape(requested.types, shape));
  const current = ofShape(types);
  return current.length > 0 ? current : ofShape(unmet[0]?.requested?.types ?? []);
}

/** Until what nobody asked for has joined and is counted, or has ended, it takes the place of requests. */
function withoutExcess(
  fleet: Fleet,
  shape: readonly FleetInstance[],
  strays: readonly Machine[],
  maxVcpus: number,
): readonly FleetInstance[] {
  if (strays.length === 0) return shape;
  const unknown = strays.reduce((sum, { type }) => sum + (findInstanceType(type)?.vcpus ?? 0), 0);
  let excess = vcpusTowardMax(fleet) + unknown - maxVcpus;
  let kept = shape;
  for (let last = kept.at(-1); last && excess > 0; last = kept.at(-1)) {
    kept = kept.slice(0, -1);
    excess -= last.total.vcpus;
  }
  return kept;
}

function isSameShape(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((type, at) => type === right[at]);
}

function reportOn(
  shape: readonly FleetInstance[],
  { types, failures }: MachineGroup,
  atMs: EpochMs,
): FleetReport | undefined {
  const [oldest] = shape;
  if (!oldest?.requested || !isSameShape(oldest.requested.types, types)) return undefined;
  const since = failures.filter((failure) => failure.atMs >= oldest.launchedAtMs);
  const [newest] = since.toSorted((left, right) => right.atMs - left.atMs);
  if (!newest) return undefined;
  const isLasting = since.length >= FAILURES_MIN || atMs - oldest.launchedAtMs >= PATIENCE_MS;
  // What no other pool can cure need not be seen twice.
  if (newest.trouble.kind === 'capacity' && !isLasting) return undefined;
  return reportOf(shape, newest.trouble, atMs);
}

export function reportOf(
  requests: readonly Pick<FleetInstance, 'id' | 'requested'>[],
  trouble: FleetTrouble,
  atMs: EpochMs,
): FleetReport {
  const types = [...new Set(requests.flatMap(({ requested }) => requested?.types ?? []))];
  return { atMs, requestIds: requests.map(({ id }) => id), types, trouble };
}

function retired({ instances }: Fleet, { machines }: MachineGroup, atMs: EpochMs): MachineSteps['retire'] {
  const present = new Set(machines.map(({ machineId }) => machineId));
  return instances.flatMap(({ id, machineId, leaving, tasks }) => {
    if (!leaving || machineId === undefined || !present.has(machineId)) return [];
    const isForced = leaving.byMs !== undefined && leaving.byMs <= atMs;
    return tasks === 0 || isForced ? [{ id, machineId, isForced }] : [];
  });
}
