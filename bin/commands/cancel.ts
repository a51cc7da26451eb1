// `slipway cancel`: takes back a job that has not started.
import { Command } from 'commander';
import type { Cli } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { describeJob } from '../follow-job.ts';
import { addExamples, addJsonOption, addServerOptions, type ReadingOptions } from '../options.ts';
import { resolveJob } from '../resolve-job.ts';
import { useServer } from '../use-server.ts';
import { isEnded, shortId } from '../wording.ts';

interface CancelOptions extends ReadingOptions {
  readonly reason: string;
}

export function createCancelCommand(cli: Cli): Command {
  const command = new Command('cancel')
    .description('Take back a job that has not started.')
    .argument('<job>', 'its id, the start of its id, or its name')
    .option('--reason <text>', 'why; the job shows it', 'Cancelled by slipway cancel')
    .action((typed: string, options: CancelOptions) => cancel(cli, typed, options));
  return addExamples(addJsonOption(addServerOptions(command)), [
    'slipway cancel 3f2a1c9e',
    'slipway cancel nightly --reason "wrong input"',
    'slipway cancel 3f2a1c9e:7                  # child 7 of an array',
  ]);
}

async function cancel({ terminal }: Cli, typed: string, options: CancelOptions): Promise<void> {
  await useServer(terminal, options, async (visit) => {
    const jobId = await resolveJob(visit.batch, typed);
    const { status } = await describeJob(visit, jobId);
    const id = shortId(jobId);
    // Batch accepts these calls and does nothing; saying so is kinder.
    if (isEnded(status)) throw new CliError(`${id} has already ended: it is ${status}.`);
    if (status === 'STARTING' || status === 'RUNNING') {
      throw new CliError(`${id} is ${status}; only a job that has not started can be cancelled.`, {
        hint: `Stop it with: slipway terminate ${id}`,
      });
    }
    await visit.batch.cancelJob({ jobId, reason: options.reason });
    if (options.json)
      terminal.out.write(`${JSON.stringify({ jobId, status, isAsked: true }, undefined, 2)}\n`);
    else terminal.err.write(`Cancelled ${id}.\n`);
  });
}
