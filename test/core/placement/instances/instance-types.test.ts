import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BUNDLES,
  expandInstanceTypes,
  findFamily,
  findInstanceType,
  groupInstanceTypes,
  instanceTypeProblems,
} from '../../../../core/placement/instances/instance-types.ts';
import { FAMILIES } from '../../../../core/placement/instances/table.ts';
import { describeRules } from '../../definition/rule-table.ts';

const anyName = fc.constantFrom(
  ...FAMILIES.keys(),
  ...Object.keys(BUNDLES),
  'm5.large',
  'm5.xlarge',
  'p3.2xlarge',
  'none',
);

describe('instance types', () => {
  it('are found by name', () => {
    expect(findInstanceType('p3.8xlarge')).toMatchObject({
      vcpus: 32,
      memoryMiB: 249_856,
      gpus: 4,
      gpuModel: 'NVIDIA V100',
    });
    expect(findInstanceType('m6g.medium')).toMatchObject({
      vcpus: 1,
      memoryMiB: 4096,
      gpus: 0,
      architecture: 'arm64',
    });
    expect(findInstanceType('none.large')).toBeUndefined();
  });
  it('are found by family and by bundle, a bundle without bare metal', () => {
    expect(findFamily('p3')?.map((type) => type.name)).toEqual(['p3.2xlarge', 'p3.8xlarge', 'p3.16xlarge']);
    expect(findFamily('optimal')).toEqual(findFamily('default_x86_64'));
    expect(findFamily('optimal')?.some((type) => type.bareMetal)).toBe(false);
    expect(findFamily('default_arm64')?.every((type) => type.architecture === 'arm64')).toBe(true);
    expect(findFamily('constructor')).toBeUndefined();
  });
  it('keep the place in which they were named, outside the expansion of their family', () => {
    const groups = groupInstanceTypes(['p3.8xlarge', 'p3', 'p3.8xlarge']).map((group) =>
      group.map((type) => type.name),
    );
    expect(groups).toEqual([['p3.8xlarge'], ['p3.2xlarge', 'p3.16xlarge'], []]);
  });
  it('are never expanded twice, and all that were named are there', () => {
    fc.assert(
      fc.property(fc.array(anyName, { maxLength: 8 }), (names) => {
        const expanded = expandInstanceTypes(names).map((type) => type.name);
        expect(new Set(expanded).size).toBe(expanded.length);
        for (const name of names) if (findInstanceType(name)) expect(expanded).toContain(name);
      }),
    );
  });
});

describeRules('an instance type name', (name: string) => instanceTypeProblems('instanceTypes[0]', name), [
  {
    rule: 'is a type, a family or a bundle',
    accepts: [
      'm5.large',
      'm5',
      'optimal',
      'default_x86_64',
      'default_arm64',
      'm7i-flex.large',
      'u-6tb1.metal',
      'x2iedn.metal',
    ],
    refuses: [
      '',
      'm5.',
      '.large',
      'M5.large',
      'm5.large.large',
      'm5 large',
      'm5.gigantic',
      'optimal.large',
    ].map((name) => [
      name,
      `instanceTypes[0] must be an instance type, a family or optimal, but is ${JSON.stringify(name)}.`,
    ]),
  },
  {
    rule: 'has a size that its family has, where the family is known',
    accepts: ['q9z.128xlarge', 'm5.24xlarge'],
    refuses: [
      [
        'h1.large',
        'Instance type can only be one of [h1.2xlarge, h1.4xlarge, h1.8xlarge, h1.16xlarge], not h1.large.',
      ],
    ],
  },
]);
