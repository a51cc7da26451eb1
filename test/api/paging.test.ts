import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClientException } from '../../api/errors.ts';
import { jobPageSize, pageOfList, readPage } from '../../api/paging.ts';

const scope = { partition: 'aws', region: 'us-east-1', account: '123456789012' };

describe('the size of a page', () => {
  it.each([
    { maxResults: undefined, size: undefined, limit: 100 },
    { maxResults: 1, size: undefined, limit: 1 },
    { maxResults: 100, size: undefined, limit: 100 },
    { maxResults: 1000, size: 1000, limit: 1000 },
  ])('is $limit for maxResults $maxResults of at most $size', ({ maxResults, size, limit }) => {
    const input = maxResults === undefined ? {} : { maxResults };
    expect(readPage('ListJobs', scope, input, size).limit).toBe(limit);
  });

  it.each([0, -1, 101])('cannot be %d', (maxResults) => {
    expect(() => readPage('DescribeJobQueues', scope, { maxResults })).toThrow(
      `DescribeJobQueues.maxResults must be from 1 to 100; received ${maxResults}.`,
    );
  });

  it('is larger for jobs that are listed without filters', () => {
    expect(jobPageSize({})).toBe(1000);
    expect(jobPageSize({ filters: [] })).toBe(1000);
    expect(jobPageSize({ filters: [{ name: 'JOB_NAME' }] })).toBe(100);
  });
});

describe('a page token', () => {
  const input = { jobQueue: 'q', filters: [{ name: 'a', values: ['b'] }] };
  const token = readPage('ListJobs', scope, input).tokenFor('position é') as { nextToken: string };

  it('brings back the position it was made for, whatever that holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (position) => {
        const { nextToken } = readPage('ListJobs', scope, input).tokenFor(position);
        expect(
          readPage('ListJobs', scope, { ...input, ...(nextToken !== undefined && { nextToken }) }).after,
        ).toBe(position);
        expect(nextToken).toMatch(/^[\w-]+$/);
      }),
    );
  });

  it('is absent at the end', () => {
    expect(readPage('ListJobs', scope, input).tokenFor(undefined)).toEqual({});
  });

  it('does not mind another page size or another order of members', () => {
    const same = { filters: [{ values: ['b'], name: 'a' }], jobQueue: 'q', maxResults: 7 };
    expect(readPage('ListJobs', scope, { ...same, ...token }).after).toBe('position é');
  });

  it.each([
    { why: 'another operation', operation: 'DescribeJobs', of: scope, with: input },
    { why: 'another parameter', operation: 'ListJobs', of: scope, with: { ...input, jobQueue: 'other' } },
    { why: 'another account', operation: 'ListJobs', of: { ...scope, account: '210987654321' }, with: input },
    { why: 'another Region', operation: 'ListJobs', of: { ...scope, region: 'eu-west-1' }, with: input },
  ])('is refused by $why', ({ operation, of, with: parameters }) => {
    expect(() => readPage(operation, of, { ...parameters, ...token })).toThrow(ClientException);
  });

  it('is refused when it is anything else', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.constant(`${token.nextToken}=`),
      fc.constant('x'.repeat(20_000)),
    );
    fc.assert(
      fc.property(anything, (nextToken) => {
        expect(() => readPage('ListJobs', scope, { ...input, nextToken })).toThrow(
          /ListJobs.nextToken is not a token/,
        );
      }),
    );
  });
});

describe('a list in memory', () => {
  it('is shown once, in order, whatever the page size', () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1 })).map((list) => list.sort());
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 10 }), (list, maxResults) => {
        const shown: string[] = [];
        let token: { readonly nextToken?: string } = {};
        do {
          const page = readPage('DescribeJobQueues', scope, { maxResults, ...token });
          const { items, next } = pageOfList(page, list, (name) => name);
          shown.push(...items);
          token = page.tokenFor(next);
        } while (token.nextToken !== undefined && shown.length <= list.length);
        expect(shown).toEqual(list);
      }),
    );
  });

  it('goes on after an entry that is gone', () => {
    const { nextToken } = readPage('DescribeJobQueues', scope, {}).tokenFor('b');
    const page = readPage('DescribeJobQueues', scope, { ...(nextToken !== undefined && { nextToken }) });
    expect(pageOfList(page, ['a', 'c'], (name) => name)).toEqual({ items: ['c'], next: undefined });
    expect(pageOfList(page, ['a'], (name) => name)).toEqual({ items: [], next: undefined });
  });
});
