// A Slipway somewhere else as the console's source: jobs by signed calls to it, their output, events and history from CloudWatch. What
// a page may do is what the identity that signs may do; it is authorised and recorded where it is called, and nothing is decided here.
import { UnreadableError } from '../../adapters/cloudwatch/reading.ts';
import type { OverviewAnswer } from '../../api/console/wire.ts';
import { ApiError, ClientException } from '../../api/errors.ts';
import type { HomeAnswer } from '../../api/home-endpoint.ts';
import type { AccountReaders } from '../account-readers.ts';
import type { Changes } from '../console/changes.ts';
import type { ConsoleSource } from '../console/source.ts';
import { createAccountLogs } from './account-logs.ts';
import {
  readAccountAudit,
  readAccountAuditRecord,
  readAccountEvent,
  readAccountEvents,
} from './account-rows.ts';
import { createJobCalls, jobPath, knownId } from './job-calls.ts';
import type { ChangeFinder } from './look-for-changes.ts';
import type { RememberedReading } from './remembered-reading.ts';
import type { CallRemote } from './signed-calls.ts';

export interface AccountSourceDeps {
  readonly endpoint: string;
  readonly call: CallRemote;
  readonly home: HomeAnswer;
  /** Throws AwayError when the server is away, or does not know us any more. */
  readonly check: () => Promise<unknown>;
  readonly readers: AccountReaders;
  readonly overview: RememberedReading<OverviewAnswer>;
  readonly finder: Pick<ChangeFinder, 'show' | 'showCells'>;
  readonly changes: Changes;
  readonly nowMs: () => number;
}

export function createAccountSource(deps: AccountSourceDeps): ConsoleSource {
  const { endpoint, call, home, readers, finder, changes } = deps;
  const jobs = createJobCalls(call);
  const logs = createAccountLogs({
    job: jobs.job,
    logs: (streamOf) => readers.logs(streamOf),
    jobsGroup: home.logGroups.jobs,
    nowMs: deps.nowMs,
  });
  /** What a page did is in the next overview. */
  const act = async (path: string, body: object): Promise<void> => {
    await call({ method: 'POST', path, body });
    deps.overview.forget();
  };
  return {
    changes,
    async home() {
      await deps.check();
      return { account: home.account, runtime: home.runtime, regions: [home.region], endpoint };
    },
    overview: () => deps.overview(),
    history: (_visit, minutes) => told(async () => historyOf(readers)(minutes)),

    async jobs(_visit, query) {
      const answer = await jobs.jobs(query);
      finder.show(answer.jobs);
      return answer;
    },
    async job(_visit, jobId) {
      const answer = await jobs.job(jobId);
      finder.show([answer.row]);
      return answer;
    },
    async cells(_visit, jobId) {
      const seq = changes.lastSeq();
      const answer = await jobs.cells(jobId);
      finder.showCells(jobId, answer.cells);
      return { ...answer, seq };
    },
    workflow: (_visit, jobId) => jobs.workflow(jobId),
    log: ({ left }, jobId, query) => told(() => logs.read(jobId, query, left)),
    searchLog: (_visit, jobId, query) => told(() => logs.search(jobId, query)),

    rerunForm: (_visit, jobId) => jobs.rerunForm(jobId),
    async rerun(_visit, jobId, rerun) {
      const path = `${jobPath(jobId)}/rerun`;
      // Made where the job is, and submitted by a call of its own: authorised and recorded as SubmitJob.
      const { submitJob } = (await call({ method: 'POST', path, body: rerun })) as { submitJob: object };
      const { jobId: made } = (await call({ method: 'POST', path: '/v1/submitjob', body: submitJob })) as {
        jobId: string; // as SubmitJob answers
      };
      deps.overview.forget();
      return { jobId: made };
    },
    stop: (_visit, jobId, kind, reason) => act(`/v1/${kind}job`, { jobId, reason }),
    changeQueued: (_visit, jobId, change) =>
      act(
        `/_slipway/jobs/${encodeURIComponent(knownId(jobId))}/${change.kind}`,
        change.kind === 'priority' ? { priority: change.priority } : {},
      ),

    events: ({ left }, query) => told(() => readAccountEvents(readers.events, query, left)),
    event: ({ left }, seq) => told(() => readAccountEvent(readers.events, seq, left)),
    audit: ({ left }, query) => told(() => readAccountAudit(readers.audit, query, left)),
    auditRecord: ({ left }, seq) => told(() => readAccountAuditRecord(readers.audit, seq, left)),
  };
}

function historyOf({ history }: AccountReaders) {
  if (history) return (minutes: 5 | 60) => history.read(minutes);
  throw new ClientException(
    'What happened over time is told by CloudWatch metrics, and this Slipway has none: it does not run in an AWS account.',
    404,
  );
}

/** What CloudWatch refuses is told in the page, with the sentence that says what would help. */
async function told<Value>(read: () => Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UnreadableError) {
      throw new ApiError('CloudWatchUnreadable', STATUS_OF[error.problem], error.message, { cause: error });
    }
    // An answer of AWS that nobody foresaw is the caller's to know, too.
    if (error instanceof Error && '$metadata' in error) {
      throw new ApiError('CloudWatchUnreadable', 409, `CloudWatch said ${error.name}: ${error.message}`, {
        cause: error,
      });
    }
    throw error;
  }
}

const STATUS_OF: Readonly<Record<UnreadableError['problem'], number>> = {
  refused: 403,
  missing: 404,
  throttled: 429,
  unreachable: 409,
};
