// `slipway console`: a link that signs a browser in to the server's console, opened where that is possible.
import { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { CliError } from '../cli-error.ts';
import { browserOpener, openBrowser } from '../open-browser.ts';
import { addExamples, addJsonOption, addServerOptions, type ReadingOptions } from '../options.ts';
import { requestJson } from '../signed-request.ts';
import { paint } from '../terminal.ts';
import { useServer } from '../use-server.ts';

interface ConsoleOptions extends ReadingOptions {
  readonly open: boolean;
}

export function createConsoleCommand(cli: Cli): Command {
  const command = new Command('console')
    .description(
      'Open the console in a browser: prints a link that signs one browser in, within ten minutes.',
    )
    .option('--no-open', 'print the link only')
    .action((options: ConsoleOptions) => showConsole(cli, options));
  return addExamples(addJsonOption(addServerOptions(command)), [
    'slipway console',
    'slipway console --no-open',
  ]);
}

async function showConsole({ terminal }: Cli, options: ConsoleOptions): Promise<void> {
  const answer = await useServer(terminal, options, ({ server }) =>
    requestJson(server, { service: 'batch', method: 'POST', path: '/_slipway/console-link' }),
  );
  if (!isLink(answer)) throw new CliError('This server has no console.');
  const { out, err } = terminal;
  if (options.json) {
    out.write(`${JSON.stringify({ url: answer.url })}\n`);
    return;
  }
  out.write(`${answer.url}\n`);
  const opener = options.open ? browserOpener(terminal) : undefined;
  const isOpening = opener !== undefined && (await openBrowser(opener, answer.url));
  const hint = isOpening
    ? 'opening it in your browser …'
    : 'open it in a browser: it works once, within ten minutes';
  if (err.columns !== undefined) err.write(`  ${paint(err, 'dim', hint)}\n`);
}

function isLink(answer: unknown): answer is { readonly url: string } {
  return typeof answer === 'object' && answer !== null && 'url' in answer && typeof answer.url === 'string';
}
