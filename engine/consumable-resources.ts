// Consumable resources: created, changed and deleted in one commit each. What is counted by the scheduler is looked at,
// and must still be so at the commit; what a change makes possible is then scheduled.
import { problem } from '../core/definition/problem.ts';
import type { Problems } from '../core/definition/problem.ts';
import { arnOf, nameOf } from '../core/ids.ts';
import type { EpochMs, Scope } from '../core/ids.ts';
import {
  amountsOf,
  CONSUMABLE_RESOURCES_MAX,
  createConsumableProblems,
  newConsumable,
  updateConsumable,
} from '../core/queue/consumable-resource.ts';
import type {
  ConsumableAmounts,
  ConsumableResource,
  CreateConsumableInput,
  UpdateConsumableInput,
} from '../core/queue/consumable-resource.ts';
import { existsProblems, missingProblems } from '../core/resource.ts';
import { committedOrTold, STALE, untilCommitted } from './contention.ts';
import type { Table } from './table-ports.ts';
import {
  checkConsumableUse,
  countConsumables,
  getConsumable,
  getConsumableUses,
  isKnownUpdate,
  putConsumable,
  rememberUpdate,
  removeConsumable,
} from './store/consumable-resources.ts';
import { isNeeded } from './store/job-consumers.ts';

export interface ConsumableDeps {
  readonly table: Table;
  /** What may be scheduled has changed. */
  readonly onSettled: (arn: string) => Promise<void>;
}

export type ConsumableAnswer = { readonly problems: Problems } | { readonly resource: ConsumableResource };

/** A resource with its amounts as they are now. */
export interface CountedConsumable extends ConsumableAmounts {
  readonly resource: ConsumableResource;
}

export async function createConsumable(
  { table, onSettled }: ConsumableDeps,
  scope: Scope,
  input: CreateConsumableInput,
  atMs: EpochMs,
): Promise<ConsumableAnswer> {
  const problems = createConsumableProblems(input);
  if (problems.length > 0) return { problems };
  const arn = arnOf(scope, 'consumable-resource', input.consumableResourceName);
  const attempt = async (): Promise<ConsumableAnswer | typeof STALE> => {
    if (await getConsumable(table, arn)) return { problems: existsProblems() };
    const count = await countConsumables(table, scope, CONSUMABLE_RESOURCES_MAX);
    if (count >= CONSUMABLE_RESOURCES_MAX) return { problems: quotaProblems() };
    const { use, version } = await useOf(table, arn);
    const resource = newConsumable(scope, input, use, atMs);
    const written = await table.write([putConsumable(resource, 0), checkConsumableUse(arn, version)]);
    return written.ok ? { resource } : STALE;
  };
  const answer = await committedOrTold(arn, attempt, () => onSettled(arn));
  // A job may have been waiting for a resource of this name that was deleted.
  if ('resource' in answer) await onSettled(arn);
  return answer;
}

function quotaProblems(): Problems {
  const message = `An account may have at most ${CONSUMABLE_RESOURCES_MAX} consumable resources in a Region, and has them.`;
  return problem('consumableResourceName', 'must be within the quota', undefined, message);
}

/** A repeated update with one token answers like the first and changes nothing. */
export async function changeConsumable(
  { table, onSettled }: ConsumableDeps,
  arn: string,
  input: UpdateConsumableInput & { readonly clientToken?: string },
  atMs: EpochMs,
): Promise<{ readonly problems: Problems } | CountedConsumable> {
  const { clientToken, operation, quantity } = input;
  const token =
    clientToken === undefined ? undefined : { arn, clientToken, payload: `${operation}#${quantity}` };
  type Answer = { readonly problems: Problems } | CountedConsumable;
  const attempt = async (): Promise<Answer | typeof STALE> => {
    const stored = await getConsumable(table, arn);
    if (!stored) return { problems: missingProblems('consumableResource', nameOf(arn)) };
    const { use, version } = await useOf(table, arn);
    const { resource: before } = stored.record;
    if (token && (await isKnownUpdate(table, token))) return { resource: before, ...amountsOf(before, use) };
    const changed = updateConsumable(before, use, input);
    if ('problems' in changed) return changed;
    const written = await table.write([
      putConsumable(changed.resource, stored.version),
      checkConsumableUse(arn, version),
      ...(token ? [rememberUpdate(token, atMs)] : []),
    ]);
    return written.ok ? { ...changed, ...amountsOf(changed.resource, use) } : STALE;
  };
  const answer = await committedOrTold<Answer>(arn, attempt, () => onSettled(arn));
  if ('resource' in answer) await onSettled(arn);
  return answer;
}

/** Deleting what does not exist is no mistake. */
export async function deleteConsumable({ table }: ConsumableDeps, arn: string): Promise<Problems> {
  return untilCommitted<Problems>(arn, async () => {
    const stored = await getConsumable(table, arn);
    if (!stored) return [];
    if (await isNeeded(table, arn)) return neededProblems(stored.record.resource);
    const written = await table.write([removeConsumable(stored)]);
    return written.ok ? [] : STALE;
  });
}

/** AWS's text is unknown; this one is ours. */
function neededProblems({ name }: ConsumableResource): Problems {
  const message = `Cannot delete, consumable resource ${name} is needed by jobs that have not ended`;
  return problem('consumableResource', 'must not be needed by jobs that have not ended', name, message);
}

export async function describeConsumable(table: Table, arn: string): Promise<CountedConsumable | undefined> {
  const stored = await getConsumable(table, arn);
  const [counted] = stored ? await countAll(table, [stored.record.resource]) : [];
  return counted;
}

export async function countAll(
  table: Table,
  resources: readonly ConsumableResource[],
): Promise<readonly CountedConsumable[]> {
  const uses = await getConsumableUses(
    table,
    resources.map(({ arn }) => arn),
  );
  return resources.flatMap((resource, index) => {
    const stored = uses[index];
    return stored ? [{ resource, ...amountsOf(resource, stored.use) }] : [];
  });
}

async function useOf(table: Table, arn: string) {
  const [stored] = await getConsumableUses(table, [arn]);
  if (!stored) throw new Error('one answer for each ARN');
  return stored;
}
