import { describe, expect, it } from 'vitest';
import type { ComputeEnvironment } from '../../../core/placement/compute-environment.ts';
import type {
  ComputeResourcesInput,
  UpdateEnvironmentInput,
} from '../../../core/placement/compute-environment-input.ts';
import {
  plannedUpdate,
  updateEnvironmentProblems,
} from '../../../core/placement/compute-environment-update.ts';
import { describeRules } from '../definition/rule-table.ts';
import {
  anEnvironment,
  anUnmanagedEnvironment,
  ec2Of,
  ec2With,
  FARGATE,
  managed,
  SERVICE_LINKED_ROLE,
} from './an-environment.ts';

type Case = readonly [ComputeEnvironment, UpdateEnvironmentInput];
const check = ([environment, input]: Case) => updateEnvironmentProblems(environment, input);
const resources = (computeResources: ComputeResourcesInput): UpdateEnvironmentInput => ({ computeResources });

const ec2 = anEnvironment();
const bestFit = anEnvironment({ computeResources: ec2With({ allocationStrategy: 'BEST_FIT' }) });
const ordinaryRole = anEnvironment({ serviceRole: 'arn:aws:iam::123456789012:role/mine' });
const fargate = anEnvironment({ computeResources: FARGATE });
const unmanaged = anUnmanagedEnvironment();
const busy = anEnvironment({ computeResources: ec2With({ desiredvCpus: 8 }) });

const SCALING_DOWN =
  'Manually scaling down compute environment is not supported. Disconnecting job queues from compute environment will cause it to scale-down to minvCpus.';

