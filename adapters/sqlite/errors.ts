// What can go wrong with the database file, in words for its owner. Everything SQLite says about the world outside passes
// through `storeErrorOf`; what it says about our own SQL stays as it is, because that is a bug.
import { StoreCorruptError, StoreFullError, StoreUnavailableError } from '../../engine/table-ports.ts';

/** Another process (or another store of this process) has the file open. */
export class StoreInUseError extends Error {
  override readonly name = 'StoreInUseError';
}
/** The file was written by a newer Slipway. */
export class StoreVersionError extends Error {
  override readonly name = 'StoreVersionError';
}

/** Primary result codes, https://www.sqlite.org/rescode.html */
const BUSY = 5;
const LOCKED = 6;
const CORRUPT = 11;
const FULL = 13;
const NOT_A_DATABASE = 26;
/** NOMEM, READONLY, IOERR, CANTOPEN, PROTOCOL, AUTH: the machine's doing, not ours. */
const OUTSIDE_OUR_CONTROL: ReadonlySet<number> = new Set([BUSY, LOCKED, 7, 8, 10, 14, 15, 23]);

/** SQLite's primary result code, when the error came from there. */
function resultCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined;
  return error.errcode & 0xff;
}

export function isInUse(error: unknown): boolean {
  const code = resultCodeOf(error);
  return code === BUSY || code === LOCKED;
}

/** The port's error for one of SQLite's; any other error comes back unchanged. */
export function storeErrorOf(error: unknown, file: string): unknown {
  const code = resultCodeOf(error);
  if (code === undefined) return error;
  const said = (error as Error).message; // resultCodeOf answers for errors only
  if (code === FULL) {
    return new StoreFullError(
      `${file} cannot grow (${said}): nothing was written; free space and try again`,
      {
        cause: error,
      },
    );
  }
  if (code === CORRUPT || code === NOT_A_DATABASE) {
    return new StoreCorruptError(`${file} is damaged or not a Slipway store (${said})`, { cause: error });
  }
  if (OUTSIDE_OUR_CONTROL.has(code)) {
    return new StoreUnavailableError(`${file} cannot be used (${said})`, { cause: error });
  }
  return error;
}
