// The instance in this process as a source of the console: its store, its logs of events and of calls, its files.
import type { AuditLog } from '../../adapters/sqlite/audit-log.ts';
import type { EventLog } from '../../adapters/sqlite/event-log.ts';
import { readCells } from '../../api/console/array-cells.ts';
import { findJob } from '../../api/console/find-job.ts';
import { listJobs } from '../../api/console/job-lists.ts';
import { logSourcesOf } from '../../api/console/log-sources.ts';
import { readJob } from '../../api/console/one-job.ts';
import { rerunForm } from '../../api/console/rerun.ts';
import type { OverviewAnswer } from '../../api/console/wire.ts';
import { readWorkflow } from '../../api/console/workflow.ts';
import type { Scope } from '../../core/ids.ts';
import { parseArn, partitionOf } from '../../core/ids.ts';
import type { Job } from '../../core/job/job.ts';
import { isPlaced } from '../../core/job/job.ts';
import { wholeTaskId } from '../../core/job/task-id.ts';
import type { Logs } from '../../engine/log-ports.ts';
import type { JobStore } from '../../engine/store/jobs.ts';
import { everyQueue } from '../../engine/store/queues.ts';
import { readAudit, readAuditRecord } from './audit-rows.ts';
import type { Changes } from './changes.ts';
import { readEvent, readEvents } from './event-rows.ts';
import { stepsOfEvents } from './event-steps.ts';
import type { History } from './history.ts';
import { readLog } from './log-pages.ts';
import { searchLog } from './log-search.ts';
import type { ConsoleSource, Visit } from './source.ts';
import type { VisitorCall, VisitorCallDeps } from './visitor-calls.ts';
import { queueByVisitor, rerunByVisitor, stopByVisitor } from './visitor-calls.ts';

export interface LocalSourceDeps extends VisitorCallDeps {
  readonly account: string;
  readonly runtime: string;
  readonly events: EventLog;
  readonly audit: AuditLog;
  readonly logs: Logs;
  readonly changes: Changes;
  readonly history: History;
  readonly overview: (scope: Scope) => Promise<OverviewAnswer>;
  /** Makes the defaults of a Region that nobody has used before. */
  readonly prepare: (scope: Scope) => Promise<void>;
}

export function createLocalSource(deps: LocalSourceDeps): ConsoleSource {
  const { account, runtime, schedule, events, audit, changes } = deps;
  const { store, clock } = schedule;
  const scopeOf = async ({ region }: Visit): Promise<Scope> => {
    const scope: Scope = { partition: partitionOf(region), region, account };
    await deps.prepare(scope);
    return scope;
  };
  const jobOf = async (visit: Visit, jobId: string): Promise<Job> =>
    findJob(store, await scopeOf(visit), jobId);
  const logsOf = (visit: Visit) => ({
    logs: deps.logs,
    taskState: async (jobId: string, task: string) => taskStateIn(await jobOf(visit, jobId), task),
  });
  const callOf = async (visit: Visit, jobId: string): Promise<VisitorCall> => {
    const scope = await scopeOf(visit);
    return { visit, scope, jobId, find: () => findJob(store, scope, jobId) };
  };
  return {
    home: async (visit) => {
      await scopeOf(visit);
      return { account, runtime, regions: await regionsOf(store, visit.region) };
    },
    overview: async (visit) => deps.overview(await scopeOf(visit)),
    history: async ({ region }, minutes) => deps.history.read(region, minutes),
    jobs: async (visit, query) => ({
      nowMs: clock.now(),
      ...(await listJobs(store, await scopeOf(visit), query)),
    }),
    job: async (visit, jobId) => {
      const scope = await scopeOf(visit);
      const stepsOf = (job: Job) => stepsOfEvents(events, job);
      return readJob({ schedule, stepsOf }, scope, await findJob(store, scope, jobId));
    },
    cells: async (visit, jobId) => {
      // Before the first read: whoever follows from there on ends up where the children are.
      const seq = changes.lastSeq();
      return { ...(await readCells(store, await jobOf(visit, jobId))), seq };
    },
    workflow: async (visit, jobId) => readWorkflow(store, await jobOf(visit, jobId)),
    log: async (visit, jobId, query) => readLog(logsOf(visit), jobId, query, visit.left),
    searchLog: async (visit, jobId, query) => searchLog(logsOf(visit), jobId, query),
    rerunForm: async (visit, jobId) => {
      const scope = await scopeOf(visit);
      return rerunForm(store, scope, await findJob(store, scope, jobId));
    },
    rerun: async (visit, jobId, rerun) => rerunByVisitor(deps, await callOf(visit, jobId), rerun),
    stop: async (visit, jobId, kind, reason) => stopByVisitor(deps, await callOf(visit, jobId), kind, reason),
    changeQueued: async (visit, jobId, change) => queueByVisitor(deps, await callOf(visit, jobId), change),
    events: async ({ region }, query) => readEvents(events, region, query),
    event: async ({ region }, seq) => readEvent(events, account, region, seq),
    audit: async ({ region }, query) => readAudit(audit, region, query),
    auditRecord: async ({ region }, seq) => readAuditRecord(audit, region, seq),
    changes,
  };
}

/** Those with queues. */
async function regionsOf(store: JobStore, own: string): Promise<readonly string[]> {
  const queues = await everyQueue(store.table);
  const used = queues.flatMap(({ record }) => parseArn(record.queue.queueArn)?.region ?? []);
  return [...new Set([own, ...used])].sort();
}

function taskStateIn(job: Job, task: string): 'live' | 'ended' | undefined {
  if (!logSourcesOf(job).some(({ taskId }) => taskId === task)) return undefined;
  return isPlaced(job) && job.attempt.taskId === wholeTaskId(task) ? 'live' : 'ended';
}
