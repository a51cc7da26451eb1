// `slipway submit -f`: a file of jobs that depend on each other by name, checked whole before the first of them is submitted.
import { Command } from 'commander';
import type { JobDetail } from '@aws-sdk/client-batch';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import type { Cli } from '../cli-context.ts';
import { exitCodes, usageError, type CliError } from '../cli-error.ts';
import { followJobs } from '../follow-jobs.ts';
import type { FileProblem } from '../job-file/marked-yaml.ts';
import { readJobFile } from '../job-file/read-job-file.ts';
import type { SubmittedEntry } from '../job-file/submit-job-file.ts';
import { serverProblems, submitJobFile } from '../job-file/submit-job-file.ts';
import { addExamples, addJsonOption, addServerOptions, type ReadingOptions } from '../options.ts';
import { howItFailed } from '../job-reporter.ts';
import { createProgress } from '../progress.ts';
import { printTable } from '../table.ts';
import { paint } from '../terminal.ts';
import { useServer, type Visit } from '../use-server.ts';
import {
  countChildren,
  formatCounts,
  formatDuration,
  isEnded,
  paintStatus,
  plain,
  shortId,
} from '../wording.ts';

interface SubmitOptions extends ReadingOptions {
  readonly file: string;
  readonly check?: boolean;
  readonly wait?: boolean;
}

/** More problems than anybody reads at once. */
const PROBLEMS_SHOWN = 20;
const leftExitCode = 130;

export function createSubmitCommand(cli: Cli): Command {
  const command = new Command('submit')
    .description('Submit a file of jobs that depend on each other by name.')
    .requiredOption('-f, --file <path>', 'the file, YAML or JSON; - reads stdin')
    .option('--check', 'say what is wrong with the file, and submit nothing')
    .option('-w, --wait', 'follow the jobs until all of them have ended')
    .action((options: SubmitOptions) => submit(cli, options));
  return addExamples(
    addJsonOption(addServerOptions(command)),
    [
      'slipway submit -f jobs.yaml',
      'slipway submit -f jobs.yaml --wait',
      'slipway submit -f jobs.yaml --check',
    ],
    '0 done, 1 a job failed (with --wait) or was refused, 2 the file is wrong,\n3 no server answers, 130 left by Ctrl-C; the jobs go on.',
  );
}

async function submit(cli: Cli, options: SubmitOptions): Promise<void> {
  const { terminal } = cli;
  const path = options.file === '-' ? 'stdin' : options.file;
  const file = readJobFile(await readFileOrStdin(terminal.cwd, options.file));
  const refuse = (problems: readonly FileProblem[]): CliError => {
    if (options.check && options.json) terminal.out.write(checked(0, problems));
    return wrongFile(path, problems);
  };
  if (!file.ok) throw refuse(file.problems);
  await useServer(terminal, options, async (visit) => {
    const problems = await serverProblems(visit.batch, file.jobs);
    if (problems.length > 0) throw refuse(problems);
    if (options.check) {
      if (options.json) terminal.out.write(checked(file.jobs.length, []));
      terminal.err.write(`${path}: ${count(file.jobs.length)}, nothing wrong\n`);
      return;
    }
    const entries = await submitJobFile(visit.batch, file.jobs);
    if (options.wait) {
      cli.exitCode = await waitForAll(cli, visit, entries, options);
    } else if (options.json) {
      terminal.out.write(`${JSON.stringify(entries, undefined, 2)}\n`);
    } else {
      const columns = [
        { title: 'JOB', cell: (entry: SubmittedEntry) => entry.jobId },
        { title: 'NAME', cell: (entry: SubmittedEntry) => entry.name, shrinks: true },
      ];
      printTable(terminal.out, columns, entries);
    }
  });
}

async function readFileOrStdin(cwd: string, path: string): Promise<string> {
  if (path === '-') return readAll(process.stdin);
  try {
    return await readFile(resolve(cwd, path), 'utf8');
  } catch (error) {
    throw usageError(
      `--file: ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`,
    ); // readFile's own
  }
}

/** What `--check --json` answers: how many jobs would be submitted, and what is wrong. */
function checked(jobs: number, problems: readonly FileProblem[]): string {
  return `${JSON.stringify({ jobs, problems }, undefined, 2)}\n`;
}

function wrongFile(path: string, problems: readonly FileProblem[]): CliError {
  const lines = problems
    .slice(0, PROBLEMS_SHOWN)
    .map(
      ({ line, field, message }) => `${path}:${line}: ${plain([field, message].filter(Boolean).join(' '))}`,
    );
  const more = problems.length - lines.length;
  if (more > 0) lines.push(`… and ${more} more`);
  return usageError(lines.join('\n'), 'Nothing was submitted.');
}

function count(jobs: number): string {
  return jobs === 1 ? '1 job' : `${jobs} jobs`;
}

function failureOf(job: JobDetail): string {
  const { arrayProperties } = job;
  return arrayProperties?.size === undefined
    ? howItFailed(job)
    : formatCounts(countChildren(arrayProperties));
}

async function waitForAll(
  { terminal }: Cli,
  visit: Visit,
  entries: readonly SubmittedEntry[],
  options: SubmitOptions,
): Promise<number> {
  const { out, err } = terminal;
  const names = new Map(entries.map(({ jobId, name }) => [jobId, name]));
  const progress = createProgress(err);
  const leave = new AbortController();
  const stopListening = terminal.onInterrupt(() => leave.abort());
  const say = (job: JobDetail): void => {
    if (!isEnded(job.status)) return;
    progress.clear();
    const took = formatDuration((job.stoppedAt ?? 0) - (job.createdAt ?? 0));
    const facts = [`after ${took}`, ...(job.status === 'FAILED' ? [failureOf(job)] : [])].join(': ');
    const name = names.get(job.jobId ?? '') ?? job.jobName ?? '';
    err.write(
      `${shortId(job.jobId ?? '')} ${name} ${paintStatus(err, job.status ?? '')} ${paint(err, 'dim', facts)}\n`,
    );
  };
  try {
    const jobs = await followJobs(visit, [...names.keys()], {
      onChange: say,
      onLook: (_looked, known) => {
        const ended = [...known.values()].filter((job) => isEnded(job.status)).length;
        progress.update(`${ended} of ${entries.length} have ended`);
      },
      onServerAway() {
        progress.clear();
        err.write('The server does not answer; waiting for it to come back …\n');
      },
      signal: leave.signal,
    });
    progress.clear();
    if (options.json) out.write(`${JSON.stringify([...jobs.values()], undefined, 2)}\n`);
    if (leave.signal.aborted) {
      err.write('Left; the jobs go on. See them with: slipway ps\n');
      return leftExitCode;
    }
    return [...jobs.values()].every(({ status }) => status === 'SUCCEEDED')
      ? exitCodes.ok
      : exitCodes.failure;
  } finally {
    progress.clear();
    stopListening();
  }
}
