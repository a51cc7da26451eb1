import { describe, expect, it } from 'vitest';
import { definitionProblems } from '../../../core/definition/validate-definition.ts';
import type { JobDefinitionInput } from '../../../core/definition/wire.ts';
import {
  aContainer,
  aDefinitionInput,
  aFargateContainer,
  aNodeDefinition,
  aTask,
} from './definition-builders.ts';
import { describeRules } from './rule-table.ts';

/** `undefined` takes a member of the default away. */
type Changes = { readonly [Member in keyof JobDefinitionInput]?: JobDefinitionInput[Member] | undefined };

function definition(changes: Changes): JobDefinitionInput {
  const entries = Object.entries({ ...aDefinitionInput(), ...changes });
  // Members that are taken away are optional ones in every case below.
  return Object.fromEntries(
    entries.filter(([, value]) => value !== undefined),
  ) as unknown as JobDefinitionInput;
}

const bare = { containerProperties: undefined };
const ecsProperties = { taskProperties: [aTask()] };
const eksProperties = {
  podProperties: { containers: [{ image: 'a', resources: { limits: { cpu: '1', memory: '4Mi' } } }] },
};
const multinode = { ...bare, type: 'multinode', nodeProperties: aNodeDefinition() };
const CHOICE =
  'type container must come with exactly one of containerProperties, ecsProperties, eksProperties';

describeRules<Changes>('a job definition', (changes) => definitionProblems(definition(changes)), [
  {
    rule: 'has a name',
    accepts: [{ jobDefinitionName: 'metaflow_0123' }],
    refuses: [
      [{ jobDefinitionName: 'a b' }, 'Provided name a b is not supported pattern[a-zA-Z_0-9-]{1,128}'],
    ],
  },
  {
    rule: 'is of type container or multinode',
    accepts: [{ type: 'container' }],
    refuses: [[{ type: 'array' }, 'type must be one of container, multinode, but is "array".']],
  },
  {
    rule: 'of type container has exactly one kind of properties',
    accepts: [{}, { ...bare, ecsProperties }, { ...bare, eksProperties }],
    refuses: [
      [bare, `${CHOICE}, but is [].`],
      [{ ecsProperties }, `${CHOICE}, but is ["containerProperties","ecsProperties"].`],
      [{ ...bare, ecsProperties, eksProperties }, `${CHOICE}, but is ["ecsProperties","eksProperties"].`],
    ],
  },
  {
    rule: 'of type multinode has nodeProperties and nothing beside them',
    accepts: [multinode],
    refuses: [
      [{ ...bare, type: 'multinode' }, 'nodeProperties is required with type multinode.'],
      [
        { ...multinode, containerProperties: { image: 'a' } },
        'containerProperties is not allowed with type multinode, but is {"image":"a"}.',
      ],
    ],
  },
  {
    rule: 'has one platform at most',
    accepts: [{ platformCapabilities: ['EC2'] }, { platformCapabilities: [] }],
    refuses: [
      [
        { platformCapabilities: ['LAMBDA'] },
        'platformCapabilities[0] must be one of EC2, FARGATE, MANAGED_INSTANCES, but is "LAMBDA".',
      ],
      [
        { platformCapabilities: ['EC2', 'FARGATE'] },
        'platformCapabilities must have at most 1 element, but has 2.',
      ],
    ],
  },
  {
    rule: 'for Fargate obeys the rules of Fargate',
    accepts: [{ platformCapabilities: ['FARGATE'], containerProperties: aFargateContainer() }],
    refuses: [
      [
        { platformCapabilities: ['FARGATE'], containerProperties: aContainer() },
        'containerProperties.executionRoleArn is required.',
      ],
      [
        { ...multinode, platformCapabilities: ['FARGATE'] },
        'type must not be multinode on FARGATE, but is "multinode".',
      ],
    ],
  },
  {
    rule: 'for managed instances uses ecsProperties on single nodes',
    accepts: [{ ...bare, platformCapabilities: ['MANAGED_INSTANCES'], ecsProperties }],
    refuses: [
      [
        { platformCapabilities: ['MANAGED_INSTANCES'], containerProperties: { image: 'a' } },
        'containerProperties is not allowed on MANAGED_INSTANCES; use ecsProperties, but is {"image":"a"}.',
      ],
      [
        { ...multinode, platformCapabilities: ['MANAGED_INSTANCES'] },
        'type must not be multinode on MANAGED_INSTANCES, but is "multinode".',
      ],
    ],
  },
  {
    rule: 'for EKS sets neither platformCapabilities nor propagateTags',
    accepts: [{ ...bare, eksProperties, tags: { a: 'b' } }],
    refuses: [
      [
        { ...bare, eksProperties, platformCapabilities: ['EC2'] },
        'platformCapabilities is not allowed with eksProperties, but is ["EC2"].',
      ],
      [
        { ...bare, eksProperties, propagateTags: false },
        'propagateTags is not allowed with eksProperties, but is false.',
      ],
    ],
  },
  {
    rule: 'obeys the rules of each part',
    accepts: [
      {
        parameters: { 'nf-token': 'x', 'metaflow.user': 'y' },
        retryStrategy: { attempts: 1 },
        timeout: { attemptDurationSeconds: 60 },
        schedulingPriority: 1,
        tags: {},
        propagateTags: true,
      },
    ],
    refuses: [
      [{ containerProperties: aContainer({ resourceRequirements: [] }) }, 'vCPU is not provided.'],
      [
        { retryStrategy: { attempts: 11 } },
        'retryStrategy.attempts must be a whole number from 1 to 10, but is 11.',
      ],
      [
        { timeout: { attemptDurationSeconds: 1 } },
        'timeout.attemptDurationSeconds must be a whole number of at least 60, but is 1.',
      ],
      [{ schedulingPriority: -1 }, 'schedulingPriority must be a whole number from 0 to 9999, but is -1.'],
      [{ tags: { 'aws:a': '' } }, 'tags must not have keys that begin with aws:, but is "aws:a".'],
      [
        { consumableResourceProperties: { consumableResourceList: [{ quantity: 1 }] } },
        'consumableResourceProperties.consumableResourceList[0].consumableResource is required.',
      ],
    ],
  },
]);

describe('a job definition with several problems', () => {
  it('has all of them told, in the order of its members', () => {
    const problems = definitionProblems(
      definition({
        containerProperties: { image: 'a b' },
        retryStrategy: { attempts: 0 },
        timeout: { attemptDurationSeconds: 0 },
      }),
    );
    expect(problems.map(({ field }) => field)).toEqual([
      'containerProperties.image',
      'containerProperties.resourceRequirements',
      'retryStrategy.attempts',
      'timeout.attemptDurationSeconds',
    ]);
  });
});
