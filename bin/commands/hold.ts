// `slipway hold`: keeps a job that waits out of its line.
import { Command } from 'commander';
import { changeQueuedJob } from '../change-queued-job.ts';
import type { Cli } from '../cli-context.ts';
import { addExamples, addJsonOption, addServerOptions, type ReadingOptions } from '../options.ts';
import { resolveJob } from '../resolve-job.ts';
import { useServer } from '../use-server.ts';
import { shortId } from '../wording.ts';

export function createHoldCommand(cli: Cli): Command {
  const command = new Command('hold')
    .description('Keep a job that waits from starting until it is released.')
    .argument('<job>', 'its id, the start of its id, or its name')
    .action((typed: string, options: ReadingOptions) => hold(cli, typed, options));
  return addExamples(addJsonOption(addServerOptions(command)), [
    'slipway hold 3f2a1c9e',
    'slipway hold nightly                       # an array: all of its children that wait',
  ]);
}

async function hold({ terminal }: Cli, typed: string, options: ReadingOptions): Promise<void> {
  const place = await useServer(terminal, options, async ({ server, batch }) =>
    changeQueuedJob(server, await resolveJob(batch, typed), 'hold'),
  );
  if (options.json) terminal.out.write(`${JSON.stringify(place, undefined, 2)}\n`);
  else
    terminal.err.write(
      `Held ${shortId(place.jobId)}; let it go with: slipway release ${shortId(place.jobId)}\n`,
    );
}
