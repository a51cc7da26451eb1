// A stand-in for a Slipway server on a port of its own: answers the Batch and Logs calls that the command line makes
// from a list of jobs, and remembers what it was asked.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { JobDetail } from '@aws-sdk/client-batch';

export const queueArn = 'arn:aws:batch:us-east-1:123456789012:job-queue/default';
export const keys = { accessKeyId: 'AKIDFAKE', secretAccessKey: 'secret' };

type Body = Readonly<Record<string, unknown>>;
/** Answers one call; `undefined` leaves it to the defaults. May throw a FakeError. */
type Answer = (body: Body, url: URL) => object | undefined;

export class FakeError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface FakeServer {
  readonly endpoint: string;
  /** What was asked, in order: `submitjob`, `GetLogEvents`, `/_local/events`. */
  readonly calls: { readonly operation: string; readonly body: Body; readonly scope: string }[];
  readonly jobs: JobDetail[];
  readonly logs: Map<string, string[]>;
  readonly answers: Map<string, Answer>;
  /** Server-sent events, as the text of the whole answer. */
  events: string;
  close(): Promise<void>;
}

let nextId = 1;

/** A job as DescribeJobs answers it; ids count up, so that each has a prefix of its own. */
export function aJob(job: Partial<JobDetail> = {}): JobDetail {
  const jobId = `${(nextId++).toString(16).padStart(8, 'a')}-0000-4000-8000-000000000000`;
  return {
    jobId,
    jobName: 'hello',
    jobQueue: queueArn,
    jobDefinition: 'arn:aws:batch:us-east-1:123456789012:job-definition/shell:1',
    status: 'RUNNABLE',
    createdAt: Date.now() - 60_000,
    startedAt: undefined,
    attempts: [],
    dependsOn: [],
    ...job,
  };
}

/** `wantedPort`: 0 for any free one. */
export async function startFakeServer(jobs: readonly JobDetail[] = [], wantedPort = 0): Promise<FakeServer> {
  const http = createServer((request, response) => void answerCall(fake, request, response));
  await new Promise<void>((resolve) => http.listen(wantedPort, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo; // it listens on a port, not on a pipe
  const fake: FakeServer = {
    endpoint: `http://127.0.0.1:${port}`,
    calls: [],
    jobs: [...jobs],
    logs: new Map(),
    answers: new Map(),
    events: '',
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
  return fake;
}

async function answerCall(
  fake: FakeServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', fake.endpoint);
  const target = request.headers['x-amz-target'];
  const operation =
    typeof target === 'string' ? target.replace(/^.*\./, '') : url.pathname.replace(/^\/v1\//, '');
  const raw = await text(request);
  const body = (raw ? JSON.parse(raw) : {}) as Body; // the fake's own client sent it
  const scope = /Credential=[^/]+\/\d+\/([^,]+)/.exec(request.headers.authorization ?? '')?.[1] ?? 'unsigned';
  fake.calls.push({ operation, body, scope });
  try {
    const answer = fake.answers.get(operation)?.(body, url) ?? defaultAnswer(fake, operation, body);
    const json = operation !== '/_local/events';
    response.writeHead(200, { 'content-type': json ? 'application/json' : 'text/event-stream' });
    response.end(json ? JSON.stringify(answer) : fake.events);
  } catch (error) {
    const { status, code, message } =
      error instanceof FakeError ? error : new FakeError(500, 'ServerException', String(error));
    response.writeHead(status, { 'x-amzn-errortype': code }).end(JSON.stringify({ message }));
  }
}

function defaultAnswer(fake: FakeServer, operation: string, body: Body): object {
  switch (operation) {
    case 'describejobqueues':
      return {
        jobQueues: [{ jobQueueName: 'default', jobQueueArn: queueArn, state: 'ENABLED', status: 'VALID' }],
      };
    case 'describejobs':
      return { jobs: list(body['jobs']).flatMap((id) => fake.jobs.filter((job) => job.jobId === id)) };
    case 'listjobs':
      return { jobSummaryList: listed(fake.jobs, body) };
    case 'submitjob': {
      const job = aJob({ jobName: String(body['jobName']), status: 'SUCCEEDED' });
      fake.jobs.push(job);
      return {
        jobId: job.jobId,
        jobName: job.jobName,
        jobArn: `arn:aws:batch:us-east-1:123456789012:job/${job.jobId}`,
      };
    }
    case '/_local/events':
    case 'canceljob':
    case 'terminatejob':
      return {};
    case 'GetLogEvents':
      return logPage(fake.logs.get(String(body['logStreamName'])), body);
    default:
      throw new FakeError(404, 'UnknownOperationException', `the fake server does not know ${operation}`);
  }
}

function listed(jobs: readonly JobDetail[], body: Body): readonly JobDetail[] {
  const { arrayJobId, jobStatus } = body;
  const [filter] = list(body['filters']) as { readonly name: string; readonly values: readonly string[] }[];
  return jobs.filter((job) => {
    const parent = /^(.*):\d+$/.exec(job.jobId ?? '')?.[1];
    if (parent !== arrayJobId) return false;
    if (filter?.name === 'JOB_NAME') return job.jobName?.toLowerCase() === filter.values[0]?.toLowerCase();
    return filter !== undefined || job.status === jobStatus;
  });
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

// Tokens are line numbers; at the end the token asked with comes back.
function logPage(lines: readonly string[] | undefined, body: Body): object {
  if (!lines)
    throw new FakeError(400, 'ResourceNotFoundException', 'The specified log stream does not exist.');
  const limit = Number(body['limit'] ?? 2);
  const start =
    body['startFromHead'] === false ? Math.max(0, lines.length - limit) : Number(body['nextToken'] ?? 0);
  const events = lines.slice(start, start + limit).map((message, at) => ({ message, timestamp: start + at }));
  return { events, nextForwardToken: String(start + events.length) };
}
