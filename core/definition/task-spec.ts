// The containers of an `ecsProperties` definition with a submission's overrides: what a job of several containers runs.
// Registration has checked the definition; what is checked here is what the overrides make of it.
import type { ContainerDemand, ContainerDependency, TaskContainerSpec, TaskProperties } from '../job/spec.ts';
import { LONE_CONTAINER_NAME } from '../job/spec.ts';
import { resourceRequirementsProblems, settleDemand, statedDemand, totalDemand } from './demand.ts';
import type { StatedDemand } from './demand.ts';
import { mergeContainer } from './overrides.ts';
import { NO_PROBLEMS, countProblems, eachProblems, problem, uniqueProblems } from './problem.ts';
import type { Problem, Problems } from './problem.ts';
import { isEssential } from './validate-ecs.ts';
import type {
  EcsPropertiesOverride,
  EcsTaskProperties,
  Platform,
  TaskContainer,
  TaskContainerDependency,
  TaskContainerOverrides,
} from './wire.ts';

export interface SettledTask {
  readonly containers: readonly TaskContainerSpec[];
  readonly task: TaskProperties;
  /** Of all containers together. */
  readonly demand: ContainerDemand;
}

/** `field`: where the override stands in the request, such as `ecsPropertiesOverride`. */
export function settleTask(
  field: string,
  properties: EcsTaskProperties,
  override: EcsPropertiesOverride | undefined,
  platform: Platform,
): { readonly settled: SettledTask } | { readonly problem: Problem } {
  const { containers = [], ...task } = properties;
  const overrides = override?.taskProperties?.[0]?.containers ?? [];
  const path = `${field}.taskProperties[0].containers`;
  const [wrong] = [
    ...countProblems(`${field}.taskProperties`, override?.taskProperties, { max: 1 }),
    ...overridesProblems(path, containers, overrides, platform),
  ];
  if (wrong) return { problem: wrong };

  const merged = containers.map((container) => merge(container, overrides));
  const stated = merged.map(({ spec }) => statedDemand(spec));
  const total = settleDemand(path, totalDemand(stated), platform);
  if ('problems' in total) return { problem: total.problems[0] };
  const { demand } = total;
  return {
    settled: {
      containers: merged.map((container, index) => ({
        ...container,
        demand: shareOf(demand, stated[index]),
      })),
      task,
      demand,
    },
  };
}

function overridesProblems(
  field: string,
  containers: readonly TaskContainer[],
  overrides: readonly TaskContainerOverrides[],
  platform: Platform,
): Problems {
  const isKnown = (given: TaskContainerOverrides): boolean =>
    containers.some((container) => isMeant(given, container)) && (isNamed(given) || containers.length === 1);
  return [
    ...eachProblems(field, overrides, (path, given) => [
      ...(isKnown(given)
        ? NO_PROBLEMS
        : problem(
            `${path}.name`,
            'must be the name of a container of the job definition',
            given.name ?? null,
          )),
      ...resourceRequirementsProblems(`${path}.resourceRequirements`, given.resourceRequirements, platform),
    ]),
    ...uniqueProblems(
      `${field}.name`,
      overrides.map(({ name }) => name),
    ),
  ];
}

function isNamed({ name }: { readonly name?: string }): boolean {
  return name !== undefined && name !== '';
}

function nameOf({ name }: TaskContainer): string {
  return name === undefined || name === '' ? LONE_CONTAINER_NAME : name;
}

/** An override without a name is for the only container there is. */
function isMeant(given: TaskContainerOverrides, container: TaskContainer): boolean {
  return isNamed(given) ? given.name === nameOf(container) : true;
}

function merge(
  container: TaskContainer,
  overrides: readonly TaskContainerOverrides[],
): Omit<TaskContainerSpec, 'demand'> {
  const own = overrides.find((given) => isMeant(given, container));
  const {
    name: _name,
    dependsOn,
    essential: _essential,
    startTimeout,
    stopTimeout,
    ...properties
  } = container;
  return {
    name: nameOf(container),
    spec: mergeContainer(properties, own),
    dependsOn: (dependsOn ?? []).map(dependencyOf),
    essential: isEssential(container),
    ...(startTimeout === undefined ? {} : { startTimeoutSeconds: startTimeout }),
    ...(stopTimeout === undefined ? {} : { stopTimeoutSeconds: stopTimeout }),
  };
}

/** Registration takes no other condition, and no dependency without a name. */
function dependencyOf({ containerName = '', condition }: TaskContainerDependency): ContainerDependency {
  const isEnd = condition === 'COMPLETE' || condition === 'SUCCESS';
  return { containerName, condition: isEnd ? condition : 'START' };
}

/** A container of Fargate that states nothing may use whatever its task has bought. */
function shareOf(total: ContainerDemand, stated: StatedDemand | undefined): ContainerDemand {
  return {
    vcpus: stated?.vcpus ?? total.vcpus,
    memoryMiB: stated?.memoryMiB ?? total.memoryMiB,
    gpus: stated?.gpus ?? 0,
  };
}
