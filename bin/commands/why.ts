// `slipway why`: why a job waits, or how it ended.
import { Command } from 'commander';
import { askWhy, formatNotes, formatWhy } from '../ask-why.ts';
import type { Cli } from '../cli-context.ts';
import { addExamples, addJsonOption, addServerOptions, type ReadingOptions } from '../options.ts';
import { resolveJob } from '../resolve-job.ts';
import { paint } from '../terminal.ts';
import { useServer } from '../use-server.ts';
import { formatDuration, paintStatus, plain, shortId } from '../wording.ts';

export function createWhyCommand(cli: Cli): Command {
  const command = new Command('why')
    .description('Say why a job is where it is: its place in the queue and what it waits for.')
    .argument('<job>', 'its id, the start of its id, or its name')
    .action((typed: string, options: ReadingOptions) => explain(cli, typed, options));
  return addExamples(addJsonOption(addServerOptions(command)), [
    'slipway why 3f2a1c9e',
    'slipway why train --json',
  ]);
}

async function explain({ terminal }: Cli, typed: string, options: ReadingOptions): Promise<void> {
  const why = await useServer(terminal, options, async ({ server, batch }) =>
    askWhy(server, await resolveJob(batch, typed)),
  );
  const { out } = terminal;
  if (options.json) {
    out.write(`${JSON.stringify(why, undefined, 2)}\n`);
    return;
  }
  const since = why.since === undefined ? '' : ` for ${formatDuration(Date.now() - why.since)}`;
  const words = plain(formatWhy(why));
  const code = why.reason ? ` ${paint(out, 'dim', `[${why.reason.code}]`)}` : '';
  out.write(
    `${shortId(why.jobId)} is ${paintStatus(out, why.status)}${since}${words && `: ${words}`}${code}\n`,
  );
  for (const note of formatNotes(why)) out.write(`${paint(out, 'dim', 'not as asked:')} ${plain(note)}\n`);
}
