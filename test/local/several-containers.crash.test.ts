// Kills the server again and again while jobs of several containers run, and then counts from the containers' own traces:
// each ran once, in its order, and every job ended as its essential container did.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobDetail } from '@aws-sdk/client-batch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServerProcess } from './a-server-process.ts';
import { startServerProcess } from './a-server-process.ts';

const JOBS = 60;
const KILLS = 8;

const folder = mkdtempSync(join(tmpdir(), 'slipway-containers-crash-'));
const traces = join(folder, 'traces');
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let server: ServerProcess;
const start = async (): Promise<void> => {
  server = await startServerProcess(join(folder, 'data'), ['--vcpus', '32', '--memory', '60000']);
};

/** Leaves a line at its start and one at its end. */
function container(name: string, more: object = {}): object {
  const trace = (word: string): string => `echo "${name} ${word}" >>"${traces}/$AWS_BATCH_JOB_ID"`;
  return {
    name,
    image: 'busybox',
    command: ['sh', '-c', `${trace('start')}; sleep 0.0$(( $$ % 9 )); ${trace('end')}; exit \${CODE:-9}`],
    resourceRequirements: [
      { type: 'VCPU', value: '1' },
      { type: 'MEMORY', value: '64' },
    ],
    ...more,
  };
}

const CONTAINERS = [
  container('main', { dependsOn: [{ containerName: 'setup', condition: 'COMPLETE' }] }),
  container('setup', { essential: false, dependsOn: [{ containerName: 'fetch', condition: 'COMPLETE' }] }),
  container('fetch', { essential: false }),
];
const IN_ORDER = ['fetch', 'setup', 'main'].flatMap((name) => [`${name} start`, `${name} end`]);

const codeOf = (index: number): number => (index % 3 === 0 ? 5 : 0);
const jobIds: string[] = [];
let jobs: JobDetail[] = [];

async function describeAll(): Promise<JobDetail[]> {
  return (await server.batch().describeJobs({ jobs: jobIds })).jobs ?? [];
}

beforeAll(async () => {
  mkdirSync(traces);
  await start();
  const batch = server.batch();
  await batch.registerJobDefinition({
    jobDefinitionName: 'several',
    type: 'container',
    // Built by the function above in the shape of the wire.
    ecsProperties: { taskProperties: [{ containers: CONTAINERS as never }] },
  });
  for (let index = 0; index < JOBS; index += 1) {
    const environment = [{ name: 'CODE', value: String(codeOf(index)) }];
    const { jobId } = await batch.submitJob({
      jobName: 'j',
      jobQueue: 'default',
      jobDefinition: 'several',
      ecsPropertiesOverride: { taskProperties: [{ containers: [{ name: 'main', environment }] }] },
    });
    jobIds.push(jobId ?? '');
  }
  for (let kills = 0; kills < KILLS; kills += 1) {
    await pause(60 + ((kills * 97) % 250));
    await server.kill();
    await start();
  }
  const deadline = Date.now() + 60_000;
  do {
    await pause(100);
    jobs = await describeAll();
  } while (jobs.some(({ status }) => status !== 'SUCCEEDED' && status !== 'FAILED') && Date.now() < deadline);
});

afterAll(async () => {
  await server?.end();
  rmSync(folder, { recursive: true, force: true });
});

describe(`after ${KILLS} kills`, () => {
  it('every container has run once, and in its order', () => {
    const wrong = jobIds
      .map((jobId) => readFileSync(join(traces, jobId), 'utf8').trim().split('\n'))
      .filter((lines) => lines.join() !== IN_ORDER.join());
    expect(wrong).toEqual([]);
  });

  it('every job has ended as its essential container did, in one attempt', () => {
    const ends = jobs.map(({ status, attempts = [] }) => [
      status,
      attempts.map(({ taskProperties }) =>
        taskProperties?.[0]?.containers?.map(({ name, exitCode }) => `${name} ${exitCode}`),
      ),
    ]);
    const expected = jobIds.map((_, index) => [
      codeOf(index) === 0 ? 'SUCCEEDED' : 'FAILED',
      [[`main ${codeOf(index)}`, 'setup 9', 'fetch 9']],
    ]);
    expect(ends).toEqual(expected);
  });
});
