import { describe, expect, it } from 'vitest';
import {
  definitionDetail,
  orchestrationTypeOf,
  registeredForm,
} from '../../../core/definition/definition.ts';
import { aContainer, aDefinition, aDefinitionInput, aNodeDefinition } from './definition-builders.ts';

const EMPTY_LISTS = {
  command: [],
  environment: [],
  mountPoints: [],
  resourceRequirements: [],
  secrets: [],
  ulimits: [],
  volumes: [],
};

describe('the registered form', () => {
  it('adds nothing but the empty lists that clients expect', () => {
    const container = aContainer({ privileged: false, vcpus: 1, linuxParameters: {} });
    const form = registeredForm(
      aDefinitionInput({ containerProperties: container, retryStrategy: { attempts: 2 } }),
    );
    expect(form).toEqual({
      type: 'container',
      parameters: {},
      containerProperties: { ...EMPTY_LISTS, ...container },
      retryStrategy: { attempts: 2, evaluateOnExit: [] },
    });
  });

  it('keeps every member as it was spelled', () => {
    const odd = { attempts: 2, evaluateOnExit: [{ action: 'exit', onReason: '*' }] };
    expect(registeredForm(aDefinitionInput({ retryStrategy: odd })).retryStrategy).toEqual(odd);
  });

  it('adds the lists to the containers of nodes too', () => {
    const nodeProperties = aNodeDefinition({
      nodeRangeProperties: [{ targetNodes: '0:', container: { image: 'a' } }],
    });
    const form = registeredForm(aDefinitionInput({ nodeProperties }));
    expect(form.nodeProperties?.nodeRangeProperties).toEqual([
      { targetNodes: '0:', container: { image: 'a', ...EMPTY_LISTS } },
    ]);
  });

  it('stays the same when it is formed again', () => {
    const once = registeredForm(aDefinitionInput({ nodeProperties: aNodeDefinition(), retryStrategy: {} }));
    expect(registeredForm({ jobDefinitionName: 'd', ...once })).toEqual(once);
  });
});

describe('the described form', () => {
  it('is what was registered, with its number, status, tags and orchestration type', () => {
    const definition = aDefinition({ platformCapabilities: ['EC2'], tags: { 'nextflow.io/x': 'y' } });
    expect(definitionDetail(definition)).toEqual({
      jobDefinitionName: 'd',
      jobDefinitionArn: 'arn:aws:batch:us-east-1:123456789012:job-definition/d:1',
      revision: 1,
      status: 'ACTIVE',
      type: 'container',
      parameters: {},
      tags: { 'nextflow.io/x': 'y' },
      platformCapabilities: ['EC2'],
      containerOrchestrationType: 'ECS',
      containerProperties: { ...EMPTY_LISTS, ...aContainer() },
    });
  });

  it('leaves out what was not registered', () => {
    expect(Object.keys(definitionDetail(aDefinition()))).not.toContain('platformCapabilities');
  });

  it.each([
    ['ECS', aDefinition().registered],
    ['EKS', { type: 'container', eksProperties: {} }],
    [
      'EKS',
      {
        type: 'multinode',
        nodeProperties: aNodeDefinition({
          nodeRangeProperties: [{ targetNodes: ':', eksProperties: {} }],
        }),
      },
    ],
    ['ECS', { type: 'multinode', nodeProperties: aNodeDefinition() }],
  ])('is orchestrated by %s', (type, registered) => {
    expect(orchestrationTypeOf(registered)).toBe(type);
  });
});
