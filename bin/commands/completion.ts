// `slipway completion`: prints what makes a shell complete our commands and options.
import { Argument, Command } from 'commander';
import type { Cli } from '../cli.ts';
import { completedShells, completionScript, type CompletedShell } from '../completion-scripts.ts';
import { addExamples } from '../options.ts';

export function createCompletionCommand(cli: Cli): Command {
  const command = new Command('completion')
    .description('Print the completion of commands and options for a shell.')
    .addArgument(new Argument('<shell>', 'the shell').choices(completedShells))
    .action((shell: CompletedShell) => {
      const program = command.parent;
      if (!program) throw new Error('completion is a command of a program');
      cli.terminal.out.write(completionScript(program, shell));
    });
  return addExamples(command, [
    'eval "$(slipway completion bash)"              # in ~/.bashrc',
    'eval "$(slipway completion zsh)"               # in ~/.zshrc',
    'slipway completion fish | source               # in ~/.config/fish/config.fish',
  ]);
}
