// Starts the local server inside this process and turns what a user can mend (a taken port, a used data folder) into a
// sentence and a hint. The server is loaded here, so that no other command pays for it.
import type { LocalServer } from '../local/server.ts';
import type { LocalOptions } from '../local/local-options.ts';
import { CliError } from './cli-error.ts';

export type StartServer = (options: LocalOptions) => Promise<LocalServer>;

// By name: the classes live in the server's adapters, which are not the command line's to know.
const hints: Readonly<Record<string, string>> = {
  PortInUseError: 'Is Slipway running already? Take another port with --port, or any free one with --port 0.',
  StoreInUseError: 'Use that server, end it, or keep a second one apart with --data-dir.',
  StoreVersionError: 'Keep this version apart with --data-dir, or run the newer one.',
  StoreCorruptError: 'Restore the data folder from a copy, or start afresh with another --data-dir.',
  StoreFullError: 'Make room on that disk, or choose another place with --data-dir.',
  StoreUnavailableError: 'Choose another place with --data-dir.',
  RuntimeUnavailableError: 'slipway local --runtime process runs jobs without Docker.',
  SecretsFileError:
    'Such as: {"arn:aws:secretsmanager:us-east-1:123456789012:secret:token": "value", "db": {"user": "u"}}',
  EACCES: 'Choose a folder that you may write to with --data-dir.',
  EROFS: 'Choose a folder that can be written to with --data-dir.',
  ENOSPC: 'Make room on that disk, or choose another place with --data-dir.',
  ENOTDIR: 'Choose another folder with --data-dir.',
  EEXIST: 'Choose another folder with --data-dir.',
};

export const startServer: StartServer = async (options) => {
  const { startLocal } = await import('../local/server.ts');
  try {
    return await startLocal(options);
  } catch (error) {
    throw explainStart(error);
  }
};

/** The error of a start as a sentence for its user; as it is when it is nothing a user can mend. */
export function explainStart(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  const hint = hints[error.name] ?? hints[code];
  return hint === undefined ? error : new CliError(error.message, { hint, cause: error });
}
