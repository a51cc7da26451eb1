// A registered job definition and its wire form. What was registered is kept in Batch's own words and given back
// unchanged but for empty lists, because clients compare the two and register anew when they differ.
import type { DefinitionArn, EpochMs } from '../ids.ts';
import type { Tags } from '../tags.ts';
import type { ContainerProperties, JobDefinitionInput, NodeProperties, RetryStrategyInput } from './wire.ts';

export const DEFINITION_STATUSES = ['ACTIVE', 'INACTIVE'] as const;
export type DefinitionStatus = (typeof DEFINITION_STATUSES)[number];

/** What RegisterJobDefinition took, without the members that the service keeps elsewhere. */
export type RegisteredDefinition = Omit<JobDefinitionInput, 'jobDefinitionName' | 'tags'>;

export interface JobDefinition {
  /** With revision. */
  readonly definitionArn: DefinitionArn;
  readonly name: string;
  readonly revision: number;
  readonly status: DefinitionStatus;
  readonly type: string;
  readonly registered: RegisteredDefinition;
  readonly tags: Tags;
  readonly createdAtMs: EpochMs;
}

/** The form in which a definition is stored: lists that AWS always shows are there, empty. Normalising again changes nothing. */
export function registeredForm(input: JobDefinitionInput): RegisteredDefinition {
  const { jobDefinitionName: _name, tags: _tags, ...rest } = input;
  const { containerProperties, nodeProperties, retryStrategy } = rest;
  return {
    ...rest,
    parameters: rest.parameters ?? {},
    ...(retryStrategy ? { retryStrategy: withRules(retryStrategy) } : {}),
    ...(containerProperties ? { containerProperties: withLists(containerProperties) } : {}),
    ...(nodeProperties ? { nodeProperties: withNodeLists(nodeProperties) } : {}),
  };
}

function withRules(strategy: RetryStrategyInput): RetryStrategyInput {
  return { ...strategy, evaluateOnExit: strategy.evaluateOnExit ?? [] };
}

function withLists(container: ContainerProperties): ContainerProperties {
  return {
    ...container,
    command: container.command ?? [],
    environment: container.environment ?? [],
    mountPoints: container.mountPoints ?? [],
    resourceRequirements: container.resourceRequirements ?? [],
    secrets: container.secrets ?? [],
    ulimits: container.ulimits ?? [],
    volumes: container.volumes ?? [],
  };
}

function withNodeLists(properties: NodeProperties): NodeProperties {
  return {
    ...properties,
    nodeRangeProperties: properties.nodeRangeProperties.map((range) => ({
      ...range,
      ...(range.container ? { container: withLists(range.container) } : {}),
    })),
  };
}

export type OrchestrationType = 'ECS' | 'EKS';

export function orchestrationTypeOf({
  eksProperties,
  nodeProperties,
}: RegisteredDefinition): OrchestrationType {
  const onEks =
    eksProperties !== undefined ||
    nodeProperties?.nodeRangeProperties.some((range) => range.eksProperties !== undefined) === true;
  return onEks ? 'EKS' : 'ECS';
}

/** DescribeJobDefinitions' JobDefinition. */
export interface JobDefinitionDetail extends RegisteredDefinition {
  readonly jobDefinitionName: string;
  readonly jobDefinitionArn: DefinitionArn;
  readonly revision: number;
  readonly status: DefinitionStatus;
  readonly tags: Tags;
  readonly containerOrchestrationType: OrchestrationType;
}

export function definitionDetail(definition: JobDefinition): JobDefinitionDetail {
  const { registered } = definition;
  return {
    ...registered,
    jobDefinitionName: definition.name,
    jobDefinitionArn: definition.definitionArn,
    revision: definition.revision,
    status: definition.status,
    tags: definition.tags,
    containerOrchestrationType: orchestrationTypeOf(registered),
  };
}
