// Whoever holds the jobs that the console shows, as its routes need it. Two are there: the instance in this process, and a Slipway
// somewhere else, which is asked by signed calls. A refusal is an ApiError; its sentence is shown as it stands, and 401 is the guard's
// alone, because it sends the visitor back to sign in.
import type { ServerResponse } from 'node:http';
import type {
  AuditAnswer,
  CellsAnswer,
  EventsAnswer,
  HistoryAnswer,
  JobAnswer,
  JobsAnswer,
  LogAnswer,
  LogSearchAnswer,
  OverviewAnswer,
  Rerun,
  RerunAnswer,
  RerunForm,
  SessionAnswer,
  WorkflowAnswer,
} from '../../api/console/wire.ts';
import type { QueueingChange } from '../../engine/queued-jobs.ts';
import type { Changes } from './changes.ts';
import type { SignIn } from './sign-in.ts';

/** One request of a signed-in page. */
export interface Visit {
  /** The one that the page looks at. */
  readonly region: string;
  readonly requestId: string;
  readonly sourceIp: string;
  readonly userAgent: string;
  /** Aborted when the page left before it was answered. */
  readonly left: AbortSignal;
}

/** `regions`: those that can be looked at, that of the visit among them. */
export type SourceHome = Omit<SessionAnswer, 'region' | 'nowMs'>;

/** `jobId`, `seq`: as the page names them; queries are those of console/README.md. */
export interface ConsoleSource {
  /** For the frame of the page. */
  home(visit: Visit): Promise<SourceHome>;
  overview(visit: Visit): Promise<OverviewAnswer>;
  history(visit: Visit, minutes: 5 | 60): Promise<HistoryAnswer>;

  jobs(visit: Visit, query: URLSearchParams): Promise<JobsAnswer>;
  job(visit: Visit, jobId: string): Promise<JobAnswer>;
  cells(visit: Visit, jobId: string): Promise<CellsAnswer>;
  workflow(visit: Visit, jobId: string): Promise<WorkflowAnswer>;
  log(visit: Visit, jobId: string, query: URLSearchParams): Promise<LogAnswer>;
  searchLog(visit: Visit, jobId: string, query: URLSearchParams): Promise<LogSearchAnswer>;

  rerunForm(visit: Visit, jobId: string): Promise<RerunForm>;
  rerun(visit: Visit, jobId: string, rerun: Rerun): Promise<RerunAnswer>;
  stop(visit: Visit, jobId: string, kind: 'cancel' | 'terminate', reason: string): Promise<void>;
  changeQueued(visit: Visit, jobId: string, change: QueueingChange): Promise<void>;

  events(visit: Visit, query: URLSearchParams): Promise<EventsAnswer>;
  /** In its envelope. */
  event(visit: Visit, seq: string): Promise<object>;
  audit(visit: Visit, query: URLSearchParams): Promise<AuditAnswer>;
  /** In CloudTrail's shape. */
  auditRecord(visit: Visit, seq: string): Promise<object>;

  /** What the pages' event streams tell. */
  readonly changes: Changes;
}

/** A console that is served: whose jobs, to whom, and to which pages. */
export interface ServedConsole {
  readonly source: ConsoleSource;
  readonly signIn: SignIn;
  /** Event streams that are open; whoever closes the console ends them. */
  readonly pages: Set<ServerResponse>;
}
