// `slipway local`: the server on this machine, in the foreground.
import { Command, Option } from 'commander';
import { resolve } from 'node:path';
import type { LocalServer } from '../../local/server.ts';
import type { LocalOptions } from '../../local/local-options.ts';
import type { Cli } from '../cli-context.ts';
import { exitCodes, usageError } from '../cli-error.ts';
import { defaultDataDir } from '../find-server.ts';
import { accessKey, addExamples, integer, memoryMiB, nameValue, type AccessKey } from '../options.ts';
import { createServerLog } from '../server-log.ts';
import { paint, type Terminal } from '../terminal.ts';

interface LocalCommandOptions {
  readonly port: number;
  readonly dataDir: string;
  readonly runtime: LocalOptions['runtime'];
  readonly vcpus?: number;
  readonly memory?: number;
  readonly gpus?: number;
  readonly account: string;
  readonly accessKey?: readonly AccessKey[];
  readonly allowReset?: boolean;
  readonly jobEnv?: Readonly<Record<string, string>>;
  readonly network?: string;
  readonly secrets?: string;
  readonly retention: number;
  readonly verbose?: boolean;
}

export const defaultPort = 7411;
export const defaultAccount = '123456789012';
const millisecondsPerDay = 24 * 60 * 60 * 1000;

export function createLocalCommand(cli: Cli): Command {
  const command = new Command('local')
    .description(
      'Serve the Batch API, jobs and all, on this machine. Ctrl-C ends it; what it knows stays in its data folder.',
    )
    .option('--port <number>', 'the port on 127.0.0.1; 0 takes a free one', integer(0, 65_535), defaultPort)
    .option('--data-dir <folder>', 'where jobs, logs and keys are kept', defaultDataDir)
    .addOption(
      new Option(
        '--runtime <kind>',
        'what runs jobs: containers, or processes of this machine; auto takes Docker when it answers',
      )
        .choices(['auto', 'docker', 'process'])
        .default('auto'),
    )
    .option('--vcpus <count>', 'vCPUs that jobs may take (default: this machine’s)', integer(1))
    .option(
      '--memory <MiB>',
      'memory that jobs may take, such as 8192 or 8G (default: this machine’s)',
      memoryMiB,
    )
    .option('--gpus <count>', 'GPUs that jobs may take (default: this machine’s)', integer(0))
    .option('--account <id>', 'the account id in ARNs, 12 digits', defaultAccount)
    .option('--access-key <ID:SECRET>', 'trust this key pair too; repeatable', accessKey)
    .option('--job-env <NAME=VALUE>', 'set this variable in every job; repeatable', nameValue)
    .option('--network <name>', 'the Docker network of containers')
    .option('--secrets <file>', 'JSON with the values of the secrets that definitions name')
    .option('--retention <days>', 'how long jobs that have ended stay; at least 1', integer(1, 36_500), 30)
    .option('--allow-reset', 'serve POST /_local/reset, unsigned: for test harnesses')
    .option('-v, --verbose', 'print every event of the server, as JSON, on stderr')
    .action((options: LocalCommandOptions) => serve(cli, options));
  return addExamples(
    command,
    [
      'slipway local',
      'slipway local --runtime process --vcpus 4 --memory 8G',
      'slipway local --port 0 --data-dir /tmp/ci --allow-reset',
      'slipway local --secrets secrets.json --retention 7',
      'slipway local --job-env AWS_ENDPOINT_URL_S3=http://127.0.0.1:9000',
    ],
    '0 ended by Ctrl-C or TERM, 1 could not start, 2 wrong usage.',
  );
}

async function serve(cli: Cli, options: LocalCommandOptions): Promise<void> {
  const { terminal } = cli;
  if (!/^\d{12}$/.test(options.account)) {
    throw usageError(`--account: 12 digits are wanted, not "${options.account}".`);
  }
  const interrupts = listenForInterrupts(terminal);
  try {
    const server = await cli.startServer(localOptionsFrom(terminal, options));
    terminal.out.write(`Slipway ready: ${server.endpoint}\n`);
    printFirstSteps(terminal, server);
    await interrupts.first;
    terminal.err.write('\nClosing (Ctrl-C again ends at once) …\n');
    await server.close();
  } finally {
    interrupts.stop();
  }
}

function localOptionsFrom(terminal: Terminal, options: LocalCommandOptions): LocalOptions {
  return {
    port: options.port,
    portFallback: false,
    dataDir: resolve(terminal.cwd, options.dataDir),
    runtime: options.runtime,
    ...(options.vcpus !== undefined && { vcpus: options.vcpus }),
    ...(options.memory !== undefined && { memoryMiB: options.memory }),
    ...(options.gpus !== undefined && { gpus: options.gpus }),
    account: options.account,
    accessKeys: [...(options.accessKey ?? [])],
    allowReset: options.allowReset ?? false,
    jobEnvironment: { ...options.jobEnv },
    ...(options.network !== undefined && { network: options.network }),
    ...(options.secrets !== undefined && { secretsFile: resolve(terminal.cwd, options.secrets) }),
    retentionMs: options.retention * millisecondsPerDay,
    log: createServerLog(terminal.err, options.verbose ?? false),
  };
}

function printFirstSteps({ err }: Terminal, server: LocalServer): void {
  if (err.columns === undefined) return; // not watched by a person
  const lines = [
    `jobs run ${server.runtime === 'docker' ? 'in Docker containers' : 'as processes of this machine'}; data in ${server.dataDir}`,
    `console (opens once, within ten minutes; another link: slipway console):  ${server.consoleLink()}`,
    'in another terminal:  slipway run -- echo hello',
    '                      eval "$(slipway env)"   then any AWS client',
  ];
  err.write(lines.map((line) => `  ${paint(err, 'dim', line)}\n`).join(''));
}

export interface Interrupts {
  /** Resolves at the first Ctrl-C (or TERM, or HUP). */
  readonly first: Promise<void>;
  stop(): void;
}

/** The first interrupt asks for a clean end, which is the caller's to make; the second ends the process. */
export function listenForInterrupts(terminal: Terminal): Interrupts {
  const first = Promise.withResolvers<void>();
  let interrupted = false;
  const stop = terminal.onInterrupt(() => {
    if (interrupted) terminal.exitNow(exitCodes.failure);
    interrupted = true;
    first.resolve();
  });
  return { first: first.promise, stop };
}
