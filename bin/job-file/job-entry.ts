// What a job file may say of a job, field by field: each reads one value and says what is wrong with it. The rules are those
// that need no server; names of queues and definitions are checked against it later.
import type { FileProblem, Marked } from './marked-yaml.ts';
import { describeValue } from './marked-yaml.ts';

/** How a job follows another one. `each`: child by child, between two arrays of one size. */
export type FollowKind = 'after' | 'afterAny' | 'afterFailure' | 'each';

export interface Follow {
  readonly kind: FollowKind;
  readonly name: string;
  readonly line: number;
}

/** One job, read; what it leaves out is the definition's. Units: memory MiB, timeout seconds. */
export interface JobEntry {
  readonly name: string;
  readonly line: number;
  readonly follows: readonly Follow[];
  readonly queue: string;
  readonly definition?: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly vcpus?: number;
  readonly memory?: number;
  readonly gpus?: number;
  readonly array?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly timeout?: number;
  readonly attempts?: number;
  readonly priority?: number;
  readonly share?: string;
}

type Settings = Omit<JobEntry, 'name' | 'line' | 'follows'>;
/** A value, or what it should have been. */
type Read<T> = { readonly value: T } | { readonly wanted: string };

export const FOLLOW_KINDS: readonly FollowKind[] = ['after', 'afterAny', 'afterFailure', 'each'];

const READERS: { readonly [Field in keyof Required<Settings>]: (value: Marked) => Read<unknown> } = {
  queue: text,
  definition: text,
  image: text,
  share: text,
  command: commandOf,
  vcpus: numberAbove(0),
  memory: memoryMiB,
  gpus: wholeNumber(1),
  array: wholeNumber(2, 10_000),
  env: textMap,
  parameters: textMap,
  tags: textMap,
  timeout: wholeNumber(60),
  attempts: wholeNumber(1, 10),
  priority: wholeNumber(0, 9_999),
};

/** The fields that a file may set for all of its jobs at once. */
export const SETTING_NAMES = Object.keys(READERS);

/** Reads the settings of a map; `skip` names what somebody else reads. What is wrong is added to `problems`. */
export function readSettings(
  map: Marked & { readonly kind: 'map' },
  path: string,
  skip: readonly string[],
  problems: FileProblem[],
): Partial<Settings> {
  const settings: Record<string, unknown> = {};
  const seen = new Set<string>();
  for (const { key, keyLine, value } of map.entries) {
    const field = path === '' ? key : `${path}.${key}`;
    if (seen.has(key)) problems.push({ line: keyLine, field, message: 'is there twice' });
    seen.add(key);
    if (skip.includes(key)) continue;
    const reader = Object.hasOwn(READERS, key) ? READERS[key as keyof typeof READERS] : undefined; // an own key
    if (!reader) {
      const known = [...SETTING_NAMES, ...skip].join(', ');
      problems.push({ line: keyLine, field, message: `is not known here; known are ${known}` });
      continue;
    }
    const read = reader(value);
    if ('value' in read) settings[key] = read.value;
    else
      problems.push({
        line: value.line,
        field,
        message: `must be ${read.wanted}; found ${describeValue(value)}`,
      });
  }
  return settings; // each member was read by the reader of its name
}

function text(value: Marked): Read<string> {
  return value.kind === 'text' && value.value !== '' ? { value: value.value } : { wanted: 'a text' };
}

/** A text is a line for the shell; a list is the program and its arguments as they are. */
function commandOf(value: Marked): Read<readonly string[]> {
  const wanted = 'a text for the shell, or a list of texts and numbers';
  if (value.kind === 'text') return { value: ['sh', '-c', value.value] };
  if (value.kind !== 'list' || value.items.length === 0) return { wanted };
  const words = value.items.flatMap((item) => wordOf(item) ?? []);
  return words.length === value.items.length ? { value: words } : { wanted };
}

function wordOf(value: Marked): string | undefined {
  if (value.kind === 'text' || value.kind === 'number') return String(value.value);
  return value.kind === 'other' && typeof value.value === 'boolean' ? String(value.value) : undefined;
}

function numberAbove(least: number): (value: Marked) => Read<number> {
  return (value) =>
    value.kind === 'number' && value.value > least
      ? { value: value.value }
      : { wanted: `a number above ${least}` };
}

function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (value: Marked) => Read<number> {
  const wanted =
    most === Number.MAX_SAFE_INTEGER
      ? `a whole number of at least ${least}`
      : `a whole number from ${least} to ${most}`;
  return (value) =>
    value.kind === 'number' && Number.isInteger(value.value) && value.value >= least && value.value <= most
      ? { value: value.value }
      : { wanted };
}

function memoryMiB(value: Marked): Read<number> {
  const written = value.kind === 'text' || value.kind === 'number' ? String(value.value) : '';
  const [, digits, unit = 'm'] = /^(\d+)\s*([mg])?(?:i?b)?$/i.exec(written) ?? [];
  const memory = Number(digits) * (unit.toLowerCase() === 'g' ? 1024 : 1);
  return memory >= 4 ? { value: memory } : { wanted: 'MiB, at least 4, such as 512 or 2G' };
}

function textMap(value: Marked): Read<Readonly<Record<string, string>>> {
  const wanted = 'a map of names to texts or numbers';
  if (value.kind !== 'map') return { wanted };
  const pairs: [string, string][] = [];
  for (const entry of value.entries) {
    const word = wordOf(entry.value);
    if (word === undefined) return { wanted };
    pairs.push([entry.key, word]);
  }
  return { value: Object.fromEntries(pairs) };
}
