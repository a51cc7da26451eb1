// A job run again with changes: what it was submitted with, as a form; and SubmitJob's input from the form that comes back. What the
// form does not show (parameters, retries, timeout, tags, share) stays as it was; what it waited for is over.
import { ClientException } from '../errors.ts';
import type { Scope } from '../../core/ids.ts';
import { nameOf } from '../../core/ids.ts';
import type { Job } from '../../core/job/job.ts';
import type { ContainerDemand, ContainerSpec, JobSpec } from '../../core/job/spec.ts';
import type { JobStore } from '../../engine/store/jobs.ts';
import { listQueues } from '../../engine/store/queues.ts';
import { registeredContainer } from './overridden.ts';
import type { Rerun, RerunContainer, RerunForm } from './wire.ts';

const MAX_QUEUES = 1_000;

/** A container of the job and where an override of it belongs. */
interface Part {
  readonly label: string;
  readonly spec: ContainerSpec;
  readonly demand: ContainerDemand;
}

export async function rerunForm(store: JobStore, scope: Scope, job: Job): Promise<RerunForm> {
  assertWhole(job);
  const registered = await registeredContainer(store.table, scope, job);
  const fixed = new Set((registered?.environment ?? []).map(({ name }) => name));
  const { records } = await listQueues(store.table, scope, { limit: MAX_QUEUES });
  return {
    jobName: job.spec.jobName,
    queue: nameOf(job.spec.queueArn),
    queues: records.map(({ queue }) => queue.name),
    containers: partsOf(job.spec).map((part) => containerOf(part, fixed)),
    about: aboutOf(job.spec),
  };
}

/** SubmitJob's input for a form that came back; a ClientException where the form is not this job's. */
export function rerunInput(job: Job, rerun: Rerun): object {
  assertWhole(job);
  const parts = partsOf(job.spec);
  if (rerun.containers.length !== parts.length) {
    throw new ClientException(
      `containers must have ${parts.length} elements, but has ${rerun.containers.length}.`,
    );
  }
  return { ...settingsOf(job.spec, rerun), ...overridesOf(job.spec, rerun) };
}

/** A child or a node cannot be submitted by itself. */
function assertWhole({ kind, parentId }: Job): void {
  if (kind === 'child' || kind === 'node') {
    throw new ClientException(`A ${kind} runs again with its whole job, ${parentId}.`);
  }
}

function partsOf({ container, demand, containers, nodes }: JobSpec): readonly Part[] {
  if (nodes) {
    return nodes.groups.flatMap((group) =>
      (group.containers ?? [{ name: '', spec: group.container, demand: group.demand }]).map((each) => ({
        label: `Nodes ${group.targetNodes}${each.name === '' ? '' : `, ${each.name}`}`,
        spec: each.spec,
        demand: each.demand,
      })),
    );
  }
  if (containers)
    return containers.map(({ name, spec, demand: own }) => ({ label: name, spec, demand: own }));
  return [{ label: '', spec: container, demand }];
}

function containerOf({ label, spec, demand }: Part, fixed: ReadonlySet<string | undefined>): RerunContainer {
  return {
    label,
    command: spec.command ?? [],
    environment: (spec.environment ?? []).map(({ name = '', value = '' }) => ({
      name,
      value,
      ...(fixed.has(name) ? { fixed: true } : {}),
    })),
    vcpus: String(demand.vcpus),
    memoryMiB: String(demand.memoryMiB),
    gpus: demand.gpus === 0 ? '' : String(demand.gpus),
  };
}

function aboutOf({ arraySize, nodes }: JobSpec): string {
  if (arraySize !== undefined) return `An array of ${arraySize} children.`;
  return nodes ? `A multi-node job of ${nodes.numNodes} nodes.` : '';
}

function settingsOf(spec: JobSpec, { jobName, queue }: Rerun): object {
  const { attempts, evaluateOnExit } = spec.retryStrategy;
  return {
    jobName,
    jobQueue: queue,
    jobDefinition: spec.definitionArn,
    parameters: spec.parameters,
    retryStrategy: { attempts, evaluateOnExit },
    tags: spec.tags,
    propagateTags: spec.propagateTags,
    ...(spec.timeoutSeconds === undefined
      ? {}
      : { timeout: { attemptDurationSeconds: spec.timeoutSeconds } }),
    ...(spec.shareIdentifier === undefined ? {} : { shareIdentifier: spec.shareIdentifier }),
    ...(spec.shareIdentifier === undefined || spec.schedulingPriority === undefined
      ? {}
      : { schedulingPriorityOverride: spec.schedulingPriority }),
    ...(spec.arraySize === undefined ? {} : { arrayProperties: { size: spec.arraySize } }),
  };
}

/** In the words of the kind of job it is. */
function overridesOf({ containers, nodes }: JobSpec, rerun: Rerun): object {
  const overrides = rerun.containers.map(overrideOf);
  if (nodes) {
    let taken = 0;
    return {
      nodeOverrides: {
        nodePropertyOverrides: nodes.groups.map((group) => {
          const own = overrides.slice(taken, taken + (group.containers?.length ?? 1));
          taken += own.length;
          if (!group.containers) return { targetNodes: group.targetNodes, containerOverrides: own[0] };
          return {
            targetNodes: group.targetNodes,
            ecsPropertiesOverride: taskOverride(group.containers, own),
          };
        }),
      },
    };
  }
  if (containers) return { ecsPropertiesOverride: taskOverride(containers, overrides) };
  return { containerOverrides: overrides[0] };
}

function taskOverride(
  containers: readonly { readonly name: string }[],
  overrides: readonly object[],
): object {
  return {
    taskProperties: [{ containers: containers.map(({ name }, place) => ({ name, ...overrides[place] })) }],
  };
}

function overrideOf({ command, environment, vcpus, memoryMiB, gpus }: RerunContainer): object {
  const needs = [
    { type: 'VCPU', value: vcpus },
    { type: 'MEMORY', value: memoryMiB },
    { type: 'GPU', value: gpus },
  ];
  return {
    ...(command.length === 0 ? {} : { command }),
    environment: environment.map(({ name, value }) => ({ name, value })),
    resourceRequirements: needs.filter(({ value }) => value !== ''),
  };
}
