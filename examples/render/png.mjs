// Writes PNG files with nothing but zlib. https://www.w3.org/TR/png-3/
import { crc32, deflateSync } from 'node:zlib';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const bytesPerPixel = 3;

/** Encodes 8-bit RGB pixels, row after row from the top, as a PNG file. */
export function encodePng(width, height, pixels) {
  if (pixels.length !== width * height * bytesPerPixel) {
    throw new Error(
      `${width} x ${height} pixels are ${width * height * bytesPerPixel} bytes, not ${pixels.length}`,
    );
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits a channel, RGB; deflate, adaptive filters, not interlaced
  const image = deflateSync(filterRows(width, height, pixels), { level: 9 });
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', image),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type, body) {
  const whole = Buffer.alloc(body.length + 12);
  whole.writeUInt32BE(body.length, 0);
  whole.write(type, 4, 'latin1');
  whole.set(body, 8);
  whole.writeUInt32BE(crc32(whole.subarray(4, body.length + 8)), body.length + 8);
  return whole;
}

// Each row is stored as its difference from what a filter predicts; the filter whose differences are smallest wins.
function filterRows(width, height, pixels) {
  const stride = width * bytesPerPixel;
  const filtered = Buffer.alloc((stride + 1) * height);
  const attempt = Buffer.alloc(stride);
  for (let y = 0; y < height; y += 1) {
    const row = pixels.subarray(y * stride, (y + 1) * stride);
    const above = y === 0 ? Buffer.alloc(stride) : pixels.subarray((y - 1) * stride, y * stride);
    let best = Infinity;
    for (const [type, predict] of predictors.entries()) {
      let cost = 0;
      for (let at = 0; at < stride; at += 1) {
        const left = at < bytesPerPixel ? 0 : row[at - bytesPerPixel];
        const aboveLeft = at < bytesPerPixel ? 0 : above[at - bytesPerPixel];
        const difference = (row[at] - predict(left, above[at], aboveLeft)) & 0xff;
        attempt[at] = difference;
        cost += difference < 128 ? difference : 256 - difference;
      }
      if (cost >= best) continue;
      best = cost;
      filtered[y * (stride + 1)] = type;
      filtered.set(attempt, y * (stride + 1) + 1);
    }
  }
  return filtered;
}

const predictors = [
  () => 0,
  (left) => left,
  (_left, above) => above,
  (left, above) => (left + above) >> 1,
  paeth,
];

function paeth(left, above, aboveLeft) {
  const estimate = left + above - aboveLeft;
  const [toLeft, toAbove, toAboveLeft] = [left, above, aboveLeft].map((value) => Math.abs(estimate - value));
  if (toLeft <= toAbove && toLeft <= toAboveLeft) return left;
  return toAbove <= toAboveLeft ? above : aboveLeft;
}
