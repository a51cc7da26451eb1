// What stands behind queues and compute environments in a test: storage in memory, changes that succeed at once unless the
// test says otherwise, and a record of what was told to the home.
import { HEALTHY } from '../../core/placement/compute-environment-change.ts';
import type { EnvironmentDeps } from '../../engine/environments.ts';
import type { QueueDeps } from '../../engine/queues.ts';
import { aStore } from '../adapters/sqlite/a-store.ts';

export type HomeDeps = EnvironmentDeps & QueueDeps;

export interface Home {
  readonly deps: HomeDeps;
  /** ARNs whose changes were settled. */
  readonly settled: string[];
  readonly failed: { readonly arn: string; readonly error: unknown }[];
}

export function aHome(overrides: Partial<HomeDeps> = {}): Home {
  const settled: string[] = [];
  const failed: Home['failed'] = [];
  let uuids = 0;
  const deps: HomeDeps = {
    table: aStore().table,
    ids: { uuid: () => `00000000-0000-4000-8000-${String((uuids += 1)).padStart(12, '0')}` },
    applyEnvironment: () => Promise.resolve(HEALTHY),
    hasActiveJobs: () => Promise.resolve(false),
    onQueueDeleting: () => Promise.resolve('done'),
    onSettled: async (arn: string) => void settled.push(arn),
    onChangeFailed: (arn: string, error: unknown) => void failed.push({ arn, error }),
    ...overrides,
  };
  return { deps, settled, failed };
}
