// `slipway cost`: what a job cost, by attempt or, for an array, by where its children ran; and what the figures rest on.
import { Command } from 'commander';
import type { Cli } from '../cli-context.ts';
import { addExamples, addJsonOption, addServerOptions, type ReadingOptions } from '../options.ts';
import { resolveJob } from '../resolve-job.ts';
import { requestJson } from '../signed-request.ts';
import { printTable, type Column } from '../table.ts';
import { paint, type Output } from '../terminal.ts';
import { wrapTo } from '../text-width.ts';
import { useServer } from '../use-server.ts';
import { formatDuration, formatUsd, paintStatus, plain, shortId } from '../wording.ts';

interface Price {
  readonly usd: number;
  readonly basis: string;
}

interface Priced extends Price {
  readonly environment: string;
  readonly seconds: number;
  readonly inAws?: Price;
}

interface PricedAttempt extends Priced {
  readonly attempt: number;
  readonly node?: number;
  readonly isUnderWay: boolean;
}

interface CostPart extends Priced {
  readonly attempts: number;
}

/** As `GET /_slipway/jobs/{id}/cost` answers. */
interface JobCost {
  readonly jobId: string;
  readonly jobName: string;
  readonly status: string;
  readonly usd: number;
  readonly usdInAws?: number;
  readonly isFinal: boolean;
  readonly attempts: readonly PricedAttempt[];
  readonly attemptCount: number;
  readonly parts: readonly CostPart[];
  readonly childrenPriced?: number;
  readonly prices: { readonly asOf: string; readonly region: string };
}

export function createCostCommand(cli: Cli): Command {
  const command = new Command('cost')
    .description(
      'Say what a job cost, or costs so far: its attempts at list prices, an array as its children’s sum.',
    )
    .argument('<job>', 'its id, the start of its id, or its name')
    .action((typed: string, options: ReadingOptions) => showCost(cli, typed, options));
  return addExamples(addJsonOption(addServerOptions(command)), [
    'slipway cost 3f2a1c9e',
    'slipway cost render --json | jq .usd',
  ]);
}

async function showCost({ terminal }: Cli, typed: string, options: ReadingOptions): Promise<void> {
  const answer = await useServer(terminal, options, async ({ server, batch }) => {
    const jobId = await resolveJob(batch, typed);
    const path = `/_slipway/jobs/${encodeURIComponent(jobId)}/cost`;
    return requestJson(server, { service: 'batch', method: 'GET', path });
  });
  const { out } = terminal;
  if (options.json) {
    out.write(`${JSON.stringify(answer, undefined, 2)}\n`);
    return;
  }
  if (!isJobCost(answer))
    throw new Error(`The server answered /cost with something else: ${JSON.stringify(answer)}`);
  printCost(out, answer);
}

function isJobCost(answer: unknown): answer is JobCost {
  return typeof answer === 'object' && answer !== null && 'usd' in answer && 'parts' in answer;
}

function printCost(out: Output, cost: JobCost): void {
  const job = `${shortId(cost.jobId)} ${plain(cost.jobName)} ${paintStatus(out, cost.status)}`;
  const so = cost.isFinal ? '' : ' so far';
  const inAws = cost.usdInAws === undefined ? '' : `; in AWS it would be ${formatUsd(cost.usdInAws)}`;
  out.write(`${job}: ${paint(out, 'bold', formatUsd(cost.usd))}${so}${inAws}\n`);
  if (cost.parts.length === 0) {
    printNote(out, 'It has not begun to run.');
    return;
  }
  const isSummed = cost.childrenPriced !== undefined || cost.attempts.length < cost.attemptCount;
  const hasOwn = cost.usdInAws !== undefined;
  if (isSummed) printTable(out, [countColumn, ...pricedColumns<CostPart>(hasOwn)], cost.parts);
  else printTable(out, [attemptColumn, ...pricedColumns<PricedAttempt>(hasOwn)], cost.attempts);
  for (const basis of basesOf(cost)) printNote(out, basis);
  printNote(out, `List prices of ${cost.prices.region}, ${cost.prices.asOf}: an estimate, not a bill.`);
}

const attemptColumn: Column<PricedAttempt> = {
  title: 'ATTEMPT',
  cell: ({ attempt, node }) => (node === undefined ? String(attempt) : `${attempt} of node ${node}`),
};

const countColumn: Column<CostPart> = { title: 'ATTEMPTS', cell: ({ attempts }) => String(attempts) };

function pricedColumns<Row extends Priced>(hasOwn: boolean): readonly Column<Row>[] {
  return [
    { title: 'WHERE', cell: ({ environment }) => environment, shrinks: true },
    { title: 'TIME', cell: ({ seconds }) => formatDuration(seconds * 1_000) },
    { title: 'COST', cell: ({ usd }) => formatUsd(usd) },
    ...(hasOwn ? [inAwsColumn] : []),
  ];
}

const inAwsColumn: Column<Priced> = {
  title: 'IN AWS',
  cell: ({ inAws }) => (inAws ? formatUsd(inAws.usd) : ''),
  dispensable: 1,
};

/** What the figures rest on, each once. */
function basesOf({ parts }: JobCost): readonly string[] {
  const own = parts.map(({ environment, basis }) => `${environment}: ${basis}`);
  const inAws = parts.flatMap((part) => (part.inAws ? [`in AWS: ${part.inAws.basis}`] : []));
  return [...new Set([...own, ...inAws])];
}

function printNote(out: Output, text: string): void {
  for (const line of wrapTo(plain(text), (out.columns ?? 100) - 2))
    out.write(`  ${paint(out, 'dim', line)}\n`);
}
