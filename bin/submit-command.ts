// Submits one command line as a job: on the server's own definition `shell`, or, with an image, on a definition that is
// registered for that image once and found again by its name.
import type { Batch, ResourceRequirement } from '@aws-sdk/client-batch';
import { createHash } from 'node:crypto';

export interface CommandJob {
  readonly command: readonly string[];
  readonly jobName: string;
  readonly queue: string;
  readonly image?: string;
  readonly vcpus?: number;
  readonly memory?: number;
  readonly gpus?: number;
  readonly array?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeout?: number;
  readonly attempts?: number;
}

export interface SubmittedJob {
  readonly jobId: string;
  readonly jobArn: string;
}

export async function submitCommand(batch: Batch, job: CommandJob): Promise<SubmittedJob> {
  const jobDefinition = job.image === undefined ? 'shell' : await definitionFor(batch, job.image);
  const resources = resourcesOf(job);
  const environment = Object.entries(job.env ?? {}).map(([name, value]) => ({ name, value }));
  const answer = await batch.submitJob({
    jobName: job.jobName,
    jobQueue: job.queue,
    jobDefinition,
    containerOverrides: {
      command: [...job.command],
      ...(resources.length > 0 && { resourceRequirements: resources }),
      ...(environment.length > 0 && { environment }),
    },
    ...(job.array !== undefined && { arrayProperties: { size: job.array } }),
    ...(job.timeout !== undefined && { timeout: { attemptDurationSeconds: job.timeout } }),
    ...(job.attempts !== undefined && { retryStrategy: { attempts: job.attempts } }),
  });
  return { jobId: answer.jobId ?? '', jobArn: answer.jobArn ?? '' };
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
