import { expect, it } from 'vitest';
import {
  arnProblems,
  deleteProblems,
  isChanging,
  nameOrArnProblems,
  referenceProblems,
  toArn,
  updateProblems,
} from '../../core/resource.ts';
import type { ResourceState, ResourceStatus } from '../../core/resource.ts';
import { describeRules } from './definition/rule-table.ts';

const SCOPE = { partition: 'aws', region: 'us-east-1', account: '123456789012' } as const;
const ARN = 'arn:aws:batch:us-east-1:123456789012:job-queue/q';

const elsewhere = [
  'arn:aws:batch:us-east-1:999999999999:job-queue/q',
  'arn:aws:batch:eu-west-1:123456789012:job-queue/q',
  'arn:aws-cn:batch:us-east-1:123456789012:job-queue/q',
].map(
  (arn) =>
    [arn, `jobQueue must belong to account 123456789012 and Region us-east-1, but is "${arn}".`] as const,
);
const otherThings = [
  'arn:aws:batch:us-east-1:123456789012:compute-environment/q',
  'arn:aws:sqs:us-east-1:123456789012:q',
].map((arn) => [arn, `jobQueue must be the ARN of a job-queue, but is "${arn}".`] as const);

describeRules('a name or ARN', (text: string) => nameOrArnProblems(SCOPE, 'job-queue', 'jobQueue', text), [
  {
    rule: 'is a name, or an ARN of the type, account and Region',
    accepts: ['q', ARN],
    refuses: [
      ...elsewhere,
      ...otherThings,
      ['a b', 'Provided name a b is not supported pattern[a-zA-Z_0-9-]{1,128}'],
    ],
  },
]);
describeRules('an ARN', (text: string) => arnProblems(SCOPE, 'job-queue', 'jobQueue', text), [
  {
    rule: 'is an ARN of the type, account and Region, and no name',
    accepts: [ARN],
    refuses: [...elsewhere, ...otherThings, ['q', 'jobQueue must be the ARN of a job-queue, but is "q".']],
  },
]);

it('a name and its ARN stand for the same resource', () => {
  expect(toArn(SCOPE, 'job-queue', 'q')).toBe(ARN);
  expect(toArn(SCOPE, 'job-queue', ARN)).toBe(ARN);
});

it.each([
  ['CREATING', true],
  ['UPDATING', true],
  ['DELETING', true],
  ['VALID', false],
  ['INVALID', false],
] as const)('%s is a change under way: %s', (status, changing) => {
  expect(isChanging(status)).toBe(changing);
  expect(updateProblems({ status }).length > 0).toBe(changing);
});

describeRules(
  'a delete',
  ([status, state]: readonly [ResourceStatus, ResourceState]) => deleteProblems({ status, state }),
  [
    {
      rule: 'wants a disabled resource that is not changing',
      accepts: [
        ['VALID', 'DISABLED'],
        ['INVALID', 'DISABLED'],
      ],
      refuses: [
        [['VALID', 'ENABLED'], 'Cannot delete, resource must be DISABLED'],
        [['UPDATING', 'ENABLED'], 'Cannot delete, resource is being modified'],
        [['DELETING', 'DISABLED'], 'Cannot delete, resource is being modified'],
      ],
    },
  ],
);
describeRules('what queues may refer to', referenceProblems, [
  {
    rule: 'stays while one does',
    accepts: [[]],
    refuses: [[[ARN], 'Cannot delete, found existing JobQueue relationship']],
  },
]);
