import { describe, expect, test } from 'vitest';
import type { WireItem } from './write-units.ts';
import { unitsOfWrite } from './write-units.ts';

const keys = { pk: { S: 'p' }, sk: { S: '#' } };
const listed = (status: string): WireItem => ({ lp: { S: `queue#${status}` }, ls: { S: '1' } });
const body = (bytes: number): WireItem => ({ b: { B: Buffer.alloc(bytes).toString('base64') } });
const work: WireItem = { wp: { S: 'line' }, ws: { S: '1' } };

describe('the table', () => {
  test.each([
    ['a small item that is new', undefined, { ...keys, ...body(10) }, 1],
    ['one that is gone', { ...keys, ...body(1_500) }, undefined, 2],
    ['one that shrinks', { ...keys, ...body(2_500) }, { ...keys, ...body(10) }, 3],
    ['one that was not there', undefined, undefined, 1],
  ] as readonly [string, WireItem | undefined, WireItem | undefined, number][])(
    'charges %s by its larger size, twice in a transaction',
    (_name, before, after, units) => {
      expect(unitsOfWrite(before, after, false)).toEqual({ table: units, indexes: {} });
      expect(unitsOfWrite(before, after, true).table).toBe(2 * units);
    },
  );
});

describe('an index', () => {
  const row = { ...keys, ...listed('RUNNING'), ...work, ...body(10) };
  test.each([
    ['that gets an entry', keys, { ...keys, ...listed('RUNNING') }, { listing: 1 }],
    ['whose entry moves', row, { ...row, ...listed('SUCCEEDED') }, { listing: 2, work: 1 }],
    ['of keys when only the body changes', row, { ...row, ...body(20) }, { work: 1 }],
    ['that has the expiry', row, { ...row, expires: { N: '1800000000' } }, { listing: 1, work: 1 }],
    [
      'when nothing of it changes',
      { ...keys, ...listed('RUNNING') },
      { ...keys, ...listed('RUNNING'), ...body(20) },
      {},
    ],
    ['of whole rows by their size', keys, { ...keys, ...work, ...body(1_500) }, { work: 2 }],
  ] as readonly [string, WireItem, WireItem, object][])('%s', (_name, before, after, indexes) => {
    expect(unitsOfWrite(before, after, true).indexes).toEqual(indexes);
  });
});
