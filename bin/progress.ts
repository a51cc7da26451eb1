// A line about something long: rewritten in place on a screen, written anew now and then in a file, more and more rarely.
import type { Output } from './terminal.ts';
import { cutTo } from './text-width.ts';

export interface Progress {
  update(text: string): void;
  /** Removes the line, so that something else can be written. The next update draws it again. */
  clear(): void;
  /** Leaves the last line as it is. */
  finish(): void;
}

const firstRepeatMs = 5_000;
const lastRepeatMs = 60_000;

export function createProgress(output: Output): Progress {
  return output.columns === undefined ? createPlainProgress(output) : createLiveProgress(output);
}

function createLiveProgress(output: Output): Progress {
  let drawn = '';
  const clear = (): void => {
    if (drawn) output.write('\r\u001b[K');
    drawn = '';
  };
  return {
    update(text) {
      // A line that wraps could not be rewritten, nor one behind which the terminal shows a Ctrl-C as ^C.
      const line = cutTo(text, (output.columns ?? 80) - 3);
      if (line === drawn) return;
      output.write(`\r\u001b[K${line}`);
      drawn = line;
    },
    clear,
    finish() {
      if (drawn) output.write('\n');
      drawn = '';
    },
  };
}

function createPlainProgress(output: Output): Progress {
  let pending = '';
  let written = '';
  let nextAtMs = -Infinity;
  let repeatMs = firstRepeatMs;
  const write = (): void => {
    if (pending && pending !== written) output.write(`${pending}\n`);
    if (pending) written = pending;
    nextAtMs = performance.now() + repeatMs;
    repeatMs = Math.min(2 * repeatMs, lastRepeatMs);
  };
  return {
    update(text) {
      pending = text;
      if (performance.now() >= nextAtMs) write();
    },
    clear() {
      // What was not written by now is over.
      pending = '';
    },
    finish: write,
  };
}
