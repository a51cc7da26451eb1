// The logs of several jobs in one stream, each line behind the job it is from: as they are when asked once, or on and on until
// all of the jobs have ended. An array stands for its children, a multi-node job for its nodes.
import type { JobDetail } from '@aws-sdk/client-batch';
import { followJobs } from './follow-jobs.ts';
import { describeJob, whileServerIsAway } from './follow-job.ts';
import { logStreamsOf, readLogOn, type LogEvent, type LogPlaces } from './job-log.ts';
import { containersOf, type LogStream } from './job-parts.ts';
import type { Visit } from './use-server.ts';

export interface FollowLogsOptions {
  readonly follow: boolean;
  readonly onLine: (jobId: string, event: LogEvent) => void;
  readonly onServerAway?: () => void;
  readonly signal?: AbortSignal;
}

/** Logs that are read side by side: enough to hide the way there and back, few enough for a server. */
const READ_AT_ONCE = 8;

/** The jobs whose logs are meant by a job: itself, an array's children, a multi-node job's nodes. */
export async function jobsWithLogs(visit: Visit, jobId: string): Promise<readonly string[]> {
  const job = await describeJob(visit, jobId);
  const size = job.arrayProperties?.size;
  if (size !== undefined) return Array.from({ length: size }, (_, index) => `${jobId}:${index}`);
  const nodes = jobId.includes('#') ? undefined : job.nodeProperties?.numNodes;
  return nodes === undefined ? [jobId] : Array.from({ length: nodes }, (_, node) => `${jobId}#${node}`);
}

export async function followLogs(
  visit: Visit,
  jobIds: readonly string[],
  options: FollowLogsOptions,
): Promise<ReadonlyMap<string, JobDetail>> {
  const { onServerAway, onLine } = options;
  const leave = new AbortController();
  const signals = options.signal ? [options.signal, leave.signal] : [leave.signal];
  // Where reading each stream goes on; a stream of an ended job is read once more after its end, and then is complete.
  const places: LogPlaces = new Map();
  const read = async (job: JobDetail): Promise<void> => {
    for (const stream of streamsOf(job)) {
      await readLogOn(visit.server, stream, places, (event) => onLine(job.jobId ?? '', event));
    }
  };
  return followJobs(visit, jobIds, {
    ...(onServerAway && { onServerAway }),
    signal: AbortSignal.any(signals),
    async onLook(looked) {
      const withLogs = looked.filter((job) => streamsOf(job).length > 0);
      for (let at = 0; at < withLogs.length; at += READ_AT_ONCE) {
        const some = withLogs.slice(at, at + READ_AT_ONCE);
        await Promise.all(some.map((job) => whileServerIsAway(() => read(job), options)));
      }
      if (!options.follow) leave.abort();
    },
  });
}

/** Of every container of a job that runs several. */
function streamsOf(job: JobDetail): readonly LogStream[] {
  const names = containersOf(job).flatMap(({ name }) => name ?? []);
  return names.length === 0 ? logStreamsOf(job) : names.flatMap((name) => logStreamsOf(job, name));
}
