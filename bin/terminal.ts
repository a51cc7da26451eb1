// The terminal a command talks to. Commands get one and never touch `process`: tests give them another, and the reading
// of the environment stays in one place.
import { styleText } from 'node:util';

/** stdout or stderr. `columns` is undefined when nobody reads it on a screen: a file, a pipe. */
export interface Output {
  write(text: string): void;
  readonly columns: number | undefined;
  readonly colors: boolean;
}

/** A screen that can be taken as a whole. */
export interface Screen {
  readonly rows: number;
  /** Takes the screen, until the returned function gives it back as it was; a process that ends meanwhile gives it back too. */
  open(listeners: { readonly onKey: (key: string) => void; readonly onResize: () => void }): () => void;
}

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly out: Output;
  readonly err: Output;
  /** Absent where nobody watches or nobody can press a key. */
  readonly screen?: Screen;
  /** Calls `listener` for each Ctrl-C, TERM or HUP until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
  /** Ends the process at once, whatever still goes on in it. */
  exitNow(code: number): void;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export function paint(output: Output, style: Style, text: string): string {
  return output.colors ? styleText(style, text, { validateStream: false }) : text;
}

// A wrapper (npm, our own launcher) passes on the signal that the terminal already sent to the whole process group.
const sameKeypressMs = 400;

/** The terminal this process runs in. */
export function processTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // A reader that leaves early (`slipway ps | head`) is no error of ours; nor is a screen that is gone, whose
      // hang-up signal ends the command in its own way.
      if (error.code === 'EPIPE' && stream === process.stdout) process.exit(0);
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    });
  }
  return {
    env: process.env,
    cwd: process.cwd(),
    out: outputOf(process.stdout),
    err: outputOf(process.stderr),
    ...(process.stdout.isTTY && process.stdin.isTTY && process.env['TERM'] !== 'dumb'
      ? { screen: processScreen() }
      : {}),
    onInterrupt,
    exitNow: (code) => process.exit(code),
  };
}

function outputOf(stream: NodeJS.WriteStream): Output {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  const forced = FORCE_COLOR !== undefined && FORCE_COLOR !== '0';
  return {
    write: (text) => void stream.write(text),
    get columns() {
      return stream.isTTY ? stream.columns || 80 : undefined;
    },
    colors: forced || (FORCE_COLOR !== '0' && stream.isTTY && !NO_COLOR && TERM !== 'dumb'),
  };
}

const TAKE_SCREEN = '\u001b[?1049h\u001b[?25l';
const GIVE_BACK_SCREEN = '\u001b[?25h\u001b[?1049l';

function processScreen(): Screen {
  const { stdin, stdout } = process;
  return {
    get rows() {
      return stdout.rows || 24;
    },
    open({ onKey, onResize }) {
      // In raw mode Ctrl-C is a key like any other; what is pasted comes as one piece.
      const hear = (keys: Buffer): void => {
        for (const key of keys.toString()) onKey(key);
      };
      const giveBack = (): void => void stdout.write(GIVE_BACK_SCREEN);
      stdout.write(TAKE_SCREEN);
      process.once('exit', giveBack);
      stdin.setRawMode(true);
      stdin.on('data', hear);
      stdout.on('resize', onResize);
      return () => {
        stdout.off('resize', onResize);
        stdin.off('data', hear);
        stdin.setRawMode(false);
        stdin.pause();
        process.off('exit', giveBack);
        giveBack();
      };
    },
  };
}

function onInterrupt(listener: () => void): () => void {
  let lastAtMs = -Infinity;
  const hear = (): void => {
    const nowMs = performance.now();
    if (nowMs - lastAtMs < sameKeypressMs) return;
    lastAtMs = nowMs;
    listener();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, hear);
  return () => {
    for (const signal of signals) process.off(signal, hear);
  };
}
