import { describe, expect, it } from 'vitest';
import { environmentKind, takesMultiNode } from '../../../core/placement/compute-environment.ts';
import { createEnvironmentProblems } from '../../../core/placement/compute-environment-create.ts';
import { foreignClusterProblems } from '../../../core/placement/compute-environment-eks.ts';
import type { CreateEnvironmentInput } from '../../../core/placement/compute-environment-input.ts';
import { updateEnvironmentProblems } from '../../../core/placement/compute-environment-update.ts';
import { describeRules } from '../definition/rule-table.ts';
import { anEnvironment, aRequest, ec2With, EC2, EKS, FARGATE, SCOPE, without } from './an-environment.ts';

const onEks = (members: Partial<CreateEnvironmentInput> = {}) =>
  aRequest({ eksConfiguration: EKS, ...members });
const inNamespace = (kubernetesNamespace: string) =>
  onEks({ eksConfiguration: { ...EKS, kubernetesNamespace } });
const field = 'eksConfiguration.kubernetesNamespace';

describeRules('a compute environment on EKS', createEnvironmentProblems, [
  {
    rule: 'names a cluster by its ARN',
    accepts: [onEks()],
    refuses: [
      [
        onEks({ eksConfiguration: without(EKS, 'eksClusterArn') }),
        'eksConfiguration.eksClusterArn is required.',
      ],
      [
        onEks({ eksConfiguration: { ...EKS, eksClusterArn: 'pods' } }),
        'eksConfiguration.eksClusterArn must be the ARN of an EKS cluster, but is "pods".',
      ],
    ],
  },
  {
    rule: 'has a namespace of its own',
    accepts: [onEks(), inNamespace('a'), inNamespace('my-batch-1'), inNamespace('a'.repeat(63))],
    refuses: [
      [inNamespace(''), `${field} is required.`],
      [inNamespace('default'), `${field} must not be default, but is "default".`],
      [inNamespace('kube-system'), `${field} must not begin with kube-, but is "kube-system".`],
      [inNamespace('Batch'), `${field} must match ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$, but is "Batch".`],
      [inNamespace('batch-'), `${field} must match ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$, but is "batch-".`],
      [inNamespace('a'.repeat(64)), `${field} must have at most 63 characters, but is "${'a'.repeat(64)}".`],
    ],
  },
  {
    rule: 'has resources of EC2',
    accepts: [
      onEks({ computeResources: ec2With({ type: 'SPOT', allocationStrategy: 'SPOT_CAPACITY_OPTIMIZED' }) }),
    ],
    refuses: [
      [without(onEks(), 'computeResources'), 'computeResources is required.'],
      [
        onEks({ computeResources: FARGATE }),
        'computeResources.type must be one of EC2, SPOT, but is "FARGATE".',
      ],
    ],
  },
  {
    rule: 'states a strategy, which is not BEST_FIT',
    accepts: [onEks({ computeResources: EC2 })],
    refuses: [
      [
        onEks({ computeResources: without(EC2, 'allocationStrategy') }),
        'computeResources.allocationStrategy is required on EKS.',
      ],
      [
        onEks({ computeResources: ec2With({ allocationStrategy: 'BEST_FIT' }) }),
        'computeResources.allocationStrategy must not be BEST_FIT on EKS, but is "BEST_FIT".',
      ],
    ],
  },
  {
    rule: 'has images for EKS',
    accepts: [
      onEks({
        computeResources: ec2With({
          ec2Configuration: [{ imageType: 'EKS_AL2023', imageKubernetesVersion: '1.31' }],
        }),
      }),
    ],
    refuses: [
      [
        onEks({ computeResources: ec2With({ ec2Configuration: [{ imageType: 'ECS_AL2023' }] }) }),
        'computeResources.ec2Configuration[0].imageType must be an image type for EKS, but is "ECS_AL2023".',
      ],
    ],
  },
]);

const environment = anEnvironment({ eksConfiguration: EKS });

describe('a compute environment on EKS', () => {
  it('keeps its cluster, and is of a kind of its own', () => {
    expect(environment).toMatchObject({ eksConfiguration: EKS, type: 'MANAGED' });
    expect(environmentKind(environment)).toBe('EKS');
    expect(takesMultiNode(environment)).toBe(false);
  });
  it.each([
    ['arn:aws:eks:eu-west-1:123456789012:cluster/pods', 1],
    ['arn:aws:eks:us-east-1:999999999999:cluster/pods', 1],
    ['arn:aws-cn:eks:us-east-1:123456789012:cluster/pods', 1],
    [EKS.eksClusterArn, 0],
    [undefined, 0],
  ])('may have the cluster %s: %i problems', (arn, problems) => {
    expect(foreignClusterProblems(SCOPE, arn)).toHaveLength(problems);
  });
  it('is updated like any other, but its desiredvCpus are not the owner’s', () => {
    const problems = (computeResources: object) =>
      updateEnvironmentProblems(environment, { computeResources }).map(({ message }) => message);
    expect(problems({ maxvCpus: 32 })).toEqual([]);
    expect(problems({ desiredvCpus: 8 })).toEqual([
      'computeResources.desiredvCpus is not allowed in an update on EKS, but is 8.',
    ]);
  });
});
