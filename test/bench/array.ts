// An array of N × /bin/true through the whole of Slipway (wire, store with synchronous=FULL, scheduler, state machine,
// processes with their own log, environment and exit code) against `xargs -P2 /bin/true` in the same run.
// Usage: node test/bench/array.ts [children=10000] [slots=256] [rounds=2]
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Batch } from '@aws-sdk/client-batch';
import { startServerProcess } from '../local/a-server-process.ts';

const [children = 10_000, slots = 256, rounds = 2] = process.argv.slice(2).map(Number);

function xargsRate(): number {
  const started = performance.now();
  execFileSync('sh', ['-c', `seq ${children} | xargs -P2 -n1 /bin/true`]);
  return children / ((performance.now() - started) / 1000);
}

async function untilEnded(batch: Batch, jobId: string): Promise<void> {
  for (;;) {
    const { jobs = [] } = await batch.describeJobs({ jobs: [jobId] });
    const status = jobs[0]?.status;
    if (status === 'SUCCEEDED') return;
    if (status === 'FAILED') throw new Error(`the array failed: ${JSON.stringify(jobs[0]).slice(0, 500)}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}

const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'));
const server = await startServerProcess(join(folder, 'data'), [
  '--vcpus',
  String(slots),
  '--memory',
  '1000000',
]);
try {
  const batch = server.batch();
  const container = {
    image: 'none',
    command: ['/bin/true'],
    resourceRequirements: [
      { type: 'VCPU' as const, value: '1' },
      { type: 'MEMORY' as const, value: '64' },
    ],
  };
  await batch.registerJobDefinition({
    jobDefinitionName: 'true',
    type: 'container',
    containerProperties: container,
  });
  for (let round = 0; round < rounds; round += 1) {
    const bare = xargsRate();
    const started = performance.now();
    const { jobId = '' } = await batch.submitJob({
      jobName: 'bench',
      jobQueue: 'default',
      jobDefinition: 'true',
      arrayProperties: { size: children },
    });
    const answeredMs = performance.now() - started;
    await untilEnded(batch, jobId);
    const rate = children / ((performance.now() - started) / 1000);
    console.log(
      `array of ${children}: ${Math.round(rate)} jobs/s; xargs -P2: ${Math.round(bare)}/s; ratio ${(rate / bare).toFixed(2)}; accepted in ${answeredMs.toFixed(0)} ms`,
    );
  }
} finally {
  await server.end();
  await rm(folder, { recursive: true, force: true });
}
