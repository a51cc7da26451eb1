// The `aws` command of a test: what it prints as JSON, and how it refuses. The command itself, not a library of it.
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Refusal {
  readonly exitCode: number;
  readonly stderr: string;
}

/** A word, or a part of one; an object is passed as JSON, a list stands for so many words. */
export type Argument = string | number | readonly string[] | Readonly<Record<string, unknown>>;

/** A command line: `batch describe-jobs --jobs ${jobId}`. What is filled in is not split at its spaces. */
type CommandLine<Result> = (text: TemplateStringsArray, ...args: readonly Argument[]) => Promise<Result>;

export interface AwsCommand {
  /** What it prints, parsed; `T` is what the test expects it to be. Throws with stderr when it fails. */
  json<T>(text: TemplateStringsArray, ...args: readonly Argument[]): Promise<T>;
  /** What it prints, as it is. */
  readonly text: CommandLine<string>;
  /** Throws when the command succeeds. */
  readonly refusal: CommandLine<Refusal>;
}

export interface CommandOptions {
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Given with every call. */
  readonly globalArguments?: readonly string[];
}

interface Run extends Refusal {
  readonly stdout: string;
}

const COMMAND_LIMIT_MS = 60_000;

export function createAwsCommand({ program, environment, globalArguments = [] }: CommandOptions): AwsCommand {
  const run = (words: readonly string[]): Promise<Run> => {
    const options = { env: environment, timeout: COMMAND_LIMIT_MS, maxBuffer: 64 * 1024 * 1024 };
    return new Promise((resolve, reject) => {
      execFile(program, [...globalArguments, ...words], options, (error, stdout, stderr) => {
        if (error && typeof error.code !== 'number') reject(error);
        else resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr });
      });
    });
  };
  const print = async (words: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await run(words);
    if (exitCode !== 0) throw new Error(`aws ${words.join(' ')} ended with ${exitCode}: ${stderr}`);
    return stdout;
  };
  return {
    text: (text, ...args) => print(wordsOf(text, args)),
    async json<T>(text: TemplateStringsArray, ...args: readonly Argument[]) {
      return JSON.parse(await print([...wordsOf(text, args), '--output', 'json'])) as T; // the test's word for it
    },
    async refusal(text, ...args) {
      const words = wordsOf(text, args);
      const { exitCode, stdout, stderr } = await run(words);
      if (exitCode === 0) throw new Error(`aws ${words.join(' ')} was not refused: ${stdout}`);
      return { exitCode, stderr };
    },
  };
}

function wordsOf(text: TemplateStringsArray, args: readonly Argument[]): string[] {
  const words: string[] = [];
  /** Whether what comes next belongs to the last word: `jobId=${jobId}`. */
  let isOpen = false;
  const add = (part: string): void => {
    if (isOpen) words.push(`${words.pop() ?? ''}${part}`);
    else words.push(part);
    isOpen = true;
  };
  for (const [index, literal] of text.entries()) {
    for (const part of literal.split(/(\s+)/)) {
      if (part.trim() !== '') add(part);
      else if (part !== '') isOpen = false;
    }
    const arg = args[index];
    if (typeof arg === 'string' || typeof arg === 'number') add(String(arg));
    else if (isList(arg)) words.push(...arg);
    else if (arg !== undefined) add(JSON.stringify(arg));
  }
  return words;
}

function isList(arg: Argument | undefined): arg is readonly string[] {
  return Array.isArray(arg);
}

export interface DescribedJob {
  readonly jobId: string;
  readonly status: string;
  readonly statusReason?: string;
  readonly startedAt?: number;
  readonly stoppedAt?: number;
  readonly isCancelled?: boolean;
  readonly isTerminated?: boolean;
  readonly container?: { readonly exitCode?: number; readonly logStreamName?: string };
  readonly attempts: readonly {
    readonly statusReason?: string;
    readonly container: { readonly exitCode?: number };
  }[];
  readonly arrayProperties?: {
    readonly size?: number;
    readonly statusSummary?: Readonly<Record<string, number>>;
  };
  readonly tags?: Readonly<Record<string, string>>;
}

const POLL_MS = 200;

/** Polls as people's scripts do, until the job has one of the statuses. */
export async function waitForJob(
  aws: AwsCommand,
  jobId: string,
  { statuses = ['SUCCEEDED', 'FAILED'], limitMs = 60_000 } = {},
): Promise<DescribedJob> {
  for (const deadline = performance.now() + limitMs; ;) {
    const { jobs } = await aws.json<{ jobs: DescribedJob[] }>`batch describe-jobs --jobs ${jobId}`;
    const [job] = jobs;
    if (!job) throw new Error(`describe-jobs does not know ${jobId}`);
    if (statuses.includes(job.status)) return job;
    if (performance.now() > deadline) {
      throw new Error(`${jobId} is not ${statuses.join(' or ')} in time: ${JSON.stringify(job)}`);
    }
    await sleep(POLL_MS);
  }
}
