// What wakes a scheduler of a home that has a queue of wakes for each scheduling domain, and how a wake is cut along the domains.
import type { QueueArn } from '../core/ids.ts';
import type { SchedulerWake } from './react.ts';
import type { DomainGroup } from './scheduling-domain.ts';

/** A wake of one domain. `reconsider`: what may be scheduled has changed, so that who was set aside is judged anew. */
export interface DomainWake extends SchedulerWake {
  /** Keeps wakes of one domain in one line; where a domain has changed meanwhile, `queueArns` say what is meant. */
  readonly domain: string;
  readonly reconsider?: boolean;
}

/** What is elsewhere done by a message queue. Resolves when the wake cannot get lost. */
export interface SchedulerQueue {
  wake(wake: DomainWake): Promise<void>;
}

/** One wake for each domain that is meant; a queue that no group knows is a domain of its own. */
export function wakesByDomain(
  wake: SchedulerWake & { readonly reconsider?: boolean },
  groups: readonly DomainGroup[],
): readonly DomainWake[] {
  const domains = new Map<QueueArn, QueueArn>();
  for (const { name, queueArns } of groups) for (const arn of queueArns) domains.set(arn, name);
  const domainOf = (queueArn: QueueArn): QueueArn => domains.get(queueArn) ?? queueArn;
  return [...new Set(wake.queueArns.map(domainOf))].map((domain) => ({
    domain,
    queueArns: wake.queueArns.filter((arn) => domainOf(arn) === domain),
    ended: wake.ended.filter(({ queueArn }) => domainOf(queueArn) === domain),
    arrived: wake.arrived.filter(({ queueArn }) => domainOf(queueArn) === domain),
    ...(wake.reconsider ? { reconsider: true } : {}),
  }));
}
