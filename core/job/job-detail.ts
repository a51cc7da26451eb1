// A job in the words of the wire: DescribeJobs' JobDetail and ListJobs' JobSummary. The `detail` of an event is the same
// object, so both homes and both ways of asking agree. Source: AWS Batch API Reference, JobDetail; contract §3.3, §3.8.
import { parseArn } from '../ids.ts';
import type { Job, JobStatus } from './job.ts';
import type { EndedAttempt, LiveAttempt } from './attempt.ts';
import { isPlaced, isTerminal, JOB_STATUSES } from './job.ts';
import { instanceIdOf, taskNameOf } from './attempt.ts';
import { nodeDetailMembers, nodeNetworkMembers, nodeSummaryMembers } from './node-detail.ts';
import type { ConsumableDemand, ContainerSpec, JobSpec, TaskContainerSpec } from './spec.ts';
import { LONE_CONTAINER_NAME } from './spec.ts';
import type { TaskTrace } from './task-detail.ts';
import { attemptTaskDetail, ecsPropertiesDetail } from './task-detail.ts';

/** Whose output it is: one of several containers, or the job's only one under the name that ECS gives it. */
export type LogSource = Pick<TaskContainerSpec, 'name' | 'spec'>;

function loneContainer(spec: JobSpec): LogSource {
  return { name: LONE_CONTAINER_NAME, spec: spec.container };
}

/** Where a container's output goes, by AWS's naming rule. */
export function logStreamName(
  spec: JobSpec,
  taskId: string,
  source: LogSource = loneContainer(spec),
): string {
  const prefix = source.spec.logConfiguration?.options?.['awslogs-stream-prefix'];
  if (prefix) return `${prefix}/${source.name}/${taskId}`;
  return `${fixedPartsOf(spec).definitionName.slice(0, 200)}/${source.name}/${taskId}`;
}

export function logGroupName(spec: JobSpec, source: LogSource = loneContainer(spec)): string {
  return source.spec.logConfiguration?.options?.['awslogs-group'] ?? '/aws/batch/job';
}

export function taskArn(jobArn: string, clusterName: string, taskId: string): string {
  return `${ecsOf(jobArn)}:task/${clusterName}/${taskId}`;
}

/** How the ARNs begin that ECS gives to what is in the same Region and account. */
function ecsOf(batchArn: string): string {
  const arn = parseArn(batchArn);
  return `arn:${arn?.partition}:ecs:${arn?.region}:${arn?.account}`;
}

/** A task and where it runs, as ECS names them; no instance where there are none. */
function taskMembers(
  spec: JobSpec,
  place: Pick<EndedAttempt, 'clusterName' | 'instanceIds'>,
  taskId: string,
): { readonly taskArn: string; readonly containerInstanceArn?: string } {
  const { clusterName } = place;
  const { ecs } = fixedPartsOf(spec);
  const ofTask = `${ecs}:task/${clusterName}/${taskId}`;
  const id = instanceIdOf(place);
  if (id === undefined) return { taskArn: ofTask };
  return { taskArn: ofTask, containerInstanceArn: `${ecs}:container-instance/${clusterName}/${id}` };
}

interface FixedParts {
  readonly detail: object;
  readonly container: object;
  readonly definitionName: string;
  /** As `ecsOf` the queue: a job is where its queue is. */
  readonly ecs: string;
}

/** What is the same for every job of one spec is made once. */
const fixedParts = new WeakMap<JobSpec, FixedParts>();

function fixedPartsOf(spec: JobSpec): FixedParts {
  const known = fixedParts.get(spec);
  if (known) return known;
  const made: FixedParts = {
    detail: fixedDetail(spec),
    container: fixedContainer(spec.container),
    definitionName: parseArn(spec.definitionArn)?.name.replace(/:\d+$/, '') ?? 'job',
    ecs: ecsOf(spec.queueArn),
  };
  fixedParts.set(spec, made);
  return made;
}

