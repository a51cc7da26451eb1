// A task as ECS tells of it: the `detail` of an "ECS Task State Change" event, or what DescribeTasks answers. Only what is read
// here; events have times as ISO 8601 text, the SDK as dates. Source: ECS Developer Guide, "Task state change events".
import type { LaunchTimes } from '../../core/job/launch-times.ts';

export type EcsTime = string | Date | number;

export interface EcsContainerState {
  readonly name?: string | undefined;
  readonly lastStatus?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly reason?: string | undefined;
  readonly networkInterfaces?: readonly { readonly privateIpv4Address?: string | undefined }[] | undefined;
}

export interface EcsTaskState {
  readonly taskArn?: string | undefined;
  readonly clusterArn?: string | undefined;
  readonly startedBy?: string | undefined;
  /** Ours is what startedBy is. */
  readonly group?: string | undefined;
  readonly lastStatus?: string | undefined;
  readonly desiredStatus?: string | undefined;
  readonly createdAt?: EcsTime | undefined;
  /** The task's, over all its containers. */
  readonly pullStartedAt?: EcsTime | undefined;
  readonly pullStoppedAt?: EcsTime | undefined;
  readonly startedAt?: EcsTime | undefined;
  readonly stoppedAt?: EcsTime | undefined;
  readonly updatedAt?: EcsTime | undefined;
  readonly stopCode?: string | undefined;
  readonly stoppedReason?: string | undefined;
  readonly containerInstanceArn?: string | undefined;
  readonly containers?: readonly EcsContainerState[] | undefined;
  readonly attachments?:
    | readonly {
        readonly type?: string | undefined;
        readonly details?:
          | readonly { readonly name?: string | undefined; readonly value?: string | undefined }[]
          | undefined;
      }[]
    | undefined;
}

/** `undefined` for what is absent or no time. Numbers are epoch seconds, as ECS's JSON has them. */
export function epochMsOf(time: EcsTime | undefined): number | undefined {
  if (time === undefined) return undefined;
  if (typeof time === 'number') return Math.round(time * 1000);
  const atMs = typeof time === 'string' ? Date.parse(time) : time.getTime();
  return Number.isNaN(atMs) ? undefined : atMs;
}

/** The last part of a task's ARN: 32 hex digits. */
export function runtimeTaskIdOf({ taskArn }: Pick<EcsTaskState, 'taskArn'>): string | undefined {
  return taskArn?.split('/').at(-1);
}

/** What ECS tells of a task before it ran: of one that is started on a new host, most of its time. */
export function launchTimesOf({ createdAt, pullStartedAt, pullStoppedAt }: EcsTaskState): LaunchTimes {
  const createdAtMs = epochMsOf(createdAt);
  const pullStartedAtMs = epochMsOf(pullStartedAt);
  const pullStoppedAtMs = epochMsOf(pullStoppedAt);
  return {
    ...(createdAtMs === undefined ? {} : { createdAtMs }),
    ...(pullStartedAtMs === undefined ? {} : { pullStartedAtMs }),
    ...(pullStoppedAtMs === undefined ? {} : { pullStoppedAtMs }),
  };
}

/** The task's own address in its VPC (awsvpc); `undefined` where it has the address of its container instance. */
export function addressOf({ attachments = [], containers = [] }: EcsTaskState): string | undefined {
  for (const { details = [] } of attachments) {
    const address = details.find(({ name }) => name === 'privateIPv4Address')?.value;
    if (address) return address;
  }
  return containers.flatMap(({ networkInterfaces = [] }) =>
    networkInterfaces.flatMap(({ privateIpv4Address }) => privateIpv4Address ?? []),
  )[0];
}
