// A page of the documentation as a test runs it. A fenced block marked `test` is run as it stands, in order: `sh test` by bash,
// each with the variables that those before left, `python test` by python; `sh test server` starts the server, and of `sh test
// starts` each line starts one of its own. A block with `file=NAME` is saved under that name before anything runs. `test fails`
// must end with an error. A `text output` block is what the block before it must print, line after line; … stands for
// whatever else is printed there. What is not run says why: `not-run=WORD`, of NOT_RUN.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface PageBlock {
  readonly language: string;
  readonly text: string;
  /** Of the fence, from 1: how a test names the block. */
  readonly line: number;
}
export interface MarkedBlock extends PageBlock {
  readonly marks: readonly string[];
}
export interface PageFile extends PageBlock {
  readonly name: string;
}
export interface PageStep extends PageBlock {
  readonly fails: boolean;
  /** Each line of it serves until it is interrupted. */
  readonly starts: boolean;
  /** The lines it must print. */
  readonly output: readonly string[];
}
export interface Page {
  /** Of its file, without the suffix. */
  readonly name: string;
  /** From the root of the project. */
  readonly path: string;
  readonly files: readonly PageFile[];
  /** Absent on a page that takes one for granted. */
  readonly server?: string;
  readonly steps: readonly PageStep[];
}

/** Why a block of the documentation is not run with its page, by its mark: what is in the way, and what runs it instead. */
export const NOT_RUN: Readonly<Record<string, string>> = {
  account: 'wants an AWS account; test:emulator deploys by the same commands into an emulator',
  measures: 'wants Java and Maven; test:cloud makes the same measurement',
  prepared:
    'is what the page’s reader has done before; the test links the checkout and sets the variables itself',
  scripts:
    '`npm start` has a test of its own beside those of README.md, and `npm test` is the first that .ci/run runs',
};

const ROOT = join(import.meta.dirname, '../..');
const FENCE = /^```(\w*)([^\n`]*)\n([\s\S]*?)^```$/gm;

/** Every fenced block of a page. */
export function blocksOf(path: string): readonly MarkedBlock[] {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return [...text.matchAll(FENCE)].map(({ 1: language = '', 2: marks = '', 3: body = '', index }) => ({
    language,
    text: body,
    line: text.slice(0, index).split('\n').length,
    marks: marks.split(' ').filter((word) => word !== ''),
  }));
}

/** `path` is the page's, from the root of the project. Throws for a block that is neither used nor excused. */
export function readPage(path: string): Page {
  const files: PageFile[] = [];
  const steps: PageStep[] = [];
  let server: string | undefined;
  for (const { marks, ...block } of blocksOf(path)) {
    const at = `${path}:${block.line}`;
    const file = valueOf(marks, 'file');
    const notRun = valueOf(marks, 'not-run');
    if (file !== undefined) files.push({ ...block, name: file });
    else if (notRun !== undefined) excuse(notRun, at);
    else if (block.language === 'text' && marks.includes('output')) addOutput(steps, block, at);
    else if (!marks.includes('test')) throw new Error(`${at} is not run, and does not say why`);
    else if (block.language !== 'sh' && block.language !== 'python')
      throw new Error(`${at}: only sh and python can be run; name a file instead`);
    else if (marks.includes('server')) server = block.text.trim();
    else
      steps.push({ ...block, fails: marks.includes('fails'), starts: marks.includes('starts'), output: [] });
  }
  return { name: basename(path, '.md'), path, files, ...(server !== undefined && { server }), steps };
}

function valueOf(marks: readonly string[], name: string): string | undefined {
  return marks.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
}

function excuse(word: string, at: string): void {
  if (!Object.hasOwn(NOT_RUN, word)) throw new Error(`${at}: "${word}" is no reason of NOT_RUN`);
}

function addOutput(steps: PageStep[], { text }: PageBlock, at: string): void {
  const step = steps.pop();
  if (step === undefined) throw new Error(`${at}: the output follows nothing that is run`);
  steps.push({ ...step, output: text.trimEnd().split('\n') });
}

/** The first line of the page's output that `printed` lacks at its place, or undefined. */
export function missingLine(output: readonly string[], printed: string): string | undefined {
  const lines = printed.split('\n').map((line) => line.trim());
  let from = 0;
  return output.find((wanted) => {
    if (wanted.trim() === '…' || wanted.trim() === '') return false;
    const pattern = patternOf(wanted.trim());
    const at = lines.findIndex((line, index) => index >= from && pattern.test(line));
    from = at + 1;
    return at < 0;
  });
}

function patternOf(wanted: string): RegExp {
  const literal = wanted.split('…').map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`));
  return new RegExp(`^${literal.join('.*')}$`);
}
