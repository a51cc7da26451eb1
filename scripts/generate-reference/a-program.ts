// The command line's own program on a terminal that nobody reads, and what it prints for help.
import type { Command } from 'commander';
import { createProgram } from '../../bin/cli.ts';

export function aProgram(): Command {
  const silent = { write: () => undefined, columns: 100, colors: false };
  return createProgram({
    terminal: {
      env: {},
      cwd: '/',
      out: silent,
      err: silent,
      onInterrupt: () => () => undefined,
      exitNow: () => undefined,
    },
    startServer: () => Promise.reject(new Error('the reference starts no server')),
    exitCode: 0,
  });
}

/** As --help prints it, with what stands behind the options. */
export function helpOf(command: Command): string {
  let printed = '';
  command.configureOutput({ writeOut: (text) => (printed += text), getOutHelpWidth: () => 100 });
  command.outputHelp();
  return printed;
}

/** Without those that commander adds to each. */
export function commandsOf(command: Command): readonly Command[] {
  return command.commands.filter((each) => each.name() !== 'help');
}
