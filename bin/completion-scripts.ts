// Shell completion, written from the commands as they are: names of commands, their options, and the values that an option
// chooses from. The scripts call nothing back, so that completing is as quick as the shell.
import type { Command, Option } from 'commander';

export const completedShells = ['bash', 'zsh', 'fish'] as const;
export type CompletedShell = (typeof completedShells)[number];

interface CompletedOption {
  readonly long: string;
  readonly short: string | undefined;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
  readonly about: string;
}

interface CompletedCommand {
  readonly name: string;
  readonly about: string;
  readonly options: readonly CompletedOption[];
  /** Of an argument or, of a command of commands, their names. */
  readonly words: readonly string[];
}

export function completionScript(program: Command, shell: CompletedShell): string {
  const name = program.name();
  const commands = program.commands.map(completedCommand);
  switch (shell) {
    case 'bash':
      return bashScript(name, commands);
    case 'zsh':
      return zshScript(name, commands);
    case 'fish':
      return fishScript(name, commands);
  }
}

function completedCommand(command: Command): CompletedCommand {
  const words = [
    ...command.commands.map((sub) => sub.name()),
    ...command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
  ];
  const own = [command, ...command.commands].flatMap(({ options }) => options);
  const options = own.flatMap((option) => (option.long && !option.hidden ? [completedOption(option)] : []));
  const help = { long: '--help', short: '-h', takesValue: false, choices: [], about: 'print help' };
  const unique = new Map([...options, help].map((option) => [option.long, option]));
  return { name: command.name(), about: command.description(), options: [...unique.values()], words };
}

function completedOption(option: Option): CompletedOption {
  return {
    long: option.long ?? '',
    short: option.short,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
    about: option.description,
  };
}

function bashScript(program: string, commands: readonly CompletedCommand[]): string {
  const cases = commands.flatMap(({ name, options, words }) => {
    const values = options.filter(({ takesValue }) => takesValue);
    const byValue = values.map(({ long, short, choices }) => {
      const flags = short === undefined ? long : `${short}|${long}`;
      // Without choices a file is the likeliest value, and the shell completes it.
      const reply =
        choices.length === 0 ? 'COMPREPLY=()' : `COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$word"))`;
      return `        ${flags}) ${reply}; return ;;`;
    });
    const all = [...words, ...options.map(({ long }) => long)].join(' ');
    return [
      `    ${name})`,
      ...(byValue.length === 0 ? [] : ['      case $before in', ...byValue, '      esac']),
      `      COMPREPLY=($(compgen -W '${all}' -- "$word")) ;;`,
    ];
  });
  const names = commands.map(({ name }) => name).join(' ');
  return `# bash completion for ${program}: eval "$(${program} completion bash)"
_${program}() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${names} --help --version' -- "$word"))
    return
  fi
  case \${COMP_WORDS[1]} in
    help) COMPREPLY=($(compgen -W '${names}' -- "$word")) ;;
${cases.join('\n')}
  esac
}
complete -o default -F _${program} ${program}
`;
}

function zshScript(program: string, commands: readonly CompletedCommand[]): string {
  const described = commands.map(({ name, about }) => `    ${quoted(`${name}:${about}`)}`).join('\n');
  const cases = commands.map(({ name, options, words }) => {
    const specs = options.map(({ long, short, takesValue, choices, about }) => {
      const brackets = about.replaceAll(/[[\]:]/g, ' ');
      const value = takesValue ? `:value:${choices.length > 0 ? `(${choices.join(' ')})` : '_files'}` : '';
      return (short === undefined ? [long] : [short, long])
        .map((flag) => `      ${quoted(`*${flag}[${brackets}]${value}`)}`)
        .join(' \\\n');
    });
    const rest = words.length > 0 ? `'*:word:(${words.join(' ')})'` : `'*:file:_files'`;
    return `    ${name}) _arguments \\\n${specs.join(' \\\n')} \\\n      ${rest} ;;`;
  });
  return `#compdef ${program}
# zsh completion for ${program}: eval "$(${program} completion zsh)"
_${program}() {
  local -a commands
  commands=(
${described}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
    help) _describe command commands ;;
${cases.join('\n')}
  esac
}
compdef _${program} ${program}
`;
}

function fishScript(program: string, commands: readonly CompletedCommand[]): string {
  const begin = `complete -c ${program}`;
  const lines = commands.flatMap(({ name, about, options, words }) => [
    `${begin} -n __fish_use_subcommand -f -a ${name} -d ${quoted(about)}`,
    ...(words.length > 0
      ? [`${begin} -n '__fish_seen_subcommand_from ${name}' -f -a '${words.join(' ')}'`]
      : []),
    ...options.map(({ long, short, takesValue, choices, about: text }) => {
      const flags = `-l ${long.replace(/^--/, '')}${short === undefined ? '' : ` -s ${short.slice(1)}`}`;
      const value = takesValue ? ` -r${choices.length > 0 ? ` -f -a '${choices.join(' ')}'` : ''}` : '';
      return `${begin} -n '__fish_seen_subcommand_from ${name}' ${flags}${value} -d ${quoted(text)}`;
    }),
  ]);
  return `# fish completion for ${program}: ${program} completion fish | source\n${lines.join('\n')}\n`;
}

/** For any of the three shells, in single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", '’')}'`;
}
