import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectiveParameters, substituteCommand } from '../../../core/definition/parameters.ts';

describe('parameters', () => {
  it('are the defaults with the job winning', () => {
    expect(effectiveParameters({ a: '1', b: '2' }, { b: '3', 'metaflow.user': 'x' })).toEqual({
      a: '1',
      b: '3',
      'metaflow.user': 'x',
    });
    expect(effectiveParameters(undefined, undefined)).toEqual({});
  });
});

describe('substitution', () => {
  const parameters = { in: 'data.csv', 'in-put': 'long', _9: 'nine', empty: '', loop: 'Ref::in', $: '$&' };

  it.each([
    ['a whole word', 'Ref::in', 'data.csv'],
    ['part of a word', '--file=Ref::in,x', '--file=data.csv,x'],
    ['several in a word', 'Ref::in/Ref::_9', 'data.csv/nine'],
    ['the longest name', 'Ref::in-put', 'long'],
    ['no shorter name of an unknown one', 'Ref::input', 'Ref::input'],
    ['up to a character that names cannot have', 'Ref::in.gz', 'data.csv.gz'],
    ['by nothing', '[Ref::empty]', '[]'],
    ['no unknown name', 'Ref::out', 'Ref::out'],
    ['no name of an inherited property', 'Ref::constructor', 'Ref::constructor'],
    ['nothing without a name', 'Ref:: Ref:in', 'Ref:: Ref:in'],
    ['only once', 'Ref::loop', 'Ref::in'],
    ['no word without a placeholder', '$& $1', '$& $1'],
  ])('replaces %s', (_name, word, expected) => {
    expect(substituteCommand([word], parameters)).toEqual([expected]);
  });

  it('takes values as they are, whatever they contain', () => {
    expect(substituteCommand(['<Ref::x>'], { x: "$& $1 $$ $'" })).toEqual(["<$& $1 $$ $'>"]);
  });

  it('never looks into a value', () => {
    const names = fc.constantFrom('a', 'b', 'c');
    const value = fc.array(
      fc.oneof(
        names.map((name) => `Ref::${name}`),
        fc.constant('/'),
      ),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(
        fc.dictionary(
          names,
          value.map((parts) => parts.join('')),
        ),
        names,
        (values, name) => {
          const expected = Object.hasOwn(values, name) ? values[name] : `Ref::${name}`;
          expect(substituteCommand([`<Ref::${name}>`], values)).toEqual([`<${expected}>`]);
        },
      ),
    );
  });
});