describeRules('UpdateComputeEnvironment', check, [
  {
    rule: 'waits for the change under way',
    accepts: [
      [ec2, { state: 'DISABLED' }],
      [anEnvironment({}, { status: 'INVALID' }), { state: 'DISABLED' }],
    ],
    refuses: (['CREATING', 'UPDATING', 'DELETING'] as const).map((status) => [
      [anEnvironment({}, { status }), { state: 'DISABLED' }],
      'Cannot update, resource is being modified',
    ]),
  },
  {
    rule: 'does not switch between the service-linked and another role',
    accepts: [
      [ec2, { serviceRole: SERVICE_LINKED_ROLE }],
      [ordinaryRole, { serviceRole: 'arn:aws:iam::123456789012:role/other' }],
      [ec2, { serviceRole: '' }],
    ],
    refuses: [
      [[ec2, { serviceRole: 'mine' }], 'serviceRole must stay the service-linked role, but is "mine".'],
      [
        [ordinaryRole, { serviceRole: SERVICE_LINKED_ROLE }],
        `serviceRole must not become the service-linked role, but is "${SERVICE_LINKED_ROLE}".`,
      ],
    ],
  },
  {
    rule: 'keeps the members of managed and unmanaged environments apart',
    accepts: [
      [unmanaged, { unmanagedvCpus: 4, state: 'DISABLED' }],
      [ec2, resources({ maxvCpus: 32 })],
    ],
    refuses: [
      [
        [ec2, { unmanagedvCpus: 4 }],
        'unmanagedvCpus is not allowed for a MANAGED compute environment, but is 4.',
      ],
      [
        [unmanaged, resources({ maxvCpus: 4 })],
        'computeResources is not allowed for an UNMANAGED compute environment, but is {"maxvCpus":4}.',
      ],
      [
        [unmanaged, { updatePolicy: {} }],
        'updatePolicy is not allowed for an UNMANAGED compute environment, but is {}.',
      ],
      [
        [unmanaged, { unmanagedvCpus: -1 }],
        'unmanagedvCpus must be a whole number of at least 0, but is -1.',
      ],
    ],
  },
  {
    rule: 'gives running jobs 1 to 7200 minutes',
    accepts: [
      [ec2, { updatePolicy: { jobExecutionTimeoutMinutes: 1 } }],
      [ec2, { updatePolicy: { jobExecutionTimeoutMinutes: 7200 } }],
    ],
    refuses: [0, 7201].map((jobExecutionTimeoutMinutes) => [
      [ec2, { updatePolicy: { jobExecutionTimeoutMinutes } }],
      `updatePolicy.jobExecutionTimeoutMinutes must be a whole number from 1 to 7200, but is ${jobExecutionTimeoutMinutes}.`,
    ]),
  },
  {
    rule: 'only raises desiredvCpus, within the bounds',
    accepts: [
      [busy, resources({ desiredvCpus: 8 })],
      [busy, resources({ desiredvCpus: 16 })],
      [busy, resources({ desiredvCpus: 20, maxvCpus: 20 })],
    ],
    refuses: [
      [[busy, resources({ desiredvCpus: 7 })], SCALING_DOWN],
      [
        [busy, resources({ desiredvCpus: 17 })],
        'computeResources.desiredvCpus must be a whole number from 0 to 16, but is 17.',
      ],
      [
        [busy, resources({ minvCpus: 17 })],
        'computeResources.minvCpus must be a whole number from 0 to 16, but is 17.',
      ],
    ],
  },
  {
    rule: 'changes infrastructure with the service-linked role only',
    accepts: [
      [ec2, resources({ instanceTypes: ['c5'] })],
      [ordinaryRole, resources({ maxvCpus: 32, instanceTypes: ['m5'] })],
    ],
    refuses: [
      [
        [ordinaryRole, resources({ instanceTypes: ['c5'], imageId: 'ami-1' })],
        'Cannot update computeResources.imageId, computeResources.instanceTypes: an infrastructure update needs the service-linked role AWSServiceRoleForBatch.',
      ],
    ],
  },
  {
    rule: 'changes infrastructure under another strategy than BEST_FIT only',
    accepts: [
      [bestFit, resources({ minvCpus: 1, maxvCpus: 32, desiredvCpus: 4, instanceRole: 'ecsInstanceRole' })],
      [ec2, resources({ allocationStrategy: 'BEST_FIT_PROGRESSIVE_ORDERED' })],
    ],
    refuses: [
      ...(
        [
          ['allocationStrategy', 'BEST_FIT_PROGRESSIVE'],
          ['ec2KeyPair', 'key'],
          ['imageId', 'ami-1'],
          ['instanceRole', 'other'],
          ['instanceTypes', ['c5']],
          ['launchTemplate', { launchTemplateId: 'lt-1' }],
          ['placementGroup', 'group'],
          ['securityGroupIds', ['sg-2']],
          ['subnets', ['subnet-2']],
          ['tags', { a: 'b' }],
          ['bidPercentage', 50],
          ['ec2Configuration', [{ imageType: 'ECS_AL2023' }]],
          ['updateToLatestImageVersion', true],
        ] as const
      ).map(
        ([member, value]) =>
          [
            [bestFit, resources({ [member]: value })],
            `Cannot update computeResources.${member}: a compute environment with allocationStrategy BEST_FIT does not support infrastructure updates.`,
          ] as const,
      ),
      [
        [ec2, resources({ allocationStrategy: 'BEST_FIT' })],
        'computeResources.allocationStrategy must not become BEST_FIT, but is "BEST_FIT".',
      ],
    ],
  },
  {
    rule: 'moves between EC2 and SPOT, and not to Fargate or away from it',
    accepts: [
      [ec2, resources({ type: 'SPOT' })],
      [fargate, resources({ type: 'FARGATE' })],
    ],
    refuses: [
      [
        [ec2, resources({ type: 'FARGATE' })],
        'computeResources.type must stay EC2 or SPOT, but is "FARGATE".',
      ],
      [[fargate, resources({ type: 'EC2' })], 'computeResources.type must stay FARGATE, but is "EC2".'],
    ],
  },
  {
    rule: 'changes only maxvCpus, subnets and security groups of Fargate',
    accepts: [[fargate, resources({ maxvCpus: 8, subnets: ['subnet-2'], securityGroupIds: [] })]],
    refuses: [
      [
        [fargate, resources({ minvCpus: 1 })],
        'computeResources.minvCpus is not allowed for FARGATE, but is 1.',
      ],
      [
        [fargate, resources({ instanceTypes: ['m5'] })],
        'computeResources.instanceTypes is not allowed for FARGATE, but is ["m5"].',
      ],
      [
        [fargate, resources({ subnets: Array.from({ length: 17 }, (_, index) => `subnet-${index}`) })],
        'computeResources.subnets must have 1 to 16 elements, but has 17.',
      ],
    ],
  },
  {
    rule: 'leads to resources that could have been created',
    accepts: [[ec2, resources({ subnets: [], securityGroupIds: [] })]],
    refuses: [
      [[ec2, resources({ instanceTypes: [] })], 'computeResources.instanceTypes is required.'],
      [
        [ec2, resources({ allocationStrategy: 'SPOT_CAPACITY_OPTIMIZED' })],
        'computeResources.allocationStrategy is only for computeResources of type SPOT, but is "SPOT_CAPACITY_OPTIMIZED".',
      ],
      [
        [ec2, resources({ launchTemplate: {} })],
        'computeResources.launchTemplate must have exactly one of launchTemplateId and launchTemplateName, but is [].',
      ],
    ],
  },
]);

