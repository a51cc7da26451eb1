// Options that several commands share, and the reading of their values. A value that makes no sense is a usage error
// that names the option, the rule and the value.
import { InvalidArgumentError, type Command } from 'commander';
import type { ServerOptions } from './server.ts';

export interface ReadingOptions extends ServerOptions {
  readonly json?: boolean;
}

/** Adds where the server is, and how the answer is printed. */
export function addServerOptions(command: Command): Command {
  return command
    .option('--endpoint <url>', 'the server (default: the one in this folder, or $AWS_ENDPOINT_URL_BATCH)')
    .option('--data-dir <folder>', 'the data folder of the server')
    .option('--region <name>', 'the Region to sign for (default: the server’s)');
}

export function addJsonOption(command: Command): Command {
  return command.option('--json', 'print JSON, as the API answers it');
}

/** Adds examples below a command's help, and what its exit codes mean. */
export function addExamples(command: Command, examples: readonly string[], exits = ordinaryExits): Command {
  const lines = examples.map((example) => `  $ ${example}`).join('\n');
  return command.addHelpText('after', `\nExamples:\n${lines}\n\nExit codes: ${exits}`);
}

const ordinaryExits = '0 done, 1 failed, 2 wrong usage, 3 no server answers.';

/** A whole number within bounds, both inclusive. */
export function integer(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(
      most === Number.MAX_SAFE_INTEGER
        ? `A whole number of at least ${least} is wanted.`
        : `A whole number from ${least} to ${most} is wanted.`,
    );
  };
}

/** A time, or how long ago it was. */
export function sinceTime(text: string): number {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const seconds = { s: 1, m: 60, h: 3_600, d: 86_400 }[unit];
  if (count !== undefined && seconds !== undefined) return Date.now() - Number(count) * seconds * 1_000;
  const atMs = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (atMs >= 0) return atMs;
  throw new InvalidArgumentError('A time such as 2026-11-21T10:00:00Z, or 90s, 15m, 2h, 3d is wanted.');
}

/** A positive number, such as 0.25. */
export function positive(text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : NaN;
  if (value > 0) return value;
  throw new InvalidArgumentError('A number above 0 is wanted.');
}

/** MiB, as a plain number or with a unit: 512, 512M, 2G. */
export function memoryMiB(text: string): number {
  const [, digits, unit = 'm'] = /^(\d+)\s*([mg])?(?:i?b)?$/i.exec(text) ?? [];
  const value = Number(digits) * (unit.toLowerCase() === 'g' ? 1024 : 1);
  if (value >= 4) return value;
  throw new InvalidArgumentError('MiB is wanted, at least 4, such as 512 or 2G.');
}

/** Collects NAME=VALUE pairs of a repeatable option. */
export function nameValue(
  text: string,
  previous: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const at = text.indexOf('=');
  if (at > 0) return { ...previous, [text.slice(0, at)]: text.slice(at + 1) };
  throw new InvalidArgumentError('NAME=VALUE is wanted.');
}

/** Collects ID:SECRET pairs of a repeatable option. */
export function accessKey(text: string, previous: readonly AccessKey[] = []): readonly AccessKey[] {
  const at = text.indexOf(':');
  const [accessKeyId, secretAccessKey] = [text.slice(0, at), text.slice(at + 1)];
  if (at > 0 && secretAccessKey) return [...previous, { accessKeyId, secretAccessKey }];
  throw new InvalidArgumentError('ID:SECRET is wanted.');
}

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Collects the values of a repeatable option. */
export function collect(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text];
}
