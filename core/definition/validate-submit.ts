// The rules of SubmitJob that need no definition: those of the request on its own. What depends on the definition is
// settled in job-spec.ts, and what depends on other jobs or on the queue by whoever can see them.
import { parseJobId } from '../ids.ts';
import { ARRAY_SIZE, DEPENDENCIES_MAX, SHARE_IDENTIFIER_MAX } from './limits.ts';
import { instructionProblems } from './instructions.ts';
import { jobNameProblems } from './names.ts';
import {
  NO_PROBLEMS,
  countProblems,
  eachProblems,
  oneOfProblems,
  problem,
  requiredProblems,
  wholeNumberProblems,
  type Problems,
} from './problem.ts';
import { environmentProblems } from './validate-container.ts';
import {
  consumableResourcesProblems,
  retryStrategyProblems,
  schedulingPriorityProblems,
  tagsProblems,
  timeoutProblems,
} from './validate-settings.ts';
import type { ContainerOverrides, SubmitJobInput } from './wire.ts';

const SHARE_IDENTIFIER = new RegExp(`^[A-Za-z0-9]{1,${SHARE_IDENTIFIER_MAX}}\\*?$`);

export function submitProblems(submit: SubmitJobInput): Problems {
  return [
    ...jobNameProblems('jobName', submit.jobName),
    ...wholeNumberProblems('arrayProperties.size', submit.arrayProperties?.size, ARRAY_SIZE),
    ...dependsOnProblems(submit),
    ...shareIdentifierProblems('shareIdentifier', submit.shareIdentifier),
    ...schedulingPriorityProblems('schedulingPriorityOverride', submit.schedulingPriorityOverride),
    ...retryStrategyProblems('retryStrategy', submit.retryStrategy),
    ...timeoutProblems('timeout', submit.timeout),
    ...tagsProblems('tags', submit.tags),
    ...instructionProblems(submit),
    ...consumableResourcesProblems(
      'consumableResourcePropertiesOverride',
      submit.consumableResourcePropertiesOverride,
    ),
    ...overridesProblems(submit),
  ];
}

export function shareIdentifierProblems(field: string, identifier: string | undefined): Problems {
  if (identifier === undefined || SHARE_IDENTIFIER.test(identifier)) return NO_PROBLEMS;
  const rule = `must be 1 to ${SHARE_IDENTIFIER_MAX} letters or digits with an optional final *`;
  return problem(field, rule, identifier);
}

function dependsOnProblems({ dependsOn, arrayProperties }: SubmitJobInput): Problems {
  const isArray = arrayProperties?.size !== undefined;
  return [
    ...countProblems('dependsOn', dependsOn, { max: DEPENDENCIES_MAX }),
    ...eachProblems('dependsOn', dependsOn, (path, dependency) =>
      dependencyProblems(path, dependency, isArray),
    ),
  ];
}

function dependencyProblems(
  field: string,
  { jobId, type }: { readonly jobId?: string; readonly type?: string },
  isArray: boolean,
): Problems {
  const typed = [
    ...oneOfProblems(`${field}.type`, type, ['N_TO_N', 'SEQUENTIAL']),
    ...(type !== undefined && !isArray
      ? problem(`${field}.type`, 'is for array jobs only', type)
      : NO_PROBLEMS),
  ];
  if (typed.length > 0) return typed;
  if (type === 'SEQUENTIAL') {
    // Some clients send an empty text for the id they do not have.
    return jobId === undefined || jobId === ''
      ? NO_PROBLEMS
      : problem(`${field}.jobId`, 'must be absent with type SEQUENTIAL', jobId);
  }
  if (jobId === undefined || jobId === '') return requiredProblems(`${field}.jobId`, jobId);
  const kind = parseJobId(jobId)?.kind;
  if (kind === undefined || kind === 'node') {
    return problem(`${field}.jobId`, 'must be the id of a job or of an array child', jobId);
  }
  return type === 'N_TO_N' && kind === 'child'
    ? problem(`${field}.jobId`, 'must be the id of an array job with type N_TO_N', jobId)
    : NO_PROBLEMS;
}

/** What every override must obey, whatever container it meets. */
function overridesProblems(submit: SubmitJobInput): Problems {
  const { containerOverrides, ecsPropertiesOverride, eksPropertiesOverride, nodeOverrides } = submit;
  return [
    ...commandAndEnvironmentProblems('containerOverrides', containerOverrides),
    ...eachTaskContainer('ecsPropertiesOverride', ecsPropertiesOverride),
    ...eachProblems(
      'eksPropertiesOverride.podProperties.containers',
      eksPropertiesOverride?.podProperties?.containers,
      (path, { env }) => environmentProblems(`${path}.env`, env),
    ),
    ...wholeNumberProblems('nodeOverrides.numNodes', nodeOverrides?.numNodes, { min: 1 }),
    ...eachProblems(
      'nodeOverrides.nodePropertyOverrides',
      nodeOverrides?.nodePropertyOverrides,
      (path, override) => [
        ...commandAndEnvironmentProblems(`${path}.containerOverrides`, override.containerOverrides),
        ...eachTaskContainer(`${path}.ecsPropertiesOverride`, override.ecsPropertiesOverride),
      ],
    ),
  ];
}

function eachTaskContainer(field: string, override: SubmitJobInput['ecsPropertiesOverride']): Problems {
  return eachProblems(`${field}.taskProperties`, override?.taskProperties, (path, task) =>
    eachProblems(`${path}.containers`, task.containers, commandAndEnvironmentProblems),
  );
}

function commandAndEnvironmentProblems(
  field: string,
  overrides: Pick<ContainerOverrides, 'command' | 'environment'> | undefined,
): Problems {
  return [
    ...eachProblems(`${field}.command`, overrides?.command, (path, word) =>
      word === ''
        ? problem(path, 'must not be an empty string', word, 'Command cannot be empty')
        : NO_PROBLEMS,
    ),
    ...environmentProblems(`${field}.environment`, overrides?.environment),
  ];
}
