import { describe, expect, it } from 'vitest';
import {
  deprecatedProblems,
  resourceRequirementsProblems,
  resourcesProblems,
  settleDemand,
  statedDemand,
  sufficiencyProblems,
  type Resources,
  type StatedDemand,
} from '../../../core/definition/demand.ts';
import { describeRules } from './rule-table.ts';

const requirements = (vcpus: string, memory: string, gpus?: string): Resources => ({
  resourceRequirements: [
    { type: 'VCPU', value: vcpus },
    { type: 'MEMORY', value: memory },
    ...(gpus === undefined ? [] : [{ type: 'GPU', value: gpus }]),
  ],
});

const notValid = (value: string, type: string): string =>
  `Value ${value} for type ${type} in resourceRequirement is not valid. Please provide a numeric value.`;

describeRules<Resources>('resources on EC2', (input) => resourcesProblems('c', input, 'EC2'), [
  {
    rule: 'vCPUs must be given, in either form',
    accepts: [requirements('1', '4'), { vcpus: 1, memory: 4 }],
    refuses: [
      [{}, 'vCPU is not provided.'],
      [{ memory: 4 }, 'vCPU is not provided.'],
    ],
  },
  {
    rule: 'memory must be given, in either form',
    accepts: [{ vcpus: 1, resourceRequirements: [{ type: 'MEMORY', value: '4' }] }],
    refuses: [[{ vcpus: 1 }, 'Memory is not provided.']],
  },
  {
    rule: 'vCPUs are whole numbers of at least 1',
    accepts: [requirements('96', '4')],
    refuses: [
      [requirements('1.0', '4'), notValid('1.0', 'VCPU')],
      [requirements('0.25', '512'), notValid('0.25', 'VCPU')],
      [requirements('two', '4'), notValid('two', 'VCPU')],
      [requirements('0', '4'), 'c.resourceRequirements[0].value must be at least 1, but is "0".'],
      [{ vcpus: 0, memory: 4 }, 'c.vcpus must be a whole number of at least 1, but is 0.'],
      [{ vcpus: 1.5, memory: 4 }, 'c.vcpus must be a whole number of at least 1, but is 1.5.'],
    ],
  },
  {
    rule: 'memory is a whole number of at least 4 MiB',
    accepts: [requirements('1', '4')],
    refuses: [
      [requirements('1', '3'), 'c.resourceRequirements[1].value must be at least 4, but is "3".'],
      [requirements('1', '2G'), notValid('2G', 'MEMORY')],
      [{ vcpus: 1, memory: 3 }, 'c.memory must be a whole number of at least 4, but is 3.'],
    ],
  },
  {
    rule: 'GPUs are a whole number',
    accepts: [requirements('1', '4', '8')],
    refuses: [[requirements('1', '4', '0.5'), notValid('0.5', 'GPU')]],
  },
  {
    rule: 'each type is known and given once',
    accepts: [requirements('1', '4')],
    refuses: [
      [
        { resourceRequirements: [{ type: 'DISK', value: '1' }] },
        'c.resourceRequirements[0].type must be one of VCPU, MEMORY, GPU, but is "DISK".',
      ],
      [
        {
          resourceRequirements: [
            { type: 'VCPU', value: '1' },
            { type: 'VCPU', value: '2' },
          ],
        },
        'c.resourceRequirements.type must be unique, but is "VCPU".',
      ],
    ],
  },
]);

describeRules<Resources>('resources on Fargate', (input) => resourcesProblems('c', input, 'FARGATE'), [
  {
    rule: 'vCPUs and memory must be a pair that Fargate offers',
    accepts: [requirements('0.25', '512'), requirements('1', '2048'), requirements('16', '122880')],
    refuses: [
      [requirements('1', '4000'), 'Fargate resource requirements (1.00 vCPU, 4000 MiB) not valid.'],
      [requirements('3', '8192'), 'Fargate resource requirements (3.00 vCPU, 8192 MiB) not valid.'],
      [{ resourceRequirements: [{ type: 'VCPU', value: '1' }] }, 'Memory is not provided.'],
      [{}, 'vCPU is not provided.'],
    ],
  },
  {
    rule: 'the deprecated members are refused',
    accepts: [requirements('1', '2048')],
    refuses: [
      [
        { vcpus: 1, ...requirements('1', '2048') },
        'vcpus is not applicable for Fargate. Use resource requirements instead.',
      ],
      [
        { memory: 2048, ...requirements('1', '2048') },
        'memory is not applicable for Fargate. Use resource requirements instead.',
      ],
    ],
  },
  {
    rule: 'GPUs are refused',
    accepts: [requirements('1', '2048')],
    refuses: [
      [
        requirements('1', '2048', '1'),
        'c.resourceRequirements[2] must not ask for GPUs on Fargate, but is "1".',
      ],
    ],
  },
]);

describe('demand', () => {
  it.each<[string, Resources, StatedDemand]>([
    ['takes the requirements', requirements('2', '1024', '1'), { vcpus: 2, memoryMiB: 1024, gpus: 1 }],
    ['takes the deprecated members', { vcpus: 3, memory: 9 }, { vcpus: 3, memoryMiB: 9, gpus: 0 }],
    [
      'prefers a requirement, type by type',
      { vcpus: 3, memory: 9, resourceRequirements: [{ type: 'VCPU', value: '4' }] },
      { vcpus: 4, memoryMiB: 9, gpus: 0 },
    ],
    ['leaves open what nobody said', {}, { vcpus: undefined, memoryMiB: undefined, gpus: 0 }],
  ])('%s', (_name, resources, expected) => {
    expect(statedDemand(resources)).toEqual(expected);
  });

  it('is settled once both amounts are known', () => {
    const stated = { vcpus: 1, memoryMiB: 5, gpus: 2 };
    expect(settleDemand('c', stated, 'EC2')).toEqual({ demand: stated });
    expect(sufficiencyProblems('c', stated, 'EC2')).toEqual([]);
    expect(sufficiencyProblems('c', stated, 'FARGATE')).toHaveLength(1);
  });

  it('says nothing about members that are absent', () => {
    expect(deprecatedProblems('c', {}, 'FARGATE')).toEqual([]);
    expect(resourceRequirementsProblems('c', undefined, 'EC2')).toEqual([]);
  });
});
