// Runs one command line in this process, on a terminal that records what it is shown.
import { runCli } from '../../bin/cli.ts';
import type { StartServer } from '../../bin/start-server.ts';
import type { Terminal } from '../../bin/terminal.ts';
import { keys, type FakeServer } from './fake-server.ts';

export interface Shown {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The width of the screen; absent for a pipe. */
  readonly columns?: number;
  /** Stands in for the server that `local` and `demo` start. */
  readonly startServer?: StartServer;
  /** Gets what presses Ctrl-C. */
  readonly onReady?: (interrupt: () => void) => void;
  /** Gets the code of a process that ends in the middle of things; absent: that is an error. */
  readonly onExitNow?: (code: number) => void;
  /** Gets each piece of text for stdout as it is written. */
  readonly onWrite?: (text: string) => void;
}

export async function captureCli(args: readonly string[], around: Surroundings = {}): Promise<Shown> {
  const shown = { out: '', err: '' };
  const listeners = new Set<() => void>();
  around.onReady?.(() => listeners.forEach((listener) => listener()));
  const terminal: Terminal = {
    env: around.env ?? {},
    cwd: around.cwd ?? '/',
    out: {
      write(text) {
        shown.out += text;
        around.onWrite?.(text);
      },
      columns: around.columns,
      colors: false,
    },
    err: { write: (text) => void (shown.err += text), columns: undefined, colors: false },
    onInterrupt(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    exitNow(code) {
      if (!around.onExitNow) throw new Error(`the process would have ended with ${code}`);
      around.onExitNow(code);
    },
  };
  const code = await runCli(args, terminal, around.startServer);
  return { code, ...shown };
}

/** The environment that `slipway env` makes for a fake server. */
export function environmentOf(fake: FakeServer): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_BATCH: fake.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
  };
}
