import { crc32, inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { encodePng } from '../../../examples/render/png.mjs';

/** Reads back what encodePng writes, by the standard: chunks, checksums, filters. */
function decodePng(png: Buffer): { width: number; height: number; pixels: Buffer } {
  expect(png.subarray(0, 8).toString('latin1')).toBe('\u0089PNG\r\n\u001a\n');
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    const typeAndBody = png.subarray(at + 4, at + 8 + length);
    expect(png.readUInt32BE(at + 8 + length)).toBe(crc32(typeAndBody));
    chunks.set(typeAndBody.toString('latin1', 0, 4), typeAndBody.subarray(4));
    at += length + 12;
  }
  expect([...chunks.keys()]).toEqual(['IHDR', 'IDAT', 'IEND']);
  const header = chunks.get('IHDR')!;
  expect([...header.subarray(8)]).toEqual([8, 2, 0, 0, 0]);
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  return { width, height, pixels: unfilter(width, height, inflateSync(chunks.get('IDAT')!)) };
}

function unfilter(width: number, height: number, rows: Buffer): Buffer {
  const stride = width * 3;
  const pixels = Buffer.alloc(stride * height);
  const pixel = (x: number, y: number): number => (x < 0 || y < 0 ? 0 : pixels[y * stride + x]!);
  for (let y = 0; y < height; y += 1) {
    const type = rows[y * (stride + 1)]!;
    for (let x = 0; x < stride; x += 1) {
      const [left, up, corner] = [pixel(x - 3, y), pixel(x, y - 1), x < 3 ? 0 : pixel(x - 3, y - 1)];
      const nearest = [left, up, corner].toSorted((a, b) => distance(a) - distance(b))[0]!;
      function distance(value: number): number {
        return Math.abs(left + up - corner - value);
      }
      const predicted = [0, left, up, (left + up) >> 1, nearest][type]!;
      pixels[y * stride + x] = rows[y * (stride + 1) + 1 + x]! + predicted;
    }
  }
  return pixels;
}

test.each([
  ['one pixel', 1, 1, () => 200],
  ['a gradient', 40, 30, (at: number) => at % 251],
  ['noise', 33, 17, (at: number) => (at * 7919 + ((at * at) % 613)) % 256],
  ['one colour', 16, 16, () => 77],
])('%s comes back as it was', (_, width, height, valueAt) => {
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, at) => valueAt(at));
  const decoded = decodePng(encodePng(width, height, pixels));
  expect([decoded.width, decoded.height]).toEqual([width, height]);
  expect(decoded.pixels.equals(pixels)).toBe(true);
});

test('pixels that do not fill the picture are refused', () => {
  expect(() => encodePng(2, 2, new Uint8Array(3))).toThrow('2 x 2 pixels are 12 bytes, not 3');
});