function fixedDetail(spec: JobSpec): object {
  return {
    jobName: spec.jobName,
    jobQueue: spec.queueArn,
    jobDefinition: spec.definitionArn,
    ...(spec.shareIdentifier === undefined ? {} : { shareIdentifier: spec.shareIdentifier }),
    ...(spec.schedulingPriority === undefined ? {} : { schedulingPriority: spec.schedulingPriority }),
    retryStrategy: spec.retryStrategy,
    dependsOn: spec.dependsOn,
    parameters: spec.parameters,
    ...(spec.timeoutSeconds === undefined
      ? {}
      : { timeout: { attemptDurationSeconds: spec.timeoutSeconds } }),
    propagateTags: spec.propagateTags ?? false,
    platformCapabilities: spec.platformCapabilities,
    ...(spec.consumables === undefined
      ? {}
      : { consumableResourceProperties: consumableProperties(spec.consumables) }),
  };
}

/** Batch's ConsumableResourceProperties. */
export function consumableProperties(consumables: readonly ConsumableDemand[]): {
  readonly consumableResourceList: readonly { consumableResource: string; quantity: number }[];
} {
  return {
    consumableResourceList: consumables.map(({ arn, quantity }) => ({ consumableResource: arn, quantity })),
  };
}

function fixedContainer(container: ContainerSpec): object {
  return {
    ...container,
    command: container.command ?? [],
    environment: container.environment ?? [],
    mountPoints: container.mountPoints ?? [],
    networkInterfaces: [],
    resourceRequirements: container.resourceRequirements ?? [],
    secrets: container.secrets ?? [],
    ulimits: container.ulimits ?? [],
    volumes: container.volumes ?? [],
  };
}

/** JobDetail without the members that have no value yet; lists that AWS always shows are there, empty. */
export function jobDetail(job: Job): Record<string, unknown> {
  const fixed = fixedPartsOf(job.spec);
  return {
    jobArn: job.jobArn,
    jobId: job.jobId,
    ...fixed.detail,
    status: job.status,
    attempts: job.attempts.map((attempt) => attemptDetail(job, attempt)),
    ...(job.statusReason === undefined ? {} : { statusReason: job.statusReason }),
    createdAt: job.createdAtMs,
    ...startedAndStopped(job),
    ...(job.priority === undefined ? {} : { schedulingPriority: job.priority }),
    // A multi-node job has none: its nodes have, and clients tell it from a single job by that.
    ...(job.kind === 'multinode' ? {} : workDetail(job, fixed.container)),
    ...nodeDetailMembers(job),
    ...arrayProperties(job),
    tags: isPart(job) ? {} : job.spec.tags,
    isCancelled: job.stopRequest?.kind === 'cancel',
    isTerminated: job.stopRequest?.kind === 'terminate',
  };
}

/** A child or a node has no tags: they are its job's. */
export function isPart({ kind }: Job): boolean {
  return kind === 'child' || kind === 'node';
}

function startedAndStopped(job: Job): object {
  const startedAt = 'startedAtMs' in job ? job.startedAtMs : undefined;
  return {
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(isTerminal(job) ? { stoppedAt: job.stoppedAtMs } : {}),
  };
}

/** A job of several containers tells of each of them, and has an empty `container`. */
function workDetail(job: Job, container: object): object {
  const { containers, task } = job.spec;
  if (!containers) return { container: { ...container, ...latestAttempt(job) } };
  return { container: {}, ecsProperties: ecsPropertiesDetail(containers, task, latestTrace(job)) };
}

function latestTrace(job: Job): TaskTrace | undefined {
  const last = job.attempts.at(-1);
  if (!isPlaced(job)) return last && endedTrace(job, last);
  const taskName = taskNameOf(job.attempt);
  return {
    ...taskMembers(job.spec, job.attempt.placement, taskName),
    ...(job.status === 'RUNNING' ? { logStreamOf: logStreamsOf(job, taskName) } : {}),
  };
}

