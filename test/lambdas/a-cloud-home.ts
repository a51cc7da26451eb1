// The cloud home in one process: the functions' own parts over a store in memory, with what AWS would carry between them caught
// in lists, so that a test hands it on in the shapes that AWS has.
import type { DynamoDBRecord, DynamoDBStreamEvent, SQSEvent, SQSRecord } from 'aws-lambda';
import { createEcsLauncher } from '../../adapters/ecs/ecs-launcher.ts';
import { ecsEnvironmentOf } from '../../adapters/ecs/ecs-environment.ts';
import { attributesOf, keyItem } from '../../adapters/dynamodb/item.ts';
import { bodiesOf } from '../../adapters/sqs/wake-messages.ts';
import type { ApiRequest } from '../../api/request.ts';
import type { JobId } from '../../core/ids.ts';
import type { Job } from '../../core/job/job.ts';
import type { Wait, WaitEnd } from '../../core/job/progress.ts';
import { isPlaced, parseAttemptId } from '../../core/job/job.ts';
import { observe } from '../../engine/observe.ts';
import type { SlipwayEvent, Workflows } from '../../engine/ports.ts';
import type { Change, NewRow, Row, Table, WriteOp } from '../../engine/table-ports.ts';
import type { MachineDeps } from '../../engine/machine-deps.ts';
import { react } from '../../engine/react.ts';
import { runPasses } from '../../engine/run-passes.ts';
import type { DomainWake } from '../../engine/scheduler-wakes.ts';
import { getEnvironment } from '../../engine/store/compute-environments.ts';
import { createJobStore, getJob } from '../../engine/store/jobs.ts';
import { createApiRouter } from '../../lambdas/api-router.ts';
import { createAuthenticate } from '../../lambdas/authenticate.ts';
import type { HttpEvent, IamCaller } from '../../lambdas/http-event.ts';
import { apiRequestOf, httpResultOf } from '../../lambdas/http-event.ts';
import { ids } from '../../lambdas/ids.ts';
import { observeLauncher } from '../../lambdas/observed-launcher.ts';
import { reactToBatch } from '../../lambdas/react-batch.ts';
import { createResourceDeps } from '../../lambdas/resource-deps.ts';
import { scheduleBatch } from '../../lambdas/schedule-batch.ts';
import { taskOf } from '../../lambdas/task-settings.ts';
import { createDomainWaker } from '../../lambdas/wake-domains.ts';
import { aFakeEcs } from '../adapters/ecs/a-fake-ecs.ts';
import { aStore } from '../adapters/sqlite/a-store.ts';

export const CALLER: IamCaller = {
  accessKey: 'ASIAEXAMPLE',
  accountId: '123456789012',
  callerId: 'AROAEXAMPLE:session',
  userArn: 'arn:aws:sts::123456789012:assumed-role/Submitter/session',
};

export type ACloudHome = ReturnType<typeof aCloudHome>;

/** Row changes of `jobs` in the order they were committed, as the table's stream would tell them. */
function recordingTable(inner: Table, changes: Change[]): Table {
  const changed = (before: Row | undefined, after: Row | undefined): void => {
    if (before?.version === after?.version) return;
    const seq = String(changes.length + 1).padStart(40, '0');
    changes.push({ seq, ...(before ? { before } : {}), ...(after ? { after } : {}) });
  };
  const around = async <T>(
    rows: readonly Pick<NewRow, 'pk' | 'sk'>[],
    work: () => Promise<T>,
  ): Promise<T> => {
    const before = await inner.getMany('jobs', rows);
    const answer = await work();
    const after = await inner.getMany('jobs', rows);
    for (const index of rows.keys()) changed(before[index], after[index]);
    return answer;
  };
  const rowOf = (op: WriteOp) => (op.kind === 'put' ? op.row : op.key);
  return {
    ...inner,
    get: (...given) => inner.get(...given),
    getMany: (...given) => inner.getMany(...given),
    query: (...given) => inner.query(...given),
    count: (...given) => inner.count(...given),
    write: (ops) => around(ops.filter(({ table }) => table === 'jobs').map(rowOf), () => inner.write(ops)),
    insertMany: (table, rows) =>
      table === 'jobs' ? around(rows, () => inner.insertMany(table, rows)) : inner.insertMany(table, rows),
  };
}

function imageOf(row: Row): NonNullable<NonNullable<DynamoDBRecord['dynamodb']>['NewImage']> {
  return { ...keyItem(row), v: { N: String(row.version) }, ...attributesOf(row, 'w') };
}

export function streamEventOf(changes: readonly Change[]): DynamoDBStreamEvent {
  return {
    Records: changes.map(({ seq, before, after }) => ({
      eventID: seq,
      eventName: before ? (after ? 'MODIFY' : 'REMOVE') : 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-east-1',
      dynamodb: {
        SequenceNumber: String(Number(seq)),
        StreamViewType: 'NEW_AND_OLD_IMAGES',
        ...(before ? { OldImage: imageOf(before) } : {}),
        ...(after ? { NewImage: imageOf(after) } : {}),
      },
    })),
  };
}

export function sqsEventOf(bodies: readonly string[]): SQSEvent {
  return {
    Records: bodies.map((body, index): SQSRecord => ({
      messageId: `message-${index}`,
      receiptHandle: 'handle',
      body,
      // The least that an event source tells.
      attributes: { ApproximateReceiveCount: '1', SentTimestamp: '1' } as SQSRecord['attributes'],
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:schedule.fifo',
      awsRegion: 'us-east-1',
    })),
  };
}

