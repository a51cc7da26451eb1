// What open pages of the console cost the scheduler: the rate of an array of `true` with none open, with event streams, and with
// pages that also ask again for what they show, in turns, so that the machine's own drift hits all alike.
// Usage: node test/bench/console-stream.ts [children=2000] [pages=20] [rounds=3]
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { aConsole, untilStatus } from '../console/a-console.ts';
import { signedIn } from '../local/console/a-visitor.ts';

const [children = 2_000, pages = 20, rounds = 3] = process.argv.slice(2).map(Number);
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
