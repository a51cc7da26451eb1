import { describe, expect, it } from 'vitest';
import {
  createEnvironmentProblems,
  isServiceLinkedRole,
  newEnvironment,
} from '../../../core/placement/compute-environment-create.ts';
import { describeRules } from '../definition/rule-table.ts';
import { aRequest, EKS, FARGATE, SCOPE, SERVICE_LINKED_ROLE, UUID, without } from './an-environment.ts';

const unmanaged = without(aRequest({ type: 'UNMANAGED', serviceRole: 'role' }), 'computeResources');

describeRules('CreateComputeEnvironment', createEnvironmentProblems, [
  {
    rule: 'names the environment in letters, digits, hyphens and underscores',
    accepts: [aRequest({ computeEnvironmentName: 'My_env-1' })],
    refuses: [
      [
        aRequest({ computeEnvironmentName: 'my env' }),
        'Provided name my env is not supported pattern[a-zA-Z_0-9-]{1,128}',
      ],
      [
        aRequest({ computeEnvironmentName: '' }),
        'Provided name  is not supported pattern[a-zA-Z_0-9-]{1,128}',
      ],
    ],
  },
  {
    rule: 'describes the resources of a MANAGED environment, and only of one',
    accepts: [aRequest(), aRequest({ computeResources: FARGATE }), unmanaged],
    refuses: [
      [without(aRequest(), 'computeResources'), 'computeResources is required.'],
      [
        { ...unmanaged, computeResources: {} },
        'computeResources is not allowed for an UNMANAGED compute environment, but is {}.',
      ],
    ],
  },
  {
    rule: 'obeys the rules of its resources',
    accepts: [aRequest()],
    refuses: [[aRequest({ computeResources: { type: 'EC2' } }), 'computeResources.maxvCpus is required.']],
  },
  {
    rule: 'gives unmanagedvCpus to an UNMANAGED environment only',
    accepts: [{ ...unmanaged, unmanagedvCpus: 64 }],
    refuses: [
      [
        aRequest({ unmanagedvCpus: 64 }),
        'unmanagedvCpus is not allowed for a MANAGED compute environment, but is 64.',
      ],
      [
        { ...unmanaged, unmanagedvCpus: -1 },
        'unmanagedvCpus must be a whole number of at least 0, but is -1.',
      ],
    ],
  },
  {
    rule: 'gives a service role to an UNMANAGED environment',
    accepts: [unmanaged, without(aRequest(), 'serviceRole')],
    refuses: [
      [without(unmanaged, 'serviceRole'), 'serviceRole is required.'],
      [{ ...unmanaged, serviceRole: '' }, 'serviceRole is required.'],
    ],
  },
  {
    rule: 'has an EKS cluster only as a MANAGED one',
    accepts: [aRequest({ eksConfiguration: EKS }), aRequest()],
    refuses: [
      [
        { ...unmanaged, eksConfiguration: EKS },
        `eksConfiguration is not allowed for an UNMANAGED compute environment, but is ${JSON.stringify(EKS)}.`,
      ],
    ],
  },
  {
    rule: 'keeps to the limits of tags',
    accepts: [aRequest({ tags: { team: 'a' } })],
    refuses: [
      [aRequest({ tags: { 'AWS:x': '1' } }), 'tags must not have keys that begin with aws:, but is "AWS:x".'],
    ],
  },
]);

describe('a new compute environment', () => {
  it('is ENABLED and CREATING, and has its ARN, its cluster and the service-linked role', () => {
    expect(newEnvironment(SCOPE, UUID, aRequest())).toMatchObject({
      ceArn: 'arn:aws:batch:us-east-1:123456789012:compute-environment/ce',
      type: 'MANAGED',
      state: 'ENABLED',
      status: 'CREATING',
      uuid: UUID,
      ecsClusterArn: `arn:aws:ecs:us-east-1:123456789012:cluster/AWSBatch-ce-${UUID}`,
      serviceRole: SERVICE_LINKED_ROLE,
      tags: {},
    });
  });
  it('keeps what its owner said', () => {
    const asked = {
      state: 'DISABLED',
      serviceRole: 'arn:aws:iam::123456789012:role/mine',
      tags: { a: 'b' },
    } as const;
    expect(newEnvironment(SCOPE, UUID, { ...unmanaged, ...asked, unmanagedvCpus: 8 })).toMatchObject({
      ...asked,
      type: 'UNMANAGED',
      unmanagedvCpus: 8,
    });
  });
  it('keeps the cluster settings', () => {
    const ecsSettings = { containerInsights: 'ENHANCED' };
    expect(newEnvironment(SCOPE, UUID, aRequest({ ecsSettings }))).toMatchObject({ ecsSettings });
  });
  it.each([
    [SERVICE_LINKED_ROLE, true],
    ['AWSServiceRoleForBatch', true],
    ['arn:aws:iam::123456789012:role/service-role/AWSBatchServiceRole', false],
  ])('knows whether %s is the service-linked role', (role, expected) => {
    expect(isServiceLinkedRole(role)).toBe(expected);
  });
});
