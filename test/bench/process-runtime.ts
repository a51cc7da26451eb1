// The process runtime alone: start() to the exit observation for N × `true`, each with its own log file, environment and exit
// code, beside `xargs -P2 /bin/true` in the same run. Absolute figures drift with the machine; the ratio is the result.
//   node test/bench/process-runtime.ts [jobs=10000] [slots=256] [data folder's parent]
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProcessLauncher } from '../../adapters/process/process-launcher.ts';
import type { ContainerTask } from '../../engine/launch-ports.ts';
import { TASK_ORIGIN } from '../adapters/task-origin.ts';

const jobs = Number(process.argv[2] ?? 10_000);
const slots = Number(process.argv[3] ?? 256);
const parent = process.argv[4] ?? tmpdir();
const LIMIT_SECONDS = 120;

function xargsRate(): number {
  const startedAt = performance.now();
  execFileSync('/bin/sh', ['-c', `seq ${jobs} | xargs -P2 -n1 /bin/true`], { stdio: 'ignore' });
  return jobs / ((performance.now() - startedAt) / 1000);
}

function taskOf(index: number): ContainerTask {
  const attemptId = `11111111-2222-4333-8444-555555555555:${index}/1`;
  return {
    ...TASK_ORIGIN,
    attemptId,
    taskId: createHash('sha256').update(attemptId).digest('hex').slice(0, 32),
    spec: { image: 'busybox', command: ['true'] },
    command: ['true'],
    environment: {
      AWS_BATCH_JOB_ID: attemptId.slice(0, -2),
      AWS_BATCH_JOB_ATTEMPT: '1',
      AWS_BATCH_JQ_NAME: 'default',
      AWS_BATCH_CE_NAME: 'local',
      AWS_BATCH_JOB_ARRAY_INDEX: String(index),
    },
    demand: { vcpus: 1, memoryMiB: 128, gpus: 0 },
    gpuIds: [],
  };
}

interface Result {
  readonly rate: number;
  readonly cpuMs: number;
}

async function runtimeRate(limits: 'auto' | 'off'): Promise<Result> {
  const dataDir = await mkdtemp(join(parent, 'slipway-bench-'));
  const launcher = createProcessLauncher({ dataDir, limits });
  const tasks = Array.from({ length: jobs }, (_, index) => taskOf(index));
  const taskIds = new Map(tasks.map((task) => [task.attemptId, task.taskId]));
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  let next = 0;
  let ended = 0;
  await new Promise<void>((resolve, reject) => {
    const limit = setTimeout(
      () => reject(new Error(`only ${ended} of ${jobs} in ${LIMIT_SECONDS} s`)),
      LIMIT_SECONDS * 1000,
    );
    const startNext = (): void => {
      const task = tasks[next];
      next += 1;
      if (task) void launcher.start(task);
    };
    launcher.onObservation((observation) => {
      if (observation.kind !== 'exited') return;
      if (observation.exit.exitCode !== 0) reject(new Error(JSON.stringify(observation)));
      void launcher.forget(observation.attemptId, taskIds.get(observation.attemptId) ?? '').catch(reject);
      ended += 1;
      if (ended === jobs) {
        clearTimeout(limit);
        resolve();
      } else startNext();
    });
    for (let slot = 0; slot < slots; slot += 1) startNext();
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const used = process.cpuUsage(cpu);
  await launcher.close();
  await rm(dataDir, { recursive: true, force: true });
  return { rate: jobs / seconds, cpuMs: (used.user + used.system) / 1000 / jobs };
}

for (const limits of ['auto', 'off'] as const) {
  const before = xargsRate();
  const { rate, cpuMs } = await runtimeRate(limits);
  const after = xargsRate();
  const ratio = rate / ((before + after) / 2);
  console.log(
    `limits ${limits}: ${Math.round(rate)} jobs/s = ${ratio.toFixed(2)} × xargs -P2 (${Math.round(before)} and ${Math.round(after)} jobs/s), ${cpuMs.toFixed(3)} ms of CPU in this process per job`,
  );
}
