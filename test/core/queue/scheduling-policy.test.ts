import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CreatePolicyInput, FairsharePolicy } from '../../../core/queue/scheduling-policy.ts';
import {
  createPolicyProblems,
  newPolicy,
  policyBodyProblems,
  updatedPolicy,
} from '../../../core/queue/scheduling-policy.ts';
import { describeRules } from '../definition/rule-table.ts';
import { SCOPE } from '../placement/an-environment.ts';

const fair = (fairsharePolicy: FairsharePolicy): CreatePolicyInput => ({ name: 'p', fairsharePolicy });
const shares = (...identifiers: readonly string[]): CreatePolicyInput =>
  fair({ shareDistribution: identifiers.map((shareIdentifier) => ({ shareIdentifier })) });
const weight = (weightFactor: number): CreatePolicyInput =>
  fair({ shareDistribution: [{ shareIdentifier: 'a', weightFactor }] });
const IDENTIFIER = 'fairsharePolicy.shareDistribution[].shareIdentifier';

describeRules('a scheduling policy', createPolicyProblems, [
  {
    rule: 'has a name of letters, digits, hyphens and underscores',
    accepts: [{ name: 'Fair_1' }],
    refuses: [[{ name: 'a b' }, 'Provided name a b is not supported pattern[a-zA-Z_0-9-]{1,128}']],
  },
  {
    rule: 'decays over 0 s to a week',
    accepts: [fair({ shareDecaySeconds: 0 }), fair({ shareDecaySeconds: 604_800 }), fair({})],
    refuses: [-1, 604_801].map((shareDecaySeconds) => [
      fair({ shareDecaySeconds }),
      `fairsharePolicy.shareDecaySeconds must be a whole number from 0 to 604800, but is ${shareDecaySeconds}.`,
    ]),
  },
  {
    rule: 'reserves 0 to 99 percent',
    accepts: [fair({ computeReservation: 0 }), fair({ computeReservation: 99 })],
    refuses: [-1, 100].map((computeReservation) => [
      fair({ computeReservation }),
      `fairsharePolicy.computeReservation must be a whole number from 0 to 99, but is ${computeReservation}.`,
    ]),
  },
  {
    rule: 'names shares in letters and digits, with a final * for a prefix',
    accepts: [shares('a', 'B*', '0'.repeat(255)), shares(`${'c'.repeat(255)}*`)],
    refuses: ['', '*', 'a-b', 'a*b', 'x'.repeat(256)].map((identifier) => [
      shares(identifier),
      `fairsharePolicy.shareDistribution[0].shareIdentifier must be 1 to 255 letters or digits, then perhaps a *, but is ${shown(identifier)}.`,
    ]),
  },
  {
    rule: 'weighs shares from 0.0001 to 999.9999',
    accepts: [weight(0.0001), weight(999.9999)],
    refuses: [0, 0.00009, 1000].map((value) => [
      weight(value),
      `fairsharePolicy.shareDistribution[0].weightFactor must be from 0.0001 to 999.9999, but is ${value}.`,
    ]),
  },
  {
    rule: 'has at most 500 shares',
    accepts: [shares(...Array.from({ length: 500 }, (_, index) => `s${index}`))],
    refuses: [
      [
        shares(...Array.from({ length: 501 }, (_, index) => `s${index}`)),
        'fairsharePolicy.shareDistribution must have at most 500 elements, but has 501.',
      ],
    ],
  },
  {
    rule: 'has no shares that overlap',
    accepts: [shares('UserA', 'UserA1', 'UserB*')],
    refuses: [
      [shares('a', 'a'), `${IDENTIFIER} must not overlap a, but is "a".`],
      [shares('UserA1', 'UserA*'), `${IDENTIFIER} must not overlap UserA*, but is "UserA1".`],
      [shares('UserA*', 'UserA'), `${IDENTIFIER} must not overlap UserA*, but is "UserA".`],
      [shares('ab*', 'a*'), `${IDENTIFIER} must not overlap a*, but is "ab*".`],
    ],
  },
  {
    rule: 'shares no quotas',
    accepts: [{ name: 'p' }],
    refuses: [
      [
        { name: 'p', quotaSharePolicy: {} },
        'quotaSharePolicy is not allowed here: quota shares are not offered, but is {}.',
      ],
    ],
  },
  {
    rule: 'keeps to the limits of tags',
    accepts: [{ name: 'p', tags: { a: 'b' } }],
    refuses: [
      [
        { name: 'p', tags: { 'aws:a': 'b' } },
        'tags must not have keys that begin with aws:, but is "aws:a".',
      ],
    ],
  },
]);

function shown(text: string): string {
  const json = JSON.stringify(text);
  return json.length <= 200 ? json : `${json.slice(0, 200)}…`;
}

describe('overlapping shares', () => {
  it('are found exactly when some identifier falls under two entries', () => {
    const identifier = fc
      .tuple(fc.stringMatching(/^[ab]{1,3}$/), fc.constantFrom('', '*'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(identifier, { maxLength: 5 }), (identifiers) => {
        const overlap = identifiers.some((one, index) =>
          identifiers.some((other, position) => position !== index && covers(one, other)),
        );
        expect(policyBodyProblems(shares(...identifiers)).length > 0).toBe(overlap);
      }),
    );
  });
});

function covers(one: string, other: string): boolean {
  return one === other || (one.endsWith('*') && other.replace('*', '').startsWith(one.replace('*', '')));
}

describe('a scheduling policy', () => {
  it('is shown as it was given', () => {
    const policy = newPolicy(SCOPE, fair({ computeReservation: 1 }));
    expect(policy).toEqual({
      arn: 'arn:aws:batch:us-east-1:123456789012:scheduling-policy/p',
      name: 'p',
      fairsharePolicy: { computeReservation: 1 },
      tags: {},
    });
    expect(newPolicy(SCOPE, { name: 'p' })).not.toHaveProperty('fairsharePolicy');
  });
  it('is replaced whole by an update, and kept by one without a body', () => {
    const policy = newPolicy(SCOPE, fair({ computeReservation: 1 }));
    expect(updatedPolicy(policy, { fairsharePolicy: { shareDecaySeconds: 60 } }).fairsharePolicy).toEqual({
      shareDecaySeconds: 60,
    });
    expect(updatedPolicy(policy, {})).toEqual(policy);
  });
});
