import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseWords, quoteWords } from '../../console/words.ts';

it.each([
  ['echo hello', ['echo', 'hello']],
  ['  a \t b\n c ', ['a', 'b', 'c']],
  [`sh -c 'echo "$HOME"; exit 3'`, ['sh', '-c', 'echo "$HOME"; exit 3']],
  [`"a \\" b" c\\ d`, ['a " b', 'c d']],
  [`'' ""`, ['', '']],
  [`a'b'"c"d`, ['abcd']],
  [`"\\n"`, ['\\n']],
  ['$HOME `id` $(id) *', ['$HOME', '`id`', '$(id)', '*']],
  ['', []],
])('reads %j', (text, words) => {
  expect(parseWords(text)).toEqual({ words });
});

it.each([
  [`echo 'open`, 'A single quote is not closed.'],
  [`echo "open`, 'A double quote is not closed.'],
  ['echo \\', 'A backslash stands at the end.'],
])('says what is wrong with %j', (text, problem) => {
  expect(parseWords(text)).toEqual({ problem });
});

it('reads back whatever it has written', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
      expect(parseWords(quoteWords(words))).toEqual({ words });
    }),
  );
});
