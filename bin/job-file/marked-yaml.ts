// YAML (and so JSON) whose every value still knows the line it stands on, so that a mistake can be shown where it was made.
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Node } from 'yaml';

/** A mistake in a file: `field` is its path, such as `jobs.train.memory`; empty for the file as a whole. */
export interface FileProblem {
  readonly line: number;
  readonly field: string;
  readonly message: string;
}

export interface MarkedEntry {
  readonly key: string;
  readonly keyLine: number;
  readonly value: Marked;
}

/** A value, what it is, and where. `entries` of maps are in the order of the file. */
export type Marked = { readonly line: number } & (
  | { readonly kind: 'map'; readonly entries: readonly MarkedEntry[] }
  | { readonly kind: 'list'; readonly items: readonly Marked[] }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'other'; readonly value: unknown }
);

export type MarkedFile =
  | { readonly ok: true; readonly root: Marked }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

/** More aliases than anybody writes by hand: a file that unfolds into billions of values is refused. */
const MAX_ALIASES = 100;

export function readMarkedYaml(text: string): MarkedFile {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const problems = document.errors.map(({ pos, message }) => ({
    line: lineCounter.linePos(pos[0]).line,
    field: '',
    message: `this is not YAML or JSON: ${message}`,
  }));
  if (problems.length > 0) return { ok: false, problems };
  const state: Reading = { document, lineCounter, aliases: 0 };
  try {
    return { ok: true, root: mark(state, document.contents, 1) };
  } catch (error) {
    if (!(error instanceof TooManyAliases)) throw error;
    const message = `more than ${MAX_ALIASES} aliases are not followed`;
    return { ok: false, problems: [{ line: 1, field: '', message }] };
  }
}

class TooManyAliases extends Error {}

interface Reading {
  readonly document: Document.Parsed;
  readonly lineCounter: LineCounter;
  aliases: number;
}

function mark(state: Reading, node: Node | null | undefined, parentLine: number): Marked {
  const start = node?.range?.[0];
  const line = start === undefined ? parentLine : state.lineCounter.linePos(start).line;
  if (isAlias(node)) {
    state.aliases += 1;
    if (state.aliases > MAX_ALIASES) throw new TooManyAliases();
    return { ...mark(state, node.resolve(state.document), line), line };
  }
  if (isMap(node)) {
    const entries = node.items.map((pair) => {
      const key = mark(state, pair.key as Node | null, line); // parsed documents hold nodes
      return {
        key: textOf(key),
        keyLine: key.line,
        value: mark(state, pair.value as Node | null, key.line), // as above
      };
    });
    return { kind: 'map', entries, line };
  }
  if (isSeq(node)) {
    return { kind: 'list', items: node.items.map((item) => mark(state, item as Node, line)), line }; // as above
  }
  const value: unknown = isScalar(node) ? node.value : null;
  if (typeof value === 'string') return { kind: 'text', value, line };
  if (typeof value === 'number') return { kind: 'number', value, line };
  return { kind: 'other', value, line };
}

function textOf(key: Marked): string {
  return key.kind === 'map' || key.kind === 'list' ? '' : String(key.value);
}

/** What a value is, in words for a message. */
export function describeValue(value: Marked): string {
  switch (value.kind) {
    case 'map':
      return 'a map';
    case 'list':
      return 'a list';
    case 'text':
      return JSON.stringify(value.value);
    case 'number':
      return String(value.value);
    case 'other':
      return value.value === null ? 'nothing' : JSON.stringify(value.value);
  }
}
