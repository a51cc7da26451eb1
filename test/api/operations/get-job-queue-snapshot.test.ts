// GetJobQueueSnapshot as an AWS client sees it.
import { GetJobQueueSnapshotCommand } from '@aws-sdk/client-batch';
import { afterEach, describe, expect, it } from 'vitest';
import type { EngineCalls } from './engine-calls.ts';
import { engineCalls } from './engine-calls.ts';

let home: EngineCalls | undefined;
async function open(vcpus: number): Promise<EngineCalls> {
  home = await engineCalls({ vcpus });
  return home;
}
afterEach(async () => {
  await home?.close();
  home = undefined;
});

const snapshot = (calls: EngineCalls) =>
  calls.batch.send(new GetJobQueueSnapshotCommand({ jobQueue: 'default' }));

describe('the snapshot of a queue', () => {
  it('lists what waits by submission, an array as one entry, with the vCPUs in use', async () => {
    const calls = await open(2);
    const running = await calls.submit({
      containerOverrides: { resourceRequirements: [{ type: 'VCPU', value: '2' }] },
    });
    const status = (await calls.until(running, (job) => job.status === 'RUNNING')).status;
    const single = await calls.submit();
    const array = await calls.submit({ arrayProperties: { size: 250 } });
    await calls.until(array, (job) => job.children?.RUNNABLE === 250);
    const last = await calls.submit();
    await calls.until(last, (job) => job.status === 'RUNNABLE');
    const { frontOfQueue, queueUtilization } = await snapshot(calls);
    expect(status).toBe('RUNNING');
    expect(frontOfQueue?.jobs?.map(({ jobArn }) => jobArn?.split('/')[1])).toEqual([single, array, last]);
    const first = await calls.job(single);
    expect(frontOfQueue?.jobs?.[0]?.earliestTimeAtPosition).toBe(first.runnableAtMs);
    expect(queueUtilization).toMatchObject({ totalCapacityUsage: [{ capacityUnit: 'VCPU', quantity: 2 }] });
  });

  it('holds at most a hundred entries', async () => {
    const calls = await open(1);
    for (let n = 0; n < 103; n += 1) await calls.submit();
    await expect
      .poll(async () => (await snapshot(calls)).frontOfQueue?.jobs?.length, { timeout: 5_000 })
      .toBe(100);
  });

  it('of an idle queue is empty', async () => {
    const calls = await open(1);
    const { frontOfQueue, queueUtilization } = await snapshot(calls);
    expect(frontOfQueue?.jobs).toEqual([]);
    expect(queueUtilization?.totalCapacityUsage).toEqual([{ capacityUnit: 'VCPU', quantity: 0 }]);
  });

  it('of an unknown queue is refused', async () => {
    const { batch } = await open(1);
    await expect(batch.send(new GetJobQueueSnapshotCommand({ jobQueue: 'none' }))).rejects.toMatchObject({
      name: 'ClientException',
      message: 'JobQueue none not found.',
    });
  });
});
