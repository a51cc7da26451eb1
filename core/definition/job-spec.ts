// From a definition and a submission to the fixed specification of a job. Everything is settled here, once: later
// changes of the definition reach no job that was accepted, and no child, node or attempt merges anything again.
import type { JobId, QueueArn } from '../ids.ts';
import type { Dependency, JobSpec, RetryStrategy } from '../job/spec.ts';
import { mergeTags } from '../tags.ts';
import type { JobDefinition } from './definition.ts';
import { deprecatedProblems, resourceRequirementsProblems, settleDemand, statedDemand } from './demand.ts';
import { OVERRIDES_CHARACTERS_MAX, TAGS_MAX } from './limits.ts';
import { settleConsumables } from './consumables.ts';
import { afterOf } from './instructions.ts';
import { mergeContainer } from './overrides.ts';
import { settleNodes } from './node-spec.ts';
import { effectiveParameters } from './parameters.ts';
import { absentProblems, problem, type Problem, type Problems } from './problem.ts';
import { settleTask } from './task-spec.ts';
import {
  platformOf,
  type ContainerOverrides,
  type ContainerProperties,
  type Platform,
  type SubmitJobInput,
} from './wire.ts';

export const OVERRIDES_TOO_LONG = 'Container Overrides length must be at most 8192';
export const TOO_MANY_PROPAGATED_TAGS = 'The job and its job definition have more than 50 tags to propagate';
export const DEPRECATED_OVERRIDE_IGNORED =
  "This value was submitted in a deprecated key and may conflict with the value provided by the job definition's " +
  'resource requirements.';

/**
 * `failsAtStart`: the job is accepted, and fails with this statusReason without an attempt, as on AWS.
 * `notes`: what the caller asked for and will not get, in AWS's words.
 */
export type ResolvedJobSpec =
  | { readonly ok: JobSpec; readonly failsAtStart?: string; readonly notes: readonly string[] }
  | { readonly problem: Problem };

/**
 * Settles a submission that broke no rule of its own (`submitProblems`) against an ACTIVE definition.
 * Definitions with eksProperties are refused: no home runs them yet.
 */
export function resolveJobSpec(
  definition: JobDefinition,
  submit: SubmitJobInput,
  queueArn: QueueArn,
): ResolvedJobSpec {
  const [misplaced] = overrideKindProblems(definition, submit);
  if (misplaced) return { problem: misplaced };
  const settled = settleWork(definition, submit);
  if ('problem' in settled) return settled;
  const consumed = settleConsumables(definition, submit, settled.work.nodes);
  if ('problem' in consumed) return consumed;

  const failure = startFailure(definition, submit);
  return {
    ok: { ...commonSpec(definition, submit, queueArn), ...settled.work, ...consumed },
    ...(failure === undefined ? {} : { failsAtStart: failure }),
    notes: settled.notes ?? [],
  };
}

/** What a job runs, and the capacity that takes. */
type Work = Pick<JobSpec, 'container' | 'containers' | 'task' | 'nodes' | 'demand'>;
type SettledWork =
  | { readonly work: Work; readonly notes?: readonly string[] }
  | { readonly problem: Problem };

function settleWork(definition: JobDefinition, submit: SubmitJobInput): SettledWork {
  const { containerProperties, ecsProperties, nodeProperties, platformCapabilities } = definition.registered;
  const platform = platformOf(platformCapabilities);
  if (containerProperties !== undefined) {
    return settleContainer(containerProperties, submit.containerOverrides ?? {}, platform);
  }
  if (nodeProperties !== undefined) {
    const { attempts } = retryStrategyOf(definition, submit);
    const nodes = settleNodes(nodeProperties, submit.nodeOverrides, attempts);
    return 'problem' in nodes ? nodes : { work: nodes.settled };
  }
  const properties = ecsProperties?.taskProperties?.[0];
  if (properties === undefined) return { problem: unsupportedProblem(definition) };
  const field = 'ecsPropertiesOverride';
  const task = settleTask(field, properties, submit.ecsPropertiesOverride, platform);
  return 'problem' in task ? task : { work: { container: {}, ...task.settled } };
}

function settleContainer(
  properties: ContainerProperties,
  overrides: ContainerOverrides,
  platform: Platform,
): SettledWork {
  const container = mergeContainer(properties, overrides);
  const [wrong] = containerOverridesProblems(overrides, platform);
  if (wrong) return { problem: wrong };
  const settled = settleDemand('containerOverrides', statedDemand(container), platform);
  if ('problems' in settled) return { problem: settled.problems[0] };
  const notes = ignoredOverrides(properties, overrides) ? [DEPRECATED_OVERRIDE_IGNORED] : [];
  return { work: { container, demand: settled.demand }, notes };
}

/** The part of a specification that does not depend on what the job runs. */
function commonSpec(
  definition: JobDefinition,
  submit: SubmitJobInput,
  queueArn: QueueArn,
): Omit<JobSpec, keyof Work | 'consumables'> {
  const { registered } = definition;
  const timeoutSeconds = (submit.timeout ?? registered.timeout)?.attemptDurationSeconds;
  const propagateTags = submit.propagateTags ?? registered.propagateTags;
  const schedulingPriority = submit.schedulingPriorityOverride ?? registered.schedulingPriority;
  const arraySize = submit.arrayProperties?.size;
  const after = afterOf(submit);
  return {
    jobName: submit.jobName,
    queueArn,
    definitionArn: definition.definitionArn,
    parameters: effectiveParameters(registered.parameters, submit.parameters),
    retryStrategy: retryStrategyOf(definition, submit),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    dependsOn: (submit.dependsOn ?? []).map(dependencyOf),
    ...(after.length === 0 ? {} : { after }),
    tags: submit.tags ?? {},
    ...(propagateTags === undefined ? {} : { propagateTags }),
    platformCapabilities: registered.platformCapabilities ?? [],
    ...(submit.shareIdentifier === undefined ? {} : { shareIdentifier: submit.shareIdentifier }),
    ...(schedulingPriority === undefined ? {} : { schedulingPriority }),
    ...(arraySize === undefined ? {} : { arraySize }),
  };
}

