import { describe, expect, it } from 'vitest';
import { canonicalHeaders, canonicalPath, canonicalQuery } from '../../api/canonical-request.ts';

describe('the canonical path', () => {
  it.each([
    { raw: '', canonical: '/' },
    { raw: '/', canonical: '/' },
    { raw: '/v1/submitjob', canonical: '/v1/submitjob' },
    { raw: '/v1//submitjob/', canonical: '/v1/submitjob/' },
    { raw: '/v1/../a/./b', canonical: '/a/b' },
    { raw: '/../..', canonical: '/' },
    { raw: '/v1/tags/arn%3Aaws', canonical: '/v1/tags/arn%253Aaws' },
    { raw: '/v1/tags/arn:aws', canonical: '/v1/tags/arn%3Aaws' },
    { raw: "/a b/~-_.!'()*", canonical: '/a%20b/~-_.%21%27%28%29%2A' },
    { raw: '/\ud800', canonical: '/%EF%BF%BD' },
  ])('of $raw is $canonical', ({ raw, canonical }) => {
    expect(canonicalPath(raw)).toBe(canonical);
  });
});

describe('the canonical query', () => {
  it.each([
    { raw: '', canonical: '' },
    { raw: 'b=2&a=1', canonical: 'a=1&b=2' },
    { raw: 'a=2&a=1&a', canonical: 'a=&a=1&a=2' },
    { raw: 'a-=1&a=2', canonical: 'a=2&a-=1' },
    { raw: 'k=a%20b&k=a+b', canonical: 'k=a%20b&k=a%2Bb' },
    { raw: 'k=%zz&&', canonical: 'k=%25zz' },
    { raw: 'k=a=b', canonical: 'k=a%3Db' },
  ])('of $raw is $canonical', ({ raw, canonical }) => {
    expect(canonicalQuery(raw)).toBe(canonical);
  });
});

it('writes signed headers only, in their order, with white space folded', () => {
  const headers = { host: 'h', 'x-amz-date': ' d ', 'x-b': 'a \t  b', other: 'x' };
  expect(canonicalHeaders(headers, ['host', 'x-amz-date', 'x-b'])).toBe('host:h\nx-amz-date:d\nx-b:a b');
});
