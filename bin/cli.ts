// The command line as a function: arguments and a terminal in, an exit code out.
import { Command, CommanderError } from 'commander';
import type { Cli } from './cli-context.ts';
import { exitCodes, reportError } from './cli-error.ts';
import { createAuditCommand } from './commands/audit.ts';
import { createCancelCommand } from './commands/cancel.ts';
import { createCompletionCommand } from './commands/completion.ts';
import { createConsoleCommand } from './commands/console.ts';
import { createCostCommand } from './commands/cost.ts';
import { createDagCommand } from './commands/dag.ts';
import { createDemoCommand } from './commands/demo.ts';
import { createDescribeCommand } from './commands/describe.ts';
import { createDoctorCommand } from './commands/doctor.ts';
import { createEnvCommand } from './commands/env.ts';
import { createEventsCommand } from './commands/events.ts';
import { createHoldCommand } from './commands/hold.ts';
import { createKeysCommand } from './commands/keys.ts';
import { createLocalCommand } from './commands/local.ts';
import { createLogsCommand } from './commands/logs.ts';
import { createPriorityCommand } from './commands/priority.ts';
import { createProxyCommand } from './commands/proxy.ts';
import { createPsCommand } from './commands/ps.ts';
import { createReleaseCommand } from './commands/release.ts';
import { createRunCommand } from './commands/run.ts';
import { createSubmitCommand } from './commands/submit.ts';
import { createTerminateCommand } from './commands/terminate.ts';
import { createTopCommand } from './commands/top.ts';
import { createWatchCommand } from './commands/watch.ts';
import { createWhyCommand } from './commands/why.ts';
import { startServer, type StartServer } from './start-server.ts';
import type { Terminal } from './terminal.ts';
import packageJson from '../package.json' with { type: 'json' };

/** Runs one command line, `args` without the program's name. Never throws; what went wrong is printed. */
export async function runCli(
  args: readonly string[],
  terminal: Terminal,
  start: StartServer = startServer,
): Promise<number> {
  const cli: Cli = { terminal, startServer: start, exitCode: exitCodes.ok };
  try {
    await createProgram(cli).parseAsync([...args], { from: 'user' });
    return cli.exitCode;
  } catch (error) {
    // Commander has printed its own by then; it ends --help the same way, with code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return reportError(terminal, error);
  }
}

const commandGroups: readonly (readonly [string, readonly ((cli: Cli) => Command)[]])[] = [
  ['Server:', [createLocalCommand, createConsoleCommand, createEnvCommand, createDemoCommand]],
  ['Access:', [createKeysCommand, createAuditCommand, createProxyCommand]],
  [
    'Jobs:',
    [
      createRunCommand,
      createSubmitCommand,
      createPsCommand,
      createTopCommand,
      createWatchCommand,
      createLogsCommand,
      createDescribeCommand,
      createWhyCommand,
      createDagCommand,
      createCostCommand,
      createHoldCommand,
      createReleaseCommand,
      createPriorityCommand,
      createCancelCommand,
      createTerminateCommand,
      createEventsCommand,
    ],
  ],
  ['This program:', [createDoctorCommand, createCompletionCommand]],
];

/** The program with all its commands. */
export function createProgram(cli: Cli): Command {
  const { out, err } = cli.terminal;
  const program = new Command('slipway')
    .description('AWS Batch, open: the Batch API on your own machine and in your own AWS account.')
    .version(packageJson.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .enablePositionalOptions()
    .addHelpText(
      'after',
      '\nStart with:\n  $ slipway local                    # a server here; stays in the foreground\n' +
        '  $ slipway run -- echo hello        # in another terminal: one job, its log and its exit code\n' +
        '  $ eval "$(slipway env)"            # point the AWS CLI and SDKs here\n\n' +
        'Every command has examples: slipway run --help\n\n' +
        'Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no server answers; run and watch end with their job’s own.\n' +
        'Colours are for terminals: NO_COLOR=1 takes them away, FORCE_COLOR=1 gives them to files too.',
    );
  for (const [title, creators] of commandGroups) {
    program.commandsGroup(title);
    for (const create of creators) program.addCommand(create(cli));
  }
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .showHelpAfterError(`Help: ${command === program ? '' : 'slipway '}${command.name()} --help`)
      .configureOutput({
        writeOut: (text) => out.write(text),
        writeErr: (text) => err.write(text),
        outputError: (text, write) => write(text.replace(/^error:/, 'slipway:')),
        getOutHelpWidth: () => out.columns ?? 100,
        getErrHelpWidth: () => err.columns ?? 100,
        getOutHasColors: () => out.colors,
        getErrHasColors: () => err.colors,
      });
  }
  return program;
}
