// Kills the server with SIGKILL at random moments, again and again, while an array and a web of dependent jobs run, and then
// counts from the jobs' own traces: what was accepted ended, nothing ran twice, nothing ran too early, every change is told.
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Batch, JobDetail } from '@aws-sdk/client-batch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../adapters/sqlite/open-sqlite-store.ts';
import { strandedPlacements } from '../../engine/reconcile.ts';
import { createJobStore } from '../../engine/store/jobs.ts';
import { listPlacements } from '../../engine/store/ledger.ts';
import type { ServerProcess } from './a-server-process.ts';
import { startServerProcess } from './a-server-process.ts';

const ARRAY_SIZE = 1_000;
const DEPENDENT_JOBS = 50;
const KILLS = Number(process.env['SLIPWAY_TEST_KILLS'] ?? 15);
const SEED = Number(process.env['SLIPWAY_TEST_SEED'] ?? Date.now() % 100_000);

const folder = mkdtempSync(join(tmpdir(), 'slipway-crash-'));
const dataDir = join(folder, 'data');
const traces = join(folder, 'traces');

/** Small, seeded, and good enough to choose moments with. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}
const next = random(SEED);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let server: ServerProcess;
const start = async (): Promise<void> => {
  server = await startServerProcess(dataDir, ['--vcpus', '32', '--memory', '60000']);
};

/** A job that leaves one line when it starts and one when it ends, each with the time, in a file of its own. */
const TRACING = [
  'sh',
  '-c',
  `f="${traces}/$AWS_BATCH_JOB_ID"; echo "start $AWS_BATCH_JOB_ATTEMPT $(date +%s%N)" >>"$f"; sleep 0.$((TENTHS)); echo "end $AWS_BATCH_JOB_ATTEMPT $(date +%s%N)" >>"$f"`,
];

async function submit(batch: Batch, name: string, more: object = {}): Promise<string> {
  const command = TRACING.map((part) => part.replace('$((TENTHS))', String(1 + Math.floor(next() * 4))));
  const resourceRequirements = [
    { type: 'VCPU' as const, value: '1' },
    { type: 'MEMORY' as const, value: '64' },
  ];
  const { jobId } = await batch.submitJob({
    jobName: name,
    jobQueue: 'default',
    jobDefinition: 'shell',
    containerOverrides: { command, resourceRequirements },
    ...more,
  });
  return jobId ?? '';
}

interface Trace {
  readonly kind: string;
  readonly attempt: number;
  readonly at: bigint;
}

function traceOf(jobId: string): Trace[] {
  return readFileSync(join(traces, jobId), 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const [kind = '', attempt, at = '0'] = line.split(' ');
      return { kind, attempt: Number(attempt), at: BigInt(at) };
    });
}

const dependencies = new Map<string, string[]>();
let arrayId = '';
const single: string[] = [];
let details = new Map<string, JobDetail>();

async function describeAll(ids: readonly string[]): Promise<Map<string, JobDetail>> {
  const batch = server.batch();
  const found = new Map<string, JobDetail>();
  for (let from = 0; from < ids.length; from += 100) {
    const { jobs = [] } = await batch.describeJobs({ jobs: ids.slice(from, from + 100) });
    for (const job of jobs) found.set(job.jobId ?? '', job);
  }
  return found;
}

const isEnded = (job: JobDetail | undefined): boolean =>
  job?.status === 'SUCCEEDED' || job?.status === 'FAILED';

async function untilAllEnded(): Promise<void> {
  const deadline = Date.now() + 120_000;
  const tops = [arrayId, ...single];
  for (;;) {
    const found = await describeAll(tops);
    if (tops.every((id) => isEnded(found.get(id)))) return;
    if (Date.now() > deadline) {
      const left = tops
        .filter((id) => !isEnded(found.get(id)))
        .map((id) => JSON.stringify(found.get(id)).slice(0, 400));
      throw new Error(`seed ${SEED}: ${left.length} jobs never ended:\n${left.slice(0, 5).join('\n')}`);
    }
    await pause(100);
  }
}

