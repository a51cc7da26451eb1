// Writes a job down as shell text that a slot shell reads: `set -- 'argv'…`, `export NAME='value'`… Invariant: outside
// single quotes there is nothing but text of ours, checked names and integers, so no value can become a command.
import type { ResourceLimit } from './resource-limits.ts';

export interface Job {
  /** argv[0] is already the path of a file. */
  readonly argv: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: readonly ResourceLimit[];
}

export type JobScript =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: string };

/** Linux: one argument or variable, with its end, fits 32 pages (MAX_ARG_STRLEN); all together a quarter of the usual 8 MiB stack. */
const MAX_ARGUMENT_BYTES = 131_071;
const MAX_TOTAL_BYTES = 2_000_000;

const EXPORTABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
// Names to which some shell gives a meaning of its own: assigning them would change, or end, the slot shell (OPTIND='x'
// ends dash, TMOUT makes bash's read give up, UID cannot be assigned). They reach the job through env(1) instead.
const SPECIAL = new Set(
  (
    '_ ATTY CDPATH COLUMNS COPROC DIRSTACK ENV EPOCHREALTIME EPOCHSECONDS EUID EXECIGNORE FCEDIT FIGNORE FPATH ' +
    'FUNCNAME FUNCNEST GLOBIGNORE GROUPS IFS IGNOREEOF INPUTRC KEYBD_TRAP KSH_VERSION LINENO LINES MAIL MAILCHECK MAILPATH ' +
    'MAPFILE OLDPWD OPTARG OPTERR OPTIND PIPESTATUS POSIXLY_CORRECT POSIX_PEDANTIC PPID PROMPT_COMMAND PROMPT_DIRTRIM PS0 PS1 PS2 ' +
    'PS3 PS4 PWD RANDOM READLINE_LINE READLINE_POINT REPLY SECONDS SHELLOPTS SHLVL SRANDOM TERM TIMEFORMAT TMOUT ' +
    'UID auto_resume histchars'
  ).split(' '),
);
const SPECIAL_PREFIX = /^(?:BASH|COMP_|HIST|slipway_)/;

function isExportable(name: string): boolean {
  return EXPORTABLE.test(name) && !SPECIAL.has(name) && !SPECIAL_PREFIX.test(name);
}

/** One shell word that means exactly `text`, whatever is in it but NUL. */
export function quote(text: string): string {
  return text.includes("'") ? `'${text.replaceAll("'", `'\\''`)}'` : `'${text}'`;
}

function tooLong(path: string): JobScript {
  return { ok: false, reason: `CannotStartContainerError: exec ${path}: argument list too long` };
}

function ulimitCommand(limit: ResourceLimit): string {
  const set = (flag: string): string =>
    `ulimit -S ${flag} ${limit.soft} 2>/dev/null; ulimit -H ${flag} ${limit.hard} && ulimit -S ${flag} ${limit.soft}`;
  return limit.flags.map((flag) => `{ ${set(flag)}; }`).join(' || ');
}

/** The caller has made sure that no string holds a NUL byte. Names that only env(1) can set make the whole environment go through it: one more exec, for such jobs only. */
export function writeJobScript(job: Job): JobScript {
  const entries = Object.entries(job.environment);
  const unnameable = entries.find(([name]) => name === '' || name.includes('='));
  if (unnameable)
    return {
      ok: false,
      reason: `CannotStartContainerError: environment variable name must be non-empty and without '=', got ${JSON.stringify(unnameable[0])}`,
    };
  const plain = entries.every(([name]) => isExportable(name));
  if (!plain && job.argv[0].includes('='))
    return {
      ok: false,
      reason: `CannotStartContainerError: exec ${job.argv[0]}: a path with '=' cannot be combined with an environment variable named ${JSON.stringify(entries.find(([name]) => !isExportable(name))?.[0])} on a host process`,
    };

  const variables = entries.map(([name, value]) => ({ name, value }));
  const strings = [...job.argv, ...variables.map(({ name, value }) => `${name}=${value}`)];
  if (
    strings.some(
      (text) => text.length > MAX_ARGUMENT_BYTES / 3 && Buffer.byteLength(text) > MAX_ARGUMENT_BYTES,
    )
  )
    return tooLong(job.argv[0]);

  const words = plain ? job.argv : [...variables.map(({ name, value }) => `${name}=${value}`), ...job.argv];
  const mode = [...(job.limits.length > 0 ? ['limited'] : []), ...(plain ? [] : ['env'])].join('-');
  const lines = [
    `slipway_mode=${mode === '' ? 'plain' : mode}`,
    `slipway_names='${plain ? variables.map(({ name }) => name).join(' ') : ''}'`,
    `set -- ${words.map(quote).join(' ')}`,
  ];
  if (job.limits.length > 0)
    lines.push(
      `slipway_limit() { ${job.limits.map((limit) => `{ ${ulimitCommand(limit)}; }`).join(' && ')}; }`,
    );
  if (plain) lines.push(`export ${variables.map(({ name, value }) => `${name}=${quote(value)}`).join(' ')}`);
  const text = `${lines.join('\n')}\n`;
  if (text.length > MAX_TOTAL_BYTES / 3 && Buffer.byteLength(text) > MAX_TOTAL_BYTES)
    return tooLong(job.argv[0]);
  return { ok: true, text };
}
