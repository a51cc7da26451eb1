import { describe, expect, it } from 'vitest';
import { isSpot, takesMultiNode } from '../../../core/placement/compute-environment.ts';
import type { ComputeResourcesInput } from '../../../core/placement/compute-environment-input.ts';
import { resourcesOf, resourcesProblems } from '../../../core/placement/compute-environment-resources.ts';
import {
  plannedUpdate,
  updateEnvironmentProblems,
} from '../../../core/placement/compute-environment-update.ts';
import { describeRules } from '../definition/rule-table.ts';
import { anEnvironment, managed, MANAGED_INSTANCES, without } from './an-environment.ts';

type Provider = NonNullable<ComputeResourcesInput['managedInstancesProvider']>;
type Template = NonNullable<Provider['instanceLaunchTemplate']>;

const PROVIDER: Provider = MANAGED_INSTANCES.managedInstancesProvider ?? {};
const TEMPLATE: Template = PROVIDER.instanceLaunchTemplate ?? {};
const FIELD = 'computeResources.managedInstancesProvider';

const withProvider = (members: Partial<Provider>): ComputeResourcesInput => ({
  ...MANAGED_INSTANCES,
  managedInstancesProvider: { ...PROVIDER, ...members },
});
const withTemplate = (members: Partial<Template>) =>
  withProvider({ instanceLaunchTemplate: { ...TEMPLATE, ...members } });

describeRules(
  'computeResources of ECS_MANAGED_INSTANCES',
  (resources: ComputeResourcesInput) => resourcesProblems(resources, 'create'),
  [
    {
      rule: 'have nothing of EC2 or Fargate',
      accepts: [MANAGED_INSTANCES, { ...MANAGED_INSTANCES, capacityTags: { team: 'a' }, tags: {} }],
      refuses: [
        [
          { ...MANAGED_INSTANCES, minvCpus: 1 },
          'computeResources.minvCpus is not allowed for ECS_MANAGED_INSTANCES, but is 1.',
        ],
        [
          { ...MANAGED_INSTANCES, subnets: ['subnet-1'] },
          'computeResources.subnets is not allowed for ECS_MANAGED_INSTANCES, but is ["subnet-1"].',
        ],
        [
          { ...MANAGED_INSTANCES, tags: { a: 'b' } },
          'computeResources.tags is not allowed for ECS_MANAGED_INSTANCES, but is {"a":"b"}.',
        ],
      ],
    },
    {
      rule: 'have a provider with a role, a profile and a network',
      accepts: [MANAGED_INSTANCES],
      refuses: [
        [without(MANAGED_INSTANCES, 'managedInstancesProvider'), `${FIELD} is required.`],
        [withProvider({ infrastructureRoleArn: '' }), `${FIELD}.infrastructureRoleArn is required.`],
        [
          { ...MANAGED_INSTANCES, managedInstancesProvider: without(PROVIDER, 'instanceLaunchTemplate') },
          `${FIELD}.instanceLaunchTemplate is required.`,
        ],
        [
          withTemplate({ ec2InstanceProfileArn: '' }),
          `${FIELD}.instanceLaunchTemplate.ec2InstanceProfileArn is required.`,
        ],
        [
          withTemplate({ networkConfiguration: { subnets: [], securityGroups: ['sg-1'] } }),
          `${FIELD}.instanceLaunchTemplate.networkConfiguration.subnets must have 1 to 100 elements, but has 0.`,
        ],
      ],
    },
    {
      rule: 'name instance types and families, no bundles',
      accepts: [
        withTemplate({ instanceRequirements: { allowedInstanceTypes: ['m5.large', 'g5', 'm6g'] } }),
        withTemplate({ instanceRequirements: {} }),
      ],
      refuses: [
        [
          withTemplate({ instanceRequirements: { allowedInstanceTypes: ['optimal'] } }),
          `${FIELD}.instanceLaunchTemplate.instanceRequirements.allowedInstanceTypes[0] must be an instance type or a family, but is "optimal".`,
        ],
      ],
    },
    {
      rule: 'choose from the values that the service knows',
      accepts: [
        withTemplate({ capacityOptionType: 'SPOT', monitoring: 'DETAILED' }),
        withProvider({ propagateTags: 'NONE', infrastructureOptimization: { scaleInAfter: -1 } }),
      ],
      refuses: [
        [
          withTemplate({ capacityOptionType: 'RESERVED' }),
          `${FIELD}.instanceLaunchTemplate.capacityOptionType must be one of ON_DEMAND, SPOT, but is "RESERVED".`,
        ],
        [
          withTemplate({ monitoring: 'FULL' }),
          `${FIELD}.instanceLaunchTemplate.monitoring must be one of BASIC, DETAILED, but is "FULL".`,
        ],
        [
          withProvider({ propagateTags: 'ALL' }),
          `${FIELD}.propagateTags must be one of CAPACITY_PROVIDER, NONE, but is "ALL".`,
        ],
        [
          withProvider({ infrastructureOptimization: { scaleInAfter: 3601 } }),
          `${FIELD}.infrastructureOptimization.scaleInAfter must be a whole number from -1 to 3600, but is 3601.`,
        ],
        [
          withTemplate({ storageConfiguration: { storageSizeGiB: 0 } }),
          `${FIELD}.instanceLaunchTemplate.storageConfiguration.storageSizeGiB must be a whole number of at least 1, but is 0.`,
        ],
        [
          withTemplate({ capacityReservations: { reservationPreference: 'MAYBE' } }),
          `${FIELD}.instanceLaunchTemplate.capacityReservations.reservationPreference must be one of RESERVATIONS_ONLY, RESERVATIONS_FIRST, RESERVATIONS_EXCLUDED, but is "MAYBE".`,
        ],
      ],
    },
  ],
);

