import { nodePropertiesProblems } from '../../../core/definition/validate-nodes.ts';
import type { NodeProperties, NodeRangeProperty } from '../../../core/definition/wire.ts';
import { aContainer, aNodeDefinition, aTask } from './definition-builders.ts';
import { describeRules } from './rule-table.ts';

const R = 'n.nodeRangeProperties';
const range = (targetNodes: string, changes: Partial<NodeRangeProperty> = {}): NodeRangeProperty => ({
  targetNodes,
  container: aContainer(),
  ...changes,
});
const pod = {
  podProperties: { containers: [{ image: 'a', resources: { limits: { cpu: '1', memory: '4Mi' } } }] },
};
const check = (changes: Partial<NodeProperties>) => nodePropertiesProblems('n', aNodeDefinition(changes));
const checkRange = (changes: Partial<NodeRangeProperty>) =>
  check({ nodeRangeProperties: [range('0:', changes)] });

describeRules<Partial<NodeProperties>>('nodeProperties', check, [
  {
    rule: 'have at least one node, the main one among them',
    accepts: [{ numNodes: 1 }, { numNodes: 5000, mainNode: 4999 }],
    refuses: [
      [{ numNodes: 0 }, 'n.numNodes must be a whole number of at least 1, but is 0.'],
      [{ mainNode: 2 }, 'n.mainNode must be a whole number from 0 to 1, but is 2.'],
      [{ mainNode: -1 }, 'n.mainNode must be a whole number from 0 to 1, but is -1.'],
    ],
  },
  {
    rule: 'have 1 to 5 ranges',
    accepts: [{ numNodes: 5, nodeRangeProperties: ['0', '1', '2', '3', '4:'].map((nodes) => range(nodes)) }],
    refuses: [
      [{ nodeRangeProperties: [] }, `${R} must have 1 to 5 elements, but has 0.`],
      [{ nodeRangeProperties: Array(6).fill(range('0:')) }, `${R} must have 1 to 5 elements, but has 6.`],
    ],
  },
  {
    rule: 'cover every node',
    accepts: [{ nodeRangeProperties: [range('0'), range('1:')] }],
    refuses: [
      [
        { nodeRangeProperties: [range('0')] },
        `${R}.targetNodes must cover all nodes 0:1; node 1 is missing, but is ["0"].`,
      ],
    ],
  },
  {
    rule: 'use one instance type',
    accepts: [
      {
        nodeRangeProperties: [
          range('0', { instanceTypes: ['m5.large'] }),
          range('1', { container: aContainer({ instanceType: 'm5.large' }) }),
        ],
      },
    ],
    refuses: [
      [
        {
          nodeRangeProperties: [
            range('0', { instanceTypes: ['m5.large'] }),
            range('1', { instanceTypes: ['c5.large'] }),
          ],
        },
        `${R}.instanceTypes must name one instance type for all node ranges, but is ["m5.large","c5.large"].`,
      ],
    ],
  },
  {
    rule: 'run on one orchestrator',
    accepts: [{ nodeRangeProperties: [{ targetNodes: ':', eksProperties: pod }] }],
    refuses: [
      [
        { nodeRangeProperties: [range('0'), { targetNodes: '1', eksProperties: pod }] },
        `${R} must all use eksProperties, or none of them, but is 1.`,
      ],
    ],
  },
]);

describeRules<Partial<NodeRangeProperty>>('a node range', checkRange, [
  {
    rule: 'runs exactly one kind of work',
    accepts: [{}],
    refuses: [
      [
        { ecsProperties: { taskProperties: [aTask()] } },
        `${R}[0] must have exactly one of container, ecsProperties, eksProperties, but is 2.`,
      ],
    ],
  },
  {
    rule: 'names at most one instance type',
    accepts: [{ instanceTypes: [] }],
    refuses: [
      [{ instanceTypes: ['a', 'b'] }, `${R}[0].instanceTypes must have at most 1 element, but has 2.`],
    ],
  },
  {
    rule: 'obeys the rules of what it runs',
    accepts: [{ container: aContainer({ privileged: true }) }],
    refuses: [
      [{ container: aContainer({ resourceRequirements: [] }) }, 'vCPU is not provided.'],
      [
        {
          consumableResourceProperties: {
            consumableResourceList: [{ consumableResource: 'l', quantity: 0 }],
          },
        },
        `${R}[0].consumableResourceProperties.consumableResourceList[0].quantity must be a whole number of at least 1, but is 0.`,
      ],
    ],
  },
]);

describeRules(
  'a node range of several containers',
  (containers: number) =>
    check({
      nodeRangeProperties: [
        {
          targetNodes: ':',
          ecsProperties: { taskProperties: [aTask(containers === 0 ? { containers: [] } : {})] },
        },
      ],
    }),
  [
    {
      rule: 'obeys the rules of a task',
      accepts: [1],
      refuses: [
        [0, `${R}[0].ecsProperties.taskProperties[0].containers must have 1 to 10 elements, but has 0.`],
      ],
    },
  ],
);
