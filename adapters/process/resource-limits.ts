// The `ulimits` of a container in the words of the shell's ulimit builtin. Only limits whose flag and unit are the same in
// dash, bash (posix mode) and busybox are taken; the others are named in the attempt's note.
import type { ContainerSpec } from '../../core/job/spec.ts';

type Ulimit = NonNullable<ContainerSpec['ulimits']>[number];

/** `soft` and `hard` are in the builtin's own unit; `flags`: the first one the shell knows counts. */
export interface ResourceLimit {
  readonly flags: readonly string[];
  readonly soft: string;
  readonly hard: string;
}

interface Translation {
  readonly flags: readonly string[];
  /** How many of Docker's units (bytes, seconds, things) make one of the builtin's. */
  readonly unit: number;
}

const TRANSLATIONS: Readonly<Record<string, Translation>> = {
  core: { flags: ['-c'], unit: 512 },
  cpu: { flags: ['-t'], unit: 1 },
  data: { flags: ['-d'], unit: 1024 },
  fsize: { flags: ['-f'], unit: 512 },
  memlock: { flags: ['-l'], unit: 1024 },
  nofile: { flags: ['-n'], unit: 1 },
  // bash says -u; dash and busybox say -p, which in bash is something else and read-only.
  nproc: { flags: ['-u', '-p'], unit: 1 },
  stack: { flags: ['-s'], unit: 1024 },
};

function inUnits(value: number, unit: number): string {
  return value < 0 ? 'unlimited' : String(Math.floor(value / unit));
}

export function resourceLimits(ulimits: readonly Ulimit[]): readonly ResourceLimit[] {
  return ulimits.flatMap(({ name, softLimit, hardLimit }) => {
    const translation = TRANSLATIONS[name];
    if (!translation) return [];
    const { flags, unit } = translation;
    return [{ flags, soft: inUnits(softLimit, unit), hard: inUnits(hardLimit, unit) }];
  });
}

/** Names that a host process cannot be given this way. */
export function unsupportedUlimits(ulimits: readonly Ulimit[]): readonly string[] {
  return ulimits.map(({ name }) => name).filter((name) => !(name in TRANSLATIONS));
}
