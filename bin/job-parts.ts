// What a job is made of beyond one container: the containers of a task, the nodes of a multi-node job, and where each of them
// writes its log.
import type { AttemptDetail, JobDetail } from '@aws-sdk/client-batch';
import { CliError } from './cli-error.ts';
import { shortId } from './wording.ts';

/** Where a container writes. */
export interface LogStream {
  /** Absent: the server's own group. */
  readonly group?: string;
  /** Its own for each attempt. */
  readonly name: string;
}

type Containers = readonly {
  readonly name?: string | undefined;
  readonly logStreamName?: string | undefined;
}[];

/** The containers of a job that runs several together; none of a job that has only one. */
export function containersOf(job: JobDetail) {
  return job.ecsProperties?.taskProperties?.[0]?.containers ?? [];
}

/** The container whose log is meant; absent for a job of one. Throws when it has to be named, or is not there. */
export function chooseContainer(job: JobDetail, named: string | undefined): string | undefined {
  const names = containersOf(job).flatMap(({ name }) => name ?? []);
  const id = shortId(job.jobId ?? '');
  if (named === undefined && names.length <= 1) return names[0];
  if (named !== undefined && names.includes(named)) return named;
  if (names.length === 0)
    throw new CliError(`${id} has one container only.`, { hint: `Its log: slipway logs ${id}` });
  throw new CliError(
    named === undefined
      ? `${id} has ${names.length} containers; each has its own log.`
      : `${id} has no container "${named}".`,
    { hint: `Name one: slipway logs ${id} --container ${names.join('|')}` },
  );
}

/** The log streams of all attempts, oldest first, `undefined` for one that never started; the attempt under way is the last. */
export function attemptStreams(job: JobDetail, container?: string): (LogStream | undefined)[] {
  const ended = (job.attempts ?? []).map((attempt) => streamOfAttempt(attempt, container));
  const latest =
    container === undefined ? job.container?.logStreamName : streamIn(containersOf(job), container);
  // That of an ended attempt is shown by both.
  const names = latest === undefined || ended.includes(latest) ? ended : [...ended, latest];
  const group = groupOf(job, container);
  return names.map((name) =>
    name === undefined ? undefined : { ...(group === undefined ? {} : { group }), name },
  );
}

/** The group that the definition names, if it does: it is the same for all attempts. */
function groupOf(job: JobDetail, container: string | undefined): string | undefined {
  const about =
    container === undefined ? job.container : containersOf(job).find(({ name }) => name === container);
  return about?.logConfiguration?.options?.['awslogs-group'];
}

function streamOfAttempt(attempt: AttemptDetail, container: string | undefined): string | undefined {
  if (container === undefined) return attempt.container?.logStreamName;
  return streamIn(attempt.taskProperties?.[0]?.containers ?? [], container);
}

function streamIn(containers: Containers, container: string): string | undefined {
  return containers.find(({ name }) => name === container)?.logStreamName;
}

/** The id of the node that is meant; of a multi-node job of which none is named, its main node. */
export function chooseNode(job: JobDetail, node: number | undefined): string | undefined {
  const id = job.jobId ?? '';
  const { numNodes, mainNode } = job.nodeProperties ?? {};
  const isWhole = numNodes !== undefined && !id.includes('#');
  if (!isWhole) {
    if (node === undefined) return undefined;
    throw new CliError(`${shortId(id)} is not a multi-node job: it has no nodes.`);
  }
  const chosen = node ?? mainNode ?? 0;
  if (chosen < numNodes) return `${id}#${chosen}`;
  throw new CliError(`${shortId(id)} has ${numNodes} nodes; the last is ${numNodes - 1}.`);
}

/** The ids of the nodes of a multi-node job, as many as one call describes; none of any other job. */
export function nodeIdsOf({ jobId = '', nodeProperties }: JobDetail): string[] {
  const { numNodes } = nodeProperties ?? {};
  if (numNodes === undefined || jobId.includes('#')) return [];
  return Array.from({ length: Math.min(numNodes, describedNodes) }, (_, node) => `${jobId}#${node}`);
}

const describedNodes = 100;
