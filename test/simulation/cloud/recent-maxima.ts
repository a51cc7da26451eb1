// How much may be in use, as schedulers are entitled to see it: several work side by side, none longer than a function lives, so
// what was allowed at any time within that is what a placement is held to.
import { maxVcpusOf, takesPlacements } from '../../../core/placement/compute-environment.ts';
import type { CommittedRows } from '../committed-rows.ts';

const WINDOW_MS = 30_000;

export function followRecentMaxima(
  rows: CommittedRows,
  nowMs: () => number,
): { readonly follow: () => void; readonly of: (arn: string) => number } {
  /** By ARN: what was allowed from when on, oldest first. */
  const known = new Map<string, { readonly fromMs: number; readonly max: number }[]>();
  const note = (arn: string, max: number): void => {
    const history = known.get(arn) ?? [];
    if (history.at(-1)?.max !== max) known.set(arn, [...history, { fromMs: nowMs(), max }]);
  };
  return {
    follow() {
      for (const [arn, environment] of rows.environments)
        note(arn, takesPlacements(environment) ? (maxVcpusOf(environment) ?? Number.POSITIVE_INFINITY) : 0);
      for (const [arn, resource] of rows.consumables) note(arn, resource.providedQuantity);
    },
    of(arn) {
      const history = known.get(arn) ?? [];
      const since = nowMs() - WINDOW_MS;
      const inWindow = history.filter(({ fromMs }, index) => {
        const untilMs = history[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
        return fromMs <= nowMs() && untilMs >= since;
      });
      return Math.max(0, ...inWindow.map(({ max }) => max));
    },
  };
}
