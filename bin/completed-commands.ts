// What a shell can complete of our command line, read from the commands as they are: names, options, and which values stand
// where. Independent of any shell.
import type { Argument, Command, Option } from 'commander';
import { allStatuses } from './wording.ts';

/** What may stand in a place of the line. `asked`: only the server knows; the shell calls us for them (offered-values.ts). */
export type CompletedValues =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'asked'; readonly what: AskedValues }
  | { readonly kind: 'files' | 'folders' | 'program' | 'anything' };

export const askedValues = ['jobs', 'queues'] as const;
export type AskedValues = (typeof askedValues)[number];

export interface CompletedOption {
  readonly long: string;
  readonly short: string | undefined;
  /** Absent for one that takes none. */
  readonly values?: CompletedValues;
  readonly about: string;
}

export interface CompletedCommand {
  readonly name: string;
  readonly about: string;
  readonly options: readonly CompletedOption[];
  /** Of its first argument or, of a command of commands, their names. */
  readonly first: CompletedValues;
  readonly rest: CompletedValues;
}

const ANYTHING: CompletedValues = { kind: 'anything' };
/** By the word for a value in help: `--array <job>`. */
const BY_WORD: Readonly<Record<string, CompletedValues>> = {
  job: { kind: 'asked', what: 'jobs' },
  jobs: { kind: 'asked', what: 'jobs' },
  status: { kind: 'words', words: allStatuses },
  file: { kind: 'files' },
  path: { kind: 'files' },
  folder: { kind: 'folders' },
  command: { kind: 'program' },
};

export function completedCommands(program: Command): readonly CompletedCommand[] {
  return program.commands.map(completedCommand);
}

function completedCommand(command: Command): CompletedCommand {
  const own = [command, ...command.commands].flatMap(({ options }) => options);
  const options = own.flatMap((option) => (option.long && !option.hidden ? [completedOption(option)] : []));
  const help = { long: '--help', short: '-h', about: 'print help' };
  const unique = new Map([...options, help].map((option) => [option.long, option]));
  const [argument, second] = command.registeredArguments;
  const names = command.commands.map((sub) => sub.name());
  const first: CompletedValues =
    names.length > 0 ? { kind: 'words', words: names } : argument ? argumentValues(argument) : ANYTHING;
  return {
    name: command.name(),
    about: command.description(),
    options: [...unique.values()],
    first,
    rest: argument?.variadic ? first : second ? argumentValues(second) : ANYTHING,
  };
}

function argumentValues(argument: Argument): CompletedValues {
  if (argument.argChoices) return { kind: 'words', words: argument.argChoices };
  return BY_WORD[argument.name()] ?? ANYTHING;
}

function completedOption(option: Option): CompletedOption {
  const { long = '', short, description } = option;
  const takesValue = option.required || option.optional;
  return { long, short, ...(takesValue && { values: optionValues(option) }), about: description };
}

function optionValues({ argChoices, long, flags }: Option): CompletedValues {
  if (argChoices) return { kind: 'words', words: argChoices };
  if (long === '--queue') return { kind: 'asked', what: 'queues' };
  return BY_WORD[/[<[]([^\]>]+)/.exec(flags)?.[1] ?? ''] ?? ANYTHING;
}
