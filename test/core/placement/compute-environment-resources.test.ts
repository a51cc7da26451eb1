import { describe, expect, it } from 'vitest';
import { resourcesOf, resourcesProblems } from '../../../core/placement/compute-environment-resources.ts';
import type { ComputeResourcesInput } from '../../../core/placement/compute-environment-input.ts';
import { describeRules } from '../definition/rule-table.ts';
import { EC2, ec2With, FARGATE, fargateWith, without } from './an-environment.ts';

const create = (resources: ComputeResourcesInput) => resourcesProblems(resources, 'create');

describeRules('computeResources of any type', create, [
  {
    rule: 'states a type',
    accepts: [EC2, ec2With({ type: 'SPOT' }), FARGATE, fargateWith({ type: 'FARGATE_SPOT' })],
    refuses: [
      [without(EC2, 'type'), 'computeResources.type is required.'],
      [
        ec2With({ type: 'LAMBDA' }),
        'computeResources.type must be one of EC2, SPOT, FARGATE, FARGATE_SPOT, ECS_MANAGED_INSTANCES, but is "LAMBDA".',
      ],
    ],
  },
  {
    rule: 'states maxvCpus as a whole number',
    accepts: [ec2With({ maxvCpus: 0 }), fargateWith({ maxvCpus: 1 })],
    refuses: [
      [without(EC2, 'maxvCpus'), 'computeResources.maxvCpus is required.'],
      [
        fargateWith({ maxvCpus: -1 }),
        'computeResources.maxvCpus must be a whole number of at least 0, but is -1.',
      ],
    ],
  },
  {
    rule: 'has no members of ECS Managed Instances',
    accepts: [EC2],
    refuses: [
      [
        ec2With({ managedInstancesProvider: {} }),
        'computeResources.managedInstancesProvider is not allowed for this type, but is {}.',
      ],
      [
        ec2With({ capacityTags: { a: 'b' } }),
        'computeResources.capacityTags is not allowed for this type, but is {"a":"b"}.',
      ],
    ],
  },
]);

