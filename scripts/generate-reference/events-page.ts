// docs/reference/events.md: every kind of event as its builder makes it, in the envelope that it comes in.
import { auditEventOf, auditRecordOf } from '../../api/audit-record.ts';
import type { CallRecord } from '../../api/operation.ts';
import type { ComputeEnvironmentArn, DefinitionArn, JobId, QueueArn, Scope } from '../../core/ids.ts';
import { arnOf } from '../../core/ids.ts';
import type { EndedJob, Job, RunnableJob } from '../../core/job/job.ts';
import type { EndedAttempt } from '../../core/job/attempt.ts';
import { JOB_STATUSES } from '../../core/job/job.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import { taskIdOf } from '../../core/job/task-id.ts';
import { jobStateChange, queueBlocked } from '../../engine/job-events.ts';
import type { SlipwayEvent } from '../../engine/ports.ts';
import type { Change } from '../../engine/table-ports.ts';
import { EVENT_SOURCE, eventEnvelope } from '../../local/event-envelope.ts';
import { block, code, GENERATED, page, table } from './markdown.ts';

const scope: Scope = { partition: 'aws', region: 'eu-west-1', account: '123456789012' };
const jobId = '3f2a1c9e-8d41-4a57-9f0b-6c1e2d3a4b5c' as JobId; // of its form
const AT_MS = Date.UTC(2026, 0, 15, 12);

export function eventsPage(): string {
  const events = [
    jobStateChange(endedJob(), change(6), AT_MS),
    ...queueBlocked(blockedJob(), change(4)),
    auditEvent(),
  ];
  return page([
    '# Events',
    GENERATED,
    `Every change of a job’s state is an event, in Amazon EventBridge’s envelope and with AWS Batch’s detail; \`source\` is \`${EVENT_SOURCE}\` in both homes. On one machine ` +
      '`slipway events -f` prints them and `GET /_local/events` streams them; in an AWS account they are on the event bus of the stack. Each comes at least once: the `id` is the same each time.',
    `A rule for them: \`{"source": ["${EVENT_SOURCE}"], "detail-type": ["Batch Job State Change"]}\``,
    ...events.flatMap(eventParts),
  ]);
}

const WHEN: Readonly<Record<string, string>> = {
  'Batch Job State Change': `When a job, an array’s child or an array itself has come to a state: ${JOB_STATUSES.map(code).join(', ')}. The detail is the job as DescribeJobs answers it.`,
  'Batch Job Queue Blocked':
    'When the first job of a queue cannot be placed for a reason that waiting does not cure. The detail is that job; its `statusReason` says why.',
  'AWS API Call via Slipway':
    'When a call has changed something; in an AWS account only. The detail is a CloudTrail record, without secrets.',
};

function eventParts(event: SlipwayEvent): readonly string[] {
  const envelope = eventEnvelope(event, scope.account);
  return [
    `## ${event.detailType}`,
    WHEN[event.detailType] ?? '',
    block('json', JSON.stringify(envelope, undefined, 2)),
    table(['member of `detail`', 'kind'], membersOf(event.detail)),
  ];
}

function membersOf(detail: object): readonly (readonly string[])[] {
  return Object.entries(detail).map(([name, value]) => [code(name), kindOf(value)]);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  if (value === null) return 'object or null';
  return typeof value === 'boolean' ? 'true or false' : typeof value;
}

function spec(): JobSpec {
  return {
    jobName: 'train',
    queueArn: arnOf(scope, 'job-queue', 'default') as QueueArn, // made of this type
    definitionArn: arnOf(scope, 'job-definition', 'shell:1') as DefinitionArn, // made of this type
    container: {
      image: 'busybox',
      command: ['sh', '-c', 'exit 3'],
      resourceRequirements: [
        { type: 'VCPU', value: '1' },
        { type: 'MEMORY', value: '512' },
      ],
    },
    demand: { vcpus: 1, memoryMiB: 512, gpus: 0 },
    parameters: {},
    retryStrategy: { attempts: 1, evaluateOnExit: [] },
    timeoutSeconds: 3_600,
    dependsOn: [],
    tags: { team: 'blue' },
    platformCapabilities: ['EC2'],
  };
}

const base = {
  jobId,
  jobArn: arnOf(scope, 'job', jobId),
  kind: 'single',
  spec: spec(),
  createdAtMs: AT_MS - 9_000,
  awaiting: [],
} as const;

function endedJob(): EndedJob {
  const attempt: EndedAttempt = {
    taskId: taskIdOf(jobId, 1),
    ceArn: arnOf(scope, 'compute-environment', 'local') as ComputeEnvironmentArn, // made of this type
    clusterName: 'local_Batch_11111111-2222-4333-8444-555555555555',
    startedAtMs: AT_MS - 5_000,
    stoppedAtMs: AT_MS,
    exitCode: 3,
    statusReason: 'Essential container in task exited',
  };
  return {
    ...base,
    status: 'FAILED',
    attempts: [attempt],
    startedAtMs: AT_MS - 5_000,
    stoppedAtMs: AT_MS,
    statusReason: 'Essential container in task exited',
  };
}

function blockedJob(): RunnableJob {
  const reason =
    'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement (vCPU/memory/GPU) is higher than that can be met by the CE(s) attached to the job queue.';
  return {
    ...base,
    status: 'RUNNABLE',
    attempts: [],
    runnableAtMs: AT_MS - 8_000,
    statusReason: reason,
    blocked: { sinceMs: AT_MS, reason },
  };
}

function change(version: number): Change {
  const body: Job = endedJob();
  return { seq: '1', after: { pk: jobId, sk: '#', version, body, indexes: {} } };
}

function auditEvent(): SlipwayEvent {
  const userArn = `arn:aws:iam::${scope.account}:user/ci`;
  const record: CallRecord = {
    service: 'batch',
    operation: 'TerminateJob',
    readOnly: false,
    input: { jobId, reason: 'diverged' },
    outcome: { ok: true, output: {} },
    context: {
      scope,
      identity: {
        type: 'IAMUser',
        principalId: 'AIDAEXAMPLE',
        arn: userArn,
        accountId: scope.account,
        accessKeyId: 'AKIAEXAMPLE',
      },
      sourceIp: '203.0.113.7',
      userAgent: 'aws-cli/2.31.0',
      atMs: AT_MS,
      requestId: '6f1c2b3a-1111-4222-8333-444455556666',
    },
  } as unknown as CallRecord; // what an audit record reads of one
  const event = auditEventOf(auditRecordOf(record, '0d9e8f7a-1111-4222-8333-444455556666'));
  if (!event) throw new Error('a call that changes something is an event');
  return event;
}
