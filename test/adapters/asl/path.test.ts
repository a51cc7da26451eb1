import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../adapters/asl/json.ts';
import { compileInsert, compileSteps, parseReferencePath } from '../../../adapters/asl/path.ts';
import { readWholePath } from '../../../adapters/asl/path-syntax.ts';

const STORE: Json = {
  store: {
    book: [
      { category: 'reference', author: 'Nigel', title: 'Sayings', price: 8.95 },
      { category: 'fiction', author: 'Evelyn', title: 'Sword', price: 12.99, tags: ['a', 'b'] },
      { category: 'fiction', author: 'Herman', title: 'Moby', isbn: '0-553', price: 8.99 },
    ],
    bicycle: { color: 'red', price: 19.95 },
  },
  'a b': { 'c.d': 1, "it's": 2 },
  limit: 9,
  nothing: null,
};

function select(path: string, root: Json = STORE): Json | undefined {
  return compileSteps(readWholePath({ text: path, at: 1 }))(root);
}

describe('a definite path selects one value or nothing', () => {
  test.each<[string, Json | undefined]>([
    ['$', STORE],
    ['$.store.bicycle.color', 'red'],
    ['$.store.book[0].title', 'Sayings'],
    ['$.store.book[-1].title', 'Moby'],
    ['$.store.book[7]', undefined],
    ['$.store.missing.deeper', undefined],
    ['$.nothing', null],
    ['$.nothing.deeper', undefined],
    ["$['store']['book'][1]['author']", 'Evelyn'],
    ['$["a b"]["c.d"]', 1],
    ['$.a\\ b.c\\.d', 1],
    ["$['a b']['it\\'s']", 2],
    ['$.store.book.length', undefined],
    ['$.limit.toString', undefined],
    ['$.constructor', undefined],
  ])('%s', (path, expected) => {
    expect(select(path)).toEqual(expected);
  });

  test.each<[string, Json, Json | undefined]>([
    ['$.\\stor\\e.boo\\k', { store: { book: 1 } }, 1],
    ['$.foo\\@bar.baz\\[\\[.\\?pretty', { 'foo@bar': { 'baz[[': { '?pretty': 2 } } }, 2],
    ['$.&Ж中.\uD800\uDF46', { '&Ж中': { '\uD800\uDF46': 3 } }, 3],
    ['$.ledgers[0][22][315].foo', { ledgers: [[]] }, undefined],
  ])('the specification’s reference path %s is understood', (path, root, expected) => {
    expect(select(path, root)).toEqual(expected);
  });
});

describe('an indefinite path selects a list', () => {
  test.each<[string, Json]>([
    ['$.store.book[*].author', ['Nigel', 'Evelyn', 'Herman']],
    ['$.store.book.*.author', ['Nigel', 'Evelyn', 'Herman']],
    ['$..author', ['Nigel', 'Evelyn', 'Herman']],
    ['$.store..price', [8.95, 12.99, 8.99, 19.95]],
    ['$..book[0].price', [8.95]],
    ['$..[2].isbn', ['0-553']],
    ['$.store.book[0,2].price', [8.95, 8.99]],
    ['$.store.book[1:].title', ['Sword', 'Moby']],
    ['$.store.book[:2].title', ['Sayings', 'Sword']],
    ['$.store.book[-2:].title', ['Sword', 'Moby']],
    ['$.store.book[0:3:2].title', ['Sayings', 'Moby']],
    ["$.store.bicycle['color','price']", ['red', 19.95]],
    ['$.store.book[?(@.isbn)].title', ['Moby']],
    ['$.store.book[?(!@.isbn)].title', ['Sayings', 'Sword']],
    ['$.store.book[?(@.price < 10)].title', ['Sayings', 'Moby']],
    ['$.store.book[?(@.price<=$.limit)].title', ['Sayings', 'Moby']],
    ["$.store.book[?(@.category == 'fiction' && @.price > 10)].title", ['Sword']],
    ["$.store.book[?(@.category != 'fiction' || @.isbn)].title", ['Sayings', 'Moby']],
    ["$.store.book[?(!(@.category == 'fiction'))].title", ['Sayings']],
    ["$.store.book[?(@['title'] >= 'Sa')].price", [8.95, 12.99]],
    ["$.store.book[?(@.tags[*] == 'a')].title", []],
    ['$.store.book[?(@.title > 3)]', []],
    ['$.nothing[*]', []],
    ['$.store.none[*]', []],
  ])('%s', (path, expected) => {
    expect(select(path)).toEqual(expected);
  });
});