describeRules('computeResources of EC2 and SPOT', create, [
  {
    rule: 'have an instance role',
    accepts: [EC2],
    refuses: [
      [without(EC2, 'instanceRole'), 'computeResources.instanceRole is required.'],
      [ec2With({ instanceRole: '' }), 'computeResources.instanceRole is required.'],
    ],
  },
  {
    rule: 'have subnets',
    accepts: [ec2With({ subnets: ['subnet-1', 'subnet-2'] })],
    refuses: [
      [without(EC2, 'subnets'), 'computeResources.subnets is required.'],
      [ec2With({ subnets: [] }), 'computeResources.subnets is required.'],
    ],
  },
  {
    rule: 'have security groups or a launch template',
    accepts: [EC2, ec2With({ securityGroupIds: [], launchTemplate: { launchTemplateName: 'lt' } })],
    refuses: [
      [
        without(EC2, 'securityGroupIds'),
        'computeResources.securityGroupIds is required without a launchTemplate.',
      ],
    ],
  },
  {
    rule: 'keep minvCpus <= desiredvCpus <= maxvCpus',
    accepts: [
      ec2With({ minvCpus: 2, desiredvCpus: 2, maxvCpus: 2 }),
      ec2With({ minvCpus: 0, desiredvCpus: 16 }),
      without(EC2, 'minvCpus'),
    ],
    refuses: [
      [
        ec2With({ minvCpus: 17 }),
        'computeResources.minvCpus must be a whole number from 0 to 16, but is 17.',
      ],
      [
        ec2With({ minvCpus: 4, desiredvCpus: 3 }),
        'computeResources.desiredvCpus must be a whole number from 4 to 16, but is 3.',
      ],
      [
        ec2With({ desiredvCpus: 17 }),
        'computeResources.desiredvCpus must be a whole number from 0 to 16, but is 17.',
      ],
    ],
  },
  {
    rule: 'name instance types, families or bundles',
    accepts: [
      ec2With({ instanceTypes: ['optimal'] }),
      ec2With({ instanceTypes: ['m5.large', 'c5'] }),
      ec2With({ instanceTypes: ['q9z.large'] }),
    ],
    refuses: [
      [ec2With({ instanceTypes: [] }), 'computeResources.instanceTypes is required.'],
      [
        ec2With({ instanceTypes: ['large'] }),
        'computeResources.instanceTypes[0] must be an instance type, a family or optimal, but is "large".',
      ],
      [
        ec2With({ instanceTypes: ['m5', 'p3.large'] }),
        'Instance type can only be one of [p3.2xlarge, p3.8xlarge, p3.16xlarge], not p3.large.',
      ],
    ],
  },
  {
    rule: 'share one architecture',
    accepts: [ec2With({ instanceTypes: ['m6g', 'default_arm64'] })],
    refuses: [
      [
        ec2With({ instanceTypes: ['m5', 'm6g'] }),
        'computeResources.instanceTypes must share one architecture, not x86_64 and arm64, but is ["m5","m6g"].',
      ],
    ],
  },
  {
    rule: 'have a strategy of their market',
    accepts: [
      without(EC2, 'allocationStrategy'),
      ec2With({ allocationStrategy: 'BEST_FIT_PROGRESSIVE_ORDERED' }),
      ec2With({ type: 'SPOT', allocationStrategy: 'SPOT_CAPACITY_OPTIMIZED' }),
      ec2With({ type: 'SPOT', allocationStrategy: 'BEST_FIT_PROGRESSIVE' }),
    ],
    refuses: [
      ...(
        [
          'SPOT_CAPACITY_OPTIMIZED',
          'SPOT_PRICE_CAPACITY_OPTIMIZED',
          'SPOT_CAPACITY_OPTIMIZED_PRIORITIZED',
        ] as const
      ).map(
        (allocationStrategy) =>
          [
            ec2With({ allocationStrategy }),
            `computeResources.allocationStrategy is only for computeResources of type SPOT, but is "${allocationStrategy}".`,
          ] as const,
      ),
      [
        ec2With({ type: 'SPOT', allocationStrategy: 'BEST_FIT_PROGRESSIVE_ORDERED' }),
        'computeResources.allocationStrategy is only for computeResources of type EC2, but is "BEST_FIT_PROGRESSIVE_ORDERED".',
      ],
    ],
  },
  {
    rule: 'bid at most the On-Demand price',
    accepts: [ec2With({ type: 'SPOT', bidPercentage: 1 }), ec2With({ bidPercentage: 0 })],
    refuses: [
      [
        ec2With({ type: 'SPOT', bidPercentage: 0 }),
        'computeResources.bidPercentage must be a whole number from 1 to 100, but is 0.',
      ],
      [
        ec2With({ bidPercentage: 101 }),
        'computeResources.bidPercentage must be a whole number from 0 to 100, but is 101.',
      ],
    ],
  },
  {
    rule: 'have a Spot fleet role for SPOT with BEST_FIT, stated or by default',
    accepts: [
      ec2With({ type: 'SPOT', allocationStrategy: 'BEST_FIT', spotIamFleetRole: 'role' }),
      ec2With({ allocationStrategy: 'BEST_FIT' }),
    ],
    refuses: [
      [
        ec2With({ type: 'SPOT', allocationStrategy: 'BEST_FIT' }),
        'computeResources.spotIamFleetRole is required for SPOT with allocationStrategy BEST_FIT.',
      ],
      [
        without(ec2With({ type: 'SPOT' }), 'allocationStrategy'),
        'computeResources.spotIamFleetRole is required for SPOT with allocationStrategy BEST_FIT.',
      ],
    ],
  },
  {
    rule: 'have one or two image configurations, for ECS',
    accepts: [
      ec2With({ ec2Configuration: [{ imageType: 'ECS_AL2023' }] }),
      ec2With({
        ec2Configuration: [
          { imageType: 'ECS_AL2023' },
          { imageType: 'ECS_AL2023_NVIDIA', imageIdOverride: 'ami-1' },
        ],
      }),
    ],
    refuses: [
      [
        ec2With({ ec2Configuration: [] }),
        'computeResources.ec2Configuration must have 1 to 2 elements, but has 0.',
      ],
      [
        ec2With({ ec2Configuration: Array.from({ length: 3 }, () => ({ imageType: 'ECS_AL2' })) }),
        'computeResources.ec2Configuration must have 1 to 2 elements, but has 3.',
      ],
      [
        ec2With({ ec2Configuration: [{ imageType: 'EKS_AL2023' }] }),
        'computeResources.ec2Configuration[0].imageType must be an image type for ECS, but is "EKS_AL2023".',
      ],
      [
        ec2With({ ec2Configuration: [{ imageType: '' }] }),
        'computeResources.ec2Configuration[0].imageType is required.',
      ],
      [
        ec2With({ ec2Configuration: [{ imageType: 'ECS_AL2', imageKubernetesVersion: '1.29' }] }),
        'computeResources.ec2Configuration[0].imageKubernetesVersion is not allowed for ECS, but is "1.29".',
      ],
    ],
  },
  {
    rule: 'delay scale-down by 20 minutes to a week, or by 0 for not at all',
    accepts: [
      ec2With({ scalingPolicy: { minScaleDownDelayMinutes: 0 } }),
      ec2With({ scalingPolicy: { minScaleDownDelayMinutes: 20 } }),
      ec2With({ scalingPolicy: { minScaleDownDelayMinutes: 10_080 } }),
      ec2With({ scalingPolicy: {} }),
    ],
    refuses: [1, 19, 10_081].map((minScaleDownDelayMinutes) => [
      ec2With({ scalingPolicy: { minScaleDownDelayMinutes } }),
      `computeResources.scalingPolicy.minScaleDownDelayMinutes must be a whole number from 20 to 10080, but is ${minScaleDownDelayMinutes}.`,
    ]),
  },
  {
    rule: 'tag instances within the limits of tags',
    accepts: [ec2With({ tags: { Name: 'worker' } })],
    refuses: [
      [
        ec2With({ tags: { 'aws:x': '1' } }),
        'computeResources.tags must not have keys that begin with aws:, but is "aws:x".',
      ],
    ],
  },
]);