beforeAll(async () => {
  mkdirSync(traces);
  await start();
  const batch = server.batch();
  arrayId = await submit(batch, 'array', { arrayProperties: { size: ARRAY_SIZE } });
  for (let index = 0; index < DEPENDENT_JOBS; index += 1) {
    const waitsFor = single.filter(() => next() < 0.06).slice(-5);
    const id = await submit(batch, `dependent-${index}`, { dependsOn: waitsFor.map((jobId) => ({ jobId })) });
    dependencies.set(id, waitsFor);
    single.push(id);
  }
  for (let kills = 0; kills < KILLS; kills += 1) {
    await pause(next() * 500);
    await server.kill();
    appendFileSync(join(folder, 'kills'), `${Date.now()}\n`);
    await start();
  }
  await untilAllEnded();
  details = await describeAll([
    arrayId,
    ...single,
    ...Array.from({ length: ARRAY_SIZE }, (_, index) => `${arrayId}:${index}`),
  ]);
}, 300_000);

afterAll(async () => {
  await server?.end();
  rmSync(folder, { recursive: true, force: true });
});

describe(`after ${KILLS} kills (seed ${SEED})`, () => {
  const running = (): [string, JobDetail][] => [...details].filter(([id]) => id !== arrayId);

  it('every accepted job has ended well', () => {
    expect(details.size).toBe(ARRAY_SIZE + DEPENDENT_JOBS + 1);
    const wrong = [...details].filter(([, job]) => job.status !== 'SUCCEEDED');
    expect(
      wrong.map(([id, job]) => `${id}: ${job.status} ${job.statusReason} ${JSON.stringify(job.attempts)}`),
    ).toEqual([]);
  });

  it('the array counts its children right', () => {
    expect(details.get(arrayId)?.arrayProperties?.statusSummary).toMatchObject({
      SUCCEEDED: ARRAY_SIZE,
      RUNNING: 0,
    });
  });

  it('each attempt ran once, from start to end, and the record says so', () => {
    expect(readdirSync(traces)).toHaveLength(ARRAY_SIZE + DEPENDENT_JOBS);
    const wrong = running().filter(([id, job]) => {
      const kinds = traceOf(id).map(({ kind, attempt }) => `${kind} ${attempt}`);
      return job.attempts?.length !== 1 || kinds.join(',') !== 'start 1,end 1';
    });
    expect(
      wrong.map(
        ([id, job]) => `${id}: ${JSON.stringify(job.attempts)} ran ${readFileSync(join(traces, id), 'utf8')}`,
      ),
    ).toEqual([]);
  });

  it('no job started before all it waits for had ended', () => {
    const early: string[] = [];
    for (const [id, waitsFor] of dependencies) {
      const startedAt = traceOf(id)[0]?.at ?? 0n;
      for (const other of waitsFor) {
        if ((traceOf(other).at(-1)?.at ?? startedAt) >= startedAt) early.push(`${id} before ${other}`);
      }
    }
    expect([...dependencies.values()].flat().length).toBeGreaterThan(10);
    expect(early).toEqual([]);
  });

  it('times are in order', () => {
    const wrong = running().filter(([, { createdAt = 0, startedAt = 0, stoppedAt = 0 }]) => {
      return createdAt > startedAt || startedAt > stoppedAt;
    });
    expect(wrong.map(([id]) => id)).toEqual([]);
  });

  it('every change of state has an event, and no capacity is still taken', async () => {
    await server.end();
    const opened = openSqliteStore({ file: join(dataDir, 'slipway.db'), clock: { now: () => Date.now() } });
    try {
      const missing: string[] = [];
      for (const [jobId, job] of details) {
        const events = await opened.events.read({ afterSeq: 0, limit: 100, jobId });
        const told = new Set(events.map((event) => (event.detail as { status: string }).status));
        const wanted = jobId === arrayId ? ['PENDING', 'SUCCEEDED'] : ['RUNNABLE', 'STARTING', 'SUCCEEDED'];
        if (job.attempts?.[0]?.startedAt !== undefined && jobId !== arrayId && events.length < 3)
          missing.push(jobId);
        for (const status of wanted) if (!told.has(status)) missing.push(`${jobId} ${status}`);
      }
      expect(missing).toEqual([]);
      expect((await listPlacements(opened.table)).placements).toEqual([]);
      expect(await strandedPlacements({ store: createJobStore(opened.table, 1) })).toEqual([]);
    } finally {
      await opened.close();
    }
  });
});
