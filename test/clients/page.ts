// A page of docs/clients as a test runs it. A fenced block marked `test` is run as it stands: `sh test` by bash, in order,
// each with the variables that those before left; `sh test server` starts the server; a block with `file=NAME` is saved under
// that name before anything runs. `test fails` must end with an error. A `text output` block is what the block before it
// must print, line after line; … stands for whatever else is printed there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface PageBlock {
  readonly language: string;
  readonly text: string;
  /** Of the fence, from 1: how a test names the block. */
  readonly line: number;
}
export interface PageFile extends PageBlock {
  readonly name: string;
}
export interface PageStep extends PageBlock {
  readonly fails: boolean;
  /** The lines it must print. */
  readonly output: readonly string[];
}
export interface Page {
  readonly name: string;
  readonly files: readonly PageFile[];
  readonly server: string;
  readonly steps: readonly PageStep[];
}

const FOLDER = join(import.meta.dirname, '../../docs/clients');
const FENCE = /^```(\w+)((?: [\w.=-]+)*)\n([\s\S]*?)^```$/gm;

export function readPage(name: string): Page {
  const text = readFileSync(join(FOLDER, `${name}.md`), 'utf8');
  const files: PageFile[] = [];
  const steps: PageStep[] = [];
  let server: string | undefined;
  for (const { 1: language = '', 2: marks = '', 3: body = '', index } of text.matchAll(FENCE)) {
    const words = marks.split(' ').filter((word) => word !== '');
    const line = text.slice(0, index).split('\n').length;
    const block: PageBlock = { language, text: body, line };
    const file = words.find((word) => word.startsWith('file='))?.slice('file='.length);
    if (file !== undefined) files.push({ ...block, name: file });
    else if (language === 'text' && words.includes('output')) addOutput(steps, block);
    else if (!words.includes('test')) continue;
    else if (language !== 'sh')
      throw new Error(`${name}.md:${line}: only sh can be run; name a file instead`);
    else if (words.includes('server')) server = body.trim();
    else steps.push({ ...block, fails: words.includes('fails'), output: [] });
  }
  if (server === undefined) throw new Error(`${name}.md starts no server`);
  return { name, files, server, steps };
}

function addOutput(steps: PageStep[], { text, line }: PageBlock): void {
  const step = steps.pop();
  if (step === undefined) throw new Error(`the output at line ${line} follows nothing that is run`);
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
