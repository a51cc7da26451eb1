// What the server's routes answer: local/console/wire.ts says the same, and a test compares the two. Times are milliseconds
// since 1970; a member without a value is absent.

export const JOB_STATUSES = [
  'SUBMITTED',
  'PENDING',
  'RUNNABLE',
  'STARTING',
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

export interface SessionAnswer {
  readonly region: string;
  readonly account: string;
  readonly runtime: string;
  readonly nowMs: number;
}

/** `more`: counting stopped there. */
export interface Count {
  readonly count: number;
  readonly more: boolean;
}

export interface QueueOverview {
  readonly name: string;
  readonly state: string;
  readonly status: string;
  readonly priority: number;
  readonly environments: readonly string[];
  /** In line, the children of arrays each by itself. */
  readonly waiting: Count;
  /** Set aside: nothing could ever hold them. */
  readonly unplaceable: Count;
  /** Holding capacity, children each by itself. */
  readonly placed: number;
  /** Whole jobs by state, an array as one. */
  readonly byState: Readonly<Record<JobStatus, Count>>;
  readonly oldestSinceMs?: number;
  readonly blocked?: { readonly jobId: string; readonly code: string; readonly message: string };
}

/** Absent: no limit of its own. */
export interface Use {
  readonly used: number;
  readonly max?: number;
}

export interface CapacityOverview {
  readonly vcpus: Use;
  readonly memoryMiB: Use;
  readonly gpus: Use;
}

export interface EnvironmentOverview extends CapacityOverview {
  readonly name: string;
  readonly kind: string;
  readonly state: string;
  readonly status: string;
  readonly statusReason: string;
  readonly placements: number;
}

/** What happened in the last minutes, oldest first; one number for each span of `spanMs`. */
export interface Pace {
  readonly spanMs: number;
  readonly succeeded: readonly number[];
  readonly failed: readonly number[];
}

export interface OverviewAnswer {
  readonly nowMs: number;
  readonly queues: readonly QueueOverview[];
  readonly environments: readonly EnvironmentOverview[];
  readonly machine: CapacityOverview & { readonly placements: number };
  readonly pace: Pace;
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
}

export interface JobsAnswer {
  readonly nowMs: number;
  readonly jobs: readonly JobRow[];
  readonly next?: string;
  /** A search looks at so many rows at most, and says how many. */
  readonly looked?: number;
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
  readonly placedAtMs?: number;
  readonly startedAtMs?: number;
  readonly stoppedAtMs?: number;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly statusReason?: string;
  readonly note?: string;
}

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
  readonly waitsFor: readonly JobRow[];
  readonly nodes: readonly JobRow[];
}

export interface CellsAnswer {
  readonly size: number;
  /** One letter a child, by index: see CELL_LETTERS. */
  readonly cells: string;
  /** Changes after this event are not in `cells` for sure. */
  readonly seq: number;
}

export interface LogAnswer {
  readonly lines: readonly { readonly atMs: number; readonly text: string }[];
  /** Byte positions: of the first line, and after the last. */
  readonly from: number;
  readonly to: number;
  readonly size: number;
  /** Nothing more will be written. */
  readonly ended: boolean;
}

/** One message of the event stream: everything that changed in a tenth of a second. */
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
