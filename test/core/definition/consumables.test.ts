import { describe, expect, it } from 'vitest';
import { settleConsumables } from '../../../core/definition/consumables.ts';
import type { JobDefinition } from '../../../core/definition/definition.ts';
import type { DefinitionArn } from '../../../core/ids.ts';

const arn = (name: string) => `arn:aws:batch:us-east-1:123456789012:consumable-resource/${name}`;
const list = (...entries: [string, number][]) => ({
  consumableResourceList: entries.map(([consumableResource, quantity]) => ({ consumableResource, quantity })),
});
const definition = (...entries: [string, number][]) =>
  ({
    definitionArn: 'arn:aws:batch:us-east-1:123456789012:job-definition/d:1' as DefinitionArn,
    registered: { type: 'container', consumableResourceProperties: list(...entries) },
    // All that is read of a definition here.
  }) as unknown as JobDefinition;
const submit = { jobName: 'j', jobQueue: 'q', jobDefinition: 'd' };

describe('what a job consumes', () => {
  it('is what its definition says, under full names', () => {
    expect(settleConsumables(definition(['a', 1], [arn('b'), 2]), submit)).toEqual({
      consumables: [
        { arn: arn('a'), quantity: 1 },
        { arn: arn('b'), quantity: 2 },
      ],
    });
  });

  it('is replaced whole by the submission', () => {
    const given = { ...submit, consumableResourcePropertiesOverride: list(['c', 5]) };
    expect(settleConsumables(definition(['a', 1]), given)).toEqual({
      consumables: [{ arn: arn('c'), quantity: 5 }],
    });
    const none = { ...submit, consumableResourcePropertiesOverride: list() };
    expect(settleConsumables(definition(['a', 1]), none)).toEqual({});
    const silent = { ...submit, consumableResourcePropertiesOverride: {} };
    expect(settleConsumables(definition(['a', 1]), silent)).toMatchObject({ consumables: [{ quantity: 1 }] });
  });

  it('counts a resource that is listed twice once, with both quantities', () => {
    expect(settleConsumables(definition(['a', 1], [arn('a'), 2]), submit)).toEqual({
      consumables: [{ arn: arn('a'), quantity: 3 }],
    });
  });

  it.each<[string, [string, number][], string]>([
    ['another account’s', [[arn('a').replace('123456789012', '999999999999'), 1]], 'must belong to account'],
    [
      'a queue',
      [['arn:aws:batch:us-east-1:123456789012:job-queue/q', 1]],
      'must be the ARN of a consumable-resource',
    ],
    ['41', Array.from({ length: 41 }, (_, n): [string, number] => [`r${n}`, 1]), 'at most 40'],
  ])('may not be %s', (_, entries, message) => {
    const settled = settleConsumables(definition(...entries), submit);
    expect('problem' in settled && settled.problem.message).toContain(message);
  });
});
