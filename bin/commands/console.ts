// `slipway console`: a link that signs a browser in to the server's console, opened where that is possible. A server in an AWS account
// serves no page: then this command does, on loopback, until Ctrl-C.
import { Command } from 'commander';
import type { Cli } from '../cli-context.ts';
import { CliError, usageError } from '../cli-error.ts';
import { cloudServer } from '../cloud-server.ts';
import { isOnThisMachine, readEndpoint } from '../endpoint-kind.ts';
import { findServer } from '../find-server.ts';
import { browserOpener, openBrowser } from '../open-browser.ts';
import { addExamples, addJsonOption, addServerOptions, integer, type ReadingOptions } from '../options.ts';
import { serveConsole, usualConsolePort } from '../serve-console.ts';
import type { Server } from '../server.ts';
import { requestJson, ServiceError } from '../signed-request.ts';
import { paint, type Terminal } from '../terminal.ts';
import { visitServer } from '../use-server.ts';

interface ConsoleOptions extends ReadingOptions {
  readonly open: boolean;
  readonly serve?: boolean;
  readonly port?: number;
  readonly profile?: string;
}

const highestPort = 65_535;

export function createConsoleCommand(cli: Cli): Command {
  const command = new Command('console')
    .description(
      'Open the console in a browser: prints a link that signs one browser in, within ten minutes. For a server in an AWS ' +
        'account the page is served from here, until Ctrl-C.',
    )
    .option('--no-open', 'print the link only')
    .option('--serve', 'serve the page from here also where the server has one of its own')
    .option(
      '--port <port>',
      `where it is served from here: the port on 127.0.0.1; 0 for any free one (default: ${usualConsolePort}, or any free one)`,
      integer(0, highestPort),
    )
    .option(
      '--profile <name>',
      'for a server in an AWS account: the profile of the AWS configuration to sign with',
    )
    .action((options: ConsoleOptions) => showConsole(cli, options));
  return addExamples(addJsonOption(addServerOptions(command)), [
    'slipway console',
    'slipway console --no-open',
    'slipway console --endpoint https://abc123.execute-api.eu-west-1.amazonaws.com',
  ]);
}

async function showConsole({ terminal }: Cli, options: ConsoleOptions): Promise<void> {
  const server = consoleServer(terminal, options);
  const show = (link: string): Promise<void> => showLink(terminal, options, link);
  const isAccount = server.signsFor !== undefined;
  if (options.profile !== undefined && !isAccount) {
    throw usageError(
      '--profile is for a server in an AWS account.',
      `${server.endpoint} has keys of its own.`,
    );
  }
  const link = isAccount || options.serve ? undefined : await askLink(server);
  if (link === undefined) {
    await serveConsole(terminal, server, options, show);
    return;
  }
  if (options.port !== undefined) {
    throw usageError(
      `--port is for a console that is served from here, and ${server.endpoint} serves one itself.`,
    );
  }
  await show(link);
}

/** An address that is not of this machine is one of an account's, also where it is a name of the owner's own. */
function consoleServer(terminal: Terminal, options: ConsoleOptions): Server {
  const endpoint = options.endpoint === undefined ? undefined : readEndpoint(options.endpoint);
  if (endpoint === undefined || isOnThisMachine(endpoint)) return findServer(terminal, options);
  return cloudServer(terminal, endpoint, '--endpoint', options);
}

/** `undefined`: it serves no console, as what `slipway proxy` leads to. */
async function askLink(server: Server): Promise<string | undefined> {
  try {
    const answer = await visitServer(server, () =>
      requestJson(server, { service: 'batch', method: 'POST', path: '/_slipway/console-link' }),
    );
    if (isLink(answer)) return answer.url;
  } catch (error) {
    if (error instanceof ServiceError && error.name === 'UnknownOperationException') return undefined;
    throw error;
  }
  throw new CliError('This server has no console.');
}

async function showLink(terminal: Terminal, options: ConsoleOptions, link: string): Promise<void> {
  const { out, err } = terminal;
  if (options.json) {
    out.write(`${JSON.stringify({ url: link })}\n`);
    return;
  }
  out.write(`${link}\n`);
  const opener = options.open ? browserOpener(terminal) : undefined;
  const isOpening = opener !== undefined && (await openBrowser(opener, link));
  const hint = isOpening
    ? 'opening it in your browser …'
    : 'open it in a browser: it works once, within ten minutes';
  if (err.columns !== undefined) err.write(`  ${paint(err, 'dim', hint)}\n`);
}

function isLink(answer: unknown): answer is { readonly url: string } {
  return typeof answer === 'object' && answer !== null && 'url' in answer && typeof answer.url === 'string';
}
