// Definitions and submissions of which a test states only what matters.
import { registeredForm, type JobDefinition } from '../../../core/definition/definition.ts';
import type {
  ContainerProperties,
  EcsTaskProperties,
  JobDefinitionInput,
  NodeProperties,
  SubmitJobInput,
  TaskContainer,
} from '../../../core/definition/wire.ts';
import type { DefinitionArn, QueueArn } from '../../../core/ids.ts';

export const QUEUE_ARN = 'arn:aws:batch:us-east-1:123456789012:job-queue/q' as QueueArn;

export const ONE_VCPU = [
  { type: 'VCPU', value: '1' },
  { type: 'MEMORY', value: '2048' },
] as const;

export function aContainer(changes: ContainerProperties = {}): ContainerProperties {
  return { image: 'busybox', resourceRequirements: ONE_VCPU, ...changes };
}

export function aFargateContainer(changes: ContainerProperties = {}): ContainerProperties {
  return aContainer({ executionRoleArn: 'arn:aws:iam::123456789012:role/execution', ...changes });
}

export function aDefinitionInput(changes: Partial<JobDefinitionInput> = {}): JobDefinitionInput {
  return { jobDefinitionName: 'd', type: 'container', containerProperties: aContainer(), ...changes };
}

/** Registered as revision 1, ACTIVE. */
export function aDefinition(changes: Partial<JobDefinitionInput> = {}): JobDefinition {
  const input = aDefinitionInput(changes);
  return {
    definitionArn:
      `arn:aws:batch:us-east-1:123456789012:job-definition/${input.jobDefinitionName}:1` as DefinitionArn,
    name: input.jobDefinitionName,
    revision: 1,
    status: 'ACTIVE',
    type: input.type,
    registered: registeredForm(input),
    tags: input.tags ?? {},
    createdAtMs: 1_700_000_000_000,
  };
}

export function aSubmission(changes: Partial<SubmitJobInput> = {}): SubmitJobInput {
  return { jobName: 'job', jobQueue: 'q', jobDefinition: 'd', ...changes };
}

export function aTaskContainer(changes: TaskContainer = {}): TaskContainer {
  return { name: 'main', image: 'busybox', resourceRequirements: ONE_VCPU, ...changes };
}

export function aTask(changes: EcsTaskProperties = {}): EcsTaskProperties {
  return { containers: [aTaskContainer()], ...changes };
}

export function aNodeDefinition(changes: Partial<NodeProperties> = {}): NodeProperties {
  return {
    numNodes: 2,
    mainNode: 0,
    nodeRangeProperties: [{ targetNodes: '0:', container: aContainer() }],
    ...changes,
  };
}
