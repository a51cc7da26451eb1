// The engine alone: an array of 10,000 whose containers end as soon as they start, every state durable on disk. What is
// left of a job's cost when its process is taken away.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aLocalEngine } from '../engine/a-local-engine.ts';

const size = Number(process.argv[2] ?? 10_000);
const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'));
const home = await aLocalEngine({ vcpus: 256, memoryMiB: 1_000_000, file: join(folder, 'slipway.db') });
const started = performance.now();
const cpu = process.cpuUsage();
const jobId = await home.submit({ arrayProperties: { size } });
await home.until(jobId, (job) => job.status === 'SUCCEEDED', 120_000);
const seconds = (performance.now() - started) / 1000;
const used = process.cpuUsage(cpu);
const cpuMs = (used.user + used.system) / 1000;
console.log(
  `${size} children in ${seconds.toFixed(2)} s: ${Math.round(size / seconds)} jobs/s, ${(cpuMs / size).toFixed(3)} ms of CPU a job`,
);
await home.close();
await rm(folder, { recursive: true, force: true });
