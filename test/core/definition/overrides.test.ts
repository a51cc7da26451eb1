import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeContainer } from '../../../core/definition/overrides.ts';
import type { ContainerOverrides, ContainerProperties } from '../../../core/definition/wire.ts';

const base: ContainerProperties = {
  image: 'busybox',
  command: ['a', 'b'],
  environment: [
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
  ],
  resourceRequirements: [
    { type: 'VCPU', value: '1' },
    { type: 'MEMORY', value: '512' },
  ],
  user: 'root',
};

describe('overriding a container', () => {
  it.each<[string, ContainerOverrides | undefined, Partial<ContainerProperties>]>([
    ['changes nothing without overrides', undefined, {}],
    ['changes nothing with empty overrides', {}, {}],
    ['replaces the whole command', { command: ['c'] }, { command: ['c'] }],
    ['can take the command away', { command: [] }, { command: [] }],
    [
      'merges the environment by name: the override wins, others are kept, new ones follow',
      {
        environment: [
          { name: 'C', value: '3' },
          { name: 'A', value: '9' },
        ],
      },
      {
        environment: [
          { name: 'A', value: '9' },
          { name: 'B', value: '2' },
          { name: 'C', value: '3' },
        ],
      },
    ],
    [
      'lets the last of two overrides of one name win',
      {
        environment: [
          { name: 'A', value: '8' },
          { name: 'A', value: '9' },
        ],
      },
      {
        environment: [
          { name: 'A', value: '9' },
          { name: 'B', value: '2' },
        ],
      },
    ],
    [
      'merges resource requirements by type',
      {
        resourceRequirements: [
          { type: 'MEMORY', value: '1024' },
          { type: 'GPU', value: '1' },
        ],
      },
      {
        resourceRequirements: [
          { type: 'VCPU', value: '1' },
          { type: 'MEMORY', value: '1024' },
          { type: 'GPU', value: '1' },
        ],
      },
    ],
    [
      'replaces the deprecated members beside the requirements, which stay',
      { vcpus: 4, memory: 9 },
      { vcpus: 4, memory: 9 },
    ],
    ['replaces the instance type', { instanceType: 'm5.large' }, { instanceType: 'm5.large' }],
  ])('%s', (_name, overrides, changes) => {
    expect(mergeContainer(base, overrides)).toEqual({ ...base, ...changes });
  });

  it('gives a container without lists the lists', () => {
    expect(mergeContainer({ image: 'a' }, { environment: [{ name: 'A', value: '1' }] })).toEqual({
      image: 'a',
      environment: [{ name: 'A', value: '1' }],
      resourceRequirements: [],
    });
  });

  const variables = fc.array(
    fc.record({ name: fc.constantFrom('A', 'B', 'C', '__proto__'), value: fc.string() }),
    { maxLength: 6 },
  );
  const overridesOf = fc.record(
    {
      command: fc.array(fc.string()),
      environment: variables,
      resourceRequirements: fc.array(
        fc.record({ type: fc.constantFrom('VCPU', 'MEMORY', 'GPU'), value: fc.constantFrom('1', '2') }),
        { maxLength: 4 },
      ),
      vcpus: fc.nat(),
    },
    { requiredKeys: [] },
  );

  it('is the same when done twice', () => {
    fc.assert(
      fc.property(variables, overridesOf, (environment, overrides) => {
        const once = mergeContainer({ ...base, environment }, overrides);
        expect(mergeContainer(once, overrides)).toEqual(once);
      }),
    );
  });

  it('keeps every other variable, in its order, and gives every overridden one its last value', () => {
    fc.assert(
      fc.property(variables, variables, (environment, overrides) => {
        const merged = mergeContainer({ environment }, { environment: overrides }).environment ?? [];
        const overridden = new Map<string, string>(overrides.map(({ name, value }) => [name, value]));
        const untouched = (list: ContainerProperties['environment'] = []) =>
          list.filter(({ name = '' }) => !overridden.has(name));
        expect(untouched(merged)).toEqual(untouched(environment));
        for (const [name, value] of overridden) {
          expect(merged.filter((variable) => variable.name === name)).toEqual([{ name, value }]);
        }
      }),
    );
  });
});
