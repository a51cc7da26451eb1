// What every command is given.
import type { StartServer } from './start-server.ts';
import type { Terminal } from './terminal.ts';

/** What a command works with: its terminal, and the code the process ends with (0 until a command says otherwise). */
export interface Cli {
  readonly terminal: Terminal;
  /** How `local` and `demo` get the server they run in this process. */
  readonly startServer: StartServer;
  exitCode: number;
}
