// `slipway dag`: the jobs that hang together by what waits for what, as a drawing with their states.
import { Command } from 'commander';
import type { Cli } from '../cli-context.ts';
import { drawJobGraph, type DrawnJob, type GraphEdge, type GraphNode } from '../draw-job-graph.ts';
import { addExamples, addJsonOption, addServerOptions, type ReadingOptions } from '../options.ts';
import { resolveJob } from '../resolve-job.ts';
import { requestJson } from '../signed-request.ts';
import { paint, type Output, type Terminal } from '../terminal.ts';
import { cutTo } from '../text-width.ts';
import { useServer } from '../use-server.ts';
import { paintStatus, shortId } from '../wording.ts';

/** As `GET /_slipway/jobs/{id}/graph` answers; `jobId` is the whole job's, of a child or node too. */
interface JobGraph {
  readonly jobId: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly more: boolean;
}

export function createDagCommand(cli: Cli): Command {
  const command = new Command('dag')
    .description('Draw what a job waits for and what waits for it, with the states of all of them.')
    .argument('<job>', 'its id, the start of its id, or its name')
    .action((typed: string, options: ReadingOptions) => showGraph(cli, typed, options));
  return addExamples(addJsonOption(addServerOptions(command)), [
    'slipway dag 3f2a1c9e',
    "slipway dag train --json | jq '.edges[] | [.from, .to]'",
  ]);
}

async function showGraph({ terminal }: Cli, typed: string, options: ReadingOptions): Promise<void> {
  const answer = await useServer(terminal, options, async ({ server, batch }) => {
    const path = `/_slipway/jobs/${encodeURIComponent(await resolveJob(batch, typed))}/graph`;
    return requestJson(server, { service: 'batch', method: 'GET', path });
  });
  if (options.json) {
    terminal.out.write(`${JSON.stringify(answer, undefined, 2)}\n`);
    return;
  }
  if (!isJobGraph(answer)) {
    throw new Error(`The server answered /graph with something else: ${JSON.stringify(answer)}`);
  }
  printGraph(terminal, answer);
}

function isJobGraph(answer: unknown): answer is JobGraph {
  return typeof answer === 'object' && answer !== null && 'nodes' in answer && 'edges' in answer;
}

const widthOfFile = 100;

function printGraph({ out, err }: Terminal, { jobId, nodes, edges, more }: JobGraph): void {
  const lines = drawJobGraph(nodes, edges, out.columns ?? widthOfFile);
  for (const line of lines) {
    const text = lineOf(out, line, line.node.jobId === jobId);
    out.write(`${out.columns === undefined ? text : cutTo(text, out.columns)}\n`);
  }
  if (more)
    err.write(`${paint(err, 'dim', `There are more jobs: these are the ${nodes.length} nearest.`)}\n`);
}

function lineOf(out: Output, { node, lead, name, details }: DrawnJob, isMeant: boolean): string {
  const parts = [
    `${paint(out, 'dim', lead)}${isMeant ? paint(out, 'bold', name) : name}`,
    paintStatus(out, node.status, node.status.padEnd('SUCCEEDED'.length)),
    paint(out, 'dim', shortId(node.jobId)),
  ];
  return [...parts, details].join('  ').trimEnd();
}
