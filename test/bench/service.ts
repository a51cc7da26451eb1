// What a user feels: submit to RUNNING on an idle server, SubmitJob's rate, and what a long queue costs in memory and at start.
// Usage: node test/bench/service.ts [waiting=100000]
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Batch } from '@aws-sdk/client-batch';
import type { ServerProcess } from '../local/a-server-process.ts';
import { startServerProcess } from '../local/a-server-process.ts';

const waiting = Number(process.argv[2] ?? 100_000);
const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'));
const dataDir = join(folder, 'data');

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((left, right) => left - right)[
    Math.min(values.length - 1, Math.floor(values.length * share))
  ] ?? 0;

async function submitToRunning(batch: Batch): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < 40; round += 1) {
    const { jobId = '' } = await batch.submitJob({
      jobName: 'idle',
      jobQueue: 'default',
      jobDefinition: 'shell',
      containerOverrides: { command: ['sleep', '0.05'] },
    });
    for (;;) {
      const job = (await batch.describeJobs({ jobs: [jobId] })).jobs?.[0];
      if (job?.stoppedAt !== undefined) {
        times.push((job.startedAt ?? 0) - (job.createdAt ?? 0));
        break;
      }
    }
  }
  console.log(
    `submit to RUNNING, idle: median ${quantile(times, 0.5)} ms, p99 ${quantile(times, 0.99)} ms (${times.length} jobs)`,
  );
}

/** The queue's only environment is disabled, so that what is submitted waits. */
async function submitRate(server: ServerProcess, jobs: number, connections: number): Promise<void> {
  const clients = Array.from({ length: connections }, () => server.batch());
  const times: number[] = [];
  let left = jobs;
  const started = performance.now();
  await Promise.all(
    clients.map(async (batch) => {
      while ((left -= 1) >= 0) {
        const sent = performance.now();
        await batch.submitJob({ jobName: 'waits', jobQueue: 'default', jobDefinition: 'shell' });
        times.push(performance.now() - sent);
      }
    }),
  );
  const rate = jobs / ((performance.now() - started) / 1000);
  console.log(
    `SubmitJob at ${connections} connections: ${Math.round(rate)}/s, p99 ${quantile(times, 0.99).toFixed(0)} ms (client and server share the machine)`,
  );
}

const rssMiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

try {
  let server = await startServerProcess(dataDir, ['--vcpus', '4']);
  await submitToRunning(server.batch());
  await server.batch().updateComputeEnvironment({ computeEnvironment: 'local', state: 'DISABLED' });
  await submitRate(server, 10_000, 16);
  for (let made = 10_000; made < waiting; made += 10_000) {
    const started = performance.now();
    await server.batch().submitJob({
      jobName: 'waits',
      jobQueue: 'default',
      jobDefinition: 'shell',
      arrayProperties: { size: Math.min(10_000, waiting - made) },
    });
    if (made === 10_000)
      console.log(`array of 10,000 accepted in ${(performance.now() - started).toFixed(0)} ms`);
  }
  await new Promise((resolve) => {
    setTimeout(resolve, 5_000);
  });
  console.log(`with ${waiting} jobs waiting: ${rssMiB(server.pid).toFixed(0)} MiB resident`);
  await server.end();
  server = await startServerProcess(dataDir, ['--vcpus', '4']);
  await server.batch().describeJobQueues({});
  console.log(
    `started on that store in ${server.startMs.toFixed(0)} ms, then ${rssMiB(server.pid).toFixed(0)} MiB resident`,
  );
  await server.end();
} finally {
  await rm(folder, { recursive: true, force: true });
}
