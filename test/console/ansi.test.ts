import { describe, expect, it } from 'vitest';
import { spansOf } from '../../console/ansi.ts';

const ESC = '\u001b';
const told = (line: string): string[] => spansOf(line).map(({ text, look }) => `${look}:${text}`);

describe('colours', () => {
  it.each([
    ['plain', 'plain', [':plain']],
    ['one colour', `${ESC}[31mred${ESC}[0m rest`, ['ink-1:red', ': rest']],
    ['bright and bold', `${ESC}[1;92mok`, ['bold ink-10:ok']],
    ['a ground', `${ESC}[44mdeep${ESC}[49mflat`, ['ground-4:deep', ':flat']],
    ['256 colours', `${ESC}[38;5;196mred`, ['ink-9:red']],
    ['grey of 256', `${ESC}[38;5;240mgrey`, ['ink-8:grey']],
    ['true colour', `${ESC}[38;2;0;200;0mgreen`, ['ink-10:green']],
    ['true colour with colons', `${ESC}[38:5:4mblue`, ['ink-4:blue']],
    ['an empty reset', `${ESC}[32ma${ESC}[mb`, ['ink-2:a', ':b']],
    ['styles that end', `${ESC}[1;3;4ma${ESC}[22;23;24mb`, ['bold italic underline:a', ':b']],
    ['an unknown code', `${ESC}[73ma`, [':a']],
    ['a colour without its number', `${ESC}[38;5ma`, ['ink-0:a']],
  ])('%s', (_name, line, spans) => {
    expect(told(line)).toEqual(spans);
  });
});

describe('what a terminal would obey', () => {
  it.each([
    ['moves the cursor', `a${ESC}[2J${ESC}[10;10Hb`, 'ab'],
    ['sets the title', `a${ESC}]0;owned\u0007b`, 'ab'],
    ['sets the title and never ends', `a${ESC}]0;owned`, 'a'],
    ['a link', `${ESC}]8;;http://x${ESC}\\text${ESC}]8;;${ESC}\\`, 'text'],
    ['bells and nulls', 'a\u0000\u0007\u0008b', 'ab'],
    ['C1 controls', 'a\u009b31mb', 'a31mb'],
    ['an escape at the end', `a${ESC}`, 'a'],
  ])('is left out: %s', (_name, line, text) => {
    expect(
      spansOf(line)
        .map((span) => span.text)
        .join(''),
    ).toBe(text.replace('\u001b', ''));
  });

  it('a progress bar shows what was written last', () => {
    expect(told('10%\r50%\r100%\r')).toEqual([':100%']);
    expect(told('line\r')).toEqual([':line']);
  });

  it('markup is text', () => {
    expect(told('<img src=x onerror=alert(1)>')).toEqual([':<img src=x onerror=alert(1)>']);
  });
});

it('class names come from a fixed set, whatever the line says', () => {
  const codes = Array.from({ length: 120 }, (_, code) => `${ESC}[${code}m${ESC}[38;5;${code}mx`).join('');
  const looks = spansOf(codes).flatMap(({ look }) => look.split(' '));
  expect(looks.every((look) => /^(bold|dim|italic|underline|(ink|ground)-\d{1,2}|)$/.test(look))).toBe(true);
});
