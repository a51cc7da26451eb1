// A terminal that a test looks at and types into: tmux, with a server of its own that nobody else's tmux knows of. What was seen
// goes to out/console as text, for people.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { widthOf } from '../../bin/text-width.ts';
import { projectFolder } from './a-console.ts';

const PICTURES = join(projectFolder, 'out', 'console');

export interface TmuxTerminal {
  /** What is on the screen, line by line. */
  screen(): readonly string[];
  /** Lines that the terminal broke because they were too long for it. */
  wrapped(): readonly string[];
  /** Whether anything on the screen has a colour. */
  colored(): boolean;
  /** Of the window, which a program may change. */
  title(): string;
  /** Waits until the screen shows it. */
  sees(text: string | RegExp): Promise<void>;
  /** tmux's name of a key, or what is typed. */
  press(...keys: readonly string[]): void;
  resize(columns: number, rows: number): void;
  /** Whether a program has the whole screen for itself. */
  isTaken(): boolean;
  isCursorShown(): boolean;
  picture(name: string): void;
  close(): void;
}

export interface TmuxOptions {
  readonly columns: number;
  readonly rows: number;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

let opened = 0;

/** Opens bash, without anybody's settings. */
export function aTmux({ columns, rows, folder, environment }: TmuxOptions): TmuxTerminal {
  // One server each: the last may still be on its way out.
  const socket = join(folder, `tmux-${(opened += 1)}`);
  const tmux = (...args: readonly string[]): string =>
    execFileSync('tmux', ['-S', socket, '-f', '/dev/null', ...args], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: folder, LANG: 'C.UTF-8', TERM: 'xterm-256color' },
    });
  const variables = Object.entries({ ...environment, LANG: 'C.UTF-8' });
  tmux(
    '-u',
    'new-session',
    '-d',
    '-x',
    String(columns),
    '-y',
    String(rows),
    '-c',
    folder,
    ...variables.flatMap(([name, value]) => ['-e', `${name}=${value}`]),
    'bash --noprofile --norc',
  );
  const capture = (...how: readonly string[]): readonly string[] =>
    tmux('capture-pane', '-p', ...how)
      .replace(/\n$/, '')
      .split('\n');
  const screen = (): readonly string[] => capture();
  const flag = (name: string): boolean => tmux('display-message', '-p', `#{${name}}`).trim() === '1';
  return {
    screen,
    wrapped() {
      // With -J a line that was broken is one again. In one look: what is on the screen may change.
      const columns = Number(tmux('display-message', '-p', '#{pane_width}'));
      return capture('-J').filter((line) => widthOf(line.trimEnd()) > columns);
    },
    colored: () =>
      capture('-e').some((line) => line.split('\u001B[').some((rest) => /^[\d;]*3\d/.test(rest))),
    title: () => tmux('display-message', '-p', '#{pane_title}').trim(),
    sees: (text) => expect.poll(() => screen().join('\n'), { interval: 50, timeout: 30_000 }).toMatch(text),
    press: (...keys) => void tmux('send-keys', ...keys),
    resize: (to, toRows) => void tmux('resize-window', '-x', String(to), '-y', String(toRows)),
    isTaken: () => flag('alternate_on'),
    isCursorShown: () => flag('cursor_flag'),
    picture(name) {
      mkdirSync(PICTURES, { recursive: true });
      writeFileSync(join(PICTURES, `${name}.txt`), `${screen().join('\n')}\n`);
    },
    close: () => void tmux('kill-server'),
  };
}
