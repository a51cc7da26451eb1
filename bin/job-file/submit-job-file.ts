// Submits the jobs of a file, all of them or none: what needs the server is checked before the first, and when one is refused
// all the same, those before it are ended again.
import type { Batch } from '@aws-sdk/client-batch';
import { CliError } from '../cli-error.ts';
import { submitCommand } from '../submit-command.ts';
import type { JobEntry } from './job-entry.ts';
import type { FileProblem } from './marked-yaml.ts';

export interface SubmittedEntry {
  readonly name: string;
  readonly jobId: string;
  readonly jobArn: string;
}

/** Batch's own limit of `dependsOn`; more go as a parameter that only Slipway knows (docs/beyond-aws.md). */
const DEPENDENCIES_MAX = 20;

/** Queues and definitions that are not there, or take no jobs. */
export async function serverProblems(
  batch: Batch,
  jobs: readonly JobEntry[],
): Promise<readonly FileProblem[]> {
  const queues = new Map<string, string | undefined>();
  for (const queue of new Set(jobs.map((job) => job.queue)))
    queues.set(queue, await queueProblem(batch, queue));
  const definitions = new Map<string, string | undefined>();
  for (const definition of new Set(jobs.flatMap((job) => job.definition ?? []))) {
    definitions.set(definition, await definitionProblem(batch, definition));
  }
  return jobs.flatMap(({ name, line, queue, definition }) => {
    const inQueue = queues.get(queue);
    const inDefinition = definition === undefined ? undefined : definitions.get(definition);
    return [
      ...(inQueue === undefined ? [] : [{ line, field: `jobs.${name}.queue`, message: inQueue }]),
      ...(inDefinition === undefined
        ? []
        : [{ line, field: `jobs.${name}.definition`, message: inDefinition }]),
    ];
  });
}

async function queueProblem(batch: Batch, queue: string): Promise<string | undefined> {
  const { jobQueues } = await batch.describeJobQueues({ jobQueues: [queue] });
  const [found] = jobQueues ?? [];
  if (!found) return `there is no queue "${queue}"`;
  if (found.state !== 'ENABLED') return `the queue "${queue}" is disabled and takes no jobs`;
  return found.status === 'DELETING' ? `the queue "${queue}" is being deleted` : undefined;
}

async function definitionProblem(batch: Batch, definition: string): Promise<string | undefined> {
  const isExact = definition.startsWith('arn:') || definition.includes(':');
  const { jobDefinitions } = await batch.describeJobDefinitions(
    isExact ? { jobDefinitions: [definition] } : { jobDefinitionName: definition, status: 'ACTIVE' },
  );
  return jobDefinitions?.some(({ status }) => status !== 'INACTIVE')
    ? undefined
    : `there is no active job definition "${definition}"`;
}

export async function submitJobFile(
  batch: Batch,
  jobs: readonly JobEntry[],
  onSubmitted: (entry: SubmittedEntry) => void = () => undefined,
): Promise<readonly SubmittedEntry[]> {
  const submitted = new Map<string, SubmittedEntry>();
  for (const job of jobs) {
    try {
      const entry = { name: job.name, ...(await submitEntry(batch, job, submitted)) };
      submitted.set(job.name, entry);
      onSubmitted(entry);
    } catch (error) {
      const left = await endAll(batch, [...submitted.values()]);
      throw new CliError(`Line ${job.line}: ${job.name} was refused: ${messageOf(error)}`, {
        hint: hintAfter(submitted.size, left),
        cause: error,
      });
    }
  }
  return [...submitted.values()];
}

async function submitEntry(
  batch: Batch,
  job: JobEntry,
  submitted: ReadonlyMap<string, SubmittedEntry>,
): Promise<{ readonly jobId: string; readonly jobArn: string }> {
  const { follows, name, line: _line, ...rest } = job;
  const idsOf = (kind: JobEntry['follows'][number]['kind']): string[] =>
    follows.flatMap((follow) => (follow.kind === kind ? (submitted.get(follow.name)?.jobId ?? []) : []));
  const each = idsOf('each').map((jobId) => ({ jobId, type: 'N_TO_N' as const }));
  const after = idsOf('after');
  const room = DEPENDENCIES_MAX - each.length;
  const dependsOn = [...each, ...after.slice(0, room).map((jobId) => ({ jobId }))];
  const beyond = Object.entries({
    'slipway:after': after.slice(room),
    'slipway:after-any': idsOf('afterAny'),
    'slipway:after-failure': idsOf('afterFailure'),
  }).flatMap(([key, ids]) => (ids.length === 0 ? [] : [[key, ids.join(' ')] as const]));
  const parameters = { ...rest.parameters, ...Object.fromEntries(beyond) };
  return submitCommand(batch, {
    ...rest,
    jobName: name,
    ...(Object.keys(parameters).length > 0 && { parameters }),
    ...(dependsOn.length > 0 && { dependsOn }),
  });
}

/** The names of those that could not be ended. */
async function endAll(batch: Batch, entries: readonly SubmittedEntry[]): Promise<readonly string[]> {
  const left: string[] = [];
  // The last first: whoever waits for a job must not start because it has ended.
  for (const { name, jobId } of entries.toReversed()) {
    try {
      await batch.terminateJob({ jobId, reason: 'slipway submit: a later job of the file was refused' });
    } catch {
      left.push(`${name} (${jobId})`);
    }
  }
  return left;
}

function hintAfter(count: number, left: readonly string[]): string {
  if (left.length > 0) return `These could not be ended: ${left.join(', ')}`;
  return count === 0 ? 'Nothing was submitted.' : `The ${count} submitted before it were ended again.`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
