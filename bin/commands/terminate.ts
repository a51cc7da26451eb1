// `slipway terminate`: stops a job wherever it is.
import { Command } from 'commander';
import type { Cli } from '../cli-context.ts';
import { describeJob } from '../follow-job.ts';
import { addExamples, addJsonOption, addServerOptions, type ReadingOptions } from '../options.ts';
import { resolveJob } from '../resolve-job.ts';
import { useServer } from '../use-server.ts';
import { isEnded, shortId } from '../wording.ts';

interface TerminateOptions extends ReadingOptions {
  readonly reason: string;
}

export function createTerminateCommand(cli: Cli): Command {
  const command = new Command('terminate')
    .description('Stop a job, whether it waits or runs.')
    .argument('<job>', 'its id, the start of its id, or its name')
    .option('--reason <text>', 'why; the job shows it', 'Terminated by slipway terminate')
    .action((typed: string, options: TerminateOptions) => terminate(cli, typed, options));
  return addExamples(addJsonOption(addServerOptions(command)), [
    'slipway terminate 3f2a1c9e',
    'slipway terminate train --reason "diverged"',
    'slipway terminate 3f2a1c9e:7               # child 7 of an array',
  ]);
}

async function terminate({ terminal }: Cli, typed: string, options: TerminateOptions): Promise<void> {
  await useServer(terminal, options, async (visit) => {
    const jobId = await resolveJob(visit.batch, typed);
    const { status } = await describeJob(visit, jobId);
    const id = shortId(jobId);
    const isAsked = !isEnded(status);
    if (isAsked) await visit.batch.terminateJob({ jobId, reason: options.reason });
    if (options.json) terminal.out.write(`${JSON.stringify({ jobId, status, isAsked }, undefined, 2)}\n`);
    else if (!isAsked) terminal.err.write(`${id} had already ended: it is ${status}.\n`);
    else terminal.err.write(`Asked ${id} to stop (it was ${status}).\n`);
  });
}