/** The submission's strategy replaces the definition's as a whole; an empty one, which some clients always send, says nothing. */
function retryStrategyOf(
  { registered }: JobDefinition,
  { retryStrategy: given }: SubmitJobInput,
): RetryStrategy {
  const isStated = given?.attempts !== undefined || (given?.evaluateOnExit?.length ?? 0) > 0;
  const { attempts = 1, evaluateOnExit = [] } = (isStated ? given : registered.retryStrategy) ?? {};
  return { attempts, evaluateOnExit };
}

function dependencyOf({ jobId, type }: { readonly jobId?: string; readonly type?: string }): Dependency {
  const isTyped = type === 'N_TO_N' || type === 'SEQUENTIAL';
  return {
    // submitProblems has checked that it is a job id.
    ...(jobId === undefined || jobId === '' ? {} : { jobId: jobId as JobId }),
    ...(isTyped ? { type } : {}),
  };
}

/** An override of the wrong kind for this definition. Clients that send `{}` for every kind ask for nothing. */
function overrideKindProblems({ registered }: JobDefinition, submit: SubmitJobInput): Problems {
  const containerOverrides = unlessEmpty(submit.containerOverrides);
  const nodeOverrides = unlessEmpty(submit.nodeOverrides);
  const ecsPropertiesOverride = unlessEmpty(submit.ecsPropertiesOverride);
  const eksPropertiesOverride = unlessEmpty(submit.eksPropertiesOverride);
  if (registered.containerProperties !== undefined) {
    const others = { nodeOverrides, ecsPropertiesOverride, eksPropertiesOverride };
    return absentProblems('', others, 'with a containerProperties definition');
  }
  if (registered.ecsProperties !== undefined) {
    const others = { containerOverrides, nodeOverrides, eksPropertiesOverride };
    return absentProblems('', others, 'with an ecsProperties definition');
  }
  if (registered.eksProperties !== undefined) {
    const given = containerOverrides ?? nodeOverrides;
    const message = 'Container overrides or node overrides should not be set for Batch on EKS jobs.';
    return given === undefined
      ? absentProblems('', { ecsPropertiesOverride }, 'with an eksProperties definition')
      : problem('containerOverrides', 'is not allowed with an eksProperties definition', given, message);
  }
  const arraySize = submit.arrayProperties?.size;
  return [
    ...absentProblems(
      '',
      { containerOverrides, ecsPropertiesOverride, eksPropertiesOverride },
      'with a multi-node definition; use nodeOverrides',
    ),
    ...absentProblems('arrayProperties', { size: arraySize }, 'with a multi-node definition'),
  ];
}

function unlessEmpty<Overrides extends object>(overrides: Overrides | undefined): Overrides | undefined {
  return overrides !== undefined && Object.keys(overrides).length > 0 ? overrides : undefined;
}

function unsupportedProblem({ definitionArn, registered }: JobDefinition): Problem {
  const kind = (['nodeProperties', 'eksProperties'] as const).find(
    (member) => registered[member] !== undefined,
  );
  const rule = 'must be a definition with containerProperties or ecsProperties';
  const message =
    kind === 'eksProperties'
      ? `jobDefinition ${definitionArn} has eksProperties: running jobs on Amazon EKS is not there yet.`
      : `jobDefinition ${rule} to be run here, but ${definitionArn} has ${kind ?? 'none'}.`;
  return { field: 'jobDefinition', rule, value: definitionArn, message };
}

function containerOverridesProblems(overrides: ContainerOverrides, platform: Platform): Problems {
  const field = 'containerOverrides';
  const { resourceRequirements, instanceType } = overrides;
  return [
    ...deprecatedProblems(field, overrides, platform),
    ...resourceRequirementsProblems(`${field}.resourceRequirements`, resourceRequirements, platform),
    ...absentProblems(field, { instanceType }, 'outside multi-node jobs'),
  ];
}

/** Whether a deprecated override meets a resource requirement of the definition, which wins. */
function ignoredOverrides(
  { resourceRequirements = [] }: ContainerProperties,
  { vcpus, memory }: ContainerOverrides,
): boolean {
  const isRequired = (type: string): boolean =>
    resourceRequirements.some((requirement) => requirement.type === type);
  return (vcpus !== undefined && isRequired('VCPU')) || (memory !== undefined && isRequired('MEMORY'));
}

/** What AWS notices only when it starts the task: the call succeeds and the job fails. */
function startFailure(definition: JobDefinition, submit: SubmitJobInput): string | undefined {
  const ofNodes = submit.nodeOverrides?.nodePropertyOverrides?.flatMap((override) => [
    override.containerOverrides,
    override.ecsPropertiesOverride,
  ]);
  const overrides = [submit.containerOverrides, submit.ecsPropertiesOverride, ...(ofNodes ?? [])];
  if (overrides.some((one) => one && JSON.stringify(one).length > OVERRIDES_CHARACTERS_MAX)) {
    return OVERRIDES_TOO_LONG;
  }
  const propagates = submit.propagateTags ?? definition.registered.propagateTags ?? false;
  const taskTags = propagates ? mergeTags(definition.tags, submit.tags ?? {}) : {};
  return Object.keys(taskTags).length > TAGS_MAX ? TOO_MANY_PROPAGATED_TAGS : undefined;
}
