// Sends wakes to the domains that they are for. Which queues belong together is remembered for some seconds: a wake that goes to
// a domain's old name is received all the same, and places by what is stored then.
import type { EpochMs, QueueArn } from '../core/ids.ts';
import type { Table } from '../engine/table-ports.ts';
import type { SchedulerWake } from '../engine/react.ts';
import type { SchedulerQueue } from '../engine/scheduler-wakes.ts';
import { wakesByDomain } from '../engine/scheduler-wakes.ts';
import type { DomainGroup } from '../engine/scheduling-domain.ts';
import { listDomains } from '../engine/scheduling-domain.ts';

export interface DomainWaker {
  readonly wake: (wake: SchedulerWake & { readonly reconsider?: boolean }) => Promise<void>;
  /** A queue, an environment or a consumable resource has changed: its domain looks anew at whom it had set aside. */
  readonly reconsider: (arn: string) => Promise<void>;
  /** Every domain looks, in case a wake was lost or something has become due. */
  readonly wakeAll: () => Promise<void>;
}

const REMEMBERED_MS = 10_000;

export function createDomainWaker(deps: {
  readonly table: Table;
  readonly queue: SchedulerQueue;
  readonly nowMs: () => EpochMs;
}): DomainWaker {
  const { table, queue, nowMs } = deps;
  let known: { readonly groups: readonly DomainGroup[]; readonly untilMs: EpochMs } | undefined;

  async function groups(): Promise<readonly DomainGroup[]> {
    if (known && known.untilMs > nowMs()) return known.groups;
    const read = await listDomains(table);
    known = { groups: read, untilMs: nowMs() + REMEMBERED_MS };
    return read;
  }

  async function wake(asked: SchedulerWake & { readonly reconsider?: boolean }): Promise<void> {
    const wakes = wakesByDomain(asked, await groups());
    await Promise.all(wakes.map((one) => queue.wake(one)));
  }

  const look = (queueArns: readonly QueueArn[]) => ({ queueArns, ended: [], arrived: [] });
  return {
    wake,
    async reconsider(arn) {
      known = undefined;
      const all = await groups();
      // A consumable resource is nobody's own: who waits for it may stand in any queue.
      const meant = arn.includes(':consumable-resource/')
        ? all
        : all.filter(
            ({ queueArns, ceArns }) =>
              queueArns.some((own) => own === arn) || ceArns.some((own) => own === arn),
          );
      const queueArns = meant.flatMap((group) => group.queueArns);
      if (queueArns.length > 0) await wake({ ...look(queueArns), reconsider: true });
    },
    async wakeAll() {
      const queueArns = (await groups()).flatMap((group) => group.queueArns);
      if (queueArns.length > 0) await wake(look(queueArns));
    },
  };
}
