// What a job waits for, and what its end releases (contract §3.7). Edges are stored at the job that is waited for; N_TO_N
// is one edge between two arrays, never one per child.
import type { JobId } from '../ids.ts';
import { childJobId } from '../ids.ts';
import type { Job, JobStatus } from './job.ts';
import type { AfterDependency, JobSpec } from './spec.ts';

/** How a dependent hangs on the job it waits for. */
export interface DependencyEdge {
  readonly on: JobId;
  readonly dependent: JobId;
  /** All but N_TO_N hold for the job as a whole. */
  readonly type: 'ALL' | 'N_TO_N' | 'AFTER_ANY' | 'AFTER_FAILURE';
}

/** How an awaited job has to end. */
export type DependencyEnd = AfterDependency['end'];

const EDGE_TYPES = { SUCCESS: 'ALL', ANY: 'AFTER_ANY', FAILURE: 'AFTER_FAILURE' } as const;

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
  for (const { jobId: on, end } of spec.after ?? [])
    edges.set(on, { on, dependent: jobId, type: EDGE_TYPES[end] });
  return [...edges.values()];
}

/** The jobs that a job as a whole waits for, before it stands in line or its children are made. */
export function awaitedByJob(job: Job): JobId[] {
  if (job.kind === 'child') return [...job.awaiting];
  return edgesOf(job.jobId, job.spec)
    .filter((edge) => edge.type !== 'N_TO_N')
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

/** Whether it has to wait for others before it stands in line. Children are made when what their array waits for is complete. */
export function waitsForJobs({ kind, spec: { dependsOn, after = [] } }: Pick<Job, 'kind' | 'spec'>): boolean {
  if (kind === 'child') return dependsOn.some(({ type }) => type !== undefined);
  return dependsOn.length + after.length > 0;
}

export function isSequential(spec: JobSpec): boolean {
  return spec.dependsOn.some((dependency) => dependency.type === 'SEQUENTIAL');
}

/** How a job wants an awaited one to end. Children wait for each other's success only. */
export function wantedEnd({ kind, spec }: Job, awaited: JobId): DependencyEnd {
  if (kind === 'child') return 'SUCCESS';
  return spec.after?.find(({ jobId }) => jobId === awaited)?.end ?? 'SUCCESS';
}

export function allowsStart(wanted: DependencyEnd, succeeded: boolean): boolean {
  return wanted === 'ANY' || succeeded === (wanted === 'SUCCESS');
}

/**
 * Which of the awaited jobs are still outstanding, and the end that one should have had and did not. A job whose record is
 * gone counts as failed.
 */
export function judgeDependencies(
  job: Job,
  awaited: readonly JobId[],
  statusOf: (id: JobId) => JobStatus | undefined,
): { readonly outstanding: readonly JobId[]; readonly broken: DependencyEnd | false } {
  const outstanding: JobId[] = [];
  let broken: DependencyEnd | false = false;
  for (const id of awaited) {
    const status = statusOf(id) ?? 'FAILED';
    if (status !== 'SUCCEEDED' && status !== 'FAILED') outstanding.push(id);
    else {
      const wanted = wantedEnd(job, id);
      if (!allowsStart(wanted, status === 'SUCCEEDED')) broken = wanted;
    }
  }
  return { outstanding, broken };
}
