// `slipway describe`: everything about one job, in the order people ask for it.
import { Command } from 'commander';
import type { AttemptDetail, JobDetail, TaskContainerDetails } from '@aws-sdk/client-batch';
import { askWhyIfKnown, formatNotes, formatWhy, type Why } from '../ask-why.ts';
import type { Cli } from '../cli-context.ts';
import { describeJob } from '../follow-job.ts';
import { addExamples, addJsonOption, addServerOptions, type ReadingOptions } from '../options.ts';
import { containersOf, nodeIdsOf } from '../job-parts.ts';
import { resolveJob } from '../resolve-job.ts';
import { paint, type Output } from '../terminal.ts';
import { useServer } from '../use-server.ts';
import { quoteForShell } from './env.ts';
import {
  countChildren,
  formatCounts,
  formatDuration,
  formatTime,
  isWaiting,
  ordinaryReason,
  paintStatus,
  plain,
  shortId,
  shortName,
} from '../wording.ts';

export function createDescribeCommand(cli: Cli): Command {
  const command = new Command('describe')
    .description('Show everything about a job.')
    .argument('<job>', 'its id, the start of its id, or its name')
    .action((typed: string, options: ReadingOptions) => describe(cli, typed, options));
  return addExamples(addJsonOption(addServerOptions(command)), [
    'slipway describe 3f2a1c9e',
    'slipway describe train --json | jq .container',
  ]);
}

async function describe({ terminal }: Cli, typed: string, options: ReadingOptions): Promise<void> {
  const { job, why, nodes } = await useServer(terminal, options, async (visit) => {
    const job = await describeJob(visit, await resolveJob(visit.batch, typed));
    if (options.json) return { job, nodes: [] };
    const nodeIds = nodeIdsOf(job);
    const [why, described] = await Promise.all([
      askWhyIfKnown(visit.server, job.jobId ?? ''),
      nodeIds.length === 0 ? undefined : visit.batch.describeJobs({ jobs: nodeIds }),
    ]);
    return { job, why, nodes: described?.jobs ?? [] };
  });
  const { out } = terminal;
  if (options.json) {
    out.write(`${JSON.stringify(job, undefined, 2)}\n`);
    return;
  }
  const facts = factsOf(out, job, Date.now());
  const known = [
    ...facts.slice(0, 3),
    ...whyFacts(job, why),
    ...facts.slice(3),
    ...nodes.map((node, index) => nodeFact(out, job, node, index)),
  ].filter(([, text]) => text !== '');
  const width = Math.max(...known.map(([title]) => title.length)) + 2;
  for (const [title, text] of known) out.write(`${paint(out, 'dim', title.padEnd(width))}${text}\n`);
}

function whyFacts(job: JobDetail, why: Why | undefined): Fact[] {
  if (!why) return [];
  return [
    ['Why', isWaiting(job.status) ? plain(formatWhy(why)) : ''],
    ...formatNotes(why).map((note): Fact => ['Not as asked', plain(note)]),
  ];
}

type Fact = readonly [title: string, text: string];

function factsOf(output: Output, job: JobDetail, nowMs: number): Fact[] {
  const { container } = job;
  const time = (atMs: number | undefined): string =>
    atMs === undefined ? '' : `${formatTime(atMs)} (${formatDuration(nowMs - atMs)} ago)`;
  return [
    ['Job', job.jobId ?? ''],
    ['Name', plain(job.jobName ?? '')],
    ['Status', statusText(output, job)],
    ['Exit code', container?.exitCode === undefined ? '' : String(container.exitCode)],
    ['Reason', plain(container?.reason ?? '')],
    ['Queue', shortName(job.jobQueue ?? '')],
    ['Share', job.shareIdentifier ?? ''],
    ['Definition', shortName(job.jobDefinition ?? '')],
    ['Created', time(job.createdAt)],
    ['Started', time(job.startedAt)],
    ['Stopped', `${time(job.stoppedAt)}${ranFor(job)}`],
    ['Image', plain(container?.image ?? '')],
    ['Command', plain((container?.command ?? []).map(quoteForShell).join(' '))],
    ['Resources', resourcesText(job)],
    [
      'Timeout',
      job.timeout?.attemptDurationSeconds === undefined ? '' : `${job.timeout.attemptDurationSeconds} s`,
    ],
    ['Array', arrayText(job)],
    ['Waits for', dependenciesText(job)],
    [
      'Tags',
      plain(
        Object.entries(job.tags ?? {})
          .map(([name, value]) => `${name}=${value}`)
          .join(' '),
      ),
    ],
    ['Log stream', container?.logStreamName ?? ''],
    ...containersOf(job).map(containerFact),
    ...attemptFacts(job),
  ];
}