test.each([
  ['$.', 'a field name'],
  ['$.a[', 'an index'],
  ['$.a[0', '"]"'],
  ["$['a", "a closing '"],
  ['$.a b', 'the end of the path'],
  ['$.a[?(@.b ~ 1)]', '")"'],
  ['$.a[?(1)]', 'a comparison'],
  ['$.a[0:2:0]', 'at least 1'],
  ['$.a\\', 'after the backslash'],
])('%s is refused with its position', (path, expected) => {
  expect(() => select(path)).toThrow(expected);
});

describe('a result is placed at a reference path', () => {
  test.each<[string, Json, Json]>([
    ['$', { a: 1 }, 'new'],
    ['$.a', { a: 1, b: 2 }, { a: 'new', b: 2 }],
    ['$.x.y', { a: 1 }, { a: 1, x: { y: 'new' } }],
    ['$.a.b', { a: { c: 1 } }, { a: { c: 1, b: 'new' } }],
    ['$.a[1]', { a: [1, 2, 3] }, { a: [1, 'new', 3] }],
    ['$.a[0].b', { a: [{ c: 1 }] }, { a: [{ c: 1, b: 'new' }] }],
  ])('%s into %j', (path, root, expected) => {
    const before = structuredClone(root);
    expect(compileInsert(path)(root, 'new')).toEqual(expected);
    expect(root).toEqual(before);
  });

  test.each<[string, Json]>([
    ['$.a', 'text'],
    ['$.a', [1]],
    ['$.a.b', { a: 3 }],
    ['$.a.b', { a: null }],
    ['$.a[3]', { a: [1] }],
    ['$.a[0]', {}],
  ])('%s does not fit into %j', (path, root) => {
    expect(() => compileInsert(path)(root, 'new')).toThrow('States.ResultPathMatchFailure');
  });

  test.each(['$..a', '$.a[*]', '$.a[0,1]', '$.a[-1]', '$.a[?(@.b)]', '$$.a', 'a'])(
    '%s is no reference path',
    (path) => {
      expect(() => compileInsert(path)).toThrow('expected a');
    },
  );

  test('a field named __proto__ is a field like any other', () => {
    const placed = compileInsert("$['__proto__'].polluted")({}, true);
    expect(Object.keys(placed as object)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

const fieldName = fc.string({ minLength: 1, maxLength: 6 });
function pathOf(names: readonly string[]): string {
  return '$' + names.map((name) => `['${name.replace(/[\\']/g, '\\$&')}']`).join('');
}
function escaped(names: readonly string[]): string {
  return '$' + names.map((name) => `.${name.replace(/[^]/gu, '\\$&')}`).join('');
}

test('what was placed at a path is found there, and everything else is as before', () => {
  fc.assert(
    fc.property(
      fc.array(fieldName, { minLength: 1, maxLength: 4 }),
      fc.dictionary(fieldName, fc.constant('old')),
      fc.jsonValue(),
      (names, root, value) => {
        const [first] = names;
        fc.pre(first !== undefined && (names.length === 1 || !Object.hasOwn(root, first)));
        const placed = compileInsert(pathOf(names))(root, value as Json);
        expect(select(pathOf(names), placed)).toEqual(value);
        expect(select(escaped(names), placed)).toEqual(value);
        for (const other of Object.keys(root)) {
          if (other !== first) expect(select(pathOf([other]), placed)).toBe('old');
        }
      },
    ),
  );
});

test('a dotted and a bracketed path with the same names are the same path', () => {
  fc.assert(
    fc.property(fc.array(fieldName, { minLength: 1, maxLength: 5 }), (names) => {
      expect(parseReferencePath(escaped(names))).toEqual(names);
      expect(parseReferencePath(pathOf(names))).toEqual(names);
    }),
  );
});
