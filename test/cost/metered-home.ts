// The functions as they are deployed, in one process over DynamoDB Local and metered services, called with what AWS would hand
// them: requests, batches of the change stream and of the queue, events of tasks. A container of a job is two events.
import { createTables } from '../../adapters/dynamodb/create-tables.ts';
import type { Json } from '../../adapters/asl/json.ts';
import type { FunctionName, Trigger } from '../../lambdas/registry.ts';
import { FUNCTIONS } from '../../lambdas/registry.ts';
import { startDynamoDbLocal } from '../adapters/dynamodb/dynamodb-local.ts';
import type { AwsServices } from './aws-services.ts';
import { createAwsServices } from './aws-services.ts';
import { openChangeStream } from './change-stream.ts';
import { startMeteredAws } from './metered-aws.ts';
import type { Usage } from './usage.ts';
import { add, noUsage, PLATFORM_LOG_BYTES } from './usage.ts';

const ACCOUNT = '123456789012';
const REGION = 'us-east-1';
const TABLES = { jobs: 'jobs', queues: 'queues' };
/** Message bodies in one batch for the scheduler, and changes in one for the reactions. */
const MESSAGES_TOGETHER = 10;
const CHANGES_TOGETHER = 100;
const STAGES = ['PROVISIONING', 'PENDING', 'ACTIVATING', 'RUNNING', 'DEPROVISIONING', 'STOPPED'] as const;
const CALLER = {
  accessKey: 'ASIAEXAMPLE',
  accountId: ACCOUNT,
  callerId: 'AROAEXAMPLE:session',
  userArn: `arn:aws:sts::${ACCOUNT}:assumed-role/Submitter/session`,
};

type Handler = (event: unknown) => Promise<unknown>;

export interface MeteredHome {
  readonly services: AwsServices;
  post(path: string, body: object): Promise<Record<string, unknown>>;
  /** Hands on whatever waits to be handed on; resolves when nothing does. */
  settle(isDone: () => boolean): Promise<void>;
  /** What was used since the last call. */
  takeUsage(): Usage;
  stop(): Promise<void>;
}

function environmentOf(url: string): Record<string, string> {
  const machine = (name: string): string => `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${name}`;
  return {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    SLIPWAY_JOBS_TABLE: TABLES.jobs,
    SLIPWAY_QUEUES_TABLE: TABLES.queues,
    SLIPWAY_JOB_MACHINE: machine('job'),
    SLIPWAY_MULTI_NODE_JOB_MACHINE: machine('multi-node-job'),
    SLIPWAY_COMPUTE_ENVIRONMENT_MACHINE: machine('compute-environment'),
    SLIPWAY_SCHEDULE_QUEUE_URL: `${url}/${ACCOUNT}/schedule.fifo`,
    SLIPWAY_EVENT_BUS: 'default',
    SLIPWAY_LOG_GROUP: '/aws/batch/job',
    SLIPWAY_AUDIT_LOG_GROUP: '/slipway/audit',
    SLIPWAY_RETENTION_DAYS: '30',
    SLIPWAY_ACCOUNT: ACCOUNT,
  };
}

