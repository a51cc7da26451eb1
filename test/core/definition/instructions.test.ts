import { describe, expect, it } from 'vitest';
import { afterOf, instructionProblems, tokenOf } from '../../../core/definition/instructions.ts';
import { submitProblems } from '../../../core/definition/validate-submit.ts';
import { aSubmission } from './definition-builders.ts';

const id = (last: number): string => `00000000-0000-4000-8000-${String(last).padStart(12, '0')}`;
const messagesOf = (submit: Parameters<typeof instructionProblems>[0]): string[] =>
  instructionProblems(submit).map(({ message }) => message);

describe('what a submission says beyond AWS', () => {
  it('is read from tags and from parameters, with commas or spaces between', () => {
    const submit = {
      tags: { 'slipway:after-any': `${id(1)},${id(2)}:7`, team: 'a' },
      parameters: {
        'slipway:after-failure': ` ${id(3)}  ${id(4)} `,
        'slipway:after': id(5),
        'slipway:token': 't/1',
      },
    };
    expect(instructionProblems(submit)).toEqual([]);
    expect(afterOf(submit)).toEqual([
      { jobId: id(5), end: 'SUCCESS' },
      { jobId: id(1), end: 'ANY' },
      { jobId: `${id(2)}:7`, end: 'ANY' },
      { jobId: id(3), end: 'FAILURE' },
      { jobId: id(4), end: 'FAILURE' },
    ]);
    expect(tokenOf(submit)).toBe('t/1');
  });

  it('is nothing for a submission of AWS’s own', () => {
    const submit = { tags: { 'slipway-like': 'x' }, parameters: { after: 'x' } };
    expect([instructionProblems(submit), afterOf(submit), tokenOf(submit)]).toEqual([[], [], undefined]);
    expect(afterOf({})).toEqual([]);
  });

  it.each([
    [
      'an unknown name',
      { tags: { 'slipway:after-anny': id(1) } },
      /^tags must not have names .*but is "slipway:after-anny"/,
    ],
    [
      'an unknown name',
      { parameters: { 'slipway:': '' } },
      /^parameters must not have names that begin with slipway:/,
    ],
    [
      'a tag and a parameter of one name',
      { tags: { 'slipway:token': 'a' }, parameters: { 'slipway:token': 'a' } },
      /not as both/,
    ],
    ['an empty list', { tags: { 'slipway:after': ' , ' } }, /^slipway:after must name at least one job/],
    [
      'no job id',
      { tags: { 'slipway:after-any': `${id(1)},nightly` } },
      /^slipway:after-any must be ids .*but is "nightly"/,
    ],
    ['a node', { tags: { 'slipway:after-any': `${id(1)}#0` } }, /^slipway:after-any must be ids/],
    [
      'a job twice',
      { tags: { 'slipway:after-any': id(1), 'slipway:after': id(1) } },
      /must not name a job .* already/,
    ],
    [
      'a job of dependsOn',
      { dependsOn: [{ jobId: id(1) }], tags: { 'slipway:after-failure': id(1) } },
      /already/,
    ],
    ['an empty token', { tags: { 'slipway:token': '' } }, /^slipway:token must be 1 to 128/],
    ['a long token', { parameters: { 'slipway:token': 't'.repeat(129) } }, /^slipway:token must be 1 to 128/],
    ['a token with a space', { parameters: { 'slipway:token': 'a b' } }, /^slipway:token must be 1 to 128/],
  ])('is refused with %s', (_, submit, message) => {
    expect(messagesOf(submit)).toEqual([expect.stringMatching(message)]);
    expect(submitProblems(aSubmission(submit)).map(({ message: told }) => told)).toEqual(messagesOf(submit));
  });

  it('names up to 500 jobs', () => {
    const after = (count: number) => ({
      parameters: { 'slipway:after': Array.from({ length: count }, (_, at) => id(at)).join(',') },
    });
    expect(messagesOf(after(500))).toEqual([]);
    expect(messagesOf(after(501))).toEqual([expect.stringContaining('at most 500 jobs')]);
  });
});
