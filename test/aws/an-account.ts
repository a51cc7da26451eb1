// A deployed Slipway in somebody's account, as the environment names it: SLIPWAY_ENDPOINT is the stack's output, credentials and
// Region are found where every AWS client finds them. Calls are signed for API Gateway's IAM authoriser.
import type { BatchClientConfig, JobDetail, SubmitJobCommandInput } from '@aws-sdk/client-batch';
import { Batch } from '@aws-sdk/client-batch';
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface AnAccount {
  readonly batch: Batch;
  readonly queue: string;
  /** Submits a script as a job and gives its id. */
  submit(name: string, script: string, more?: Partial<SubmitJobCommandInput>): Promise<string>;
  until(jobId: string, says: (job: JobDetail) => boolean): Promise<JobDetail>;
  ended(jobId: string): Promise<JobDetail>;
  logOf(job: JobDetail): Promise<readonly string[]>;
  close(): void;
}

/** Fargate takes up to a minute to start a task, and longer when it pulls. */
const LIMIT_MS = 600_000;
const LOOK_EVERY_MS = 2_000;

export function anAccount(env: NodeJS.ProcessEnv = process.env): AnAccount {
  const { SLIPWAY_ENDPOINT: endpoint, SLIPWAY_QUEUE: queue = 'default' } = env;
  const { SLIPWAY_DEFINITION: definition = 'shell' } = env;
  if (endpoint === undefined) {
    throw new Error(
      'SLIPWAY_ENDPOINT is not set: name the endpoint of a deployed service (an output of its stack).',
    );
  }
  const config: BatchClientConfig & { readonly signingName: string } = {
    endpoint,
    signingName: 'execute-api',
  };
  const batch = new Batch(config);
  const logs = new CloudWatchLogsClient({});
  const describe = async (jobId: string): Promise<JobDetail> => {
    const { jobs } = await batch.describeJobs({ jobs: [jobId] });
    const [job] = jobs ?? [];
    if (!job) throw new Error(`there is no job ${jobId}`);
    return job;
  };
  const until: AnAccount['until'] = async (jobId, says) => {
    const deadline = Date.now() + LIMIT_MS;
    for (;;) {
      const job = await describe(jobId);
      if (says(job)) return job;
      if (Date.now() > deadline) throw new Error(`${jobId} is still ${job.status}: ${JSON.stringify(job)}`);
      await sleep(LOOK_EVERY_MS);
    }
  };
  return {
    batch,
    queue,
    async submit(name, script, more = {}) {
      const { jobId = '' } = await batch.submitJob({
        jobName: name,
        jobQueue: queue,
        jobDefinition: definition,
        containerOverrides: { command: ['sh', '-c', script] },
        ...more,
      });
      return jobId;
    },
    until,
    ended: (jobId) => until(jobId, ({ status }) => status === 'SUCCEEDED' || status === 'FAILED'),
    async logOf({ container }) {
      const logStreamName = container?.logStreamName;
      if (logStreamName === undefined) return [];
      const { events } = await logs.send(
        new GetLogEventsCommand({ logGroupName: '/aws/batch/job', logStreamName, startFromHead: true }),
      );
      return (events ?? []).map(({ message = '' }) => message);
    },
    close() {
      batch.destroy();
      logs.destroy();
    },
  };
}
