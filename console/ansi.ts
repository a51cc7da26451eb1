// Reads the colours out of a line of terminal output. Everything else that a terminal would obey is left out; what remains
// is text and nothing but text.

export interface Span {
  readonly text: string;
  /** Class names from a fixed set. */
  readonly look: string;
}

interface Style {
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  /** 0 to 15. */
  readonly ink?: number;
  readonly ground?: number;
}

const PLAIN: Style = { bold: false, dim: false, italic: false, underline: false };

// CSI sequences, OSC sequences up to their end, other escapes, and control characters but tab. As a text, because the
// characters that it is about must not stand in the source.
const CONTROL = new RegExp(
  String.raw`\u001b\[([0-9;:]*)([@-~])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b.|[\u0000-\u0008\u000a-\u001f\u007f-\u009f]`,
  'g',
);

/** A progress bar writes over its own line: what stands last is what a terminal would show. */
function lastWriting(line: string): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  return text.slice(text.lastIndexOf('\r') + 1);
}

export function spansOf(line: string): readonly Span[] {
  const text = lastWriting(line);
  const spans: Span[] = [];
  let style = PLAIN;
  let from = 0;
  const push = (to: number): void => {
    if (to > from) spans.push({ text: text.slice(from, to), look: lookOf(style) });
  };
  for (const match of text.matchAll(CONTROL)) {
    push(match.index);
    from = match.index + match[0].length;
    if (match[2] === 'm') style = restyled(style, match[1] ?? '');
  }
  push(text.length);
  return spans;
}

function restyled(before: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/).map(Number);
  let style = before;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 38 || code === 48) {
      const { ink, used } = extendedInk(codes.slice(at + 1));
      at += used;
      if (ink !== undefined) style = code === 38 ? { ...style, ink } : { ...style, ground: ink };
      continue;
    }
    style = withCode(style, code);
  }
  return style;
}

function withCode(style: Style, code: number): Style {
  const { ink: _ink, ...inkless } = style;
  const { ground: _ground, ...groundless } = style;
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 3) return { ...style, italic: true };
  if (code === 4) return { ...style, underline: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  if (code === 23) return { ...style, italic: false };
  if (code === 24) return { ...style, underline: false };
  if (code >= 30 && code <= 37) return { ...style, ink: code - 30 };
  if (code === 39) return inkless;
  if (code >= 40 && code <= 47) return { ...style, ground: code - 40 };
  if (code === 49) return groundless;
  if (code >= 90 && code <= 97) return { ...style, ink: code - 82 };
  if (code >= 100 && code <= 107) return { ...style, ground: code - 92 };
  return style;
}

/** Of 256 colours and of true colour, the nearest of the sixteen: they are readable on light and dark. */
function extendedInk(codes: readonly number[]): { readonly ink?: number; readonly used: number } {
  const [kind, ...values] = codes;
  if (kind === 5) {
    const [index = 0] = values;
    if (index < 16) return { ink: index, used: 2 };
    if (index >= 232) return { ink: greyInk((index - 232) / 23), used: 2 };
    const cube = index - 16;
    const [red, green, blue] = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6];
    return { ink: nearestInk(red / 5, green / 5, blue / 5), used: 2 };
  }
  if (kind === 2) {
    const [red = 0, green = 0, blue = 0] = values;
    return { ink: nearestInk(red / 255, green / 255, blue / 255), used: 4 };
  }
  return { used: codes.length };
}

function greyInk(light: number): number {
  if (light < 0.25) return 0;
  if (light < 0.55) return 8;
  return light < 0.85 ? 7 : 15;
}

function nearestInk(red: number, green: number, blue: number): number {
  const most = Math.max(red, green, blue);
  if (most - Math.min(red, green, blue) < 0.15) return greyInk(most);
  const bits = [red, green, blue].reduce((sum, part, at) => (part > most / 2 ? sum + 2 ** at : sum), 0);
  return bits + (most > 0.75 ? 8 : 0);
}

function lookOf({ bold, dim, italic, underline, ink, ground }: Style): string {
  const names: string[] = [];
  if (bold) names.push('bold');
  if (dim) names.push('dim');
  if (italic) names.push('italic');
  if (underline) names.push('underline');
  if (ink !== undefined) names.push(`ink-${ink}`);
  if (ground !== undefined) names.push(`ground-${ground}`);
  return names.join(' ');
}
