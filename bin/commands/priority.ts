// `slipway priority`: moves a job that waits.
import { Command } from 'commander';
import { changeQueuedJob } from '../change-queued-job.ts';
import type { Cli } from '../cli-context.ts';
import { addExamples, addJsonOption, addServerOptions, integer, type ReadingOptions } from '../options.ts';
import { resolveJob } from '../resolve-job.ts';
import { useServer } from '../use-server.ts';
import { shortId } from '../wording.ts';

export function createPriorityCommand(cli: Cli): Command {
  const command = new Command('priority')
    .description('Say how urgent a job is that waits: higher goes first in its queue, or in its share of it.')
    .argument('<job>', 'its id, the start of its id, or its name')
    .argument('<priority>', 'from 0, as it is without one, to 9999', integer(0, 9_999))
    .action((typed: string, priority: number, options: ReadingOptions) =>
      prioritise(cli, typed, priority, options),
    );
  return addExamples(addJsonOption(addServerOptions(command)), [
    'slipway priority 3f2a1c9e 100',
    'slipway priority nightly 0',
  ]);
}

async function prioritise(
  { terminal }: Cli,
  typed: string,
  priority: number,
  options: ReadingOptions,
): Promise<void> {
  const place = await useServer(terminal, options, async ({ server, batch }) =>
    changeQueuedJob(server, await resolveJob(batch, typed), 'priority', { priority }),
  );
  if (options.json) terminal.out.write(`${JSON.stringify(place, undefined, 2)}\n`);
  else terminal.err.write(`${shortId(place.jobId)} has priority ${priority} (it is ${place.status}).\n`);
}
