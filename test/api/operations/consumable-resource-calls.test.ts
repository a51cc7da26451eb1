// The life of a consumable resource, and of the jobs that take it, as an AWS client sees them.
import {
  CreateConsumableResourceCommand,
  DeleteConsumableResourceCommand,
  DescribeConsumableResourceCommand,
  DescribeJobsCommand,
  ListConsumableResourcesCommand,
  ListJobsByConsumableResourceCommand,
  ListTagsForResourceCommand,
  SubmitJobCommand,
  TagResourceCommand,
  TerminateJobCommand,
  UpdateConsumableResourceCommand,
} from '@aws-sdk/client-batch';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobId } from '../../../core/ids.ts';
import { attemptId } from '../../../core/job/job.ts';
import { schedule } from '../../../engine/schedule.ts';
import { whyWaiting } from '../../../engine/why.ts';
import type { ALocalEngineOptions } from '../../engine/a-local-engine.ts';
import type { EngineCalls } from './engine-calls.ts';
import { engineCalls } from './engine-calls.ts';
import { arnOfType } from './resource-calls.ts';

let home: EngineCalls | undefined;
async function open(options: ALocalEngineOptions = {}): Promise<EngineCalls> {
  home = await engineCalls({ vcpus: 8, ...options });
  return home;
}
afterEach(async () => {
  expect(home?.launcher.violations ?? []).toEqual([]);
  await home?.close();
  home = undefined;
});

const create = (calls: EngineCalls, name: string, totalQuantity: number, resourceType?: string) =>
  calls.batch.send(
    new CreateConsumableResourceCommand({
      consumableResourceName: name,
      totalQuantity,
      ...(resourceType === undefined ? {} : { resourceType }),
    }),
  );

const show = async (calls: EngineCalls, consumableResource: string) => {
  const shown = await calls.batch.send(new DescribeConsumableResourceCommand({ consumableResource }));
  const { totalQuantity, inUseQuantity, availableQuantity } = shown;
  return [totalQuantity, inUseQuantity, availableQuantity];
};

const change = (
  calls: EngineCalls,
  consumableResource: string,
  operation: string,
  quantity: number,
  clientToken?: string,
) =>
  calls.batch.send(
    new UpdateConsumableResourceCommand({
      consumableResource,
      operation,
      quantity,
      ...(clientToken === undefined ? {} : { clientToken }),
    }),
  );

async function submit(calls: EngineCalls, name: string, quantity: number, jobName = 'job'): Promise<JobId> {
  const list = { consumableResourceList: [{ consumableResource: name, quantity }] };
  const input = {
    jobName,
    jobQueue: 'default',
    jobDefinition: 'shell',
    consumableResourcePropertiesOverride: list,
  };
  return (await calls.batch.send(new SubmitJobCommand(input))).jobId as JobId; // of a new job
}

const runs = (calls: EngineCalls, jobId: JobId) => calls.until(jobId, (job) => job.status === 'RUNNING');
const stop = (calls: EngineCalls, jobId: JobId) =>
  calls.batch.send(new TerminateJobCommand({ jobId, reason: 'over' }));

