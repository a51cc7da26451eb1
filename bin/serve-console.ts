// The console of a server that serves none itself, such as one in an AWS account: the page from this process, on loopback, until
// Ctrl-C. Calls are signed with the user's own keys, which stay here.
import type { AccountConsole } from '../local/account-console/serve-account.ts';
import { CliError } from './cli-error.ts';
import type { Server } from './server.ts';
import { explainStart } from './start-server.ts';
import type { Terminal } from './terminal.ts';
import { isUnreachable, unreachable } from './use-server.ts';

export interface ServeConsoleOptions {
  /** 0: any free one; absent: the usual one, or any free one where that is in use. */
  readonly port?: number;
  readonly profile?: string;
}

export const usualConsolePort = 7413;

/** `show` is given the link when the page can be opened. Resolves at Ctrl-C. */
export async function serveConsole(
  terminal: Terminal,
  server: Server,
  options: ServeConsoleOptions,
  show: (link: string) => Promise<void>,
): Promise<void> {
  const running = await start(terminal, server, options);
  const ended = new Promise<void>((resolve) => {
    const stop = terminal.onInterrupt(() => {
      stop();
      resolve();
    });
  });
  try {
    await show(running.link());
    const { account, region } = running.home;
    terminal.err.write(
      `This is the console of ${server.endpoint}, account ${account}, ${region}. Ctrl-C ends it.\n`,
    );
    await ended;
  } finally {
    await running.close();
  }
}

async function start(
  { err }: Terminal,
  server: Server,
  { port, profile }: ServeConsoleOptions,
): Promise<AccountConsole> {
  const [{ startAccountConsole }, { chainCredentials, fixedCredentials }] = await Promise.all([
    import('../local/account-console/serve-account.ts'),
    import('../local/account-console/caller-credentials.ts'),
  ]);
  const { endpoint, region, credentials } = server;
  try {
    return await startAccountConsole({
      endpoint,
      region,
      signsFor: server.signsFor ?? 'batch',
      credentials:
        typeof credentials === 'function' ? chainCredentials(profile) : fixedCredentials(credentials),
      port: port ?? usualConsolePort,
      portFallback: port === undefined,
      log: (event, fields) => err.write(`${JSON.stringify({ event, ...fields })}\n`),
    });
  } catch (error) {
    throw explainServing(server, error);
  }
}

function explainServing(server: Server, error: unknown): unknown {
  if (isUnreachable(error)) return unreachable(server, error);
  if (!(error instanceof Error)) return error;
  switch (error.name) {
    case 'UnknownOperationException':
      return new CliError(`The Slipway at ${server.endpoint} is older than this console.`, {
        hint: 'Upgrade it: npx cdk deploy',
        cause: error,
      });
    case 'ServerAway':
    case 'AccessDeniedException':
      return new CliError(error.message, {
        hint: 'slipway doctor --aws shows who you are.',
        cause: error,
      });
    default:
      return explainStart(error);
  }
}
