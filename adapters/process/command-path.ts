// Finds the file a command means, before anything is started: afterwards the shell's own 127 and 126 could not be told
// from a program's. Also refuses what the kernel would not execute, because a shell would run it as a script of its own.
import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';

export type CommandPath =
  | { readonly found: true; readonly path: string }
  | { readonly found: false; readonly reason: string };

/** A program found a moment ago is taken to be there still. Its disappearance then shows as exit code 127. */
const REMEMBER_MS = 1_000;
const REMEMBER_AT_MOST = 1_000;

function refuse(command: string, why: string): CommandPath {
  return { found: false, reason: `CannotStartContainerError: exec: ${JSON.stringify(command)}: ${why}` };
}

type Look = 'executable' | 'absent' | 'not executable' | 'a directory';

function look(path: string): Look {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return 'absent';
  if (stats.isDirectory()) return 'a directory';
  try {
    accessSync(path, constants.X_OK);
    return 'executable';
  } catch {
    return 'not executable';
  }
}

/** As `look`, where a path through a plain file or an unreadable folder counts as absent. */
function lookSafely(path: string): Look {
  try {
    return look(path);
  } catch {
    return 'absent';
  }
}

/** The interpreter of a script, `undefined` for a binary; `unknown` when the kernel would say "exec format error". */
function formatOf(path: string): { readonly interpreter?: string } | 'unknown' | 'unreadable' {
  const head = Buffer.alloc(256);
  let length: number;
  try {
    const fd = openSync(path, 'r');
    try {
      length = readSync(fd, head, 0, head.length, 0);
    } finally {
      closeSync(fd);
    }
  } catch {
    return 'unreadable'; // execute permission without read permission: the kernel decides
  }
  if (head.toString('latin1', 0, 4) === '\x7fELF') return {};
  if (head.toString('latin1', 0, 2) !== '#!') return 'unknown';
  const interpreter = /^#![ \t]*([^ \t\n]+)/.exec(head.toString('utf8', 0, length))?.[1];
  return interpreter === undefined ? 'unknown' : { interpreter };
}

function checked(command: string, path: string): CommandPath {
  const format = formatOf(path);
  if (format === 'unreadable') return { found: true, path };
  if (format === 'unknown') return refuse(command, 'exec format error');
  if (format.interpreter !== undefined && lookSafely(format.interpreter) !== 'executable')
    return refuse(command, `interpreter ${format.interpreter}: no such file or directory`);
  return { found: true, path };
}

/** `folder`: the working folder, against which a command with a slash is resolved. */
function find(command: string, searchPath: string, folder: string): CommandPath {
  if (command.includes('/')) {
    const path = command.startsWith('/') ? command : `${folder}/${command}`;
    const seen = lookSafely(path);
    if (seen === 'absent') return refuse(command, `stat ${command}: no such file or directory`);
    if (seen === 'a directory') return refuse(command, 'is a directory');
    return seen === 'executable' ? checked(command, path) : refuse(command, 'permission denied');
  }
  // As Docker does, an empty or relative element of PATH is not searched: the working folder starts empty.
  const candidates = searchPath
    .split(':')
    .filter((part) => part.startsWith('/'))
    .map((part) => `${part}/${command}`);
  const path =
    command === '' ? undefined : candidates.find((candidate) => lookSafely(candidate) === 'executable');
  return path === undefined ? refuse(command, 'executable file not found in $PATH') : checked(command, path);
}

export type CommandFinder = (command: string, searchPath: string, folder: string) => CommandPath;

/** A finder that remembers for a second what it found; what it did not find it looks for again. */
export function createCommandFinder(now: () => number): CommandFinder {
  const remembered = new Map<string, { readonly found: CommandPath; readonly untilMs: number }>();
  return (command, searchPath, folder) => {
    const key = `${searchPath}\0${command}`;
    const known = remembered.get(key);
    if (known && known.untilMs > now()) return known.found;
    const found = find(command, searchPath, folder);
    if (found.found && !(command.includes('/') && !command.startsWith('/'))) {
      if (remembered.size >= REMEMBER_AT_MOST) remembered.clear();
      remembered.set(key, { found, untilMs: now() + REMEMBER_MS });
    }
    return found;
  };
}
