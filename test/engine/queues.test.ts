import { describe, expect, it } from 'vitest';
import type { Problems } from '../../core/definition/problem.ts';
import type { ComputeEnvironmentArn, QueueArn } from '../../core/ids.ts';
import type { JobQueue } from '../../core/queue/job-queue.ts';
import type { CreateQueueInput } from '../../core/queue/validate-job-queue.ts';
import { createEnvironment, updateEnvironment } from '../../engine/environments.ts';
import type { QueueAnswer } from '../../engine/queues.ts';
import { createQueue, deleteQueue, finishQueue, resumeQueues, updateQueue } from '../../engine/queues.ts';
import { createPolicy, deletePolicy } from '../../engine/scheduling-policies.ts';
import { getEnvironment } from '../../engine/store/compute-environments.ts';
import { getQueue, listSchedulable } from '../../engine/store/queues.ts';
import { getPolicy } from '../../engine/store/scheduling-policies.ts';
import { aRequest, SCOPE } from '../core/placement/an-environment.ts';
import { aHome } from './a-home.ts';
import type { Home, HomeDeps } from './a-home.ts';

const QUEUE = 'arn:aws:batch:us-east-1:123456789012:job-queue/q' as QueueArn;
const ceArn = (name: string) =>
  `arn:aws:batch:us-east-1:123456789012:compute-environment/${name}` as ComputeEnvironmentArn;
const policyArn = (name: string) => `arn:aws:batch:us-east-1:123456789012:scheduling-policy/${name}`;

function request(
  members: Partial<CreateQueueInput> = {},
  ...environments: readonly string[]
): CreateQueueInput {
  const names = environments.length > 0 ? environments : ['one'];
  return {
    jobQueueName: 'q',
    priority: 1,
    computeEnvironmentOrder: names.map((name, order) => ({ order, computeEnvironment: ceArn(name) })),
    ...members,
  };
}

/** A home with the compute environments `one` and `two` and the policies `fair` and `fairer`. */
async function aFurnishedHome(overrides: Partial<HomeDeps> = {}): Promise<Home> {
  const home = aHome(overrides);
  for (const name of ['one', 'two']) {
    await createEnvironment(home.deps, SCOPE, aRequest({ computeEnvironmentName: name }));
  }
  for (const name of ['fair', 'fairer']) await createPolicy(home.deps, SCOPE, { name });
  return home;
}

async function stored({ table }: HomeDeps): Promise<JobQueue | undefined> {
  return (await getQueue(table, QUEUE))?.record.queue;
}

async function usersOf({ table }: HomeDeps): Promise<Record<string, number | undefined>> {
  const [one, two] = [await getEnvironment(table, ceArn('one')), await getEnvironment(table, ceArn('two'))];
  const [fair, fairer] = [
    await getPolicy(table, policyArn('fair')),
    await getPolicy(table, policyArn('fairer')),
  ];
  return Object.fromEntries(
    Object.entries({ one, two, fair, fairer }).map(([name, found]) => [name, found?.record.usedBy.length]),
  );
}

function messageOf(answer: QueueAnswer | Problems): string | undefined {
  if (Array.isArray(answer)) return (answer as Problems)[0]?.message;
  return 'problems' in answer ? answer.problems[0]?.message : undefined;
}

