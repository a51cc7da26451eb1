// The rules of RegisterJobDefinition as a whole. Answers every problem found; a definition without one can be stored
// and every later reader may trust it.
import { resourceNameProblems } from './names.ts';
import {
  NO_PROBLEMS,
  absentProblems,
  countProblems,
  eachProblems,
  oneOfProblems,
  problem,
  requiredProblems,
  type Problems,
} from './problem.ts';
import { containerPropertiesProblems } from './validate-container.ts';
import { ecsPropertiesProblems } from './validate-ecs.ts';
import { eksPropertiesProblems } from './validate-eks.ts';
import { nodePropertiesProblems } from './validate-nodes.ts';
import {
  consumableResourcesProblems,
  retryStrategyProblems,
  schedulingPriorityProblems,
  tagsProblems,
  timeoutProblems,
} from './validate-settings.ts';
import { PLATFORMS, platformOf, type JobDefinitionInput } from './wire.ts';

export function definitionProblems(definition: JobDefinitionInput): Problems {
  const outline = [
    ...resourceNameProblems('jobDefinitionName', definition.jobDefinitionName),
    ...oneOfProblems('type', definition.type, ['container', 'multinode']),
    ...platformProblems(definition),
  ];
  // Below here the type and the platform decide which rules apply: with either of them wrong, the rest would mislead.
  if (outline.length > 0) return outline;
  const shape = definition.type === 'multinode' ? multinodeProblems(definition) : singleProblems(definition);
  return [
    ...shape,
    ...retryStrategyProblems('retryStrategy', definition.retryStrategy),
    ...timeoutProblems('timeout', definition.timeout),
    ...schedulingPriorityProblems('schedulingPriority', definition.schedulingPriority),
    ...tagsProblems('tags', definition.tags),
    ...consumableResourcesProblems('consumableResourceProperties', definition.consumableResourceProperties),
  ];
}

function platformProblems({ platformCapabilities }: JobDefinitionInput): Problems {
  const field = 'platformCapabilities';
  return [
    ...eachProblems(field, platformCapabilities, (path, platform) =>
      oneOfProblems(path, platform, PLATFORMS),
    ),
    // Two platforms have contradicting rules (fractions of a vCPU, networkConfiguration): no container meets both.
    ...countProblems(field, platformCapabilities, { max: 1 }),
  ];
}

function multinodeProblems(definition: JobDefinitionInput): Problems {
  const { nodeProperties, containerProperties, ecsProperties, eksProperties } = definition;
  const platform = platformOf(definition.platformCapabilities);
  return [
    ...(platform === 'EC2'
      ? NO_PROBLEMS
      : problem('type', `must not be multinode on ${platform}`, definition.type)),
    ...absentProblems('', { containerProperties, ecsProperties, eksProperties }, 'with type multinode'),
    ...(nodeProperties === undefined
      ? problem('nodeProperties', 'is required with type multinode', undefined)
      : nodePropertiesProblems('nodeProperties', nodeProperties)),
  ];
}

function singleProblems(definition: JobDefinitionInput): Problems {
  const { nodeProperties, containerProperties, ecsProperties, eksProperties } = definition;
  const given = Object.entries({ containerProperties, ecsProperties, eksProperties })
    .filter(([, properties]) => properties !== undefined)
    .map(([member]) => member);
  const choice = [
    ...absentProblems('', { nodeProperties }, 'with type container'),
    ...(given.length === 1
      ? NO_PROBLEMS
      : problem(
          'type',
          'container must come with exactly one of containerProperties, ecsProperties, eksProperties',
          given,
        )),
  ];
  if (choice.length > 0) return choice;
  const platform = platformOf(definition.platformCapabilities);
  if (eksProperties !== undefined) {
    const { platformCapabilities, propagateTags } = definition;
    return [
      ...absentProblems('', { platformCapabilities, propagateTags }, 'with eksProperties'),
      ...eksPropertiesProblems('eksProperties', eksProperties),
    ];
  }
  if (ecsProperties !== undefined) return ecsPropertiesProblems('ecsProperties', ecsProperties, platform);
  if (platform === 'MANAGED_INSTANCES') {
    return absentProblems('', { containerProperties }, 'on MANAGED_INSTANCES; use ecsProperties');
  }
  return containerProperties === undefined
    ? requiredProblems('containerProperties', containerProperties)
    : containerPropertiesProblems('containerProperties', containerProperties, { platform, isNode: false });
}
