// What the signed endpoints of the console answer, from the store alone.
import type { EpochMs, JobId, Scope } from '../../core/ids.ts';
import type { Job } from '../../core/job/job.ts';
import type { ScheduleDeps } from '../../engine/schedule-deps.ts';
import type { JobStore } from '../../engine/store/jobs.ts';
import type { JsonObject } from '../request.ts';
import { readCells } from './array-cells.ts';
import { countChildren } from './count-children.ts';
import { findJob } from './find-job.ts';
import { listJobs } from './job-lists.ts';
import { readJob } from './one-job.ts';
import { readRerun } from './rerun-input.ts';
import { rerunForm, rerunInput } from './rerun.ts';
import type { Step } from './timeline.ts';
import type { Cells, JobAnswer, JobsAnswer, RerunForm, RerunInput, WorkflowAnswer } from './wire.ts';
import { readWorkflow } from './workflow.ts';

export interface ConsoleAnswerDeps {
  readonly store: JobStore;
  readonly nowMs: () => EpochMs;
  /** As the scheduler of the job has it: why it waits is told from the same snapshot and plan. */
  readonly schedule: (jobId: JobId) => Promise<ScheduleDeps>;
  /** See `OneJobDeps`. */
  readonly stepsOf?: (job: Job) => Promise<readonly Step[]>;
}

export type ConsoleQuestion = 'jobs' | 'job' | 'cells' | 'workflow' | 'rerun form' | 'rerun input';

/** As the audit trail records it. */
export interface ConsoleInput {
  readonly query?: Readonly<Record<string, string>>;
  readonly jobId?: string;
  readonly rerun?: JsonObject;
}

export async function answerConsole(
  deps: ConsoleAnswerDeps,
  question: ConsoleQuestion,
  scope: Scope,
  { query, jobId = '', rerun }: ConsoleInput,
): Promise<JobsAnswer | JobAnswer | Cells | WorkflowAnswer | RerunForm | RerunInput> {
  const { store, stepsOf } = deps;
  if (question === 'jobs') {
    const asShown = (jobs: readonly Job[]) => countChildren(store, jobs);
    const found = await listJobs(store, scope, new URLSearchParams(query), asShown);
    return { nowMs: deps.nowMs(), ...found };
  }
  const job = await findJob(store, scope, jobId);
  switch (question) {
    case 'job': {
      const schedule = await deps.schedule(job.jobId);
      const [counted = job] = await countChildren(store, [job]);
      return readJob({ schedule, ...(stepsOf ? { stepsOf } : {}) }, scope, counted);
    }
    case 'cells':
      return readCells(store, job);
    case 'workflow':
      return readWorkflow(store, job);
    case 'rerun form':
      return rerunForm(store, scope, job);
    case 'rerun input':
      return { submitJob: rerunInput(job, readRerun(rerun)) };
  }
}
