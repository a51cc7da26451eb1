// Pieces of work that have nothing to do with each other: one that fails does not keep the others from being done.
import type { Log } from '../api/errors.ts';

/** Throws at the end what failed first, so that the function counts as failed. */
export async function inTurn(
  log: Log,
  pieces: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const [piece, work] of Object.entries(pieces)) {
    try {
      await work();
    } catch (error) {
      log('piece.failed', { piece, error: String(error) });
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
