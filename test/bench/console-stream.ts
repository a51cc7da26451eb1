// What open pages of the console cost the scheduler: the rate of an array of `true` with none open, with event streams, and with
// pages that also ask again for what they show, in turns, so that the machine's own drift hits all alike. And, because a noisy machine
// drifts by more than the stream costs, what telling 20 pages of every change takes by itself.
// Usage: node test/bench/console-stream.ts [children=2000] [pages=20] [rounds=3]
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import type { EventLog, StoredEvent } from '../../adapters/sqlite/event-log.ts';
import { JOB_STATE_CHANGE } from '../../engine/job-events.ts';
import { createChanges } from '../../local/console/changes.ts';
import { aConsole, untilStatus } from '../console/a-console.ts';
import { signedIn } from '../local/console/a-visitor.ts';

const [children = 2_000, pages = 20, rounds = 3] = process.argv.slice(2).map(Number);
/** Processor milliseconds that the streams take for each child: four changes, told to every page in batches. */
async function streamCost(): Promise<number> {
  const array = randomUUID();
  const listeners = new Set<(events: readonly StoredEvent[]) => void>();
  let seq = 0;
  const log: EventLog = {
    publish: async () => undefined,
    read: async () => [],
    prune: async () => 0,
    lastSeq: () => seq,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const changes = createChanges(log);
  let bytes = 0;
  const stops = Array.from({ length: pages }, () =>
    changes.listen({
      interest: { region: 'us-east-1', follow: array },
      hear: (message) => (bytes += JSON.stringify(message).length),
    }),
  );
  const cpu = process.cpuUsage();
  for (let index = 0; index < STREAMED; index += 1) {
    for (const status of ['RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED']) {
      seq += 1;
      const detail = { jobId: `${array}:${index}`, status };
      const told = {
        seq,
        id: String(seq),
        detailType: JOB_STATE_CHANGE,
        region: 'us-east-1',
        atMs: 0,
        resources: [],
        detail,
      };
      for (const listener of listeners) listener([told]);
    }
    // As many as a machine runs between two batches.
    if (index % 50 === 0) await new Promise((resume) => setTimeout(resume, 80));
  }
  await new Promise((resume) => setTimeout(resume, 200));
  const { user, system } = process.cpuUsage(cpu);
  for (const stop of stops) stop();
  changes.close();
  if (bytes === 0) throw new Error('nobody was told anything');
  return (user + system) / 1000 / STREAMED;
}

const STREAMED = 5_000;
const KINDS = ['none', 'streams', 'pages'] as const;
const served = await aConsole({ vcpus: 64, memoryMiB: 64 * 128 });
const { batch, server } = served;
const { cookie } = await signedIn(server.endpoint, server.consoleLink());

async function openPages(kind: string, jobId: string): Promise<ChildProcess | undefined> {
  if (kind === 'none') return undefined;
  const visitors = fork(join(import.meta.dirname, 'console-visitors.ts'), [
    server.endpoint,
    cookie,
    String(pages),
    kind,
    jobId,
  ]);
  await once(visitors, 'message');
  return visitors;
}

/** Children a second, and the processor time that the server took for each. */
async function run(kind: string): Promise<{ readonly rate: number; readonly cpuMs: number }> {
  const blocked = await batch.submitJob({
    jobName: 'gate',
    jobQueue: 'default',
    jobDefinition: 'shell',
    containerOverrides: { command: ['sleep', '2'] },
  });
  const { jobId = '' } = await batch.submitJob({
    jobName: 'array',
    jobQueue: 'default',
    jobDefinition: 'shell',
    arrayProperties: { size: children },
    containerOverrides: { command: ['true'] },
    dependsOn: [{ jobId: blocked.jobId ?? '' }],
  });
  const visitors = await openPages(kind, jobId);
  await untilStatus(batch, blocked.jobId ?? '', 'SUCCEEDED');
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  await untilStatus(batch, jobId, 'SUCCEEDED');
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  if (visitors) {
    visitors.disconnect();
    await once(visitors, 'exit');
  }
  return { rate: children / seconds, cpuMs: (user + system) / 1000 / children };
}

try {
  await run('none');
  const found = new Map(KINDS.map((kind) => [kind, { rates: [] as number[], cpus: [] as number[] }]));
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of KINDS) {
      const { rate, cpuMs } = await run(kind);
      found.get(kind)?.rates.push(rate);
      found.get(kind)?.cpus.push(cpuMs);
    }
  }
  const median = (values: readonly number[] = []): number =>
    [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
  const [alone, aloneCpu] = [median(found.get('none')?.rates), median(found.get('none')?.cpus)];
  const own = await streamCost();
  console.log(
    `telling ${pages} pages of every change: ${own.toFixed(3)} ms for each child, ${((100 * own) / aloneCpu).toFixed(1)} % of what it takes without`,
  );
  for (const kind of KINDS) {
    const [rate, cpu] = [median(found.get(kind)?.rates), median(found.get(kind)?.cpus)];
    console.log(
      `${kind === 'none' ? 'no page' : `${pages} ${kind}`}: ${rate.toFixed(0)} children/s (${(rate / alone).toFixed(2)}), ` +
        `${cpu.toFixed(3)} ms of the server's processor time each (${(cpu / aloneCpu).toFixed(2)})`,
    );
  }
} finally {
  await served.stop();
}
