// Where in CloudWatch Logs the output of a job's attempts is: DescribeJobs tells the stream of each, and the group where it is not
// that of the service.
import type { StreamPlace } from '../../adapters/cloudwatch/stream-logs.ts';
import type { JobAnswer } from '../../api/console/wire.ts';

/** Members of a JobDetail; which are there depends on the job. */
interface Detail {
  readonly container?: Container;
  readonly ecsProperties?: { readonly taskProperties?: readonly Task[] };
  readonly attempts?: readonly {
    readonly container?: Container;
    readonly taskProperties?: readonly Task[];
  }[];
}
interface Task {
  readonly containers?: readonly Container[];
}
interface Container {
  readonly name?: string;
  readonly logStreamName?: string;
  readonly logConfiguration?: { readonly options?: Readonly<Record<string, string>> };
}

/** By the task's name in the page; a container that has not started has no place yet. */
export function logPlacesOf(
  { detail, logs }: JobAnswer,
  jobsGroup: string,
): ReadonlyMap<string, StreamPlace> {
  const job = detail as Detail; // as DescribeJobs answers it
  const places = new Map<string, StreamPlace>();
  for (const { attempt, container, taskId } of logs) {
    const ended = job.attempts?.[attempt - 1];
    const asked = containerIn(job.ecsProperties?.taskProperties, container) ?? job.container;
    const logStream = ended
      ? (containerIn(ended.taskProperties, container) ?? ended.container)?.logStreamName
      : asked?.logStreamName;
    const logGroup = asked?.logConfiguration?.options?.['awslogs-group'] ?? jobsGroup;
    if (logStream !== undefined) places.set(taskId, { logGroup, logStream });
  }
  return places;
}

function containerIn(tasks: readonly Task[] | undefined, name: string): Container | undefined {
  return tasks?.flatMap(({ containers = [] }) => containers).find((container) => container.name === name);
}