describeRules('computeResources of FARGATE and FARGATE_SPOT', create, [
  {
    rule: 'take only type, maxvCpus, subnets and securityGroupIds',
    accepts: [FARGATE, fargateWith({ instanceTypes: [], tags: {} })],
    refuses: (
      [
        ['instanceTypes', ['m5']],
        ['minvCpus', 0],
        ['desiredvCpus', 0],
        ['allocationStrategy', 'BEST_FIT'],
        ['instanceRole', 'role'],
        ['bidPercentage', 50],
        ['ec2KeyPair', 'key'],
        ['imageId', 'ami-1'],
        ['placementGroup', 'group'],
        ['spotIamFleetRole', 'role'],
        ['launchTemplate', { launchTemplateId: 'lt-1' }],
        ['ec2Configuration', [{ imageType: 'ECS_AL2' }]],
        ['scalingPolicy', { minScaleDownDelayMinutes: 20 }],
        ['tags', { a: 'b' }],
      ] as const
    ).map(([member, value]) => [
      fargateWith({ [member]: value }),
      `computeResources.${member} is not allowed for FARGATE, but is ${JSON.stringify(value)}.`,
    ]),
  },
  {
    rule: 'have 1 to 16 subnets',
    accepts: [fargateWith({ subnets: Array.from({ length: 16 }, (_, index) => `subnet-${index}`) })],
    refuses: [
      [without(FARGATE, 'subnets'), 'computeResources.subnets must have 1 to 16 elements, but has 0.'],
      [
        fargateWith({ subnets: Array.from({ length: 17 }, (_, index) => `subnet-${index}`) }),
        'computeResources.subnets must have 1 to 16 elements, but has 17.',
      ],
    ],
  },
  {
    rule: 'have 1 to 5 security groups',
    accepts: [fargateWith({ securityGroupIds: ['a', 'b', 'c', 'd', 'e'] })],
    refuses: [
      [
        fargateWith({ securityGroupIds: [] }),
        'computeResources.securityGroupIds must have 1 to 5 elements, but has 0.',
      ],
      [
        fargateWith({ securityGroupIds: ['a', 'b', 'c', 'd', 'e', 'f'] }),
        'computeResources.securityGroupIds must have 1 to 5 elements, but has 6.',
      ],
    ],
  },
]);

describe('stored computeResources', () => {
  it('have the three vCPU numbers and the lists even when the owner left them out', () => {
    const resources = resourcesOf(without(EC2, 'minvCpus', 'securityGroupIds'));
    expect(resources).toMatchObject({
      minvCpus: 0,
      desiredvCpus: 0,
      maxvCpus: 16,
      securityGroupIds: [],
      tags: {},
    });
  });
  it('begin with minvCpus desired', () => {
    expect(resourcesOf(ec2With({ minvCpus: 4 }))).toMatchObject({ desiredvCpus: 4 });
  });
  it('do not show a strategy that was not given', () => {
    expect(resourcesOf(without(EC2, 'allocationStrategy'))).not.toHaveProperty('allocationStrategy');
  });
  it('drop a scale-down delay of 0', () => {
    expect(resourcesOf(ec2With({ scalingPolicy: { minScaleDownDelayMinutes: 0 } }))).not.toHaveProperty(
      'scalingPolicy',
    );
    expect(resourcesOf(ec2With({ scalingPolicy: { minScaleDownDelayMinutes: 20 } }))).toHaveProperty(
      'scalingPolicy',
      {
        minScaleDownDelayMinutes: 20,
      },
    );
  });
  it('hold nothing but the four members of Fargate', () => {
    expect(resourcesOf(fargateWith({ instanceTypes: [] }))).toEqual(FARGATE);
  });
});
