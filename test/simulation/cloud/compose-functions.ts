// The functions as they are deployed, composed by their own compose files: what AWS is to them is the one simulated cloud of the
// moment. Clients are theirs; what a client sends goes there. Only the store, and the ids that must repeat, are handed in.
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECSClient } from '@aws-sdk/client-ecs';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { vi } from 'vitest';
import type { Clock, Ids } from '../../../engine/ports.ts';
import type { Table } from '../../../engine/table-ports.ts';
import { createJobStore } from '../../../engine/store/jobs.ts';
import type { FunctionName } from '../../../lambdas/registry.ts';
import { machineArnOf } from './simulated-step-functions.ts';
import type { Handler } from './functions.ts';
import type { Service } from './service-calls.ts';

/** What the functions find outside. */
export interface Outside {
  readonly table: Table;
  readonly clock: Clock;
  readonly ids: Ids;
  send(service: Service, command: object): Promise<object>;
  log(functionName: string, event: string, fields: object): void;
}

let outside: Outside | undefined;

function theOutside(): Outside {
  if (!outside) throw new Error('there is no cloud at the moment');
  return outside;
}

const RETENTION_MS = 30 * 86_400_000;
const SETTINGS = {
  SLIPWAY_JOBS_TABLE: 'jobs',
  SLIPWAY_QUEUES_TABLE: 'queues',
  SLIPWAY_JOB_MACHINE: machineArnOf('job'),
  SLIPWAY_MULTI_NODE_JOB_MACHINE: machineArnOf('multi-node-job'),
  SLIPWAY_COMPUTE_ENVIRONMENT_MACHINE: machineArnOf('compute-environment'),
  SLIPWAY_SCHEDULE_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/123456789012/schedule.fifo',
  SLIPWAY_EVENT_BUS: 'default',
  SLIPWAY_LOG_GROUP: '/aws/batch/job',
  SLIPWAY_AUDIT_LOG_GROUP: '/slipway/audit',
  SLIPWAY_RESOURCE_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/123456789012/resource',
  SLIPWAY_RETENTION_DAYS: '30',
  SLIPWAY_ACCOUNT: '123456789012',
  AWS_REGION: 'us-east-1',
};

export interface ComposedFunctions {
  readonly compose: (name: FunctionName) => Handler;
  /** From now on this is what lies outside; `undefined`: nothing any more. */
  connect(cloud: Outside | undefined): void;
}

/** Once per test file: loading them takes a second. */
export async function loadFunctions(): Promise<ComposedFunctions> {
  for (const [name, value] of Object.entries(SETTINGS)) vi.stubEnv(name, value);
  mockModules();
  divertClients();
  const [api, react, schedule, machine, observe, instances, environment, reconcile, resource] =
    await Promise.all([
      import('../../../lambdas/compose-api.ts'),
      import('../../../lambdas/compose-react.ts'),
      import('../../../lambdas/compose-schedule.ts'),
      import('../../../lambdas/compose-machine.ts'),
      import('../../../lambdas/compose-observe.ts'),
      import('../../../lambdas/compose-instances.ts'),
      import('../../../lambdas/compose-environment.ts'),
      import('../../../lambdas/compose-reconcile.ts'),
      import('../../../lambdas/compose-resource.ts'),
      // Loaded by others when they need them first.
      import('../../../lambdas/compose-access.ts'),
      import('../../../lambdas/access-clients.ts'),
      import('../../../lambdas/compose-machines.ts'),
      import('../../../lambdas/compose-resource-deps.ts'),
      import('../../../api/offered-operations.ts'),
    ]);
  const composers: Partial<Record<FunctionName, () => unknown>> = {
    api: api.composeApi,
    react: react.composeReact,
    schedule: schedule.composeSchedule,
    launch: () => machine.composeMachineFunction('launch'),
    'launch-nodes': () => machine.composeMachineFunction('launch-nodes'),
    await: () => machine.composeMachineFunction('await'),
    observe: observe.composeObserve,
    instances: instances.composeInstances,
    environment: environment.composeEnvironment,
    reconcile: reconcile.composeReconcile,
    resource: resource.composeResource,
  };
  return {
    compose(name) {
      const composer = composers[name];
      if (!composer) throw new Error(`nothing here calls the function ${name}`);
      return composer() as Handler; // each takes the payload of its trigger
    },
    connect(cloud) {
      outside = cloud;
    },
  };
}

function mockModules(): void {
  vi.doMock('../../../lambdas/compose-store.ts', () => ({
    clock: { now: () => theOutside().clock.now() },
    composeStore() {
      const { table } = theOutside();
      return { table, store: createJobStore(table, RETENTION_MS) };
    },
  }));
  vi.doMock('../../../lambdas/ids.ts', () => ({
    ids: { jobId: () => theOutside().ids.jobId(), uuid: () => theOutside().ids.uuid() },
  }));
  vi.doMock('../../../lambdas/telemetry.ts', async (original) => ({
    ...(await original<object>()),
    createTelemetry: (name: string) => ({
      log: (event: string, fields: object) => outside?.log(name, event, fields),
      measure: () => undefined,
      publish: () => Promise.resolve(),
    }),
  }));
}

function divertClients(): void {
  const clients = {
    ecs: ECSClient,
    events: EventBridgeClient,
    states: SFNClient,
    sqs: SQSClient,
    autoscaling: AutoScalingClient,
    ec2: EC2Client,
    ssm: SSMClient,
    iam: IAMClient,
    logs: CloudWatchLogsClient,
  } as const;
  for (const [service, client] of Object.entries(clients)) {
    Object.defineProperty(client.prototype, 'send', {
      configurable: true,
      value: (command: object) => theOutside().send(service as Service, command), // a key of `clients`
    });
  }
}