export function httpEvent(method: string, path: string, body?: object): HttpEvent {
  return {
    rawPath: path,
    rawQueryString: '',
    headers: { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    isBase64Encoded: false,
    requestContext: { http: { method, sourceIp: '192.0.2.1' }, authorizer: { iam: CALLER } },
  };
}

export function aCloudHome() {
  let nowMs = Date.parse('2026-11-22T10:00:00Z');
  const clock = { now: () => nowMs };
  const changes: Change[] = [];
  const logged: { readonly event: string; readonly fields: object }[] = [];
  const log = (event: string, fields: object): void => void logged.push({ event, fields });
  const table = recordingTable(aStore({ clock }).table, changes);
  const store = createJobStore(table, 30 * 86_400_000);
  const wakes: DomainWake[] = [];
  const queue = { wake: async (wake: DomainWake) => void wakes.push(wake) };
  const waker = createDomainWaker({ table, queue, nowMs: clock.now });
  const executions = new Map<string, object>();
  const parked = new Map<string, { readonly token: string; readonly wait: Wait }>();
  const answered: { readonly token: string; readonly end: WaitEnd }[] = [];
  const workflows: Workflows = {
    ensure: async (machine, subject, input) => void executions.set(`${machine} ${subject}`, input),
    park: async (subject, token, wait) => void parked.set(subject, { token, wait }),
    end: async (token, end) => void answered.push({ token, end }),
    async wake(subject, endOf) {
      const found = parked.get(subject);
      const end = found && endOf(found.wait);
      if (!end) return 0;
      parked.delete(subject);
      answered.push({ token: found.token, end });
      return 1;
    },
  };
  const ecs = aFakeEcs();
  const { launcher, take, settled } = observeLauncher(
    createEcsLauncher({
      client: ecs.client,
      retry: { maxAttempts: 2, firstWaitMs: 0, maxWaitMs: 0 },
      environmentOf: async (arn) => {
        const found = await getEnvironment(table, arn as Parameters<typeof getEnvironment>[1]); // an ARN of a placement
        return found && ecsEnvironmentOf(found.record.environment);
      },
      placementOf: async (attemptId) => {
        const { jobId } = parseAttemptId(attemptId);
        const job = (await getJob(store, jobId))?.job;
        return job && isPlaced(job) ? { ceArn: job.attempt.placement.ceArn } : undefined;
      },
      logGroup: '/aws/batch/job',
      region: 'us-east-1',
      now: clock.now,
      log,
    }),
    (observation) => observe({ store }, observation),
  );
  const resources = createResourceDeps({ store, clock, ids, workflows, waker, log });
  const callers = new WeakMap<ApiRequest, IamCaller>();
  const router = createApiRouter({
    store,
    clock,
    resources,
    authenticate: createAuthenticate({
      account: '123456789012',
      region: 'us-east-1',
      iamCallerOf: (request) => callers.get(request),
    }),
    log,
  });
  const published: SlipwayEvent[] = [];
  const machine: MachineDeps = { store, clock, workflows, launcher, taskOf, stopGraceSeconds: 30 };
  const reactDeps = {
    ...machine,
    events: { publish: async (events: readonly SlipwayEvent[]) => void published.push(...events) },
    wakeScheduler: waker.wake,
  };
  let reacted = 0;

  async function call(
    event: HttpEvent,
  ): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
    const request = apiRequestOf(event);
    const iam = event.requestContext.authorizer?.iam;
    if (iam) callers.set(request, iam);
    const { statusCode, body } = httpResultOf(await router(request));
    return { status: statusCode ?? 0, body: JSON.parse(body ?? '{}') as Record<string, unknown> };
  }

  return {
    table,
    store,
    clock,
    changes,
    wakes,
    executions,
    parked,
    answered,
    published,
    logged,
    ecs,
    launcher,
    take,
    settled,
    workflows,
    resources,
    waker,
    router,
    machine,
    call,
    passMs(ms: number) {
      nowMs += ms;
    },
    async post(path: string, body: object): Promise<Record<string, unknown>> {
      const answer = await call(httpEvent('POST', path, body));
      if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    async job(jobId: JobId): Promise<Job> {
      const found = await getJob(store, jobId);
      if (!found) throw new Error(`no job ${jobId}`);
      return found.job;
    },
    /** Hands on what the stream has gathered, until reactions cause no further changes. */
    async react(): Promise<void> {
      while (reacted < changes.length) {
        const batch = changes.slice(reacted, reacted + 100);
        reacted += batch.length;
        const deps = {
          react: (all: readonly Change[]) => react(reactDeps, all),
          measure: async () => {},
          nowMs: clock.now,
          pause: async () => {},
          log,
        };
        const answer = await reactToBatch(deps, streamEventOf(batch));
        if (answer.batchItemFailures.length > 0) throw new Error(JSON.stringify(logged.at(-1)));
        await settled();
      }
    },
    /** Hands on the wakes that were sent. */
    async schedule(): Promise<void> {
      const bodies = wakes.splice(0).flatMap((wake) => bodiesOf(wake));
      const passes = {
        store,
        clock,
        pause: async () => {},
        onError: (error: unknown) => log('pass.failed', { error }),
      };
      const answer = await scheduleBatch(
        {
          nowMs: clock.now,
          runPasses: (wake, untilMs) => runPasses(passes, wake, untilMs),
          wakeAgain: (queueArns) => waker.wake({ queueArns, ended: [], arrived: [] }),
          log,
        },
        sqsEventOf(bodies),
      );
      if (answer.batchItemFailures.length > 0) throw new Error(JSON.stringify(logged.at(-1)));
    },
  };
}
