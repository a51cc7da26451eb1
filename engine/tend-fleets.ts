// The machines of environments that no queue uses: no wake of a queue's domain ever looks at them.
import type { FollowDeps } from './follow-fleets.ts';
import { followFleet } from './follow-fleets.ts';
import { schedule } from './schedule.ts';
import { loadUnqueuedFleets } from './scheduling-domain.ts';
import type { JobStore } from './store/jobs.ts';

/** A pass without jobs: idle machines leave, and a minimum is kept. One caller at a time, as for every pass. */
export async function tendUnqueuedFleets(store: JobStore, deps: FollowDeps): Promise<void> {
  const domain = await loadUnqueuedFleets(store.table);
  if (domain.environments.length === 0) return;
  const { changedFleets } = await schedule(
    { store, clock: deps.clock, loadDomain: () => Promise.resolve(domain) },
    [],
  );
  for (const ceArn of changedFleets) await followFleet(deps, ceArn);
}
