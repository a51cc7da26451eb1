// `slipway demo`: a server of its own, a real piece of work through the Batch API on it, and then the server stays up for
// its user to try. What `npm start` runs.
import { Command, Option } from 'commander';
import { relative, resolve } from 'node:path';
import type { LocalServer } from '../../local/server.ts';
import type { RenderJobs } from '../../examples/render/submit.ts';
import type { Cli } from '../cli-context.ts';
import { exitCodes } from '../cli-error.ts';
import { watchRender } from '../demo-progress.ts';
import { endRunningJobs } from '../end-running-jobs.ts';
import { defaultDataDir } from '../find-server.ts';
import { reportFailure } from '../job-reporter.ts';
import { addExamples, integer } from '../options.ts';
import { createServerLog } from '../server-log.ts';
import { paint, type Terminal } from '../terminal.ts';
import { openBatch, type Visit } from '../use-server.ts';
import { formatDuration } from '../wording.ts';
import { defaultAccount, defaultPort, listenForInterrupts, type Interrupts } from './local.ts';

interface DemoOptions {
  readonly example: 'render';
  readonly port: number;
  readonly dataDir: string;
  readonly exit?: boolean;
}

export function createDemoCommand(cli: Cli): Command {
  const command = new Command('demo')
    .description('Start a server here, render a picture with an array job on it, and stay up.')
    .addOption(new Option('--example <name>', 'what to run').choices(['render']).default('render'))
    .option('--port <number>', 'the port; a free one when it is taken', integer(0, 65_535), defaultPort)
    .option('--data-dir <folder>', 'where jobs, logs and keys are kept', defaultDataDir)
    .option('--exit', 'end when the picture is done')
    .action((options: DemoOptions) => runDemo(cli, options));
  return addExamples(
    command,
    ['slipway demo', 'slipway demo --exit --data-dir /tmp/demo'],
    '0 done, or ended by Ctrl-C; 1 the rendering failed or the server could not start; 2 wrong usage.',
  );
}

async function runDemo(cli: Cli, options: DemoOptions): Promise<void> {
  const { terminal } = cli;
  const interrupts = listenForInterrupts(terminal);
  try {
    const server = await cli.startServer({
      port: options.port,
      portFallback: true,
      dataDir: resolve(terminal.cwd, options.dataDir),
      // The example's jobs run this machine's Node on files of this folder: no container has them.
      runtime: 'process',
      account: defaultAccount,
      accessKeys: [],
      allowReset: false,
      jobEnvironment: {},
      log: createServerLog(terminal.err, false),
    });
    try {
      terminal.out.write(`Slipway ready: ${server.endpoint}\n`);
      if (options.port !== 0 && new URL(server.endpoint).port !== String(options.port)) {
        terminal.out.write(`(Port ${options.port} is taken by another program.)\n`);
      }
      cli.exitCode = await visitServer(cli, server, interrupts, options);
    } finally {
      await server.close();
    }
  } finally {
    interrupts.stop();
  }
}

async function visitServer(
  { terminal }: Cli,
  server: LocalServer,
  interrupts: Interrupts,
  options: DemoOptions,
): Promise<number> {
  const batch = await openBatch(server);
  try {
    return await showExample(
      terminal,
      server,
      { server: { ...server, foundIn: 'this process' }, batch },
      interrupts,
      options,
    );
  } finally {
    // A server that closes leaves its jobs running; nobody expects that of a demo.
    await endRunningJobs(batch);
    batch.destroy();
  }
}

async function showExample(
  terminal: Terminal,
  server: LocalServer,
  visit: Visit,
  interrupts: Interrupts,
  options: DemoOptions,
): Promise<number> {
  const { submitRender } = await import('../../examples/render/submit.ts');
  const folder = resolve(terminal.cwd, 'out', options.example);
  const startedMs = performance.now();
  const jobs = await submitRender(visit.batch, { jobQueue: 'default', folder });
  terminal.out.write(
    `Rendering a picture: an array job of ${jobs.tileCount} tiles, then a job that assembles them.\n`,
  );
  const end = await watchRender(terminal, visit, jobs, interrupts.first);
  switch (end.outcome) {
    case 'interrupted':
      terminal.err.write('Stopping the rendering …\n');
      await stopRender(visit, jobs);
      return exitCodes.ok;
    case 'failed':
      terminal.err.write(`${paint(terminal.err, 'red', 'The rendering failed.')}\n`);
      await reportFailure(terminal, visit, end.job);
      return exitCodes.failure;
    case 'succeeded':
      await printNextSteps(terminal, server, jobs, performance.now() - startedMs);
      if (options.exit) return exitCodes.ok;
      await interrupts.first;
      terminal.err.write('\nClosing (Ctrl-C again ends at once) …\n');
      return exitCodes.ok;
  }
}

// The array's waiting children would go on at the next start.
async function stopRender({ batch }: Visit, jobs: RenderJobs): Promise<void> {
  const reason = 'Ctrl-C in slipway demo';
  await batch.terminateJob({ jobId: jobs.assembleJobId, reason });
  await batch.terminateJob({ jobId: jobs.renderJobId, reason });
}

async function printNextSteps(
  terminal: Terminal,
  server: Pick<LocalServer, 'endpoint' | 'consoleLink'>,
  jobs: RenderJobs,
  elapsedMs: number,
): Promise<void> {
  const { out, cwd } = terminal;
  const path = relative(cwd, jobs.pictureFile);
  const picture = path.startsWith('..') ? jobs.pictureFile : path;
  const command = `{"command":["echo","hello"]}`;
  const console = (await hasConsole(server.endpoint)) ? server.consoleLink() : undefined;
  const lines = [
    '',
    `${paint(out, 'bold', picture)}  ${jobs.tileCount + 1} jobs in ${formatDuration(elapsedMs)}`,
    '',
    `Slipway stays up at ${server.endpoint} until Ctrl-C. In another terminal, in this folder:`,
    '',
    '  eval "$(npx slipway env)"',
    '  aws batch submit-job --job-queue default --job-definition shell --job-name hello \\',
    `    --container-overrides '${command}'`,
    '  npx slipway ps --all',
    ...(console
      ? ['', `Console: ${console}`, '  (opens once, within ten minutes; another link: npx slipway console)']
      : []),
    '',
  ];
  out.write(lines.map((line) => `${line}\n`).join(''));
}

// The link is worth printing only where a page is served.
async function hasConsole(endpoint: string): Promise<boolean> {
  const answer = await fetch(new URL('/', endpoint), { signal: AbortSignal.timeout(2_000) });
  await answer.body?.cancel();
  return answer.ok && answer.headers.get('content-type')?.startsWith('text/html') === true;
}
