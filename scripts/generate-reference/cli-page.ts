// docs/reference/cli.md: every command with its arguments, options, examples and exit codes.
import type { Command, Option } from 'commander';
import { ENVIRONMENT_VARIABLES } from '../../bin/environment-variables.ts';
import { aProgram, commandsOf, helpOf } from './a-program.ts';
import { block, code, GENERATED, page, table } from './markdown.ts';

export function cliPage(): string {
  const program = aProgram();
  const groups = Map.groupBy(commandsOf(program), (command) => command.helpGroup());
  return page([
    '# The command line',
    GENERATED,
    program.description(),
    block('text', `${program.name()} ${program.usage()}`),
    afterOptions(helpOf(program)),
    ...[...groups].flatMap(([title, commands]) => [
      `## ${title.replace(/:$/, '')}`,
      ...commands.flatMap((command) => commandParts(command, program.name(), 3)),
    ]),
    '## Environment variables',
    table(
      ['variable', 'what it does'],
      ENVIRONMENT_VARIABLES.map(({ name, what }) => [code(name), what]),
    ),
  ]);
}

function commandParts(command: Command, above: string, depth: number): readonly string[] {
  const name = `${above} ${command.name()}`;
  const below = commandsOf(command);
  return [
    `${'#'.repeat(depth)} ${name}`,
    command.description(),
    block('text', `${name} ${command.usage()}`),
    argumentTable(command),
    optionTable(command),
    afterOptions(helpOf(command)),
    ...below.flatMap((each) => commandParts(each, name, depth + 1)),
  ];
}

function argumentTable({ registeredArguments }: Command): string {
  if (registeredArguments.length === 0) return '';
  const rows = registeredArguments.map((argument) => [
    code(argument.name() + (argument.variadic ? '…' : '')),
    [argument.description, choicesOf(argument.argChoices)].filter((part) => part !== '').join('; '),
  ]);
  return table(['argument', 'what it is'], rows);
}

function optionTable({ options }: Command): string {
  const shown = options.filter((option) => !option.hidden);
  if (shown.length === 0) return '';
  return table(
    ['option', 'what it does'],
    shown.map((option) => [code(option.flags), whatItDoes(option)]),
  );
}

export function whatItDoes({ description, argChoices, defaultValue, negate, mandatory }: Option): string {
  const facts = [
    choicesOf(argChoices),
    mandatory ? 'required' : '',
    defaultValue === undefined || negate ? '' : `default: ${String(defaultValue)}`,
  ].filter((fact) => fact !== '');
  return facts.length === 0 ? description : `${description} (${facts.join('; ')})`;
}

function choicesOf(choices: readonly string[] | undefined): string {
  return choices === undefined ? '' : `one of ${choices.join(', ')}`;
}

/** What help says below the options: examples and exit codes. */
function afterOptions(help: string): string {
  const at = help.search(/^(Examples|Start with):$/m);
  return at < 0 ? '' : block('text', help.slice(at));
}
