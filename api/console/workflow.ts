// The graph of jobs that hang together, as the page draws it.
import type { Job } from '../../core/job/job.ts';
import { jobGraph } from '../../engine/job-graph.ts';
import type { JobStore } from '../../engine/store/jobs.ts';
import { jobRowOf } from './job-rows.ts';
import type { WorkflowAnswer } from './wire.ts';

export async function readWorkflow(store: JobStore, job: Job): Promise<WorkflowAnswer> {
  const { jobs, edges, more } = await jobGraph(store, job);
  return {
    jobs: jobs.map(jobRowOf),
    edges: edges.map(({ from, to, kind }) => ({ from, to, kind })),
    more,
  };
}