describe('a job queue', () => {
  it('is answered as CREATING and becomes VALID', async () => {
    const { deps, settled } = await aFurnishedHome();
    expect(await createQueue(deps, SCOPE, request())).toMatchObject({ queue: { status: 'CREATING' } });
    expect(await stored(deps)).toMatchObject({ status: 'VALID', statusReason: 'JobQueue Healthy' });
    expect(settled.at(-1)).toBe(QUEUE);
  });
  it('exists once, also when two callers create it at the same moment', async () => {
    const { deps } = await aFurnishedHome();
    const answers = await Promise.all([1, 2, 3].map(() => createQueue(deps, SCOPE, request())));
    expect(answers.filter((answer) => 'queue' in answer)).toHaveLength(1);
    expect(answers.filter((answer) => messageOf(answer) === 'Object already exists')).toHaveLength(2);
    expect(await usersOf(deps)).toMatchObject({ one: 1 });
  });
  it('is one of at most 50 in its Region', async () => {
    const { deps } = await aFurnishedHome();
    for (let index = 0; index < 50; index += 1) {
      expect(await createQueue(deps, SCOPE, request({ jobQueueName: `q-${index}` }))).toHaveProperty('queue');
    }
    expect(messageOf(await createQueue(deps, SCOPE, request()))).toMatch(/at most 50 job queues/);
  });
  it('is known to everything it uses, and to nothing else', async () => {
    const { deps } = await aFurnishedHome();
    await createQueue(deps, SCOPE, request({ schedulingPolicyArn: policyArn('fair') }));
    expect(await usersOf(deps)).toEqual({ one: 1, two: 0, fair: 1, fairer: 0 });
    const moved = request({ schedulingPolicyArn: policyArn('fairer') }, 'two', 'one');
    await updateQueue(deps, QUEUE, {
      computeEnvironmentOrder: moved.computeEnvironmentOrder?.slice(0, 1) ?? [],
      schedulingPolicyArn: policyArn('fairer'),
    });
    expect(await usersOf(deps)).toEqual({ one: 0, two: 1, fair: 0, fairer: 1 });
    await updateQueue(deps, QUEUE, { state: 'DISABLED' });
    expect(await usersOf(deps)).toEqual({ one: 0, two: 1, fair: 0, fairer: 1 });
    await deleteQueue(deps, QUEUE);
    expect(await usersOf(deps)).toEqual({ one: 0, two: 0, fair: 0, fairer: 0 });
    expect(await deletePolicy(deps, policyArn('fairer'))).toEqual([]);
  });
  it('is not there to update, and deleting it is no mistake', async () => {
    const { deps } = aHome();
    expect(messageOf(await updateQueue(deps, QUEUE, { priority: 1 }))).toBe('jobQueue q does not exist.');
    expect(await deleteQueue(deps, QUEUE)).toEqual([]);
  });
  it('survives changes to its compute environment that happen at the same moment', async () => {
    const { deps } = await aFurnishedHome();
    const [, created] = await Promise.all([
      updateEnvironment(deps, ceArn('one'), { computeResources: { maxvCpus: 20 } }),
      createQueue(deps, SCOPE, request()),
    ]);
    if ('queue' in created) expect(await usersOf(deps)).toMatchObject({ one: 1 });
    else expect(messageOf(created)).toMatch(/must be VALID, but is UPDATING/);
  });
});

describe('deleting a job queue', () => {
  it('wants it DISABLED', async () => {
    const { deps } = await aFurnishedHome();
    await createQueue(deps, SCOPE, request());
    expect(messageOf(await deleteQueue(deps, QUEUE))).toBe('Cannot delete, resource must be DISABLED');
  });
  it('shows DELETING until its jobs have ended', async () => {
    let jobs = 2;
    const asked: QueueArn[] = [];
    const { deps } = await aFurnishedHome({
      onQueueDeleting: async (arn) => {
        asked.push(arn);
        return jobs > 0 ? 'in-progress' : 'done';
      },
    });
    await createQueue(deps, SCOPE, request({ state: 'DISABLED' }));
    expect(await deleteQueue(deps, QUEUE)).toEqual([]);
    expect(await stored(deps)).toMatchObject({ status: 'DELETING' });
    expect(messageOf(await deleteQueue(deps, QUEUE))).toBe('Cannot delete, resource is being modified');
    expect(messageOf(await updateQueue(deps, QUEUE, { priority: 1 }))).toBe(
      'Cannot update, resource is being modified',
    );
    expect(await usersOf(deps)).toMatchObject({ one: 1 });
    jobs = 0;
    expect(await resumeQueues(deps)).toBe(1);
    expect(await stored(deps)).toBeUndefined();
    expect(asked).toEqual([QUEUE, QUEUE]);
  });
  it('is finished by whoever ended the last job, once', async () => {
    const { deps, settled } = await aFurnishedHome({ onQueueDeleting: async () => 'in-progress' });
    await createQueue(deps, SCOPE, request({ state: 'DISABLED' }));
    await deleteQueue(deps, QUEUE);
    const before = settled.length;
    await Promise.all([finishQueue(deps, QUEUE), finishQueue(deps, QUEUE)]);
    expect(settled.slice(before)).toEqual([QUEUE]);
    expect(await usersOf(deps)).toMatchObject({ one: 0 });
  });
  it('goes on after a crash', async () => {
    let crashed = true;
    const { deps, failed } = await aFurnishedHome({
      onQueueDeleting: async () => {
        if (crashed) throw new Error('the process ended here');
        return 'done';
      },
    });
    await createQueue(deps, SCOPE, request({ state: 'DISABLED' }));
    expect(await deleteQueue(deps, QUEUE)).toEqual([]);
    expect(failed).toMatchObject([{ arn: QUEUE }]);
    crashed = false;
    expect(await resumeQueues(deps)).toBe(1);
    expect(await stored(deps)).toBeUndefined();
  });
});

describe('what may be scheduled', () => {
  it('is every queue and compute environment of every Region', async () => {
    const { deps } = await aFurnishedHome();
    const elsewhere = { ...SCOPE, region: 'eu-west-1' };
    await createEnvironment(deps, elsewhere, aRequest({ computeEnvironmentName: 'three' }));
    await createQueue(deps, SCOPE, request());
    const { queues, environments } = await listSchedulable(deps.table);
    expect(queues.map((queue) => queue.name)).toEqual(['q']);
    expect(environments.map((environment) => environment.name).toSorted()).toEqual(['one', 'three', 'two']);
  });
});
