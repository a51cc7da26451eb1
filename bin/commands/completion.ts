// `slipway completion`: prints what makes a shell complete our commands, options, jobs and queues.
import { Argument, Command } from 'commander';
import type { Cli } from '../cli-context.ts';
import { askedValues, type AskedValues } from '../completed-commands.ts';
import { completedShells, completionScript, type CompletedShell } from '../completion-scripts.ts';
import { offeredValues, serverOptionsIn } from '../offered-values.ts';
import { addExamples } from '../options.ts';
import { useServer } from '../use-server.ts';

/** Somebody waits for it between two keys. */
const PATIENCE_MS = 2_000;

export function createCompletionCommand(cli: Cli): Command {
  const command = new Command('completion')
    .description('Print the completion of commands, options, jobs and queues for a shell.')
    .addArgument(
      new Argument('<for>', 'the shell; jobs and queues are what its script asks for').choices([
        ...completedShells,
        ...askedValues,
      ]),
    )
    .argument('[line...]', 'for jobs and queues: the words typed so far, which may name the server')
    .action(async (wanted: CompletedShell | AskedValues, line: readonly string[]) => {
      if (wanted === 'jobs' || wanted === 'queues') {
        await printValues(cli, wanted, line);
        return;
      }
      const program = command.parent;
      if (!program) throw new Error('completion is a command of a program');
      cli.terminal.out.write(completionScript(program, wanted));
    });
  return addExamples(command, [
    'eval "$(slipway completion bash)"              # in ~/.bashrc',
    'eval "$(slipway completion zsh)"               # in ~/.zshrc',
    'slipway completion fish | source               # in ~/.config/fish/config.fish',
  ]);
}

async function printValues({ terminal }: Cli, what: AskedValues, line: readonly string[]): Promise<void> {
  const impatience = setTimeout(() => terminal.exitNow(0), PATIENCE_MS);
  try {
    const values = await useServer(terminal, serverOptionsIn(line), (visit) => offeredValues(visit, what));
    terminal.out.write(values.map((value) => `${value}\n`).join(''));
  } finally {
    clearTimeout(impatience);
  }
}