function statusText(output: Output, job: JobDetail): string {
  const marks = [job.isCancelled && 'cancelled', job.isTerminated && 'terminated'].filter(Boolean);
  const reason = job.statusReason ? `: ${plain(job.statusReason)}` : '';
  return `${paintStatus(output, job.status ?? '')}${reason}${marks.length > 0 ? ` (${marks.join(', ')})` : ''}`;
}

function ranFor({ startedAt, stoppedAt }: Pick<AttemptDetail, 'startedAt' | 'stoppedAt'>): string {
  return startedAt === undefined || stoppedAt === undefined
    ? ''
    : `, ran ${formatDuration(stoppedAt - startedAt)}`;
}

const units: Readonly<Record<string, string>> = { VCPU: 'vCPU', MEMORY: 'MiB', GPU: 'GPU' };

function resourcesText({ container }: JobDetail): string {
  const required = container?.resourceRequirements ?? [];
  return required.map(({ type, value }) => `${value} ${units[type ?? ''] ?? type}`).join(', ');
}

function arrayText({ arrayProperties }: JobDetail): string {
  if (arrayProperties?.size !== undefined) return formatCounts(countChildren(arrayProperties));
  return arrayProperties?.index === undefined ? '' : `child ${arrayProperties.index}`;
}

function dependenciesText({ dependsOn }: JobDetail): string {
  return (dependsOn ?? [])
    .map(({ jobId, type }) => [jobId && shortId(jobId), type].filter(Boolean).join(' '))
    .join(', ');
}

function containerFact({
  name,
  image,
  command,
  essential,
  exitCode,
  reason,
  logStreamName,
}: TaskContainerDetails): Fact {
  const parts = [
    image,
    (command ?? []).map(quoteForShell).join(' '),
    essential === false ? 'not essential' : undefined,
    exitCode === undefined ? undefined : `exit ${exitCode}`,
    reason,
    logStreamName,
  ];
  return [`Container ${plain(name ?? '')}`, plain(parts.filter(Boolean).join(', '))];
}

function nodeFact(output: Output, job: JobDetail, node: JobDetail, index: number): Fact {
  const { exitCode, reason, logStreamName } = node.container ?? {};
  const parts = [
    exitCode === undefined ? undefined : `exit ${exitCode}`,
    reason ?? (node.statusReason === ordinaryReason ? undefined : node.statusReason),
    logStreamName,
  ].filter(Boolean);
  const role = job.nodeProperties?.mainNode === index ? ' (main)' : '';
  const told = parts.length === 0 ? '' : `, ${plain(parts.join(', '))}`;
  return [`Node ${index}${role}`, `${paintStatus(output, node.status ?? '')}${told}`];
}

function attemptFacts({ attempts = [], retryStrategy }: JobDetail): Fact[] {
  const allowed = retryStrategy?.attempts ?? 1;
  if (attempts.length < 2 && allowed < 2) return [];
  return attempts.map((attempt, at): Fact => {
    const { exitCode, reason, logStreamName } = attempt.container ?? {};
    const parts = [
      exitCode === undefined ? undefined : `exit ${exitCode}`,
      reason ?? attempt.statusReason,
      ranFor(attempt).slice(2) || 'never ran',
      logStreamName,
    ];
    return [`Attempt ${at + 1} of ${allowed}`, plain(parts.filter(Boolean).join(', '))];
  });
}
