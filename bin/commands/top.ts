// `slipway top`: queues, compute environments and jobs on a screen of their own, once a second, until q or Ctrl-C; one frame
// where nobody watches.
import { Command } from 'commander';
import { askOverview, type Overview } from '../ask-overview.ts';
import type { Cli } from '../cli-context.ts';
import { isOnThisMachine } from '../endpoint-kind.ts';
import { pause } from '../follow-job.ts';
import { addExamples, addJsonOption, addServerOptions, positive, type ReadingOptions } from '../options.ts';
import { overviewFrame } from '../overview-frame.ts';
import type { Screen, Terminal } from '../terminal.ts';
import { isUnreachable, useServer, type Visit } from '../use-server.ts';
import { formatDuration } from '../wording.ts';

interface TopOptions extends ReadingOptions {
  readonly once?: boolean;
  readonly every?: number;
}

const everySecondsHere = 1;
/** A look at a server in an AWS account costs its owner some reads. */
const everySecondsInCloud = 5;
/** q, Q, Ctrl-C and Ctrl-D. */
const leaveKeys = ['q', 'Q', '\u0003', '\u0004'];

export function createTopCommand(cli: Cli): Command {
  const command = new Command('top')
    .description('Show queues, compute environments, jobs and pace, live: q or Ctrl-C leaves.')
    .option('--once', 'print one frame and end; so it is anyway when stdout is no terminal')
    .option(
      '--every <seconds>',
      `between two looks (default: ${everySecondsHere}, or ${everySecondsInCloud} for a server in an AWS account)`,
      positive,
    )
    .action((options: TopOptions) => showTop(cli, options));
  return addExamples(addJsonOption(addServerOptions(command)), [
    'slipway top',
    'slipway top --every 10',
    'slipway top --once',
    "slipway top --json | jq '.queues[] | [.name, .waiting.count]'",
  ]);
}

async function showTop({ terminal }: Cli, options: TopOptions): Promise<void> {
  const { out, screen } = terminal;
  await useServer(terminal, options, async (visit) => {
    if (options.json) {
      out.write(`${JSON.stringify(await askOverview(visit.server), undefined, 2)}\n`);
    } else if (options.once || screen === undefined) {
      const frame = overviewFrame(out, await askOverview(visit.server), { title: titleOf(visit) });
      out.write(`${frame.join('\n')}\n`);
    } else {
      await watchScreen(terminal, screen, visit, options);
    }
  });
}

function titleOf({ server }: Visit): string {
  return `${server.endpoint} ${server.region}`;
}

async function watchScreen(
  terminal: Terminal,
  screen: Screen,
  visit: Visit,
  options: TopOptions,
): Promise<void> {
  // What the first look says of the server is for the user's own screen.
  let overview = await askOverview(visit.server);
  let notice: string | undefined;
  const leave = new AbortController();
  const draw = (): void => drawFrame(terminal, screen, visit, overview, notice);
  const stopListening = terminal.onInterrupt(() => leave.abort());
  const close = screen.open({
    onKey: (key) => {
      if (leaveKeys.includes(key)) leave.abort();
    },
    onResize: draw,
  });
  const everySeconds =
    options.every ?? (isOnThisMachine(visit.server.endpoint) ? everySecondsHere : everySecondsInCloud);
  try {
    draw();
    for (;;) {
      await pause(everySeconds * 1_000, leave.signal);
      if (leave.signal.aborted) return;
      try {
        overview = await askOverview(visit.server, leave.signal);
        notice = undefined;
      } catch (error) {
        if (leave.signal.aborted) return;
        if (!isUnreachable(error)) throw error;
        notice = `The server does not answer; this is as it was ${formatDuration(Date.now() - overview.nowMs)} ago.`;
      }
      draw();
    }
  } finally {
    close();
    stopListening();
  }
}

const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** In one piece, over the frame before, so that nothing flickers. */
function drawFrame(
  { out }: Terminal,
  screen: Screen,
  visit: Visit,
  overview: Overview,
  notice: string | undefined,
): void {
  const frame = overviewFrame(out, overview, {
    title: `${titleOf(visit)}  q leaves`,
    rows: screen.rows,
    ...(notice === undefined ? {} : { notice }),
  });
  out.write(`${HOME}${frame.map((line) => `${line}${CLEAR_LINE}`).join('\r\n')}${CLEAR_BELOW}`);
}
