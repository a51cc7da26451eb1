// Rules of `ecsProperties`: one task of up to ten containers that start and end in an order.
import { resourceRequirementsProblems, statedDemand, sufficiencyProblems, totalDemand } from './demand.ts';
import { TASK_CONTAINERS_MAX } from './limits.ts';
import {
  NO_PROBLEMS,
  absentProblems,
  countProblems,
  eachProblems,
  oneOfProblems,
  problem,
  requiredProblems,
  uniqueProblems,
  wholeNumberProblems,
  type Problems,
} from './problem.ts';
import { ecsContainerProblems, fargateSettingsProblems } from './validate-container.ts';
import { volumesProblems } from './validate-volumes.ts';
import type { EcsProperties, EcsTaskProperties, Platform, TaskContainer } from './wire.ts';

const CONTAINER_NAME = /^[A-Za-z0-9_-]{1,255}$/;
const CONDITIONS = ['START', 'COMPLETE', 'SUCCESS'];

export function ecsPropertiesProblems(
  field: string,
  properties: EcsProperties,
  platform: Platform,
): Problems {
  return [
    ...countProblems(`${field}.taskProperties`, properties.taskProperties, { min: 1, max: 1 }),
    ...eachProblems(`${field}.taskProperties`, properties.taskProperties, (path, task) =>
      taskProblems(path, task, platform),
    ),
  ];
}

function taskProblems(field: string, task: EcsTaskProperties, platform: Platform): Problems {
  const { containers = [], volumes } = task;
  const path = `${field}.containers`;
  const context = { platform, volumes, extraLogDrivers: ['awsfirelens'] };
  return [
    ...countProblems(path, containers, { min: 1, max: TASK_CONTAINERS_MAX }),
    ...eachProblems(path, containers, (at, container) => [
      ...ecsContainerProblems(at, container, context),
      ...resourceRequirementsProblems(`${at}.resourceRequirements`, container.resourceRequirements, platform),
      ...taskContainerProblems(at, container, containers.length),
    ]),
    ...uniqueProblems(
      `${path}.name`,
      containers.map(({ name }) => name),
    ),
    ...volumesProblems(`${field}.volumes`, volumes, platform),
    ...essentialProblems(path, containers),
    ...dependencyProblems(path, containers),
    ...taskResourcesProblems(field, containers, platform),
    ...fargateSettingsProblems(field, task, platform),
    ...taskModeProblems(field, task, platform),
  ];
}

function taskContainerProblems(field: string, container: TaskContainer, siblings: number): Problems {
  const { name, firelensConfiguration, startTimeout, stopTimeout } = container;
  return [
    // A lone container needs no name: nothing has to tell it apart.
    ...(siblings > 1 ? requiredProblems(`${field}.name`, name) : NO_PROBLEMS),
    ...(name !== undefined && name !== '' && !CONTAINER_NAME.test(name)
      ? problem(`${field}.name`, 'must be 1 to 255 letters, digits, hyphens or underscores', name)
      : NO_PROBLEMS),
    ...oneOfProblems(`${field}.firelensConfiguration.type`, firelensConfiguration?.type, [
      'fluentd',
      'fluentbit',
    ]),
    ...wholeNumberProblems(`${field}.startTimeout`, startTimeout, { min: 0 }),
    ...wholeNumberProblems(`${field}.stopTimeout`, stopTimeout, { min: 0 }),
  ];
}

export function isEssential({ essential }: TaskContainer): boolean {
  return essential ?? true;
}

function essentialProblems(field: string, containers: readonly TaskContainer[]): Problems {
  return containers.length === 0 || containers.some(isEssential)
    ? NO_PROBLEMS
    : problem(field, 'must have at least one essential container', undefined);
}

function dependencyProblems(field: string, containers: readonly TaskContainer[]): Problems {
  const byName = new Map(containers.map((container) => [container.name, container]));
  const wrong = eachProblems(field, containers, (path, container) =>
    eachProblems(`${path}.dependsOn`, container.dependsOn, (at, { containerName, condition }) => {
      const target = byName.get(containerName);
      if (containerName === undefined || target === undefined || target === container) {
        return problem(
          `${at}.containerName`,
          'must be the name of another container of the task',
          containerName ?? null,
        );
      }
      const unknown = condition === undefined ? requiredProblems(`${at}.condition`, condition) : NO_PROBLEMS;
      // The task ends with its essential containers: nothing could start after one of them has ended.
      const waitsForEssential = condition !== 'START' && isEssential(target);
      return [
        ...unknown,
        ...oneOfProblems(`${at}.condition`, condition, CONDITIONS),
        ...(waitsForEssential && condition !== undefined && CONDITIONS.includes(condition)
          ? problem(
              `${at}.condition`,
              `must be START for the essential container ${containerName}`,
              condition,
            )
          : NO_PROBLEMS),
      ];
    }),
  );
  if (wrong.length > 0) return wrong;
  const cycle = findCycle(containers);
  return cycle === undefined
    ? NO_PROBLEMS
    : problem(`${field}.dependsOn`, 'must not form a cycle', cycle.join(' -> '));
}

/** Names along one dependency cycle, or nothing. Assumes that every dependency names a container. */
function findCycle(containers: readonly TaskContainer[]): readonly string[] | undefined {
  const edges = new Map(
    containers.map(({ name = '', dependsOn = [] }) => [
      name,
      dependsOn.map(({ containerName = '' }) => containerName),
    ]),
  );
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(name)) return [...trail.slice(trail.indexOf(name)), name];
    if (done.has(name)) return undefined;
    for (const next of edges.get(name) ?? []) {
      const cycle = visit(next, [...trail, name]);
      if (cycle) return cycle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of edges.keys()) {
    const cycle = visit(name, []);
    if (cycle) return cycle;
  }
  return undefined;
}

/** On Fargate the task as a whole buys a size; elsewhere each container states its own share. */
function taskResourcesProblems(
  field: string,
  containers: readonly TaskContainer[],
  platform: Platform,
): Problems {
  if (platform !== 'FARGATE') {
    return eachProblems(`${field}.containers`, containers, (path, container) =>
      sufficiencyProblems(path, statedDemand(container), platform),
    );
  }
  const sum = totalDemand(containers.map(statedDemand));
  return containers.length === 0 ? NO_PROBLEMS : sufficiencyProblems(field, sum, platform);
}

function taskModeProblems(field: string, task: EcsTaskProperties, platform: Platform): Problems {
  const { ipcMode, pidMode, networkMode, platformVersion } = task;
  return [
    ...oneOfProblems(`${field}.ipcMode`, ipcMode, ['host', 'task', 'none']),
    ...oneOfProblems(`${field}.pidMode`, pidMode, ['host', 'task']),
    ...oneOfProblems(`${field}.networkMode`, networkMode, ['host']),
    ...(platform === 'FARGATE' ? absentProblems(field, { ipcMode }, 'on Fargate') : NO_PROBLEMS),
    ...(platform === 'FARGATE' && pidMode === 'host'
      ? problem(`${field}.pidMode`, 'must not be host on Fargate', pidMode)
      : NO_PROBLEMS),
    ...(platform === 'FARGATE' ? NO_PROBLEMS : absentProblems(field, { platformVersion }, 'outside Fargate')),
    ...(platform === 'MANAGED_INSTANCES'
      ? NO_PROBLEMS
      : absentProblems(field, { networkMode }, 'outside managed instances')),
  ];
}