export async function startMeteredHome(): Promise<MeteredHome> {
  const dynamoDb = await startDynamoDbLocal();
  await createTables(dynamoDb.client, TABLES);
  let usage = noUsage();
  const meter = (): Usage => usage;
  const handlers = new Map<FunctionName, Handler>();
  // One at a time: in one process two would only wait for each other, and both would be charged for it.
  let turn: Promise<unknown> = Promise.resolve();
  const invoke = (name: FunctionName, event: unknown): Promise<unknown> => {
    const mine = turn.then(() => meteredCall(meter, name, handlers, event));
    turn = mine.catch(() => undefined); // its caller is told
    return mine;
  };
  const called = (name: FunctionName) => (payload: Json) => invoke(name, payload);
  const services = createAwsServices(meter, {
    launch: called('launch'),
    'launch-nodes': called('launch-nodes'),
    await: called('await'),
    environment: called('environment'),
  });
  const aws = await startMeteredAws(dynamoDb.endpoint, services, meter);
  Object.assign(process.env, environmentOf(aws.url));
  for (const name of ['api', 'react', 'schedule', 'launch', 'await', 'observe', 'environment'] as const) {
    const module = (await import(`../../lambdas/handlers/${name}.ts`)) as { readonly handler: Handler }; // as registry.ts says
    handlers.set(name, module.handler);
  }
  const stopCounting = countWrittenLines(meter);
  const stream = await openChangeStream(dynamoDb.endpoint, TABLES.jobs);

  const step = async (): Promise<boolean> => {
    const changes = await stream.next();
    for (let from = 0; from < changes.length; from += CHANGES_TOGETHER) {
      await invoke('react', { Records: changes.slice(from, from + CHANGES_TOGETHER) });
    }
    const bodies = services.messages.splice(0, MESSAGES_TOGETHER);
    if (bodies.length > 0) {
      usage.counts.fifoRequests += 2; // one receives, one deletes
      await invoke('schedule', sqsEventOf(bodies));
    }
    const tasks = services.started.splice(0);
    await Promise.all(tasks.map((task) => tellOf(invoke, task)));
    return changes.length + bodies.length + tasks.length > 0;
  };
  return {
    services,
    async post(path, body) {
      usage.counts.httpRequests += 1;
      const answer = (await invoke('api', httpEventOf(path, body))) as { statusCode: number; body: string }; // what API Gateway is answered
      if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode} ${answer.body}`);
      return JSON.parse(answer.body) as Record<string, unknown>; // answers are JSON objects
    },
    async settle(isDone) {
      for (let isQuiet = false; !(isQuiet && isDone());) {
        isQuiet = !(await step());
        if (isQuiet) await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    takeUsage() {
      const taken = usage;
      usage = noUsage();
      return taken;
    },
    async stop() {
      stopCounting();
      services.engine.close();
      await aws.stop();
      await dynamoDb.stop();
    },
  };
}

async function meteredCall(
  usage: () => Usage,
  name: FunctionName,
  handlers: ReadonlyMap<FunctionName, Handler>,
  event: unknown,
): Promise<unknown> {
  const handler = handlers.get(name);
  if (!handler) throw new Error(`the function ${name} is not part of what is measured`);
  const { memoryMiB } = FUNCTIONS.find((entry) => entry.name === name) ?? { memoryMiB: 0 };
  const startedMs = performance.now();
  try {
    // As it would arrive: what is not JSON does not.
    return await handler(JSON.parse(JSON.stringify(event)));
  } finally {
    const tookMs = Math.ceil(performance.now() - startedMs);
    add(usage().invocations, name);
    add(usage().gibMilliseconds, name, (tookMs * memoryMiB) / 1024);
    add(usage().logBytes, 'platform', PLATFORM_LOG_BYTES);
  }
}

/** What the functions write would be in their log groups, and is not shown here. */
function countWrittenLines(usage: () => Usage): () => void {
  const restores = [process.stdout, process.stderr].map((stream) => {
    const write = stream.write.bind(stream);
    stream.write = (chunk: Uint8Array | string) => {
      add(usage().logBytes, 'functions', Buffer.byteLength(chunk));
      return true;
    };
    return () => {
      stream.write = write;
    };
  });
  return () => {
    for (const restore of restores) restore();
  };
}

async function tellOf(
  invoke: (name: FunctionName, event: unknown) => Promise<unknown>,
  { taskArn, group }: { readonly taskArn: string; readonly group: string },
): Promise<void> {
  const createdAtMs = Date.now();
  for (const lastStatus of STAGES) {
    if (!isObserved(lastStatus)) continue;
    const ended = { stopCode: 'EssentialContainerExited', containers: [{ name: 'default', exitCode: 0 }] };
    const detail = {
      taskArn,
      group,
      startedBy: group,
      lastStatus,
      desiredStatus: lastStatus === 'STOPPED' ? 'STOPPED' : 'RUNNING',
      ...launchOf(createdAtMs),
      ...(lastStatus === 'STOPPED' ? ended : {}),
    };
    const time = new Date().toISOString();
    await invoke('observe', {
      version: '0',
      id: taskArn,
      'detail-type': 'ECS Task State Change',
      source: 'aws.ecs',
      time,
      detail,
    });
  }
}

/** As on Fargate, some seconds each: what rows keep of it is part of their size. */
function launchOf(createdAtMs: number): object {
  const after = (ms: number): string => new Date(createdAtMs + ms).toISOString();
  return {
    createdAt: after(0),
    pullStartedAt: after(14_321),
    pullStoppedAt: after(27_654),
    startedAt: after(29_876),
  };
}

/** Whether the rule of the function passes a stage on. */
function isObserved(stage: (typeof STAGES)[number]): boolean {
  const trigger: Trigger | undefined = FUNCTIONS.find(({ name }) => name === 'observe')?.trigger;
  const patterns = trigger?.kind === 'events' ? trigger.patterns : [];
  return patterns.some(({ detail = {} }) => detail['lastStatus']?.includes(stage) ?? true);
}

function httpEventOf(path: string, body: object): object {
  return {
    version: '2.0',
    rawPath: path,
    rawQueryString: '',
    headers: { 'content-type': 'application/json', 'user-agent': 'aws-cli/2.31' },
    body: JSON.stringify(body),
    isBase64Encoded: false,
    requestContext: { http: { method: 'POST', sourceIp: '192.0.2.1' }, authorizer: { iam: CALLER } },
  };
}

function sqsEventOf(bodies: readonly string[]): object {
  return {
    Records: bodies.map((body, index) => ({
      messageId: `message-${index}`,
      body,
      attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(Date.now()) },
      messageAttributes: {},
      eventSource: 'aws:sqs',
    })),
  };
}
