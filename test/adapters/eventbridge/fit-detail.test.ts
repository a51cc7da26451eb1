import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitDetail } from '../../../adapters/eventbridge/fit-detail.ts';

const MAX = 240_000;
const long = (characters: number) => 'x'.repeat(characters);
const variables = (count: number, characters: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `V${index}`, value: long(characters) }));

interface Detail {
  readonly status: string;
  readonly attempts: readonly { readonly n: number }[];
  readonly container: {
    readonly environment: readonly { name: string; value: string }[];
    readonly exitCode: number;
  };
}
const fitted = (detail: object) => JSON.parse(fitDetail(detail, MAX).text) as Detail;

describe('a detail', () => {
  it('that fits is sent as it is, byte for byte', () => {
    const detail = { b: [1, { c: 'ü' }], a: undefined, environment: variables(2, 10) };
    expect(fitDetail(detail, MAX)).toEqual({ text: JSON.stringify(detail) });
  });

  it('that does not fit loses its environments first, wherever they are, and says so in their shape', () => {
    const detail = {
      status: 'RUNNING',
      attempts: [{ n: 1 }],
      container: { environment: variables(3, 100_000), exitCode: 3 },
      nodeProperties: { nodes: [{ container: { environment: variables(1, 5) } }, { environment: [] }] },
    };
    const { text, cutFromBytes } = fitDetail(detail, MAX);
    const note = (count: number) => [
      {
        name: 'SLIPWAY_EVENT_NOTE',
        value: `${count} variables were left out: the event would have been too large. DescribeJobs shows them.`,
      },
    ];
    expect(cutFromBytes).toBe(Buffer.byteLength(JSON.stringify(detail)));
    expect(JSON.parse(text)).toEqual({
      ...detail,
      container: { environment: note(3), exitCode: 3 },
      nodeProperties: { nodes: [{ container: { environment: note(1) } }, { environment: [] }] },
    });
  });

  it('that is still too large keeps its members, the newest attempts, and the beginnings of its texts', () => {
    const detail = {
      status: 'FAILED',
      statusReason: long(300_000),
      attempts: Array.from({ length: 2_000 }, (_, n) => ({ n, reason: long(200) })),
      container: { command: [long(300_000)], exitCode: 3, environment: [] },
    };
    const cut = fitted(detail);
    expect(Object.keys(cut)).toEqual(Object.keys(detail));
    expect(cut).toMatchObject({
      status: 'FAILED',
      statusReason: expect.stringMatching(/^x{1000,}…$/),
      container: { command: [], exitCode: 3, environment: [] },
    });
    expect(cut.attempts.at(-1)?.n).toBe(1_999);
    expect(cut.attempts.length).toBeGreaterThan(10);
  });

  it('always fits, whatever is long in it', () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    const member = fc.oneof(
      json,
      fc.integer({ min: 0, max: 9_000 }).map(long),
      fc.integer({ min: 0, max: 3_000 }).map((count) => '😀"\u0001'.repeat(count)),
      fc.array(fc.integer({ min: 0, max: 500 }).map(long), { maxLength: 20 }),
      fc.record({ environment: fc.integer({ min: 0, max: 20 }).map((count) => variables(count, 300)) }),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string({ maxLength: 8 }), member, { maxKeys: 12 }), (detail) => {
        const { text } = fitDetail(detail, 4_000);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_000);
        expect(text.isWellFormed()).toBe(true);
        JSON.parse(text);
      }),
      { numRuns: 200 },
    );
  });

  it('made of nothing but names cannot be cut, and says so', () => {
    const names = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`${long(100)}${index}`, 1]));
    expect(() => fitDetail(names, 1_000)).toThrow(/cannot be cut to 1000/);
  });
});
