// What becomes of an environment's simulated instances while time passes: there are as many as minvCpus and desiredvCpus ask
// for, and those that have been empty for long enough leave. Repeating it at the same moment changes nothing more.
import type { EpochMs } from '../ids.ts';
import type { FleetRules } from './fleet-rules.ts';
import { launchSpare } from './fleet-capacity.ts';
import type { Fleet, FleetInstance } from './fleet.ts';
import { hasBeenEmpty, isEmpty, vcpusOfFleet } from './fleet.ts';

export interface FleetUpkeep {
  readonly fleet: Fleet;
  /** When an instance may leave next, if nothing happens. */
  readonly nextAtMs?: EpochMs;
}

/** `isUsable`: a switched-off environment keeps its minimum and grows for nobody. */
export function upkeepFleet(
  rules: FleetRules,
  before: Fleet,
  { atMs, isUsable }: { readonly atMs: EpochMs; readonly isUsable: boolean },
): FleetUpkeep {
  const staying = before.instances.filter((instance) => isOwnId(rules, instance.id) && !hasLeft(instance));
  const wanted = Math.max(rules.minVcpus, isUsable ? rules.desiredVcpus : 0);
  const kept = { ...before, instances: staying };
  // More is wanted than there is only when the owner raised it; else desiredVcpus falls with what leaves.
  const floorVcpus = vcpusOfFleet(kept) < wanted ? wanted : rules.minVcpus;
  const fleet = withoutOverdue(rules, grownTo(rules, kept, wanted, atMs), floorVcpus, atMs);
  const nextAtMs = nextLookAt(rules, fleet, atMs);
  const isSame = fleet.instances.length === before.instances.length && fleet.launched === before.launched;
  return { fleet: isSame ? before : fleet, ...(nextAtMs === undefined ? {} : { nextAtMs }) };
}

/** Every instance there is takes nothing new, and is gone at the given moment. An earlier replacement's moment stands. */
export function replaceAll(fleet: Fleet, byMs: EpochMs): Fleet {
  const leaving = { byMs };
  return { ...fleet, instances: fleet.instances.map((instance) => ({ leaving, ...instance })) };
}

/** Instances whose time is up although they still hold something. */
export function overdueInstances({ instances }: Fleet, atMs: EpochMs): readonly FleetInstance[] {
  return instances.filter(
    (instance) => (instance.leaving?.byMs ?? Number.POSITIVE_INFINITY) <= atMs && !isEmpty(instance),
  );
}

/**
 * DescribeComputeEnvironments' desiredvCpus: what there is, within the bounds that its owner set. `undefined` for instances
 * that no owner sets bounds to.
 */
export function desiredVcpusOf({ minVcpus, maxVcpus }: FleetRules, fleet: Fleet): number | undefined {
  if (!Number.isFinite(maxVcpus)) return undefined;
  return Math.min(maxVcpus, Math.max(minVcpus, vcpusOfFleet(fleet)));
}

/** An environment of the same name may have been deleted; its instances are gone with it. */
export function isOwnId({ uuid }: FleetRules, id: string): boolean {
  return id.endsWith(uuid.replaceAll('-', '').slice(0, 24));
}

function hasLeft(instance: FleetInstance): boolean {
  return instance.leaving !== undefined && isEmpty(instance);
}

function grownTo(rules: FleetRules, before: Fleet, wantedVcpus: number, atMs: EpochMs): Fleet {
  let fleet = before;
  while (vcpusOfFleet(fleet) < wantedVcpus) {
    const grown = launchSpare(rules, fleet, atMs);
    if (!grown) return fleet;
    fleet = grown;
  }
  return fleet;
}

/** Those that have been empty the longest leave first, as long as so much stays. */
function withoutOverdue(rules: FleetRules, fleet: Fleet, floorVcpus: number, atMs: EpochMs): Fleet {
  const overdue = fleet.instances
    .filter((instance) => hasBeenEmpty(instance, rules.scaleDownDelayMs, atMs))
    .toSorted((left, right) => emptySince(left) - emptySince(right));
  const gone = new Set<string>();
  let vcpus = vcpusOfFleet(fleet);
  for (const { id, total } of overdue) {
    if (vcpus - total.vcpus < floorVcpus) continue;
    gone.add(id);
    vcpus -= total.vcpus;
  }
  if (gone.size === 0) return fleet;
  return { ...fleet, instances: fleet.instances.filter(({ id }) => !gone.has(id)) };
}

function nextLookAt({ scaleDownDelayMs }: FleetRules, fleet: Fleet, atMs: EpochMs): EpochMs | undefined {
  let next: EpochMs | undefined;
  for (const instance of fleet.instances) {
    const due = isEmpty(instance) ? emptySince(instance) + scaleDownDelayMs : instance.leaving?.byMs;
    if (due === undefined || due <= atMs || !Number.isFinite(due)) continue;
    next = Math.min(due, next ?? due);
  }
  return next;
}

export function emptySince({ emptySinceMs, launchedAtMs }: FleetInstance): EpochMs {
  return emptySinceMs ?? launchedAtMs;
}
