// Submits one job: on the definition it names, on the server's own definition `shell`, or, with an image, on a definition that
// is registered for that image once and found again by its name.
import type { Batch, JobDependency, ResourceRequirement } from '@aws-sdk/client-batch';
import { createHash } from 'node:crypto';

export interface CommandJob {
  /** Default: the definition's. */
  readonly command?: readonly string[];
  readonly jobName: string;
  readonly queue: string;
  /** A definition's name, name:revision or ARN; `image` is not looked at then. */
  readonly definition?: string;
  readonly image?: string;
  readonly vcpus?: number;
  readonly memory?: number;
  readonly gpus?: number;
  readonly array?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeout?: number;
  readonly attempts?: number;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
  /** Within its share, of a queue with a scheduling policy. */
  readonly priority?: number;
  readonly share?: string;
  readonly dependsOn?: readonly JobDependency[];
}

export interface SubmittedJob {
  readonly jobId: string;
  readonly jobArn: string;
}

export async function submitCommand(batch: Batch, job: CommandJob): Promise<SubmittedJob> {
  const jobDefinition = job.definition ?? (await definitionOf(batch, job.image));
  const resources = resourcesOf(job);
  const environment = Object.entries(job.env ?? {}).map(([name, value]) => ({ name, value }));
  const containerOverrides = {
    ...(job.command !== undefined && { command: [...job.command] }),
    ...(resources.length > 0 && { resourceRequirements: resources }),
    ...(environment.length > 0 && { environment }),
  };
  const answer = await batch.submitJob({
    jobName: job.jobName,
    jobQueue: job.queue,
    jobDefinition,
    ...(Object.keys(containerOverrides).length > 0 && { containerOverrides }),
    ...(job.array !== undefined && { arrayProperties: { size: job.array } }),
    ...(job.timeout !== undefined && { timeout: { attemptDurationSeconds: job.timeout } }),
    ...(job.attempts !== undefined && { retryStrategy: { attempts: job.attempts } }),
    ...(job.parameters && { parameters: { ...job.parameters } }),
    ...(job.tags && { tags: { ...job.tags } }),
    ...(job.priority !== undefined && { schedulingPriorityOverride: job.priority }),
    ...(job.share !== undefined && { shareIdentifier: job.share }),
    ...(job.dependsOn && { dependsOn: [...job.dependsOn] }),
  });
  return { jobId: answer.jobId ?? '', jobArn: answer.jobArn ?? '' };
}

async function definitionOf(batch: Batch, image: string | undefined): Promise<string> {
  return image === undefined ? 'shell' : definitionFor(batch, image);
}

function resourcesOf(job: CommandJob): ResourceRequirement[] {
  const wanted = [
    { type: 'VCPU', value: job.vcpus },
    { type: 'MEMORY', value: job.memory },
    { type: 'GPU', value: job.gpus },
  ] as const;
  return wanted.flatMap(({ type, value }) => (value === undefined ? [] : [{ type, value: String(value) }]));
}

async function definitionFor(batch: Batch, image: string): Promise<string> {
  const digest = createHash('sha256').update(image).digest('hex').slice(0, 12);
  const jobDefinitionName = `slipway-run-${digest}`;
  const { jobDefinitions } = await batch.describeJobDefinitions({ jobDefinitionName, status: 'ACTIVE' });
  const known = jobDefinitions?.find((definition) => definition.containerProperties?.image === image);
  if (known?.jobDefinitionArn !== undefined) return known.jobDefinitionArn;
  const registered = await batch.registerJobDefinition({
    jobDefinitionName,
    type: 'container',
    containerProperties: {
      image,
      resourceRequirements: [
        { type: 'VCPU', value: '1' },
        { type: 'MEMORY', value: '512' },
      ],
    },
  });
  return registered.jobDefinitionArn ?? jobDefinitionName;
}
