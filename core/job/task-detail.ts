// The containers of a job of several (`ecsProperties`) in the words of the wire. Source: AWS Batch API Reference,
// EcsPropertiesDetail and AttemptEcsTaskDetails; contract §3.3.
import type { ContainerExit } from './attempt.ts';
import type { TaskContainerSpec, TaskProperties } from './spec.ts';

/** What is known of one attempt's task. */
export interface TaskTrace {
  readonly taskArn: string;
  /** Absent where there are no container instances. */
  readonly containerInstanceArn?: string;
  /** Absent until it runs. */
  readonly logStreamOf?: (container: TaskContainerSpec) => string;
  /** Absent until it has ended. */
  readonly ends?: readonly ContainerExit[];
}

/** JobDetail's `ecsProperties`: what was asked for, with what is known of the latest attempt. */
export function ecsPropertiesDetail(
  containers: readonly TaskContainerSpec[],
  task: TaskProperties | undefined,
  trace: TaskTrace | undefined,
): object {
  const properties = {
    ...task,
    ...(trace === undefined ? {} : placeMembers(trace)),
    containers: containers.map((container) => ({
      ...statedMembers(container),
      ...(trace === undefined ? {} : seenMembers(container, trace)),
      networkInterfaces: [],
    })),
  };
  return { taskProperties: [properties] };
}

/** An ended attempt's `taskProperties`, which stand in place of its `container`. */
export function attemptTaskDetail(containers: readonly TaskContainerSpec[], trace: TaskTrace): object[] {
  return [
    {
      ...placeMembers(trace),
      containers: containers.map((container) => ({
        name: container.name,
        ...seenMembers(container, trace),
        networkInterfaces: [],
      })),
    },
  ];
}

function placeMembers({ taskArn, containerInstanceArn }: TaskTrace): object {
  return { taskArn, ...(containerInstanceArn === undefined ? {} : { containerInstanceArn }) };
}

function statedMembers(container: TaskContainerSpec): object {
  const { name, spec, dependsOn, essential, startTimeoutSeconds, stopTimeoutSeconds } = container;
  return {
    ...spec,
    name,
    command: spec.command ?? [],
    dependsOn,
    environment: spec.environment ?? [],
    essential,
    mountPoints: spec.mountPoints ?? [],
    resourceRequirements: spec.resourceRequirements ?? [],
    secrets: spec.secrets ?? [],
    ulimits: spec.ulimits ?? [],
    ...(startTimeoutSeconds === undefined ? {} : { startTimeout: startTimeoutSeconds }),
    ...(stopTimeoutSeconds === undefined ? {} : { stopTimeout: stopTimeoutSeconds }),
  };
}

function seenMembers(container: TaskContainerSpec, { logStreamOf, ends }: TaskTrace): object {
  const end = ends?.find(({ name }) => name === container.name);
  return {
    ...(end?.exitCode === undefined ? {} : { exitCode: end.exitCode }),
    ...(end?.reason === undefined ? {} : { reason: end.reason }),
    ...(logStreamOf === undefined ? {} : { logStreamName: logStreamOf(container) }),
  };
}
