// Frames and cursor together: whatever the Engine's stream is cut into, and wherever it breaks, the copy is exact.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogCursor } from '../../../adapters/docker/log-cursor.ts';
import { createFrameReader } from '../../../adapters/docker/log-frames.ts';
import { frameOf } from './fake-engine.ts';

interface Kept {
  readonly second: number;
  readonly text: string;
}

const timestampOf = (second: number): string =>
  new Date(second * 1000).toISOString().replace('.000Z', '.123456789Z');

const streamOf = (entries: readonly Kept[]): Buffer =>
  Buffer.concat(entries.map(({ second, text }) => frameOf(`${timestampOf(second)} ${text}`)));

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const ends = [...new Set(at.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

/** Times that mostly grow, with the small disorder of two streams that share a log. */
const logs = fc
  .array(fc.record({ step: fc.integer({ min: 0, max: 4 }), back: fc.boolean(), text: fc.string() }))
  .map((steps) => {
    let second = 1_800_000_000;
    return steps.map(({ step, back, text }): Kept => {
      second += step;
      return { second: back ? second - 1 : second, text };
    });
  });

describe('createFrameReader', () => {
  it('gives the same entries however the stream is cut', () => {
    fc.assert(
      fc.property(logs, fc.array(fc.nat()), (entries, at) => {
        const read = createFrameReader();
        const seen = cut(streamOf(entries), at).flatMap(read);
        const asKept = seen.map(({ second, text }) => ({ second, text: text.toString() }));
        expect(asKept).toEqual(entries);
      }),
    );
  });

  it.each(['no-time here', 'nospace', ''])('takes the text %j, which has no timestamp, as it is', (text) => {
    const [entry] = createFrameReader()(frameOf(text));
    expect(entry).toEqual({ second: undefined, text: Buffer.from(text) });
  });
});

describe('createLogCursor', () => {
  const readFrom = (entries: readonly Kept[], since: number | undefined): readonly Kept[] =>
    since === undefined ? entries : entries.filter(({ second }) => second >= since);

  it('loses and doubles no byte when readings break anywhere, also in another process', () => {
    fc.assert(
      fc.property(
        logs,
        fc.array(fc.record({ length: fc.nat(), restart: fc.boolean() })),
        (entries, breaks) => {
          let file = '';
          let cursor = createLogCursor(0);
          const reading = (from: readonly Kept[]): void => {
            for (const entry of createFrameReader()(streamOf(from))) file += cursor.take(entry).toString();
          };
          for (const { length, restart } of breaks) {
            const rest = readFrom(entries, cursor.restart());
            reading(rest.slice(0, length % (rest.length + 1)));
            if (restart) cursor = createLogCursor(Buffer.byteLength(file));
          }
          reading(readFrom(entries, cursor.restart()));
          expect(file).toBe(entries.map(({ text }) => text).join(''));
        },
      ),
    );
  });

  it('starts a later reading shortly before the newest entry, not at the start of a long log', () => {
    const cursor = createLogCursor(0);
    for (let second = 1_000; second <= 2_000; second += 1) cursor.take({ second, text: Buffer.from('x') });
    expect(cursor.restart()).toBe(1_998);
  });
});
