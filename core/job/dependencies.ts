// What a job waits for, and what its end releases (contract §3.7). Edges are stored at the job that is waited for; N_TO_N
// is one edge between two arrays, never one per child.
import type { JobId } from '../ids.ts';
import { childJobId } from '../ids.ts';
import type { Job, JobStatus } from './job.ts';
import type { JobSpec } from './spec.ts';

/** How a dependent hangs on the job it waits for. */
export interface DependencyEdge {
  readonly on: JobId;
  readonly dependent: JobId;
  readonly type: 'ALL' | 'N_TO_N';
}

/** The edges to store with a new job. SEQUENTIAL needs none: the index says it. */
export function edgesOf(jobId: JobId, spec: JobSpec): DependencyEdge[] {
  const edges = new Map<JobId, DependencyEdge>();
  for (const dependency of spec.dependsOn) {
    if (dependency.jobId === undefined || dependency.type === 'SEQUENTIAL') continue;
    const type = dependency.type === 'N_TO_N' ? 'N_TO_N' : 'ALL';
    // The stricter of two entries on one job holds: waiting for all of an array includes its N_TO_N.
    if (edges.get(dependency.jobId)?.type !== 'ALL')
      edges.set(dependency.jobId, { on: dependency.jobId, dependent: jobId, type });
  }
  return [...edges.values()];
}

/** The jobs that a job as a whole waits for, before it stands in line or its children are made. */
export function awaitedByJob(job: Job): JobId[] {
  if (job.kind === 'child') return [...job.awaiting];
  return edgesOf(job.jobId, job.spec)
    .filter((edge) => edge.type === 'ALL')
    .map((edge) => edge.on);
}

/** The jobs that one child of an array waits for. */
export function awaitedByChild(parent: Job, index: number): JobId[] {
  const awaited = edgesOf(parent.jobId, parent.spec)
    .filter((edge) => edge.type === 'N_TO_N')
    .map((edge) => childJobId(edge.on, index));
  if (index > 0 && isSequential(parent.spec)) awaited.push(childJobId(parent.jobId, index - 1));
  return awaited;
}

export function isSequential(spec: JobSpec): boolean {
  return spec.dependsOn.some((dependency) => dependency.type === 'SEQUENTIAL');
}

/** Which of the awaited jobs are still outstanding, and whether one has failed. A job whose record is gone counts as failed. */
export function judgeDependencies(
  awaited: readonly JobId[],
  statusOf: (id: JobId) => JobStatus | undefined,
): { readonly outstanding: readonly JobId[]; readonly failed: boolean } {
  const outstanding: JobId[] = [];
  let failed = false;
  for (const id of awaited) {
    const status = statusOf(id);
    if (status === undefined || status === 'FAILED') failed = true;
    else if (status !== 'SUCCEEDED') outstanding.push(id);
  }
  return { outstanding, failed };
}
