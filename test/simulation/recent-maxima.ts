// How much may be in use, as a scheduling pass is entitled to see it: it works with what it read at its beginning, so what
// was allowed then, or since the pass before, is what a placement is held to.
import { maxVcpusOf, takesPlacements } from '../../core/placement/compute-environment.ts';
import type { CommittedRows } from './committed-rows.ts';

export interface RecentMaxima {
  /** After each commit. */
  readonly follow: () => void;
  /** A pass begins. */
  readonly passBegins: () => void;
  /** The most that was allowed, by ARN: vCPUs of a compute environment, units of a consumable resource. */
  readonly of: (arn: string) => number;
}

export function followMaxima(rows: CommittedRows): RecentMaxima {
  let last = new Map<string, number>();
  let since = new Map<string, number>();
  const raise = (arn: string, max: number): void => void since.set(arn, Math.max(since.get(arn) ?? 0, max));
  const follow = (): void => {
    for (const [arn, environment] of rows.environments) {
      raise(arn, takesPlacements(environment) ? (maxVcpusOf(environment) ?? Number.POSITIVE_INFINITY) : 0);
    }
    for (const [arn, resource] of rows.consumables) raise(arn, resource.providedQuantity);
  };
  return {
    follow,
    passBegins() {
      [last, since] = [since, new Map()];
      follow();
    },
    of: (arn) => Math.max(last.get(arn) ?? 0, since.get(arn) ?? 0),
  };
}
