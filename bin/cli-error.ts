// What goes wrong at the command line, and what the user reads about it: one sentence, a hint, an exit code. Stack
// traces are for SLIPWAY_DEBUG=1 only.
import { paint, type Terminal } from './terminal.ts';

/** The exit codes every command documents. `slipway run` also passes on its job's own code. */
export const exitCodes = { ok: 0, failure: 1, usage: 2, noServer: 3 } as const;

export class CliError extends Error {
  override readonly name = 'CliError';
  readonly hint: string | undefined;
  readonly exitCode: number;

  constructor(
    message: string,
    options: { readonly hint?: string; readonly exitCode?: number; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? exitCodes.failure;
  }
}

/** A mistake in what the user typed. */
export function usageError(message: string, hint?: string): CliError {
  return new CliError(message, { exitCode: exitCodes.usage, ...(hint && { hint }) });
}

/** Prints an error for people and returns the exit code it means. */
export function reportError(terminal: Terminal, error: unknown): number {
  const { err, env } = terminal;
  const message = error instanceof Error ? error.message : String(error);
  err.write(`${paint(err, 'red', 'slipway:')} ${message || 'failed without a message'}\n`);
  const hint = hintOf(error);
  if (hint) err.write(`${hint}\n`);
  if (env['SLIPWAY_DEBUG']) err.write(`${stackOf(error)}\n`);
  else if (!isForUsers(error)) err.write('SLIPWAY_DEBUG=1 shows where it comes from.\n');
  return error instanceof CliError ? error.exitCode : exitCodes.failure;
}

// The server's own errors carry their advice in `hint`; the SDK's carry the service's answer in `$metadata`.
function hintOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('hint' in error && typeof error.hint === 'string') return error.hint;
  return isRefusedKey(error)
    ? 'Are these keys from another server? `eval "$(slipway env)"` sets those of the one in this folder.'
    : undefined;
}

const keyErrors = ['UnrecognizedClientException', 'InvalidSignatureException', 'InvalidClientTokenId'];

function isRefusedKey(error: object): boolean {
  return 'name' in error && keyErrors.includes(String(error.name));
}

function isForUsers(error: unknown): boolean {
  if (error instanceof CliError) return true;
  return error instanceof Error && ('userMessage' in error || 'hint' in error || '$metadata' in error);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
