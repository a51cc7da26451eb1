// One visit to a server: finds it, runs the command's work, and turns "nobody answers there" into a sentence. The SDK is
// loaded on first use only, so that `slipway --help` stays quick.
import type { Batch } from '@aws-sdk/client-batch';
import { CliError, exitCodes } from './cli-error.ts';
import { findServer, type Server, type ServerOptions } from './find-server.ts';
import type { Terminal } from './terminal.ts';

export interface Visit {
  readonly server: Server;
  readonly batch: Batch;
}

/** Runs `work` against the server that the options and the environment name. */
export async function useServer<T>(
  terminal: Terminal,
  options: ServerOptions,
  work: (visit: Visit) => Promise<T>,
): Promise<T> {
  const server = findServer(terminal, options);
  const batch = await openBatch(server);
  try {
    return await work({ server, batch });
  } catch (error) {
    throw isUnreachable(error) ? unreachable(server, error) : error;
  } finally {
    batch.destroy();
  }
}

/** A Batch client for a server; with the methods of every operation. */
export async function openBatch(server: Pick<Server, 'endpoint' | 'region' | 'credentials'>): Promise<Batch> {
  const { Batch } = await import('@aws-sdk/client-batch');
  return new Batch({
    endpoint: server.endpoint,
    region: server.region,
    credentials: { ...server.credentials },
  });
}

/** The sentence for a server that does not answer. */
export function unreachable(server: Server, cause: unknown): CliError {
  return new CliError(`No Slipway server answers at ${server.endpoint} (from ${server.foundIn}).`, {
    exitCode: exitCodes.noServer,
    hint: hintFor(server),
    cause,
  });
}

function hintFor({ foundIn }: Server): string {
  if (!foundIn.startsWith('AWS_') && !foundIn.startsWith('SLIPWAY_')) return 'Start it with: slipway local';
  return `If it now runs elsewhere: unset ${foundIn}, or eval "$(slipway env)". Start one with: slipway local`;
}

const unreachableCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
]);

/** Whether an error means that no server was there to answer, in whatever the HTTP client wrapped it. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && unreachableCodes.has(String(error.code))) return true;
  if (error instanceof AggregateError) return error.errors.some(isUnreachable);
  return isUnreachable(error.cause);
}
