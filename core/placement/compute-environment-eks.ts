// Rules of a compute environment on Amazon EKS: its cluster and namespace, and what its resources may say. Both are fixed for
// life. Source: AWS Batch API Reference, EksConfiguration and ComputeResource; contract §4.9.
import {
  absentProblems,
  NO_PROBLEMS,
  oneOfProblems,
  problem,
  requiredProblems,
} from '../definition/problem.ts';
import type { Problems } from '../definition/problem.ts';
import type { Scope } from '../ids.ts';
import type { EksConfiguration } from './compute-environment.ts';
import type { ComputeResourcesInput, CreateEnvironmentInput } from './compute-environment-input.ts';

const FIELD = 'eksConfiguration';
const CLUSTER_ARN = /^arn:(aws[a-z-]*):eks:([a-z0-9-]+):(\d{12}):cluster\/[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/;
const NAMESPACE = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const NAMESPACE_CHARACTERS_MAX = 63;

/** AWS's quota: compute environments that share an EKS cluster. */
export const ENVIRONMENTS_PER_CLUSTER_MAX = 5;

export function eksConfigurationProblems(
  configuration: NonNullable<CreateEnvironmentInput['eksConfiguration']>,
): Problems {
  const { eksClusterArn, kubernetesNamespace } = configuration;
  return [
    ...requiredProblems(`${FIELD}.eksClusterArn`, eksClusterArn),
    ...(eksClusterArn ? clusterProblems(eksClusterArn) : NO_PROBLEMS),
    ...requiredProblems(`${FIELD}.kubernetesNamespace`, kubernetesNamespace),
    ...(kubernetesNamespace ? namespaceProblems(kubernetesNamespace) : NO_PROBLEMS),
  ];
}

function clusterProblems(arn: string): Problems {
  const field = `${FIELD}.eksClusterArn`;
  return CLUSTER_ARN.test(arn) ? NO_PROBLEMS : problem(field, 'must be the ARN of an EKS cluster', arn);
}

/** A cluster elsewhere cannot be reached from here, in either home. */
export function foreignClusterProblems(scope: Scope, arn: string | undefined): Problems {
  const [, partition, region, account] = CLUSTER_ARN.exec(arn ?? '') ?? [];
  if (account === undefined) return NO_PROBLEMS;
  const isOurs = partition === scope.partition && region === scope.region && account === scope.account;
  if (isOurs) return NO_PROBLEMS;
  const rule = `must belong to account ${scope.account} and Region ${scope.region}`;
  return problem(`${FIELD}.eksClusterArn`, rule, arn);
}

function namespaceProblems(namespace: string): Problems {
  const field = `${FIELD}.kubernetesNamespace`;
  if (namespace.length > NAMESPACE_CHARACTERS_MAX) {
    return problem(field, `must have at most ${NAMESPACE_CHARACTERS_MAX} characters`, namespace);
  }
  if (!NAMESPACE.test(namespace)) return problem(field, `must match ${NAMESPACE.source}`, namespace);
  if (namespace === 'default') return problem(field, 'must not be default', namespace);
  return namespace.startsWith('kube-') ? problem(field, 'must not begin with kube-', namespace) : NO_PROBLEMS;
}

/** What EKS asks of EC2 resources beyond their own rules. */
export function eksResourcesProblems(resources: ComputeResourcesInput): Problems {
  const { type, allocationStrategy } = resources;
  const field = 'computeResources.allocationStrategy';
  return [
    ...oneOfProblems('computeResources.type', type, ['EC2', 'SPOT']),
    ...(allocationStrategy === undefined
      ? problem(field, 'is required on EKS', undefined)
      : allocationStrategy === 'BEST_FIT'
        ? problem(field, 'must not be BEST_FIT on EKS', allocationStrategy)
        : NO_PROBLEMS),
  ];
}

/** Batch itself moves it there. */
export function eksUpdateProblems({ desiredvCpus }: ComputeResourcesInput): Problems {
  return absentProblems('computeResources', { desiredvCpus }, 'in an update on EKS');
}

export function quotaOfClusterProblems(arn: string): Problems {
  const message = `An EKS cluster may have at most ${ENVIRONMENTS_PER_CLUSTER_MAX} compute environments, and ${arn} has them.`;
  return problem(`${FIELD}.eksClusterArn`, 'must be within the quota', arn, message);
}

/** Builds what is stored from what broke no rule. */
export function eksConfigurationOf(
  input: NonNullable<CreateEnvironmentInput['eksConfiguration']>,
): EksConfiguration {
  return {
    eksClusterArn: input.eksClusterArn ?? '',
    kubernetesNamespace: input.kubernetesNamespace ?? '',
  };
}
