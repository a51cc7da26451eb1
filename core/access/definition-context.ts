// The condition keys that a job definition brings: one set for each of its containers, because a policy that allows one
// image must not let a second container bring another.
import { listMember, member, textMember } from './members.ts';
import type { ContextEntry } from './question.ts';
import { optionalEntry } from './question.ts';

/** At least one set; an empty one when there is no container. */
export function definitionContexts(input: object): readonly (readonly ContextEntry[])[] {
  const ranges = listMember(input, 'nodeProperties', 'nodeRangeProperties');
  const places = [input, ...ranges];
  const containers = [
    member(input, 'containerProperties'),
    ...ranges.map((range) => member(range, 'container')),
    ...places
      .flatMap((place) => listMember(place, 'ecsProperties', 'taskProperties'))
      .flatMap((task) => listMember(task, 'containers')),
  ].filter((container) => container !== undefined);
  const pods = places
    .map((place) => member(place, 'eksProperties', 'podProperties'))
    .filter((pod) => pod !== undefined);
  const contexts = [...containers.map(containerContext), ...pods.flatMap(podContexts)];
  return contexts.length === 0 ? [[]] : contexts;
}

function containerContext(container: unknown): readonly ContextEntry[] {
  const logs = member(container, 'logConfiguration');
  const option = (name: string): unknown => member(logs, 'options', name);
  return [
    ...optionalEntry('batch:Image', textMember(container, 'image')),
    ...optionalEntry('batch:User', textMember(container, 'user')),
    ...optionalEntry('batch:Privileged', member(container, 'privileged') ?? false, 'boolean'),
    ...optionalEntry('batch:LogDriver', textMember(logs, 'logDriver')),
    ...optionalEntry('batch:AWSLogsGroup', option('awslogs-group')),
    ...optionalEntry('batch:AWSLogsRegion', option('awslogs-region')),
    ...optionalEntry('batch:AWSLogsStreamPrefix', option('awslogs-stream-prefix')),
    ...optionalEntry('batch:AWSLogsCreateGroup', option('awslogs-create-group'), 'boolean'),
  ];
}

/** Of a pod in a definition, or of the overrides in a submission: a set for each container, those that run first included. */
export function podContexts(pod: unknown): readonly (readonly ContextEntry[])[] {
  const containers = [...listMember(pod, 'containers'), ...listMember(pod, 'initContainers')];
  const ofPod = [
    ...optionalEntry('batch:EKSNamespace', textMember(pod, 'metadata', 'namespace')),
    ...optionalEntry('batch:EKSServiceAccountName', textMember(pod, 'serviceAccountName')),
  ];
  if (containers.length === 0) return [ofPod];
  return containers.map((container) => {
    const security = member(container, 'securityContext');
    return [
      ...ofPod,
      ...optionalEntry('batch:EKSImage', textMember(container, 'image')),
      ...optionalEntry('batch:EKSPrivileged', member(security, 'privileged'), 'boolean'),
      ...optionalEntry('batch:EKSRunAsUser', member(security, 'runAsUser'), 'numeric'),
      ...optionalEntry('batch:EKSRunAsGroup', member(security, 'runAsGroup'), 'numeric'),
    ];
  });
}
