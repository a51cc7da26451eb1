// Jobs of a Slipway somewhere else, asked for by signed calls, in the shapes that the page reads.
import type {
  CellsAnswer,
  JobAnswer,
  JobsAnswer,
  OverviewAnswer,
  RerunForm,
  WorkflowAnswer,
} from '../../api/console/wire.ts';
import { ApiError, ClientException } from '../../api/errors.ts';
import { parseJobId } from '../../core/ids.ts';
import { NotLetInError } from './away-error.ts';
import type { CallRemote } from './signed-calls.ts';

/** Where the gateway lets us in elsewhere, it is this call that is not allowed: a refusal like any other. */
export function refusing(call: CallRemote, check: () => Promise<unknown>): CallRemote {
  return async (asked) => {
    try {
      return await call(asked);
    } catch (error) {
      if (!(error instanceof NotLetInError)) throw error;
      await check();
      throw new ApiError(
        'AccessDeniedException',
        403,
        `API Gateway lets ${asked.method} ${asked.path} not pass: the identity of slipway console needs execute-api:Invoke on it.`,
        { cause: error },
      );
    }
  };
}

/** The answers are those of api/console/wire.ts: both ends are Slipway's. */
export function createJobCalls(call: CallRemote) {
  const read = (path: string, query?: URLSearchParams): Promise<unknown> =>
    call({ method: 'GET', path, ...(query ? { query } : {}) });
  return {
    jobs: async (query: URLSearchParams) => (await read('/_slipway/console/jobs', query)) as JobsAnswer,
    job: async (jobId: string) => (await read(jobPath(jobId))) as JobAnswer,
    cells: async (jobId: string) => (await read(`${jobPath(jobId)}/cells`)) as Omit<CellsAnswer, 'seq'>,
    workflow: async (jobId: string) => (await read(`${jobPath(jobId)}/workflow`)) as WorkflowAnswer,
    rerunForm: async (jobId: string) => (await read(`${jobPath(jobId)}/rerun`)) as RerunForm,
    overview: async () => (await read('/_slipway/overview')) as OverviewAnswer,
  };
}

export function jobPath(jobId: string): string {
  return `/_slipway/console/jobs/${encodeURIComponent(knownId(jobId))}`;
}

/** Nothing but an id becomes part of a path. */
export function knownId(jobId: string): string {
  if (parseJobId(jobId)) return jobId;
  throw new ClientException(`Job ${JSON.stringify(jobId.slice(0, 100))} does not exist.`, 404);
}
