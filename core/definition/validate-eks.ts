// Rules of `eksProperties`: one pod, its containers and what they may ask of Kubernetes.
import { MEMORY_MIB_MIN, POD_CONTAINERS_MAX } from './limits.ts';
import {
  NO_PROBLEMS,
  countProblems,
  eachProblems,
  oneOfProblems,
  problem,
  requiredProblems,
  uniqueProblems,
  type Problems,
} from './problem.ts';
import { environmentProblems } from './validate-container.ts';
import type { EksContainer, EksPodProperties, EksProperties, TextMap } from './wire.ts';

const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const DNS_POLICIES = ['Default', 'ClusterFirst', 'ClusterFirstWithHostNet'];
/** What Kubernetes calls a container that has no name of its own. */
const UNNAMED = 'Default';
const CPU = /^\d{1,6}(?:\.(?:0|00|25|5|50|75))?$/;
const MEMORY = /^(\d{1,9})Mi$/;
const GPU = /^\d{1,4}$/;

export function eksPropertiesProblems(field: string, { podProperties: pod }: EksProperties): Problems {
  const path = `${field}.podProperties`;
  if (pod === undefined) return requiredProblems(path, pod);
  return [
    ...countProblems(`${path}.containers`, pod.containers, { min: 1, max: POD_CONTAINERS_MAX }),
    ...countProblems(`${path}.initContainers`, pod.initContainers, { max: POD_CONTAINERS_MAX }),
    ...eachProblems(`${path}.containers`, pod.containers, (at, container) => [
      ...eksContainerProblems(at, container, pod),
      ...statedResourcesProblems(at, container),
    ]),
    ...eachProblems(`${path}.initContainers`, pod.initContainers, (at, container) =>
      eksContainerProblems(at, container, pod),
    ),
    ...uniqueProblems(
      `${path}.containers.name`,
      [...(pod.containers ?? []), ...(pod.initContainers ?? [])].map(({ name }) => name ?? UNNAMED),
    ),
    ...uniqueProblems(
      `${path}.volumes.name`,
      (pod.volumes ?? []).map(({ name }) => name),
    ),
    ...oneOfProblems(`${path}.dnsPolicy`, pod.dnsPolicy, DNS_POLICIES),
    ...namespaceProblems(`${path}.metadata.namespace`, pod.metadata?.namespace),
  ];
}

export function namespaceProblems(field: string, namespace: string | undefined): Problems {
  if (namespace === undefined) return NO_PROBLEMS;
  if (!DNS_LABEL.test(namespace)) {
    return problem(
      field,
      'must be 1 to 63 lower-case letters, digits or hyphens, with no hyphen at an end',
      namespace,
    );
  }
  return namespace === 'default' || namespace.startsWith('kube-')
    ? problem(field, 'must not be default or begin with kube-', namespace)
    : NO_PROBLEMS;
}

function eksContainerProblems(field: string, container: EksContainer, pod: EksPodProperties): Problems {
  const volumes = new Set((pod.volumes ?? []).map(({ name }) => name));
  return [
    ...requiredProblems(`${field}.image`, container.image),
    ...oneOfProblems(`${field}.imagePullPolicy`, container.imagePullPolicy, PULL_POLICIES),
    ...environmentProblems(`${field}.env`, container.env),
    ...eksResourcesProblems(`${field}.resources`, container.resources),
    ...eachProblems(`${field}.volumeMounts`, container.volumeMounts, (path, { name }) =>
      volumes.has(name)
        ? NO_PROBLEMS
        : problem(`${path}.name`, 'must be the name of a declared volume', name ?? null),
    ),
  ];
}

/** Of definitions and of overrides: each amount on its own, then requests against limits. */
export function eksResourcesProblems(field: string, resources: EksContainer['resources']): Problems {
  const { limits, requests } = resources ?? {};
  const spelling = [
    ...amountsProblems(`${field}.limits`, limits),
    ...amountsProblems(`${field}.requests`, requests),
  ];
  if (spelling.length > 0 || limits === undefined || requests === undefined) return spelling;
  return Object.entries(requests).flatMap(([resource, request]) => {
    const limit = limits[resource];
    if (limit === undefined) return NO_PROBLEMS;
    if (resource === 'cpu') {
      return Number(limit) >= Number(request)
        ? NO_PROBLEMS
        : problem(`${field}.limits.cpu`, `must be at least the request ${request}`, limit);
    }
    return Number.parseInt(limit, 10) === Number.parseInt(request, 10)
      ? NO_PROBLEMS
      : problem(`${field}.limits.${resource}`, `must equal the request ${request}`, limit);
  });
}

function amountsProblems(field: string, amounts: TextMap | undefined): Problems {
  return Object.entries(amounts ?? {}).flatMap(([resource, amount]) => {
    const path = `${field}.${resource}`;
    switch (resource) {
      case 'cpu':
        return CPU.test(amount) && Number(amount) > 0
          ? NO_PROBLEMS
          : problem(path, 'must be a multiple of 0.25', amount);
      case 'memory':
        return Number(MEMORY.exec(amount)?.[1] ?? 0) >= MEMORY_MIB_MIN
          ? NO_PROBLEMS
          : problem(path, `must be a whole number of at least ${MEMORY_MIB_MIN} with the suffix Mi`, amount);
      case 'nvidia.com/gpu':
        return GPU.test(amount) ? NO_PROBLEMS : problem(path, 'must be a whole number', amount);
      default:
        return problem(path, 'must be cpu, memory or nvidia.com/gpu', amount);
    }
  });
}

function statedResourcesProblems(field: string, { resources }: EksContainer): Problems {
  const stated = { ...resources?.requests, ...resources?.limits };
  if (stated['cpu'] === undefined) {
    return problem(`${field}.resources`, 'must state cpu', undefined, 'vCPU is not provided.');
  }
  return stated['memory'] === undefined
    ? problem(`${field}.resources`, 'must state memory', undefined, 'Memory is not provided.')
    : NO_PROBLEMS;
}
