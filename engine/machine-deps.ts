// What the functions of the state machines need.
import type { StartingJob } from '../core/job/job.ts';
import type { Clock, Workflows } from './ports.ts';
import type { ContainerTask, Launcher } from './launch-ports.ts';
import type { JobStore } from './store/jobs.ts';

export interface MachineDeps {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly workflows: Workflows;
  readonly launcher: Launcher;
  readonly taskOf: (job: StartingJob) => ContainerTask;
  readonly stopGraceSeconds: number;
}
