import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeBody } from '../../../adapters/dynamodb/body-codec.ts';
import { attributesOf, keyItem, rowOfItem, sortKeyOf } from '../../../adapters/dynamodb/item.ts';
import { changeOfStreamRecord } from '../../../adapters/dynamodb/stream-record.ts';
import type { NewRow } from '../../../engine/table-ports.ts';
import { StoreCorruptError } from '../../../engine/table-ports.ts';

/** What the port allows as a key: not empty, well-formed, without U+0000. */
const keyText = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 8 })
  .map((text) => text.replaceAll('\0', '0'));
const entry = fc.record({ partition: keyText, sort: keyText });
const newRow: fc.Arbitrary<NewRow> = fc.record(
  {
    pk: keyText,
    sk: keyText,
    body: fc
      .dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ noUnicodeString: false }))
      .map((body) => ({ ...body })),
    indexes: fc.record({ listing: entry, work: entry }, { requiredKeys: [] }),
    expiresAtS: fc.nat(),
  },
  { requiredKeys: ['pk', 'sk', 'body'] },
);

test('a row read back from its item is the row', () => {
  fc.assert(
    fc.property(newRow, fc.integer({ min: 1 }), (row, version) => {
      const item = { ...keyItem(row), ...attributesOf(row, 'id'), v: { N: String(version) } };
      const expected = { ...row, indexes: row.indexes ?? {}, version };
      expect(rowOfItem('jobs', item)).toEqual({ ...expected, body: JSON.parse(JSON.stringify(row.body)) });
    }),
  );
});

test('a row that was packed with the partition of an index it had once can be read', () => {
  const body = { words: 'arn:aws:batch:us-east-1:123456789012:job-queue/default', again: 'x'.repeat(80) };
  const texts = ['p', 'listing', 'created', 'work'] as const;
  const [pk, lp, cp, wp] = texts;
  const item = {
    ...keyItem({ pk, sk: 's' }),
    lp: { S: lp },
    ls: { S: '1\0p\0s' },
    cp: { S: cp },
    cs: { S: '2\0p\0s' },
    wp: { S: wp },
    ws: { S: '3\0p\0s' },
    v: { N: '1' },
    b: encodeBody(body, texts),
  };
  const indexes = { listing: { partition: lp, sort: '1' }, work: { partition: wp, sort: '3' } };
  expect(rowOfItem('jobs', item)).toEqual({ pk, sk: 's', version: 1, body, indexes });
});

test('sort keys are in the order of the sort values, then of the primary keys, by UTF-8 bytes', () => {
  const place = fc.tuple(keyText, keyText, keyText);
  const bytes = (text: string): Buffer => Buffer.from(text);
  fc.assert(
    fc.property(place, place, (a, b) => {
      const parts = a.map((text, index) => Buffer.compare(bytes(text), bytes(b[index] ?? '')));
      const expected = parts.find((order) => order !== 0) ?? 0;
      const keys = [a, b].map(([sort, pk, sk]) => bytes(sortKeyOf(sort, { pk, sk })));
      expect(Math.sign(Buffer.compare(keys[0]!, keys[1]!))).toBe(Math.sign(expected));
    }),
  );
});

test.each([undefined, '', '{"cut":', 'null', '7'])(
  'an item with the body %j is reported by table and key',
  (body) => {
    const item = {
      ...keyItem({ pk: 'p', sk: 's' }),
      v: { N: '1' },
      ...(body === undefined ? {} : { b: { S: body } }),
    };
    expect(() => rowOfItem('queues', item)).toThrow(StoreCorruptError);
    expect(() => rowOfItem('queues', item)).toThrow('{"table":"queues","pk":"p","sk":"s"}');
  },
);

test('a stream record becomes a change whose number sorts as text', () => {
  const image = { ...keyItem({ pk: 'p', sk: 's' }), v: { N: '3' }, b: { S: '{"n":1}' } };
  const record = { dynamodb: { SequenceNumber: '9'.repeat(21), NewImage: image } };
  const change = changeOfStreamRecord(record, 'shard-7');
  expect(change).toEqual({
    stream: 'shard-7',
    seq: '9'.repeat(21).padStart(40, '0'),
    after: { pk: 'p', sk: 's', version: 3, body: { n: 1 }, indexes: {} },
  });
  const next = changeOfStreamRecord(
    { dynamodb: { ...record.dynamodb, SequenceNumber: `1${'0'.repeat(21)}` } },
    'shard-7',
  );
  expect(next.seq > change.seq).toBe(true);
});

test('a record without images says which stream setting is missing', () => {
  expect(() => changeOfStreamRecord({ dynamodb: { SequenceNumber: '1' } }, 's')).toThrow(
    'NEW_AND_OLD_IMAGES',
  );
});
