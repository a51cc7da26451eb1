// A rule as a table: what passes it, and what breaks it with which words. Every rule must have both.
import { describe, expect, it } from 'vitest';
import type { Problems } from '../../../core/definition/problem.ts';

export interface RuleCase<Input> {
  /** The rule, as a sentence. */
  readonly rule: string;
  readonly accepts: readonly Input[];
  /** Each with the message of the first problem. */
  readonly refuses: readonly (readonly [input: Input, message: string])[];
}

export function describeRules<Input>(
  subject: string,
  check: (input: Input) => Problems,
  cases: readonly RuleCase<Input>[],
): void {
  describe(subject, () => {
    it.each(cases)('$rule', ({ accepts, refuses }) => {
      expect(accepts.length).toBeGreaterThan(0);
      for (const input of accepts) expect(check(input), JSON.stringify(input)).toEqual([]);
      expect(refuses.length).toBeGreaterThan(0);
      for (const [input, message] of refuses) {
        expect(check(input)[0]?.message, JSON.stringify(input)).toBe(message);
      }
    });
  });
}