function endedTrace(job: Job, attempt: EndedAttempt): TaskTrace {
  return {
    ...taskMembers(job.spec, attempt, taskNameOf(attempt)),
    logStreamOf: logStreamsOf(job, taskNameOf(attempt)),
    ...(attempt.containers === undefined ? {} : { ends: attempt.containers }),
  };
}

function logStreamsOf(job: Job, taskId: string): (container: TaskContainerSpec) => string {
  return (container) => logStreamName(job.spec, taskId, container);
}

function latestAttempt(job: Job): object {
  if (isPlaced(job)) return placedContainer(job, job.attempt, job.status === 'RUNNING');
  const last = job.attempts.at(-1);
  return last ? endedContainer(job, last) : {};
}

function placedContainer(job: Job, attempt: LiveAttempt, running: boolean): object {
  return {
    ...taskMembers(job.spec, attempt.placement, taskNameOf(attempt)),
    ...(running ? { logStreamName: logStreamName(job.spec, taskNameOf(attempt)) } : {}),
    ...nodeNetworkMembers(job),
  };
}

function endedContainer(job: Job, attempt: EndedAttempt): object {
  return {
    ...taskMembers(job.spec, attempt, taskNameOf(attempt)),
    ...(attempt.exitCode === undefined ? {} : { exitCode: attempt.exitCode }),
    ...(attempt.reason === undefined ? {} : { reason: attempt.reason }),
    logStreamName: logStreamName(job.spec, taskNameOf(attempt)),
  };
}

function attemptDetail(job: Job, attempt: EndedAttempt): object {
  const { containers } = job.spec;
  return {
    ...(containers === undefined
      ? { container: { ...endedContainer(job, attempt), networkInterfaces: [] } }
      : { taskProperties: attemptTaskDetail(containers, endedTrace(job, attempt)) }),
    ...(attempt.startedAtMs === undefined ? {} : { startedAt: attempt.startedAtMs }),
    stoppedAt: attempt.stoppedAtMs,
    statusReason: attempt.statusReason,
  };
}

function arrayProperties(job: Job): object {
  if (job.kind === 'child') return { arrayProperties: { statusSummary: {}, index: job.arrayIndex } };
  if (!job.children) return {};
  const summary = Object.fromEntries(
    JOB_STATUSES.map((status: JobStatus) => [status, job.children?.[status] ?? 0]),
  );
  return {
    arrayProperties: {
      statusSummary: summary,
      size: job.spec.arraySize,
      statusSummaryLastUpdatedAt: job.children.updatedAtMs,
    },
  };
}

/** ListJobs' JobSummary (contract §3.9). */
export function jobSummary(job: Job): Record<string, unknown> {
  const last = job.attempts.at(-1);
  return {
    jobArn: job.jobArn,
    jobId: job.jobId,
    jobName: job.spec.jobName,
    createdAt: job.createdAtMs,
    status: job.status,
    ...(job.statusReason === undefined ? {} : { statusReason: job.statusReason }),
    ...startedAndStopped(job),
    container: {
      ...(last?.exitCode === undefined ? {} : { exitCode: last.exitCode }),
      ...(last?.reason === undefined ? {} : { reason: last.reason }),
    },
    ...(job.kind === 'child' ? { arrayProperties: { index: job.arrayIndex } } : {}),
    ...(job.kind === 'array' ? arrayProperties(job) : {}),
    ...nodeSummaryMembers(job),
    jobDefinition: job.spec.definitionArn,
    ...(job.spec.shareIdentifier === undefined ? {} : { shareIdentifier: job.spec.shareIdentifier }),
    ...(job.stopRequest?.kind === 'cancel' ? { isCancelled: true } : {}),
    ...(job.stopRequest?.kind === 'terminate' ? { isTerminated: true } : {}),
  };
}
