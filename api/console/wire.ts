// What the console's routes and the signed endpoints behind them answer, said once: the server writes it, and the page, which
// imports nothing else of the server, reads it. Times are milliseconds since 1970; a member without a value is absent.
import type { StageTime } from '../../core/job/attempt-stages.ts';
import type { JobStatus } from '../../core/job/job.ts';
import type { Overview } from '../../engine/overview-answer.ts';

export { JOB_STATUSES } from '../../core/job/job.ts';
export type { JobStatus };
export type OverviewAnswer = Overview;

export interface SessionAnswer {
  readonly region: string;
  readonly account: string;
  readonly runtime: string;
  readonly nowMs: number;
  /** Those that have queues. */
  readonly regions: readonly string[];
  /** Where the jobs are, when that is not the server of the page: a Slipway in an AWS account, which it asks. */
  readonly endpoint?: string;
}

/**
 * What happened in a Region lately: one number for each span of `spanMs`, oldest first, the first of which begins at `fromMs`.
 * Arrays do not count, their children do.
 */
export interface HistoryAnswer {
  readonly fromMs: number;
  readonly spanMs: number;
  readonly started: readonly number[];
  readonly succeeded: readonly number[];
  readonly failed: readonly number[];
  /** From submission to the first start, of jobs that started in the span; null where none did. */
  readonly startMedianMs: readonly (number | null)[];
  readonly startSlowMs: readonly (number | null)[];
}

export interface JobRow {
  readonly jobId: string;
  readonly name: string;
  readonly status: JobStatus;
  readonly kind: string;
  readonly createdAtMs: number;
  readonly startedAtMs?: number;
  readonly stoppedAtMs?: number;
  readonly statusReason?: string;
  readonly exitCode?: number;
  readonly attempts: number;
  /** Children of arrays, nodes of multi-node jobs. */
  readonly index?: number;
  /** Arrays: how many children stand where. */
  readonly children?: Readonly<Record<JobStatus, number>>;
  readonly definition: string;
  readonly share?: string;
  readonly stopping?: string;
  readonly queue: string;
  /** Somebody holds it back. */
  readonly held?: true;
}

export interface JobsAnswer {
  readonly nowMs: number;
  readonly jobs: readonly JobRow[];
  /** Where to go on; absent: there is nothing further. */
  readonly next?: string;
  /** Where rows are looked at one by one: at how many for this answer, and back to which age. */
  readonly looked?: number;
  readonly reachedMs?: number;
}

export interface LogSource {
  /** Counted from 1. */
  readonly attempt: number;
  readonly container: string;
  readonly taskId: string;
}

export interface Attempt {
  readonly number: number;
  readonly environment: string;
  /** Since when it stood in line for this attempt. */
  readonly runnableAtMs?: number;
  readonly placedAtMs?: number;
  readonly startedAtMs?: number;
  readonly stoppedAtMs?: number;
  /** Where its time went, as far as it is over and its runtime tells. */
  readonly stages: readonly AttemptStage[];
  readonly exitCode?: number;
  readonly reason?: string;
  readonly statusReason?: string;
  readonly note?: string;
}

export type AttemptStage = StageTime;

export interface TimelineStep {
  readonly status: JobStatus;
  readonly atMs: number;
}

export interface WhyReason {
  readonly code: string;
  readonly message: string;
}

export interface JobAnswer {
  readonly nowMs: number;
  readonly row: JobRow;
  readonly queue: string;
  readonly parentId?: string;
  /** As DescribeJobs answers it. */
  readonly detail: Readonly<Record<string, unknown>>;
  readonly timeline: readonly TimelineStep[];
  readonly attempts: readonly Attempt[];
  readonly logs: readonly LogSource[];
  readonly why?: { readonly sinceMs: number; readonly position?: number; readonly reason?: WhyReason };
  readonly waitsFor: readonly Awaited[];
  readonly nodes: readonly NodeAnswer[];
  /** It waits for jobs, or jobs wait for it. */
  readonly hasWorkflow: boolean;
  readonly heldAtMs?: number;
  readonly priority?: number;
  readonly machine: MachinePlace;
  /** What is not as the definition says; absent for jobs of several containers or nodes. */
  readonly overridden?: Overridden;
}

/** A job that is waited for, and how it has to end. */
export interface Awaited {
  readonly row: JobRow;
  readonly end: 'SUCCESS' | 'ANY' | 'FAILURE';
}

export interface NodeAnswer {
  readonly row: JobRow;
  readonly isMain: boolean;
  /** Where the other nodes reach it. */
  readonly address?: string;
  readonly logs: readonly LogSource[];
}