describe('a consumable resource', () => {
  it('is created, described, changed, tagged and deleted', async () => {
    const calls = await open();
    const arn = arnOfType('consumable-resource', 'licence');
    expect(await create(calls, 'licence', 5)).toMatchObject({
      consumableResourceName: 'licence',
      consumableResourceArn: arn,
    });
    await expect(create(calls, 'licence', 5)).rejects.toThrow('Object already exists');
    expect(await show(calls, arn)).toEqual([5, 0, 5]);
    expect(await change(calls, 'licence', 'ADD', 2)).toMatchObject({ totalQuantity: 7 });
    expect(await change(calls, 'licence', 'SET', 3)).toMatchObject({ totalQuantity: 3 });
    await calls.batch.send(new TagResourceCommand({ resourceArn: arn, tags: { team: 'a' } }));
    const { tags } = await calls.batch.send(new ListTagsForResourceCommand({ resourceArn: arn }));
    expect(tags).toEqual({ team: 'a' });
    await calls.batch.send(new DeleteConsumableResourceCommand({ consumableResource: 'licence' }));
    await calls.batch.send(new DeleteConsumableResourceCommand({ consumableResource: 'licence' }));
    await expect(show(calls, 'licence')).rejects.toMatchObject({
      name: 'ClientException',
      message: 'ConsumableResource licence not found.',
    });
  });

  it('is changed once by an update that is repeated with its token', async () => {
    const calls = await open();
    await create(calls, 'licence', 1);
    await Promise.all([1, 2, 3].map(() => change(calls, 'licence', 'ADD', 5, 'token')));
    expect(await show(calls, 'licence')).toEqual([6, 0, 6]);
    await change(calls, 'licence', 'ADD', 1, 'token');
    await change(calls, 'licence', 'ADD', 5, 'other');
    expect(await show(calls, 'licence')).toEqual([12, 0, 12]);
  });

  it('is listed by name, page by page', async () => {
    const calls = await open();
    for (const name of ['b-one', 'a-one', 'A-two']) await create(calls, name, 1);
    const list = async (input: object) => calls.batch.send(new ListConsumableResourcesCommand(input));
    const first = await list({ maxResults: 2 });
    expect(first.consumableResources).toMatchObject([
      { consumableResourceName: 'A-two', totalQuantity: 1, inUseQuantity: 0, resourceType: 'REPLENISHABLE' },
      { consumableResourceName: 'a-one' },
    ]);
    const second = await list({ maxResults: 2, nextToken: first.nextToken });
    expect(second.consumableResources).toMatchObject([{ consumableResourceName: 'b-one' }]);
    expect(second.nextToken).toBeUndefined();
    const filters = [{ name: 'CONSUMABLE_RESOURCE_NAME', values: ['a-*'] }];
    expect((await list({ filters })).consumableResources).toHaveLength(2);
    await expect(list({ filters: [{ name: 'X', values: [] }] })).rejects.toThrow(
      'filters[0].name must be CONSUMABLE_RESOURCE_NAME, but is "X".',
    );
  });
});

