// What is drawn: a window on the Mandelbrot set, some ten thousand million times enlarged, coloured by how fast each point
// escapes and lit from the side by how steeply that changes. Pure: a pixel depends on its coordinates alone.

export const picture = { width: 1024, height: 768 };

const view = { re: -0.743643887037151, im: 0.13182590420533, width: 5.1299e-11 };
const mostIterations = 6000;
const samplesPerSide = 2;
const escapeRadius = 128; // far beyond 2, so that the colours have no seams

/** Renders the rectangle at (left, top) as RGB bytes, row after row. */
export function renderTile({ left, top, width, height }) {
  const pixels = new Uint8Array(width * height * 3);
  let at = 0;
  for (let y = top; y < top + height; y += 1) {
    for (let x = left; x < left + width; x += 1) {
      for (const channel of colourOfPixel(x, y)) pixels[at++] = channel;
    }
  }
  return pixels;
}

// The mean of a grid of samples within the pixel: smooth edges.
function colourOfPixel(x, y) {
  const scale = view.width / picture.width;
  const sum = [0, 0, 0];
  for (let j = 0; j < samplesPerSide; j += 1) {
    for (let i = 0; i < samplesPerSide; i += 1) {
      const re = view.re + (x + (i + 0.5) / samplesPerSide - picture.width / 2) * scale;
      const im = view.im - (y + (j + 0.5) / samplesPerSide - picture.height / 2) * scale;
      const sample = colourOfPoint(re, im);
      for (let channel = 0; channel < 3; channel += 1) sum[channel] += sample[channel];
    }
  }
  return sum.map((light) => toByte(light / samplesPerSide ** 2));
}

// z → z² + c, with the derivative of z by c, whose direction is the slope of the escape time.
function colourOfPoint(re, im) {
  let [zRe, zIm, dRe, dIm] = [0, 0, 0, 0];
  for (let n = 0; n < mostIterations; n += 1) {
    const dReNext = 2 * (zRe * dRe - zIm * dIm) + 1;
    dIm = 2 * (zRe * dIm + zIm * dRe);
    dRe = dReNext;
    const zReNext = zRe * zRe - zIm * zIm + re;
    zIm = 2 * zRe * zIm + im;
    zRe = zReNext;
    const size = zRe * zRe + zIm * zIm;
    if (size > escapeRadius * escapeRadius)
      return shade(n + 1 - Math.log2(Math.log(size) / 2 / Math.log(escapeRadius)), slope(zRe, zIm, dRe, dIm));
  }
  return inside;
}

const inside = [0.005, 0.004, 0.012];

// The unit vector z/dz.
function slope(zRe, zIm, dRe, dIm) {
  const re = zRe * dRe + zIm * dIm;
  const im = zIm * dRe - zRe * dIm;
  const length = Math.hypot(re, im) || 1;
  return [re / length, im / length];
}

const lightDirection = [Math.cos(0.75 * Math.PI), Math.sin(0.75 * Math.PI)];
const lightHeight = 1.4;

function shade(escape, [re, im]) {
  const facing = (re * lightDirection[0] + im * lightDirection[1] + lightHeight) / (1 + lightHeight);
  const light = 0.25 + 0.95 * Math.max(0, facing);
  // Evenly spaced in the logarithm: the bands stay wide where escape times grow without bound.
  const phase = Math.log(escape) * 5.2;
  return [0.0, 0.12, 0.26].map(
    (shift) => light * (0.5 + 0.48 * Math.cos(phase - 2 * Math.PI * shift)) ** 1.3,
  );
}

function toByte(light) {
  return Math.round(255 * Math.min(1, Math.max(0, light)) ** (1 / 1.6));
}
