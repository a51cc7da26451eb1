// Why a plan does not place a job, as a waiting reason.
import { describeShortage } from './capacity.ts';
import type { QueueSnapshot } from './snapshot.ts';
import type { Refusal } from './refusals.ts';
import { describeRefusals } from './refusals.ts';
import type { WaitingReason } from './waiting-reason.ts';
import type { Shortage } from './shortage.ts';

export function unfitReason(environments: readonly string[]): WaitingReason {
  const names = environments.map((arn) => arn.split('/').at(-1)).join(', ');
  const message = `can never run there: multi-node jobs need a managed EC2 compute environment that is not Spot, and its queue has only ${names}`;
  return { code: 'NEVER_FITS', message, lacks: [] };
}

export function refusedReason(refusals: readonly Refusal[]): WaitingReason {
  const message = `waits for capacity: ${describeRefusals(refusals)}`;
  return { code: 'CAPACITY_REFUSED', message, refusals };
}

export function reasonFor(
  queue: QueueSnapshot,
  never: readonly Shortage[],
  lacks: readonly Shortage[],
  unavailable: readonly string[],
): WaitingReason {
  if (lacks.length > 0) {
    const message = `waits for room: ${lacks.map((lack) => describeShortage(lack, 'free')).join('; ')}`;
    return { code: 'NO_CAPACITY', message, lacks };
  }
  // An environment that is switched off may come back and fit; only when each one that could serve is too small is it never.
  if (unavailable.length > 0 || queue.environments.length === 0) {
    const message =
      queue.environments.length === 0
        ? 'its queue has no compute environment'
        : `no usable compute environment: ${unavailable.map((arn) => arn.split('/').at(-1)).join(', ')} not ENABLED and VALID`;
    return { code: 'ENVIRONMENTS_UNAVAILABLE', message, environments: unavailable };
  }
  const message = `can never fit: ${never.map((lack) => describeShortage(lack, 'at most')).join('; ')}`;
  return { code: 'NEVER_FITS', message, lacks: never };
}
