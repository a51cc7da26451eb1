// One visit to a server: finds it, runs the command's work, and turns "nobody answers there" into a sentence. The SDK is
// loaded on first use only, so that `slipway --help` stays quick.
import type { Batch } from '@aws-sdk/client-batch';
import type { SignatureV4 } from '@smithy/signature-v4';
import { CliError, exitCodes } from './cli-error.ts';
import { findServer } from './find-server.ts';
import type { Server, ServerOptions } from './server.ts';
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
  return visitServer(findServer(terminal, options), work);
}

export async function visitServer<T>(server: Server, work: (visit: Visit) => Promise<T>): Promise<T> {
  const batch = await openBatch(server);
  try {
    return await work({ server, batch });
  } catch (error) {
    throw explain(server, error);
  } finally {
    batch.destroy();
  }
}

function explain(server: Server, error: unknown): unknown {
  if (isUnreachable(error)) return unreachable(server, error);
  return server.signsFor !== undefined && isRefusedByGateway(error) ? refusedByGateway(server, error) : error;
}

/** API Gateway's own refusal, which never reached the service: it has a message and no AWS error code. */
function isRefusedByGateway(error: unknown): error is Error {
  return (
    error instanceof Error &&
    /^Forbidden$|Missing Authentication Token|not authorized to perform: execute-api/.test(error.message)
  );
}

function refusedByGateway({ endpoint }: Server, cause: Error): CliError {
  return new CliError(`API Gateway refused the call to ${endpoint}: ${cause.message}`, {
    hint: 'The identity needs execute-api:Invoke on it, and batch: actions for what it asks. slipway doctor --aws shows who you are.',
    cause,
  });
}

type Reached = Pick<Server, 'endpoint' | 'region' | 'credentials' | 'signsFor'>;

/** A Batch client for a server; with the methods of every operation. */
export async function openBatch(server: Reached): Promise<Batch> {
  const { Batch } = await import('@aws-sdk/client-batch');
  const { endpoint, region, credentials } = server;
  return new Batch({
    endpoint,
    region,
    credentials: typeof credentials === 'function' ? credentials : { ...credentials },
    ...(server.signsFor === undefined ? {} : { signer: await signerFor(server, server.signsFor) }),
  });
}

/** The client would sign for `batch`, whatever the endpoint is. */
async function signerFor(
  { credentials, region }: Reached,
  service: string,
): Promise<{ sign: SignatureV4['sign'] }> {
  const [{ SignatureV4 }, { Hash }] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@smithy/core/serde'),
  ]);
  const signer = new SignatureV4({ credentials, region, service, sha256: Hash.bind(null, 'sha256') });
  // The client's options name its own service, which would win.
  const sign = (request: never, options: object = {}): Promise<never> =>
    signer.sign(request, { ...options, signingService: service }) as Promise<never>;
  return { sign };
}

/** The sentence for a server that does not answer. */
export function unreachable(server: Server, cause: unknown): CliError {
  return new CliError(`No Slipway server answers at ${server.endpoint} (from ${server.foundIn}).`, {
    exitCode: exitCodes.noServer,
    hint: hintFor(server),
    cause,
  });
}

function hintFor({ foundIn, signsFor }: Server): string {
  if (signsFor !== undefined)
    return 'The address is among the outputs of its stack: aws cloudformation describe-stacks';
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
