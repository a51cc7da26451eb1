// What may stand in a `.$` field or a …Path field: a path into the input, a path into the context object (`$$`), or an
// intrinsic function call. Each compiles once into a function of the input and what surrounds it.
import { AslError } from './asl-error.ts';
import type { Evaluate, Find } from './evaluate.ts';
import { compileFormat, compileIntrinsic } from './intrinsics.ts';
import { compileSteps } from './path.ts';
import { accept, complain, expect, readScalar, readSteps, readWholePath, skipSpace } from './path-syntax.ts';
import type { Cursor, Step } from './path-syntax.ts';

const MAX_NESTED_CALLS = 10;

/** A path field; it yields `undefined` where the document has no such place. */
export function compileFind(path: string): Find {
  if (!path.startsWith('$')) throw new SyntaxError(`expected a path, got ${JSON.stringify(path)}`);
  const ofContext = path.startsWith('$$');
  const steps = readWholePath({ text: path, at: ofContext ? 2 : 1 });
  return findBySteps(ofContext, steps);
}

/** A path field that must select something, or the state fails with `error`. */
export function compilePath(path: string, error: string): Evaluate {
  return demand(compileFind(path), path, error);
}

/** The value of a `.$` field. */
export function compileExpression(text: string): Evaluate {
  if (text.startsWith('$')) return compilePath(text, 'States.ParameterPathFailure');
  const cursor: Cursor = { text, at: 0 };
  const call = readCall(cursor, 1);
  if (call === undefined)
    throw new SyntaxError(`expected a path or an intrinsic function, got ${JSON.stringify(text)}`);
  skipSpace(cursor);
  if (cursor.at < text.length) complain(cursor, 'the end of the expression');
  return call;
}

function findBySteps(ofContext: boolean, steps: readonly Step[]): Find {
  if (!ofContext) return compileSteps(steps);
  const select = compileSteps(steps);
  const [first, ...others] = steps;
  if (first?.kind !== 'name') return (_input, ambient) => select(ambient.context());
  const { name } = first;
  const selectWithin = compileSteps(others);
  return (_input, ambient) => {
    const section = ambient.contextSection(name);
    return section === undefined ? select(ambient.context()) : selectWithin(section);
  };
}

function demand(find: Find, path: string, error: string): Evaluate {
  return (input, ambient) => {
    const value = find(input, ambient);
    if (value === undefined) throw new AslError(error, `the path ${path} selects nothing`);
    return value;
  };
}

function readCall(cursor: Cursor, depth: number): Evaluate | undefined {
  skipSpace(cursor);
  const name = /^States\.\w+/.exec(cursor.text.slice(cursor.at))?.[0];
  if (name === undefined) return undefined;
  if (depth > MAX_NESTED_CALLS) complain(cursor, `at most ${MAX_NESTED_CALLS} nested function calls`);
  cursor.at += name.length;
  expect(cursor, '(');
  const format = name === 'States.Format' ? readFormatPieces(cursor) : undefined;
  const operands: Evaluate[] = [];
  if (!accept(cursor, ')')) {
    if (format !== undefined) expect(cursor, ',');
    do operands.push(readArgument(cursor, depth));
    while (accept(cursor, ','));
    expect(cursor, ')');
  }
  return format === undefined ? compileIntrinsic(name, operands) : compileFormat(format, operands);
}

function readArgument(cursor: Cursor, depth: number): Evaluate {
  skipSpace(cursor);
  const start = cursor.at;
  if (accept(cursor, '$')) {
    const ofContext = cursor.text[cursor.at] === '$';
    if (ofContext) cursor.at += 1;
    const find = findBySteps(ofContext, readSteps(cursor, 'path'));
    return demand(find, cursor.text.slice(start, cursor.at), 'States.ParameterPathFailure');
  }
  if (cursor.text[cursor.at] === "'") {
    const text = readLiteral(cursor).join('{}');
    return () => text;
  }
  const scalar = readScalar(cursor);
  if (scalar !== undefined) return () => scalar;
  return readCall(cursor, depth + 1) ?? complain(cursor, "a path, a '…' string, a number or a function");
}

function readFormatPieces(cursor: Cursor): string[] | undefined {
  skipSpace(cursor);
  return cursor.text[cursor.at] === "'" ? readLiteral(cursor) : undefined;
}

/** A '…' string, cut at its unescaped `{}`; a backslash makes ' { } and itself literal. */
function readLiteral(cursor: Cursor): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (cursor.at += 1; ; cursor.at += 1) {
    const char = cursor.text[cursor.at];
    if (char === undefined) return complain(cursor, "a closing '");
    if (char === "'") break;
    if (char === '\\') {
      cursor.at += 1;
      const escaped = cursor.text[cursor.at] ?? '';
      if (!["'", '{', '}', '\\'].includes(escaped)) complain(cursor, "one of ' { } \\ after a backslash");
      piece += escaped;
    } else if (char === '{' && cursor.text[cursor.at + 1] === '}') {
      cursor.at += 1;
      pieces.push(piece);
      piece = '';
    } else {
      piece += char;
    }
  }
  cursor.at += 1;
  return [...pieces, piece];
}
