import { describe, expect, it } from 'vitest';
import { resolveJobSpec, OVERRIDES_TOO_LONG } from '../../../core/definition/job-spec.ts';
import { settleNodes } from '../../../core/definition/node-spec.ts';
import type { NodeOverrides, NodeProperties, NodeRangeProperty } from '../../../core/definition/wire.ts';
import type { NodesSpec } from '../../../core/job/spec.ts';
import { groupOfNode } from '../../../core/job/node.ts';
import {
  aContainer,
  aDefinition,
  aNodeDefinition,
  aSubmission,
  aTask,
  aTaskContainer,
  QUEUE_ARN,
} from './definition-builders.ts';

const range = (targetNodes: string, more: Partial<NodeRangeProperty> = {}): NodeRangeProperty => ({
  targetNodes,
  container: aContainer(),
  ...more,
});
const requirement = (type: string, value: string) => ({ type, value });

function settle(properties: Partial<NodeProperties>, overrides?: NodeOverrides, attempts?: number) {
  return settleNodes(aNodeDefinition(properties), overrides, attempts);
}

function nodesOf(properties: Partial<NodeProperties>, overrides?: NodeOverrides): NodesSpec {
  const answer = settle(properties, overrides);
  if ('problem' in answer) throw new Error(answer.problem.message);
  return answer.settled.nodes;
}

describe('the nodes of a job', () => {
  it('are those of the definition when the submission says nothing', () => {
    expect(settle({ numNodes: 4, mainNode: 1 })).toEqual({
      settled: {
        nodes: {
          numNodes: 4,
          mainNode: 1,
          groups: [
            {
              targetNodes: '0:',
              from: 0,
              to: 3,
              container: expect.objectContaining({ image: 'busybox' }),
              demand: { vcpus: 1, memoryMiB: 2048, gpus: 0 },
            },
          ],
        },
        container: expect.objectContaining({ image: 'busybox' }),
        demand: { vcpus: 4, memoryMiB: 8192, gpus: 0 },
      },
    });
  });

  it('follow the narrowest range, whose demand counts for as many nodes as follow it', () => {
    const large = aContainer({
      resourceRequirements: [requirement('VCPU', '8'), requirement('MEMORY', '100')],
    });
    const answer = settle({
      numNodes: 5,
      mainNode: 2,
      nodeRangeProperties: [range(':'), range('2', { container: large })],
    });
    expect(answer).toMatchObject({
      settled: { container: large, demand: { vcpus: 4 + 8, memoryMiB: 4 * 2048 + 100, gpus: 0 } },
    });
  });

  it.each(['0', '0:0', ':0'])(
    'are overridden by the range they are in, also when it is written as %s',
    (written) => {
      const nodes = nodesOf(
        { numNodes: 3, nodeRangeProperties: [range('0:0'), range('1:2')] },
        {
          nodePropertyOverrides: [
            {
              targetNodes: written,
              containerOverrides: {
                command: ['main'],
                environment: [{ name: 'A', value: '1' }],
                resourceRequirements: [requirement('GPU', '2')],
              },
            },
          ],
        },
      );
      expect(groupOfNode(nodes, 0)).toMatchObject({
        container: { command: ['main'], environment: [{ name: 'A', value: '1' }] },
        demand: { vcpus: 1, memoryMiB: 2048, gpus: 2 },
      });
      expect(groupOfNode(nodes, 1)).toMatchObject({ container: { environment: [] }, demand: { gpus: 0 } });
    },
  );

  it('can be more or fewer, where a range has an open end', () => {
    const properties = { numNodes: 2, nodeRangeProperties: [range('0'), range('1:')] };
    expect(nodesOf(properties, { numNodes: 8 })).toMatchObject({
      numNodes: 8,
      groups: [{}, { from: 1, to: 7 }],
    });
    expect(nodesOf({ ...properties, numNodes: 9 }, { numNodes: 2 })).toMatchObject({ numNodes: 2 });
  });

  it('take the instance type of the override in both of its places', () => {
    const properties = {
      nodeRangeProperties: [range('0:', { container: aContainer({ instanceType: 'p3.2xlarge' }) })],
    };
    const overrides = { nodePropertyOverrides: [{ targetNodes: '0:', instanceTypes: ['p4d.24xlarge'] }] };
    expect(nodesOf(properties, overrides).groups).toMatchObject([
      { instanceTypes: ['p4d.24xlarge'], container: { instanceType: 'p4d.24xlarge' } },
    ]);
  });
});

