import { describe, expect, it } from 'vitest';
import type { ComputeEnvironmentArn, QueueArn } from '../../core/ids.ts';
import { createEnvironment } from '../../engine/environments.ts';
import { createQueue } from '../../engine/queues.ts';
import { listDomains, loadDomainOf } from '../../engine/scheduling-domain.ts';
import type { HomeDeps } from './a-home.ts';
import { aHome } from './a-home.ts';
import { SCOPE } from './a-local-engine.ts';

const ceArn = (name: string): ComputeEnvironmentArn =>
  `arn:aws:batch:us-east-1:123456789012:compute-environment/${name}` as ComputeEnvironmentArn; // of this type
const queueArn = (name: string): QueueArn =>
  `arn:aws:batch:us-east-1:123456789012:job-queue/${name}` as QueueArn; // of this type

/** Queues by the names of the environments they use; environments come to be in the order they are named. */
async function homeWith(queues: Readonly<Record<string, readonly string[]>>): Promise<HomeDeps> {
  const { deps } = aHome();
  for (const name of new Set(Object.values(queues).flat())) {
    const answer = await createEnvironment(deps, SCOPE, {
      computeEnvironmentName: name,
      type: 'UNMANAGED',
      state: 'ENABLED',
      serviceRole: 'arn:aws:iam::123456789012:role/batch',
    });
    if ('problems' in answer) throw new Error(JSON.stringify(answer.problems));
  }
  for (const [jobQueueName, environments] of Object.entries(queues)) {
    const answer = await createQueue(deps, SCOPE, {
      jobQueueName,
      priority: 1,
      computeEnvironmentOrder: environments.map((name, order) => ({
        order,
        computeEnvironment: ceArn(name),
      })),
    });
    if ('problems' in answer) throw new Error(JSON.stringify(answer.problems));
  }
  return deps;
}

describe('scheduling domains', () => {
  it('keep queues apart that share no environment', async () => {
    const { table } = await homeWith({ a: ['x'], b: ['y'] });
    expect((await listDomains(table)).map(({ name, ceArns }) => [name, ceArns])).toEqual([
      [queueArn('a'), [ceArn('x')]],
      [queueArn('b'), [ceArn('y')]],
    ]);
  });

  it('join queues that share environments only through a third, whichever comes last', async () => {
    const { table } = await homeWith({ d: ['x'], c: ['y'], e: ['z'], b: ['y', 'x'] });
    const groups = await listDomains(table);
    expect(new Map(groups.map(({ name, queueArns }) => [name, queueArns]))).toEqual(
      new Map([
        [queueArn('b'), [queueArn('b'), queueArn('c'), queueArn('d')]],
        [queueArn('e'), [queueArn('e')]],
      ]),
    );
  });

  it('load a queue’s own part only', async () => {
    const { table } = await homeWith({ a: ['x', 'y'], b: ['y'], c: ['z'] });
    const domain = await loadDomainOf(table, queueArn('b'));
    expect(domain.queues.map((queue) => queue.queueArn).sort()).toEqual([queueArn('a'), queueArn('b')]);
    expect(domain.environments.map((ce) => ce.ceArn).sort()).toEqual([ceArn('x'), ceArn('y')]);
    expect(domain.queues.find((queue) => queue.queueArn === queueArn('a'))?.environments).toEqual([
      ceArn('x'),
      ceArn('y'),
    ]);
  });

  it('of a queue that is gone is empty', async () => {
    const { table } = await homeWith({ a: ['x'] });
    expect(await loadDomainOf(table, queueArn('gone'))).toEqual({ queues: [], environments: [] });
  });
});
