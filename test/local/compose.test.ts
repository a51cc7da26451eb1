import { rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { SqliteStore } from '../../adapters/sqlite/open-sqlite-store.ts';
import { openSqliteStore } from '../../adapters/sqlite/open-sqlite-store.ts';
import type { ComputeEnvironmentArn, JobId, QueueArn, Scope } from '../../core/ids.ts';
import { arnOf } from '../../core/ids.ts';
import { createEnvironment } from '../../engine/environments.ts';
import type { Table } from '../../engine/table-ports.ts';
import { StoreUnavailableError } from '../../engine/table-ports.ts';
import { createQueue, deleteQueue, updateQueue } from '../../engine/queues.ts';
import { getQueue } from '../../engine/store/queues.ts';
import { partitionsOf } from '../../engine/table-rules.ts';
import type { LocalEngine } from '../../local/compose.ts';
import { composeLocalEngine } from '../../local/compose.ts';
import { aLocalEngine } from '../engine/a-local-engine.ts';
import { createSimulatedLauncher } from '../engine/simulated-launcher.ts';

const SCOPE: Scope = { partition: 'aws', region: 'us-east-1', account: '123456789012' };
const QUEUE = arnOf(SCOPE, 'job-queue', 'queue') as QueueArn; // of this type
const ENVIRONMENT = arnOf(SCOPE, 'compute-environment', 'ce') as ComputeEnvironmentArn; // of this type

afterEach(() => {
  vi.useRealTimers();
});

/** An engine whose table can be made to refuse looks at what is in the queue. */
async function anEngine(): Promise<{
  readonly engine: LocalEngine;
  readonly refuse: (looks: number) => void;
  readonly loseAnswer: () => void;
}> {
  let refusals = 0;
  let isAnswerLost = false;
  const opened: SqliteStore = openSqliteStore({ file: ':memory:', clock: { now: () => Date.now() } });
  const table: { -readonly [Name in keyof Table]: Table[Name] } = {
    ...opened.table,
    query: async (query) => {
      if (partitionsOf(query).some((partition) => partition.startsWith(QUEUE))) {
        refusals -= 1;
        if (refusals >= 0) throw new StoreUnavailableError('the disk does not answer');
      }
      return opened.table.query(query);
    },
  };
  table.write = async (ops) => {
    const result = await opened.table.write(ops);
    if (!isAnswerLost) return result;
    isAnswerLost = false;
    throw new StoreUnavailableError('the disk has not answered');
  };
  let ids = 0;
  const uuid = (): string => `00000000-0000-4000-8000-${String((ids += 1)).padStart(12, '0')}`;
  const engine = composeLocalEngine({
    opened: { ...opened, table },
    launcher: createSimulatedLauncher({ now: () => Date.now() }),
    host: { total: { vcpus: 1, memoryMiB: 1_024, gpus: 0 }, gpuIds: [] },
    clock: { now: () => Date.now() },
    ids: { jobId: () => uuid() as JobId, uuid }, // a job id is a UUID
    jobEnvironment: {},
    retentionMs: 86_400_000,
    stopGraceSeconds: 1,
    log: () => undefined,
  });
  await engine.start();
  onTestFinished(async () => {
    await engine.stop();
    await opened.close();
  });
  return { engine, refuse: (looks) => void (refusals = looks), loseAnswer: () => void (isAnswerLost = true) };
}

describe('a change whose consequences failed', () => {
  async function aQueue(engine: LocalEngine): Promise<void> {
    const { resources } = engine;
    const role = 'arn:aws:iam::123456789012:role/service';
    const environment = { computeEnvironmentName: 'ce', type: 'UNMANAGED', serviceRole: role } as const;
    expect(await createEnvironment(resources, SCOPE, environment)).toHaveProperty('environment');
    const queue = {
      jobQueueName: 'queue',
      priority: 1,
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: ENVIRONMENT }],
    };
    expect(await createQueue(resources, SCOPE, queue)).toHaveProperty('queue');
    await updateQueue(resources, QUEUE, { state: 'DISABLED' });
  }
  const status = async ({ resources }: LocalEngine): Promise<string | undefined> =>
    (await getQueue(resources.table, QUEUE))?.record.queue.status;

  it('is taken up again without a restart', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { engine, refuse } = await anEngine();
    await aQueue(engine);
    // The look at the queue's jobs fails, and so does the first attempt to take it up again.
    refuse(2);
    await deleteQueue(engine.resources, QUEUE);
    expect(await status(engine)).toBe('DELETING');
    await vi.advanceTimersByTimeAsync(5_000);
    await vi.waitFor(async () => expect(await status(engine)).toBeUndefined());
  });

  it('is taken up also when only the answer of its commit was lost', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { engine, loseAnswer } = await anEngine();
    await aQueue(engine);
    loseAnswer();
    await expect(deleteQueue(engine.resources, QUEUE)).rejects.toThrow('has not answered');
    expect(await status(engine)).toBe('DELETING');
    await vi.advanceTimersByTimeAsync(5_000);
    await vi.waitFor(async () => expect(await status(engine)).toBeUndefined());
  });
});

describe('a job that could never fit', () => {
  it('is judged anew when the machine has grown at the next start', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-compose-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'store.db');
    const small = await aLocalEngine({ file, memoryMiB: 256 });
    const jobId = await small.submit();
    await small.until(jobId, (job) => job.status === 'RUNNABLE' && job.unplaceable !== undefined);
    await small.close();

    const large = await aLocalEngine({ file, memoryMiB: 4_096 });
    onTestFinished(() => large.close());
    expect(await large.ended(jobId)).toMatchObject({ status: 'SUCCEEDED' });
  });
});