describe('a job that takes a consumable resource', () => {
  it('waits until enough is free, says for what, and gives it back at its end', async () => {
    const calls = await open();
    await create(calls, 'licence', 3);
    const first = await submit(calls, 'licence', 2);
    await runs(calls, first);
    expect(await show(calls, 'licence')).toEqual([3, 2, 1]);
    const second = await submit(calls, 'licence', 2);
    await calls.until(second, (job) => job.status === 'RUNNABLE');
    expect(await whyWaiting(calls.engine.schedule, second)).toMatchObject({
      position: 1,
      reason: {
        code: 'CONSUMABLE',
        lacks: [{ consumableResource: arnOfType('consumable-resource', 'licence'), wanted: 2, available: 1 }],
      },
    });
    const { jobs } = await calls.batch.send(new DescribeJobsCommand({ jobs: [second] }));
    expect(jobs?.[0]?.consumableResourceProperties).toEqual({
      consumableResourceList: [
        { consumableResource: arnOfType('consumable-resource', 'licence'), quantity: 2 },
      ],
    });
    await stop(calls, first);
    await runs(calls, second);
    await stop(calls, second);
    await expect.poll(() => show(calls, 'licence')).toEqual([3, 0, 3]);
    // An end that is told again gives nothing back twice.
    await schedule(calls.engine.schedule, [attemptId(first, 1), attemptId(second, 1)]);
    expect(await show(calls, 'licence')).toEqual([3, 0, 3]);
  });

  it('uses up one that does not come back, with each of its attempts', async () => {
    const calls = await open({ onStart: () => ({ exitCode: 1 }) });
    await create(calls, 'token', 5, 'NON_REPLENISHABLE');
    const list = { consumableResourceList: [{ consumableResource: 'token', quantity: 2 }] };
    const jobId = await calls.submit({
      consumableResourcePropertiesOverride: list,
      retryStrategy: { attempts: 2 },
    });
    await calls.ended(jobId);
    await expect.poll(() => show(calls, 'token')).toEqual([1, 0, 1]);
    expect(await change(calls, 'token', 'SET', 9)).toMatchObject({ totalQuantity: 9 });
    expect(await show(calls, 'token')).toEqual([9, 0, 9]);
  });

  it('that needs more than there ever is lets others pass, and starts once the total is raised', async () => {
    const calls = await open();
    await create(calls, 'licence', 1);
    const greedy = await submit(calls, 'licence', 4);
    const modest = await submit(calls, 'licence', 1);
    await runs(calls, modest);
    const waiting = await calls.until(greedy, (job) => job.unplaceable !== undefined);
    expect(waiting.statusReason).toContain('its total must be raised first');
    await change(calls, 'licence', 'SET', 5);
    await runs(calls, greedy);
    expect(await show(calls, 'licence')).toEqual([5, 5, 0]);
  });

  it('lowers nothing below what is in use: it takes effect as jobs end', async () => {
    const calls = await open();
    await create(calls, 'licence', 2);
    const ids = [await submit(calls, 'licence', 1), await submit(calls, 'licence', 1)];
    for (const id of ids) await runs(calls, id);
    await change(calls, 'licence', 'SET', 1);
    expect(await show(calls, 'licence')).toEqual([1, 2, 0]);
    const next = await submit(calls, 'licence', 1);
    await stop(calls, ids[0] as JobId);
    await expect.poll(() => show(calls, 'licence')).toEqual([1, 1, 0]);
    expect((await calls.job(next)).status).toBe('RUNNABLE');
    await stop(calls, ids[1] as JobId);
    await runs(calls, next);
  });

  it('takes it for each child of an array', async () => {
    const calls = await open();
    await create(calls, 'licence', 2);
    const list = { consumableResourceList: [{ consumableResource: 'licence', quantity: 1 }] };
    const array = await calls.submit({
      arrayProperties: { size: 4 },
      consumableResourcePropertiesOverride: list,
    });
    await calls.until(array, (job) => job.children?.RUNNING === 2);
    expect(await show(calls, 'licence')).toEqual([2, 2, 0]);
    await stop(calls, array);
    await calls.ended(array);
    await expect.poll(() => show(calls, 'licence')).toEqual([2, 0, 2]);
  });

  it('is refused when the resource does not exist, and keeps it from being deleted until it ends', async () => {
    const calls = await open();
    await expect(submit(calls, 'none', 1)).rejects.toMatchObject({
      name: 'ClientException',
      message: 'ConsumableResource none not found.',
    });
    await create(calls, 'licence', 1);
    const jobId = await submit(calls, 'licence', 1);
    await runs(calls, jobId);
    const remove = () =>
      calls.batch.send(new DeleteConsumableResourceCommand({ consumableResource: 'licence' }));
    await expect(remove()).rejects.toThrow('is needed by jobs that have not ended');
    await stop(calls, jobId);
    await calls.ended(jobId);
    await remove();
  });

  it('is listed by the resource, newest first, by state and name', async () => {
    const calls = await open();
    await create(calls, 'licence', 1);
    const first = await submit(calls, 'licence', 1, 'Alpha');
    await runs(calls, first);
    await submit(calls, 'licence', 1, 'Beta');
    const list = async (...filters: { name: string; values: string[] }[]) => {
      const input = { consumableResource: 'licence', filters };
      const { jobs = [] } = await calls.batch.send(new ListJobsByConsumableResourceCommand(input));
      return jobs.map(({ jobName }) => jobName);
    };
    expect(new Set(await list())).toEqual(new Set(['Alpha', 'Beta']));
    expect(await list({ name: 'JOB_NAME', values: ['al*'] })).toEqual(['Alpha']);
    expect(await list({ name: 'JOB_STATUS', values: ['RUNNING'] })).toEqual(['Alpha']);
    await stop(calls, first);
    await calls.ended(first);
    expect(await list({ name: 'JOB_STATUS', values: ['FAILED'] })).toEqual(['Alpha']);
    await expect(list({ name: 'JOB_STATUS', values: ['DONE'] })).rejects.toThrow(
      'filters[0].values must be of',
    );
  });
});
