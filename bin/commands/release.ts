// `slipway release`: lets a held job go.
import { Command } from 'commander';
import { changeQueuedJob } from '../change-queued-job.ts';
import type { Cli } from '../cli-context.ts';
import { addExamples, addJsonOption, addServerOptions, type ReadingOptions } from '../options.ts';
import { resolveJob } from '../resolve-job.ts';
import { useServer } from '../use-server.ts';
import { shortId } from '../wording.ts';

export function createReleaseCommand(cli: Cli): Command {
  const command = new Command('release')
    .description('Let a held job go: it takes its old place in line.')
    .argument('<job>', 'its id, the start of its id, or its name')
    .action((typed: string, options: ReadingOptions) => release(cli, typed, options));
  return addExamples(addJsonOption(addServerOptions(command)), [
    'slipway release 3f2a1c9e',
    'slipway release nightly                       # an array: all of its children that wait',
  ]);
}

async function release({ terminal }: Cli, typed: string, options: ReadingOptions): Promise<void> {
  const place = await useServer(terminal, options, async ({ server, batch }) =>
    changeQueuedJob(server, await resolveJob(batch, typed), 'release'),
  );
  if (options.json) terminal.out.write(`${JSON.stringify(place, undefined, 2)}\n`);
  else terminal.err.write(`Released ${shortId(place.jobId)} (it is ${place.status}).\n`);
}
