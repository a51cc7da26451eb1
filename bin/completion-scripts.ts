// Shell completion, written from the commands as they are. What the commands say themselves stands in the script, so that it
// completes as quickly as the shell; for jobs and queues the script calls `slipway completion jobs`, in the words typed so far.
import type { Command } from 'commander';
import {
  completedCommands,
  type CompletedCommand,
  type CompletedOption,
  type CompletedValues,
} from './completed-commands.ts';

export const completedShells = ['bash', 'zsh', 'fish'] as const;
export type CompletedShell = (typeof completedShells)[number];

export function completionScript(program: Command, shell: CompletedShell): string {
  const name = program.name();
  const commands = completedCommands(program);
  switch (shell) {
    case 'bash':
      return bashScript(name, commands);
    case 'zsh':
      return zshScript(name, commands);
    case 'fish':
      return fishScript(name, commands);
  }
}

// Bash: a function that fills COMPREPLY; where it stays empty, bash completes files.
function bashScript(program: string, commands: readonly CompletedCommand[]): string {
  const cases = commands.flatMap(({ name, options, first, rest }) => {
    const byValue = options.flatMap(({ long, short, values }) =>
      values
        ? [`        ${short === undefined ? long : `${short}|${long}`}) ${bashReply(values)}; return ;;`]
        : [],
    );
    const flags = options.map(({ long }) => long);
    const valued = options.flatMap(({ long, short, values }) => (values ? [short ?? [], long].flat() : []));
    return [
      `    ${name})`,
      ...(byValue.length === 0 ? [] : ['      case $before in', ...byValue, '      esac']),
      `      if [[ $word == -* ]]; then ${bashReply({ kind: 'words', words: flags })}`,
      ...(rest === first
        ? []
        : [`      elif _${program}_is_first ${valued.join(' ')}; then ${bashReply(first)}`]),
      `      else ${bashReply(rest)}; fi ;;`,
    ];
  });
  const names = commands.map(({ name }) => name).join(' ');
  return `# bash completion for ${program}: eval "$(${program} completion bash)"
_${program}_asked() {
  local value about
  while IFS=$'\\t' read -r value about; do echo "$value"; done < <(
    "\${COMP_WORDS[0]}" completion "$1" -- "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null
  )
}
# Whether no argument stands before the word; given are the options that take a value.
_${program}_is_first() {
  local at
  for ((at = 2; at < COMP_CWORD; at++)); do
    case \${COMP_WORDS[at]} in
      --) ;;
      -*) [[ " $* " == *" \${COMP_WORDS[at]} "* ]] && at=$((at + 1)) ;;
      *) return 1 ;;
    esac
  done
}
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

  function bashReply(values: CompletedValues): string {
    switch (values.kind) {
      case 'words':
        return `COMPREPLY=($(compgen -W '${values.words.join(' ')}' -- "$word"))`;
      case 'asked':
        return `COMPREPLY=($(compgen -W "$(_${program}_asked ${values.what})" -- "$word"))`;
      case 'folders':
        return `COMPREPLY=($(compgen -d -- "$word"))`;
      case 'program':
        return `[ "$before" = -- ] && COMPREPLY=($(compgen -c -- "$word"))`;
      case 'files':
      case 'anything':
        return 'COMPREPLY=()';
    }
  }
}

function zshScript(program: string, commands: readonly CompletedCommand[]): string {
  const described = commands.map(({ name, about }) => `    ${quoted(`${name}:${about}`)}`).join('\n');
  const cases = commands.map(({ name, options, first, rest }) => {
    const places =
      rest === first
        ? [`'*:word:${zshAction(first)}'`]
        : [`'1:word:${zshAction(first)}'`, `'*:word:${zshAction(rest)}'`];
    const specs = [...options.flatMap(zshOption), ...places].map((spec) => `      ${spec}`);
    return `    ${name}) _arguments \\\n${specs.join(' \\\n')} ;;`;
  });
  return `#compdef ${program}
# zsh completion for ${program}: eval "$(${program} completion zsh)"
_${program}_asked() {
  local -a found
  found=("\${(@f)$("$${program}" completion $1 -- "\${(@)typed}" 2>/dev/null)}")
  found=("\${(@)found//$'\\t'/:}")
  (( \${#found[1]} )) && _describe $1 found
}
_${program}() {
  local ${program}=$words[1]
  local -a commands typed
  typed=("\${(@)words[2,CURRENT-1]}")
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

  function zshOption({ long, short, values, about }: CompletedOption): readonly string[] {
    const brackets = about.replaceAll(/[[\]:]/g, ' ');
    const value = values ? `:value:${zshAction(values)}` : '';
    return (short === undefined ? [long] : [short, long]).map((flag) =>
      quoted(`*${flag}[${brackets}]${value}`),
    );
  }

  function zshAction(values: CompletedValues): string {
    switch (values.kind) {
      case 'words':
        return `(${values.words.join(' ')})`;
      case 'asked':
        return `{_${program}_asked ${values.what}}`;
      case 'files':
        return '_files';
      case 'folders':
        return '_files -/';
      case 'program':
        return '_normal';
      case 'anything':
        // A blank would say the same, and keep zsh from completing an option in that place.
        return '()';
    }
  }
}

function fishScript(program: string, commands: readonly CompletedCommand[]): string {
  const begin = `complete -c ${program}`;
  const lines = commands.flatMap(({ name, about, options, first, rest }) => {
    const seen = `-n '__fish_seen_subcommand_from ${name}'`;
    const offers = [first, ...(rest === first ? [] : [rest])].flatMap(fishOffers);
    return [
      `${begin} -n __fish_use_subcommand -f -a ${name} -d ${quoted(about)}`,
      // Where nothing is offered, files would be.
      ...(offers.length > 0 ? offers : first.kind === 'anything' ? ['-f'] : []).map(
        (offer) => `${begin} ${seen} ${offer}`,
      ),
      ...options.map(({ long, short, values, about: text }) => {
        const flags = `-l ${long.replace(/^--/, '')}${short === undefined ? '' : ` -s ${short.slice(1)}`}`;
        return `${begin} ${seen} ${flags}${values ? ` -r ${fishValue(values)}` : ''} -d ${quoted(text)}`;
      }),
    ];
  });
  return `# fish completion for ${program}: ${program} completion fish | source
function __${program}_asked
    set -l line (commandline -opc)
    $line[1] completion $argv[1] -- $line[2..-1] 2>/dev/null
end
${lines.join('\n')}
`;

  function fishOffers(values: CompletedValues): readonly string[] {
    const value = fishValue(values);
    return value === '' || value === '-f' ? [] : [value];
  }

  function fishValue(values: CompletedValues): string {
    switch (values.kind) {
      case 'words':
        return `-f -a '${values.words.join(' ')}'`;
      case 'asked':
        return `-f -a '(__${program}_asked ${values.what})'`;
      case 'folders':
        return `-f -a '(__fish_complete_directories)'`;
      case 'program':
        return `-f -a '(__fish_complete_subcommand)'`;
      case 'files':
        return '';
      case 'anything':
        return '-f';
    }
  }
}

/** For any of the three shells, in single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", '’')}'`;
}
