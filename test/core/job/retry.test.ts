import { describe, expect, it } from 'vitest';
import type { AttemptEnd } from '../../../core/job/retry.ts';
import { decideRetry, matchesPattern } from '../../../core/job/retry.ts';
import type { EvaluateOnExit } from '../../../core/job/spec.ts';

const exited = (exitCode: number): AttemptEnd => ({
  exitCode,
  statusReason: 'Essential container in task exited',
});
const SPOT: AttemptEnd = { statusReason: 'Host EC2 (instance i-0abc) terminated.' };
const NEXTFLOW: EvaluateOnExit[] = [
  { action: 'RETRY', onStatusReason: 'Host EC2*' },
  { action: 'EXIT', onReason: '*' },
];

const table: readonly [
  string,
  number,
  EvaluateOnExit[],
  number,
  AttemptEnd,
  boolean,
  'succeed' | 'retry' | 'fail',
][] = [
  ['exit 0 succeeds', 1, [], 1, exited(0), false, 'succeed'],
  [
    'exit 0 succeeds whatever the rules say',
    3,
    [{ action: 'RETRY', onExitCode: '*' }],
    1,
    exited(0),
    false,
    'succeed',
  ],
  ['a stopped job is not retried', 10, [], 1, exited(143), true, 'fail'],
  ['a stopped job fails even with exit 0', 10, [], 1, exited(0), true, 'fail'],
  ['the only attempt fails', 1, [], 1, exited(1), false, 'fail'],
  ['retries while attempts are left', 3, [], 2, exited(1), false, 'retry'],
  ['attempts beat a RETRY rule', 2, [{ action: 'RETRY', onExitCode: '1' }], 2, exited(1), false, 'fail'],
  ['an EXIT rule ends it', 5, [{ action: 'EXIT', onExitCode: '1' }], 1, exited(1), false, 'fail'],
  ['actions are read in any case', 5, [{ action: 'exit', onExitCode: '1' }], 1, exited(1), false, 'fail'],
  ['no matching rule retries', 5, [{ action: 'EXIT', onExitCode: '2' }], 1, exited(1), false, 'retry'],
  [
    'all patterns of a rule must match',
    5,
    [{ action: 'EXIT', onExitCode: '1', onReason: 'X*' }],
    1,
    exited(1),
    false,
    'retry',
  ],
  ['retries an attempt that Spot reclaimed', 5, NEXTFLOW, 1, SPOT, false, 'retry'],
  ['the catch-all matches an absent reason', 5, NEXTFLOW, 1, exited(1), false, 'fail'],
  [
    'the first matching rule decides',
    5,
    [
      { action: 'RETRY', onExitCode: '1*' },
      { action: 'EXIT', onExitCode: '13' },
    ],
    1,
    exited(13),
    false,
    'retry',
  ],
];

describe('decideRetry', () => {
  it.each(table)('%s', (_name, attempts, evaluateOnExit, used, end, stopped, expected) => {
    expect(decideRetry({ attempts, evaluateOnExit }, used, end, stopped).action).toBe(expected);
  });
});

describe('matchesPattern', () => {
  it.each([
    [undefined, undefined, true],
    ['*', undefined, true],
    ['1', undefined, false],
    ['1', '1', true],
    ['1', '13', false],
    ['1*', '13', true],
    ['Cannot*', 'cannot pull', false],
  ])('pattern %s against %s is %s', (pattern, value, expected) => {
    expect(matchesPattern(pattern, value)).toBe(expected);
  });
});