describe('a planned update', () => {
  const withExtras = anEnvironment({
    computeResources: ec2With({
      ec2KeyPair: 'key',
      imageId: 'ami-1',
      launchTemplate: { launchTemplateId: 'lt-1', overrides: [] },
      ec2Configuration: [{ imageType: 'ECS_AL2' }],
    }),
  });

  it('is UPDATING and changes nothing that was not given', () => {
    const { environment, change } = plannedUpdate(ec2, { state: 'DISABLED' });
    expect(environment).toEqual({ ...ec2, state: 'DISABLED', status: 'UPDATING', statusReason: '' });
    expect(change).toEqual({ kind: 'update', infrastructure: false, updateToLatestImageVersion: false });
  });
  it.each([
    [{ maxvCpus: 32 }, false],
    [{ instanceTypes: ['m5'], subnets: ['subnet-1'] }, false],
    [{ instanceTypes: ['c5'] }, true],
    [{ tags: { a: 'b' } }, true],
    [{ type: 'SPOT' }, true],
    [{ updateToLatestImageVersion: true }, true],
    [{ updateToLatestImageVersion: false }, false],
  ])('knows that %j replaces instances: %s', (patch, infrastructure) => {
    expect(plannedUpdate(ec2, resources(patch)).change).toMatchObject({ infrastructure });
  });
  it('replaces the instances of an INVALID one: what could not be done before is still to be done', () => {
    expect(plannedUpdate({ ...ec2, status: 'INVALID' }, { state: 'ENABLED' }).change).toMatchObject({
      infrastructure: true,
    });
  });
  it('removes what is set to an empty text or an empty list', () => {
    const patch = {
      ec2KeyPair: '',
      imageId: '',
      launchTemplate: { launchTemplateName: '' },
      ec2Configuration: [],
    };
    const after = ec2Of(plannedUpdate(withExtras, resources(patch)).environment);
    for (const member of Object.keys(patch)) expect(after).not.toHaveProperty(member);
  });
  it('replaces a launch template and the instance tags whole', () => {
    const patch = { launchTemplate: { launchTemplateName: 'other' }, tags: { b: '2' } };
    expect(ec2Of(plannedUpdate(withExtras, resources(patch)).environment)).toMatchObject(patch);
  });
  it.each([
    [{ maxvCpus: 4 }, 4],
    [{ minvCpus: 12 }, 12],
    [{ maxvCpus: 32 }, 8],
    [{ desiredvCpus: 10 }, 10],
  ])('moves desiredvCpus into the bounds of %j: %i', (patch, desiredvCpus) => {
    expect(ec2Of(plannedUpdate(busy, resources(patch)).environment)).toMatchObject({ desiredvCpus });
  });
  it('unsets a scale-down delay by 0', () => {
    const delayed = anEnvironment({
      computeResources: ec2With({ scalingPolicy: { minScaleDownDelayMinutes: 30 } }),
    });
    const unset = plannedUpdate(delayed, resources({ scalingPolicy: { minScaleDownDelayMinutes: 0 } }));
    expect(ec2Of(unset.environment)).not.toHaveProperty('scalingPolicy');
    expect(unset.change).toMatchObject({ infrastructure: false });
  });
  it('keeps the lists of Fargate when they are given empty', () => {
    const { environment, change } = plannedUpdate(fargate, resources({ subnets: [], maxvCpus: 4 }));
    expect(managed(environment).computeResources).toEqual({ ...FARGATE, maxvCpus: 4 });
    expect(change).toMatchObject({ infrastructure: false });
  });
  it('fills an update policy with the defaults, then with what it was', () => {
    const first = plannedUpdate(ec2, { updatePolicy: { terminateJobsOnUpdate: true } }).environment;
    expect(managed(first).updatePolicy).toEqual({
      terminateJobsOnUpdate: true,
      jobExecutionTimeoutMinutes: 30,
    });
    const second = plannedUpdate(first, { updatePolicy: { jobExecutionTimeoutMinutes: 60 } }).environment;
    expect(managed(second).updatePolicy).toEqual({
      terminateJobsOnUpdate: true,
      jobExecutionTimeoutMinutes: 60,
    });
  });
  it('changes the reserve of an unmanaged environment', () => {
    expect(plannedUpdate(unmanaged, { unmanagedvCpus: 12 }).environment).toMatchObject({
      type: 'UNMANAGED',
      status: 'UPDATING',
      unmanagedvCpus: 12,
    });
  });
});