const onDemand = anEnvironment({ computeResources: MANAGED_INSTANCES });
const spot = anEnvironment({ computeResources: withTemplate({ capacityOptionType: 'SPOT' }) });

describeRules(
  'an update of managed instances',
  (computeResources: ComputeResourcesInput) => updateEnvironmentProblems(onDemand, { computeResources }),
  [
    {
      rule: 'changes what is given, under the rules of creation',
      accepts: [
        { maxvCpus: 8 },
        { type: 'ECS_MANAGED_INSTANCES', capacityTags: { team: 'b' } },
        { managedInstancesProvider: { instanceLaunchTemplate: { monitoring: 'BASIC' } } },
      ],
      refuses: [
        [{ type: 'EC2' }, 'computeResources.type must stay ECS_MANAGED_INSTANCES, but is "EC2".'],
        [
          { managedInstancesProvider: { instanceLaunchTemplate: { capacityOptionType: 'SPOT' } } },
          `${FIELD}.instanceLaunchTemplate.capacityOptionType is not allowed in an update, but is "SPOT".`,
        ],
        [{ maxvCpus: -1 }, 'computeResources.maxvCpus must be a whole number of at least 0, but is -1.'],
        [
          { managedInstancesProvider: { instanceLaunchTemplate: { monitoring: 'FULL' } } },
          `${FIELD}.instanceLaunchTemplate.monitoring must be one of BASIC, DETAILED, but is "FULL".`,
        ],
      ],
    },
  ],
);

describe('computeResources of ECS_MANAGED_INSTANCES', () => {
  it('are kept as they were given', () => {
    expect(resourcesOf({ ...MANAGED_INSTANCES, capacityTags: { a: 'b' } })).toEqual({
      ...MANAGED_INSTANCES,
      capacityTags: { a: 'b' },
    });
  });
  it('are Spot by their launch template', () => {
    expect([isSpot(onDemand), isSpot(spot)]).toEqual([false, true]);
  });
  it('hold no multi-node jobs', () => {
    expect([onDemand, spot].map(takesMultiNode)).toEqual([false, false]);
  });
  it('keep in an update what is not mentioned, and replace no instance', () => {
    const instanceLaunchTemplate = { instanceRequirements: { allowedInstanceTypes: ['m5'] } };
    const { environment, change } = plannedUpdate(onDemand, {
      computeResources: { maxvCpus: 4, managedInstancesProvider: { instanceLaunchTemplate } },
    });
    expect(managed(environment).computeResources).toEqual({
      ...MANAGED_INSTANCES,
      maxvCpus: 4,
      managedInstancesProvider: {
        ...PROVIDER,
        instanceLaunchTemplate: { ...TEMPLATE, ...instanceLaunchTemplate },
      },
    });
    expect(change).toMatchObject({ kind: 'update', infrastructure: false });
  });
});
