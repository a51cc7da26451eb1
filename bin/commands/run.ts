// `slipway run`: one command as a job, watched to its end. Its log goes to stdout, what happens to it to stderr, and its
// exit code becomes ours: a job reads like a local command.
import { Command } from 'commander';
import type { JobDetail } from '@aws-sdk/client-batch';
import { basename } from 'node:path';
import type { Cli } from '../cli-context.ts';
import { exitCodes } from '../cli-error.ts';
import { followJob } from '../follow-job.ts';
import { createJobReporter } from '../job-reporter.ts';
import {
  addExamples,
  addJsonOption,
  addServerOptions,
  integer,
  memoryMiB,
  nameValue,
  positive,
  type ReadingOptions,
} from '../options.ts';
import { submitCommand } from '../submit-command.ts';
import { paint } from '../terminal.ts';
import { useServer, type Visit } from '../use-server.ts';
import { shortId } from '../wording.ts';

interface RunOptions extends ReadingOptions {
  readonly vcpus?: number;
  readonly memory?: number;
  readonly gpus?: number;
  readonly array?: number;
  readonly image?: string;
  readonly queue: string;
  readonly name?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeout?: number;
  readonly attempts?: number;
  readonly detach?: boolean;
}

/** What a shell reports for a command that Ctrl-C ended. */
const interruptedExitCode = 130;

export function createRunCommand(cli: Cli): Command {
  const command = new Command('run')
    .description('Run a command as a job and follow it: its log, its states, its exit code.')
    .argument('<command...>', 'the program and its arguments')
    .option('--vcpus <count>', 'vCPUs (default: the definition’s)', positive)
    .option('--memory <MiB>', 'memory, such as 512 or 2G (default: the definition’s)', memoryMiB)
    .option('--gpus <count>', 'GPUs', integer(1))
    .option(
      '--array <size>',
      'as an array of so many children, each with its AWS_BATCH_JOB_ARRAY_INDEX',
      integer(2, 10_000),
    )
    .option('--image <image>', 'in a container of this image (registers a definition for it once)')
    .option('-q, --queue <name>', 'to this queue', 'default')
    .option('--name <name>', 'the job’s name (default: the program’s)')
    .option('-e, --env <NAME=VALUE>', 'an environment variable; repeatable', nameValue)
    .option('--timeout <seconds>', 'end an attempt after so long; at least 60', integer(60))
    .option('--attempts <count>', 'try up to so many times', integer(1, 10))
    .option('-d, --detach', 'print the job’s id and leave')
    .passThroughOptions()
    .action((words: string[], options: RunOptions) => runJob(cli, words, options));
  return addExamples(
    addJsonOption(addServerOptions(command)),
    [
      'slipway run -- echo hello',
      'slipway run --vcpus 2 --memory 4G -- python train.py --epochs 3',
      'slipway run --image alpine --env GREETING=hi -- sh -c \'echo "$GREETING"\'',
      'slipway run --array 100 -- sh -c \'echo "part $AWS_BATCH_JOB_ARRAY_INDEX"\'',
      'job=$(slipway run --detach -- sleep 600); slipway logs -f "$job"',
    ],
    'the job’s own; 1 when it failed without one, or a child of an array did;\n' +
      '2 wrong usage, 3 no server answers, 130 left behind by a second Ctrl-C.\n' +
      'Ctrl-C asks the job to end; a second one leaves it as it is.\n' +
      'With --json stdout is the job as it ended; its log goes to stderr.',
  );
}

async function runJob(cli: Cli, words: readonly string[], options: RunOptions): Promise<void> {
  const { terminal } = cli;
  await useServer(terminal, options, async (visit) => {
    const jobName = options.name ?? nameFor(words);
    const submitted = await submitCommand(visit.batch, { ...options, command: words, jobName });
    if (options.detach) {
      const { jobId, jobArn } = submitted;
      const answer = options.json ? JSON.stringify({ jobId, jobName, jobArn }) : jobId;
      terminal.out.write(`${answer}\n`);
      return;
    }
    const { err } = terminal;
    const placeText = paint(err, 'dim', `submitted to ${options.queue} as ${jobName}`);
    err.write(`${paint(err, 'bold', shortId(submitted.jobId))} ${placeText}\n`);
    cli.exitCode = await watch(cli, visit, submitted.jobId, options);
  });
}

async function watch(cli: Cli, visit: Visit, jobId: string, options: RunOptions): Promise<number> {
  const { terminal } = cli;
  const { err } = terminal;
  const leave = new AbortController();
  // JSON is not to be looked for among what the job wrote.
  const reporter = createJobReporter(terminal, visit, options.json ? err : terminal.out);
  let interrupts = 0;
  let termination: Promise<unknown> = Promise.resolve();
  const stopListening = terminal.onInterrupt(() => {
    interrupts += 1;
    reporter.clear();
    if (interrupts > 1) {
      leave.abort();
      return;
    }
    err.write('Asking the job to end (Ctrl-C again leaves it as it is) …\n');
    // Its failure ends the watch below, when it is awaited.
    termination = visit.batch.terminateJob({ jobId, reason: 'Ctrl-C in slipway run' });
    termination.catch(() => leave.abort());
  });
  try {
    const job = await followJob(visit, jobId, {
      onLook: (look) => reporter.look(look),
      ...(options.array === undefined && { onLog: (event) => reporter.log(event) }),
      onServerAway: () => reporter.serverAway(),
      signal: leave.signal,
    });
    await termination;
    await reporter.end(job);
    if (options.json) terminal.out.write(`${JSON.stringify(job, undefined, 2)}\n`);
    if (leave.signal.aborted) {
      err.write(`Left as it is. Follow it again with: slipway logs -f ${shortId(jobId)}\n`);
      return interruptedExitCode;
    }
    return exitCodeOf(job);
  } finally {
    reporter.clear();
    stopListening();
  }
}

/** The job's own exit code; 1 when it failed without one, or failed in spite of a 0. */
export function exitCodeOf(job: JobDetail): number {
  if (job.status === 'SUCCEEDED') return exitCodes.ok;
  return job.container?.exitCode || exitCodes.failure;
}

// Batch's rule for names: letters, digits, - and _, at most 128, the first a letter or digit.
function nameFor(words: readonly string[]): string {
  const name = basename(words[0] ?? '')
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[-_]+/, '')
    .slice(0, 128);
  return name || 'job';
}