export interface Overridden {
  readonly command: boolean;
  /** Types of resource requirements. */
  readonly needs: readonly string[];
  /** Names of variables. */
  readonly environment: readonly string[];
}

/** Where a job is in its state machine. */
export interface MachinePlace {
  readonly name: 'job' | 'multi-node-job';
  /** Absent: it has not been placed yet. */
  readonly current?: string;
  /** The states as they were entered, the current one last. */
  readonly path: readonly string[];
}

export interface MachineAnswer {
  readonly start: string;
  readonly states: readonly {
    readonly name: string;
    readonly type: string;
    readonly comment: string;
    readonly next: readonly { readonly to: string; readonly when?: string }[];
  }[];
}

/** The jobs that hang together by what waits for what. An edge leads from the awaited to the one that waits. */
export interface WorkflowAnswer {
  readonly jobs: readonly JobRow[];
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly kind: 'SUCCESS' | 'ANY' | 'FAILURE' | 'N_TO_N';
  }[];
  /** There are more jobs than that: these are the nearest. */
  readonly more: boolean;
}

/** One container of a job that is to be run again, to be changed and sent back. */
export interface RerunContainer {
  readonly label: string;
  readonly command: readonly string[];
  /** `fixed`: the definition has it too, so it can be changed and not taken out. */
  readonly environment: readonly { readonly name: string; readonly value: string; readonly fixed?: true }[];
  readonly vcpus: string;
  readonly memoryMiB: string;
  readonly gpus: string;
}

export interface Rerun {
  readonly jobName: string;
  readonly queue: string;
  readonly containers: readonly RerunContainer[];
}

export interface RerunForm extends Rerun {
  readonly queues: readonly string[];
  /** Such as `1:3` of a multi-node job or the size of an array; shown, not changed. */
  readonly about: string;
}

/** What the signed endpoint makes of a `Rerun`; it submits nothing. */
export interface RerunInput {
  /** SubmitJob's input. */
  readonly submitJob: object;
}

export interface RerunAnswer {
  readonly jobId: string;
}

/** How far a search through a log came, and the line that it found. */
export interface LogSearchAnswer {
  readonly found?: number;
  readonly reached: number;
  readonly isDone: boolean;
}

export interface EventRow {
  readonly seq: number;
  readonly atMs: number;
  readonly type: string;
  readonly jobId?: string;
  readonly name?: string;
  readonly queue?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly exitCode?: number;
}

/** A page of a log, newest first. */
export interface RowPage<Row> {
  readonly rows: readonly Row[];
  /** Older ones are before this; absent: there are none. */
  readonly before?: number;
  /** Newer ones are after this. */
  readonly after: number;
  /** Entries that were looked at for these. */
  readonly looked: number;
}

export type EventsAnswer = RowPage<EventRow>;

/** A call as the audit trail has it. */
export interface AuditRow {
  readonly seq: number;
  readonly atMs: number;
  readonly user: string;
  readonly event: string;
  readonly source: string;
  readonly readOnly: boolean;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly resources: readonly string[];
}

export type AuditAnswer = RowPage<AuditRow>;

export interface Cells {
  readonly size: number;
  /** One letter a child, by index: see CELL_LETTERS. */
  readonly cells: string;
}

export interface CellsAnswer extends Cells {
  /** Changes after this event are not in `cells` for sure. */
  readonly seq: number;
}

export interface LogAnswer {
  readonly lines: readonly { readonly atMs: number; readonly text: string }[];
  /** Positions, in bytes where it is a file: of the first line, and after the last. */
  readonly from: number;
  readonly to: number;
  readonly size: number;
  /** Nothing more will be written. */
  readonly ended: boolean;
  /** Positions are no bytes: they say what comes before what, and 0 is the beginning. */
  readonly isUnmeasured?: true;
}

/** One message of the event stream: everything that changed in less than a tenth of a second. */
export interface ChangesMessage {
  /** Whole jobs, and the followed job itself. */
  readonly jobs: readonly (readonly [jobId: string, status: JobStatus])[];
  /** Parts (children, nodes) of the followed job: index and state's letter. */
  readonly parts: readonly (readonly [index: number, letter: string])[];
  /** Other jobs some of whose parts changed. */
  readonly wholes: readonly string[];
}

/** One letter for each state: U is SUBMITTED, L is RUNNABLE (in line), T is STARTING. */
export const CELL_LETTERS: Readonly<Record<JobStatus, string>> = {
  SUBMITTED: 'U',
  PENDING: 'P',
  RUNNABLE: 'L',
  STARTING: 'T',
  RUNNING: 'R',
  SUCCEEDED: 'S',
  FAILED: 'F',
};
