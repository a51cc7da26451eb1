import {
  consumableResourcesProblems,
  retryStrategyProblems,
  schedulingPriorityProblems,
  tagsProblems,
  timeoutProblems,
} from '../../../core/definition/validate-settings.ts';
import type {
  ConsumableResourceProperties,
  RetryStrategyInput,
  TextMap,
  TimeoutInput,
} from '../../../core/definition/wire.ts';
import type { EvaluateOnExit } from '../../../core/job/spec.ts';
import { describeRules } from './rule-table.ts';

const withRule = (rule: Partial<EvaluateOnExit>): RetryStrategyInput => ({
  attempts: 2,
  evaluateOnExit: [{ action: 'RETRY', ...rule }],
});
const many = (count: number): TextMap =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));
const exitRules = (count: number): EvaluateOnExit[] =>
  Array.from({ length: count }, () => ({ action: 'EXIT', onExitCode: '1' }));
const LETTERS = 'must be letters, digits, periods, colons, spaces or tabs with an optional final *';

describeRules<RetryStrategyInput>('retryStrategy', (input) => retryStrategyProblems('r', input), [
  {
    rule: 'attempts are 1 to 10',
    accepts: [{ attempts: 1 }, { attempts: 10 }, {}],
    refuses: [
      [{ attempts: 0 }, 'r.attempts must be a whole number from 1 to 10, but is 0.'],
      [{ attempts: 11 }, 'r.attempts must be a whole number from 1 to 10, but is 11.'],
      [{ attempts: 1.5 }, 'r.attempts must be a whole number from 1 to 10, but is 1.5.'],
    ],
  },
  {
    rule: 'rules need attempts',
    accepts: [withRule({ onExitCode: '1' }), { evaluateOnExit: [] }],
    refuses: [
      [
        { evaluateOnExit: [{ action: 'EXIT', onExitCode: '1' }] },
        'r.attempts is required with evaluateOnExit.',
      ],
    ],
  },
  {
    rule: 'there are at most 5 rules',
    accepts: [{ attempts: 2, evaluateOnExit: exitRules(5) }],
    refuses: [
      [
        { attempts: 2, evaluateOnExit: exitRules(6) },
        'r.evaluateOnExit must have at most 5 elements, but has 6.',
      ],
    ],
  },
  {
    rule: 'an action is RETRY or EXIT in any case',
    accepts: ['RETRY', 'EXIT', 'retry', 'Exit'].map((action) => withRule({ action, onReason: '*' })),
    refuses: [
      [
        withRule({ action: 'STOP', onReason: '*' }),
        'r.evaluateOnExit[0].action must be RETRY or EXIT, but is "STOP".',
      ],
    ],
  },
  {
    rule: 'a rule has at least one condition',
    accepts: [withRule({ onStatusReason: 'Host EC2*' })],
    refuses: [
      [
        withRule({}),
        'r.evaluateOnExit[0] must have at least one of onExitCode, onReason, onStatusReason, but is {"action":"RETRY"}.',
      ],
    ],
  },
  {
    rule: 'onExitCode is digits with an optional final *',
    accepts: ['0', '137', '1*', '*', '1'.repeat(512)].map((onExitCode) => withRule({ onExitCode })),
    refuses: [
      ...['', '-1', '1*3', 'x', '**'].map(
        (onExitCode) =>
          [
            withRule({ onExitCode }),
            `r.evaluateOnExit[0].onExitCode must be digits with an optional final *, but is "${onExitCode}".`,
          ] as const,
      ),
      [
        withRule({ onExitCode: '1'.repeat(513) }),
        `r.evaluateOnExit[0].onExitCode must have at most 512 characters, but is "${'1'.repeat(199)}….`,
      ],
    ],
  },
  {
    rule: 'onReason is letters, digits, periods, colons and blanks with an optional final *',
    accepts: ['*', 'CannotPullContainerError:*', 'a.b c\td', 'x'.repeat(512)].map((onReason) =>
      withRule({ onReason }),
    ),
    refuses: ['', 'a*b', 'a-b', 'a/b', 'a\nb'].map((onReason) => [
      withRule({ onReason }),
      `r.evaluateOnExit[0].onReason ${LETTERS}, but is ${JSON.stringify(onReason)}.`,
    ]),
  },
  {
    rule: 'onStatusReason obeys the same pattern',
    accepts: [withRule({ onStatusReason: 'Task failed to start' })],
    refuses: [
      [
        withRule({ onStatusReason: 'Host EC2 (instance*' }),
        `r.evaluateOnExit[0].onStatusReason ${LETTERS}, but is "Host EC2 (instance*".`,
      ],
    ],
  },
]);

describeRules<TimeoutInput>('timeout', (input) => timeoutProblems('timeout', input), [
  {
    rule: 'is at least 60 seconds, with no maximum',
    accepts: [{ attemptDurationSeconds: 60 }, { attemptDurationSeconds: 432_000_000 }, {}],
    refuses: [
      [
        { attemptDurationSeconds: 59 },
        'timeout.attemptDurationSeconds must be a whole number of at least 60, but is 59.',
      ],
    ],
  },
]);

describeRules<number>('schedulingPriority', (input) => schedulingPriorityProblems('p', input), [
  {
    rule: 'is 0 to 9999',
    accepts: [0, 9999],
    refuses: [
      [-1, 'p must be a whole number from 0 to 9999, but is -1.'],
      [10_000, 'p must be a whole number from 0 to 9999, but is 10000.'],
    ],
  },
]);

describeRules<TextMap>('tags', (input) => tagsProblems('tags', input), [
  {
    rule: 'are at most 50',
    accepts: [{}, many(50)],
    refuses: [[many(51), 'tags must have at most 50 tags, but has 51.']],
  },
  {
    rule: 'have keys of 1 to 128 and values of at most 256 characters',
    accepts: [{ ['k'.repeat(128)]: 'v'.repeat(256), 'metaflow.user': '' }],
    refuses: [
      [{ '': 'v' }, 'tags must have keys of 1 to 128 characters, but is "".'],
      [
        { ['k'.repeat(129)]: 'v' },
        `tags must have keys of 1 to 128 characters, but is "${'k'.repeat(129)}".`,
      ],
      [{ k: 'v'.repeat(257) }, `tags.k must have at most 256 characters, but is "${'v'.repeat(199)}….`],
    ],
  },
  {
    rule: 'do not begin with aws: in any case',
    accepts: [{ 'aws-batch': 'v' }],
    refuses: [
      [{ 'aws:x': 'v' }, 'tags must not have keys that begin with aws:, but is "aws:x".'],
      [{ 'AWS:x': 'v' }, 'tags must not have keys that begin with aws:, but is "AWS:x".'],
    ],
  },
]);

describeRules<ConsumableResourceProperties>(
  'consumable resources',
  (input) => consumableResourcesProblems('c', input),
  [
    {
      rule: 'have a name and a whole quantity of at least 1',
      accepts: [{}, { consumableResourceList: [{ consumableResource: 'licence', quantity: 1 }] }],
      refuses: [
        [
          { consumableResourceList: [{ quantity: 1 }] },
          'c.consumableResourceList[0].consumableResource is required.',
        ],
        [
          { consumableResourceList: [{ consumableResource: 'licence' }] },
          'c.consumableResourceList[0].quantity is required.',
        ],
        [
          { consumableResourceList: [{ consumableResource: 'licence', quantity: 0 }] },
          'c.consumableResourceList[0].quantity must be a whole number of at least 1, but is 0.',
        ],
      ],
    },
  ],
);
