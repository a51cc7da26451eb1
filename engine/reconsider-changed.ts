// The safety net for who was set aside. Whoever changes a queue, an environment or a consumable resource says so, but may die
// between the change and the word. So a look that nobody asked for compares what there is room for with what there was when it
// last had everybody judged anew; only where that differs does it cost more than reads.
import type { QueueArn } from '../core/ids.ts';
import { parseArn } from '../core/ids.ts';
import type { Clock } from './ports.ts';
import type { Key, Table } from './table-ports.ts';
import type { SchedulingDomain } from './schedule-deps.ts';
import { reconsiderUnplaceable } from './schedule.ts';
import { listConsumables } from './store/consumable-resources.ts';
import type { JobStore } from './store/jobs.ts';
import { hasUnplaceable } from './store/lines.ts';

interface Judged {
  /** All that decides whether a job could ever be placed. */
  readonly room: string;
  /** How often everybody was judged by it. */
  readonly times: number;
}

/** Twice: an index may have hidden from the first look who was set aside a moment before the change. */
const LOOKS = 2;
const PAGE = 500;

export async function reconsiderChanged(
  { store, clock }: { readonly store: JobStore; readonly clock: Clock },
  queueArn: QueueArn,
  domain: SchedulingDomain,
): Promise<void> {
  if (!(await hasUnplaceable(store, queueArn))) return;
  const key: Key = { pk: 'judged', sk: queueArn };
  const room = await roomOf(store.table, queueArn, domain);
  const judged = (await store.table.get('queues', key))?.body as Judged | undefined; // written below only
  const times = judged?.room === room ? judged.times : 0;
  if (times >= LOOKS) return;
  await reconsiderUnplaceable({ store, clock }, queueArn);
  const body: Judged = { room, times: times + 1 };
  await store.table.write([{ kind: 'put', table: 'queues', row: { ...key, body } }]);
}

async function roomOf(table: Table, queueArn: QueueArn, domain: SchedulingDomain): Promise<string> {
  const queue = domain.queues.find((own) => own.queueArn === queueArn);
  const environments = domain.environments
    .filter(({ ceArn }) => queue?.environments.includes(ceArn))
    // Which machines there are at the moment decides nothing for ever.
    .map(({ instanceIds: _now, ...lasting }) => lasting);
  return JSON.stringify({
    order: queue?.environments,
    environments,
    totals: await totalsOf(table, queueArn),
  });
}

async function totalsOf(table: Table, queueArn: QueueArn): Promise<readonly (readonly [string, number])[]> {
  const scope = parseArn(queueArn);
  const totals: (readonly [string, number])[] = [];
  let after: string | undefined;
  do {
    if (!scope) break;
    const page = await listConsumables(table, scope, {
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    totals.push(...page.records.map(({ resource }) => [resource.arn, resource.providedQuantity] as const));
    after = page.next;
  } while (after !== undefined);
  return totals.sort(([left], [right]) => (left < right ? -1 : 1));
}