describe('a submission is refused', () => {
  const twoRanges = { numNodes: 4, nodeRangeProperties: [range('0:1'), range('2:3')] };
  const of = (targetNodes: string, more: object) => ({ nodePropertyOverrides: [{ targetNodes, ...more }] });
  it.each<[string, Partial<NodeProperties>, NodeOverrides, string]>([
    [
      'when it overrides a range that the definition does not have',
      twoRanges,
      { nodePropertyOverrides: [{ targetNodes: '0:1' }, { targetNodes: '0:3' }, { targetNodes: 'x' }] },
      'NodeOverride targets should match job definition. Non matching targets - 0:3, x',
    ],
    [
      'when it changes the number of nodes of closed ranges',
      twoRanges,
      { numNodes: 5 },
      'nodeOverrides.numNodes needs a node range of the job definition with an open end, such as 0:, but is 5.',
    ],
    [
      'when a range would be left without nodes',
      { numNodes: 4, nodeRangeProperties: [range('0:1'), range('2:')] },
      { numNodes: 2 },
      'nodeOverrides.numNodes must be above the main node and the beginning of every node range, 2, but is 2.',
    ],
    [
      'when the main node would be missing',
      { numNodes: 4, mainNode: 3 },
      { numNodes: 3 },
      'nodeOverrides.numNodes must be above the main node and the beginning of every node range, 3, but is 3.',
    ],
    [
      'when nobody states the memory of a node',
      { nodeRangeProperties: [range('0:', { container: { image: 'a', vcpus: 1 } })] },
      {},
      'Memory is not provided.',
    ],
    [
      'when a requirement is not a number',
      {},
      of('0:', { containerOverrides: { resourceRequirements: [requirement('VCPU', '1.0')] } }),
      'Value 1.0 for type VCPU in resourceRequirement is not valid. Please provide a numeric value.',
    ],
    [
      'when two ranges would run on different instance types',
      twoRanges,
      {
        nodePropertyOverrides: [
          { targetNodes: '0:1', instanceTypes: ['m5.large'] },
          { targetNodes: '2:3', containerOverrides: { instanceType: 'm5.xlarge' } },
        ],
      },
      'nodeOverrides.nodePropertyOverrides.instanceTypes must name one instance type for all node ranges, but is ["m5.large","m5.xlarge"].',
    ],
    [
      'when it names several instance types',
      {},
      of('0:', { instanceTypes: ['m5.large', 'm5.xlarge'] }),
      'nodeOverrides.nodePropertyOverrides[0].instanceTypes must have at most 1 element, but has 2.',
    ],
    [
      'when it asks for more nodes than one row can tell of',
      {},
      { numNodes: 1_000_000_000 },
      'numNodes must give at most 1000 containers with 1 attempt of each, but is 1000000000.',
    ],
  ])('%s', (_name, properties, overrides, message) => {
    expect(settle(properties, overrides)).toMatchObject({ problem: { message } });
  });

  it('when nodes times attempts are more than one row can tell of', () => {
    expect(settle({ numNodes: 200 }, {}, 5)).toHaveProperty('settled');
    expect(settle({ numNodes: 201 }, {}, 5)).toMatchObject({ problem: { field: 'numNodes' } });
  });
});

describe('the specification of a multi-node job', () => {
  const { containerProperties: _none, ...registered } = aDefinition({
    type: 'multinode',
    nodeProperties: aNodeDefinition(),
  }).registered;
  const definition = { ...aDefinition(), registered };

  it('has the main node’s container and the demand of all nodes', () => {
    const submit = aSubmission({ nodeOverrides: { numNodes: 3 }, retryStrategy: { attempts: 2 } });
    expect(resolveJobSpec(definition, submit, QUEUE_ARN)).toMatchObject({
      ok: {
        container: { image: 'busybox' },
        demand: { vcpus: 3, memoryMiB: 3 * 2048, gpus: 0 },
        nodes: { numNodes: 3, mainNode: 0 },
        retryStrategy: { attempts: 2 },
      },
    });
  });

  it('consumes what each of its nodes does, and what it consumes as a whole', () => {
    const each = (quantity: number) => ({
      consumableResourceProperties: { consumableResourceList: [{ consumableResource: 'licence', quantity }] },
    });
    const nodeProperties = aNodeDefinition({
      numNodes: 3,
      nodeRangeProperties: [range('0', each(1)), range('1:', each(5))],
    });
    const submit = aSubmission({
      nodeOverrides: {
        nodePropertyOverrides: [
          {
            targetNodes: '1:',
            consumableResourcePropertiesOverride: each(2).consumableResourceProperties,
          },
        ],
      },
    });
    const own = { ...registered, nodeProperties, ...each(10) };
    expect(resolveJobSpec({ ...definition, registered: own }, submit, QUEUE_ARN)).toMatchObject({
      ok: { consumables: [{ arn: expect.stringMatching(/\/licence$/), quantity: 10 + 1 + 2 * 2 }] },
    });
  });

  it('has the containers of its main node where that runs several', () => {
    const ecsProperties = {
      taskProperties: [aTask({ containers: [aTaskContainer(), aTaskContainer({ name: 'side' })] })],
    };
    const nodeProperties = aNodeDefinition({
      nodeRangeProperties: [{ targetNodes: '0', ecsProperties }, range('1:')],
    });
    const containers = [{ name: 'side', command: ['beside'] }];
    const ecsPropertiesOverride = { taskProperties: [{ containers }] };
    const nodeOverrides = { nodePropertyOverrides: [{ targetNodes: '0', ecsPropertiesOverride }] };
    const answer = resolveJobSpec(
      { ...definition, registered: { ...registered, nodeProperties } },
      aSubmission({ nodeOverrides }),
      QUEUE_ARN,
    );
    const both = [{ name: 'main' }, { name: 'side', spec: { command: ['beside'] } }];
    expect(answer).toMatchObject({
      ok: {
        container: {},
        containers: both,
        demand: { vcpus: 3 },
        nodes: { groups: [{ containers: both, demand: { vcpus: 2 } }, { container: { image: 'busybox' } }] },
      },
    });
  });

  it('fails at its start when the overrides of a range are too long', () => {
    const containerOverrides = { command: ['x'.repeat(8192)] };
    const nodeOverrides = { nodePropertyOverrides: [{ targetNodes: '0:', containerOverrides }] };
    expect(resolveJobSpec(definition, aSubmission({ nodeOverrides }), QUEUE_ARN)).toMatchObject({
      failsAtStart: OVERRIDES_TOO_LONG,
    });
  });
});
