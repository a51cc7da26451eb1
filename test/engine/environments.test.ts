import { describe, expect, it } from 'vitest';
import type { ComputeEnvironmentArn } from '../../core/ids.ts';
import type { Problems } from '../../core/definition/problem.ts';
import type { ComputeEnvironment } from '../../core/placement/compute-environment.ts';
import { HEALTHY } from '../../core/placement/compute-environment-change.ts';
import type { EnvironmentChange } from '../../core/placement/compute-environment-change.ts';
import type { EnvironmentAnswer } from '../../engine/environments.ts';
import {
  createEnvironment,
  deleteEnvironment,
  resumeEnvironments,
  settleEnvironment,
  updateEnvironment,
} from '../../engine/environments.ts';
import { createQueue } from '../../engine/queues.ts';
import { getEnvironment } from '../../engine/store/compute-environments.ts';
import { aRequest, SCOPE } from '../core/placement/an-environment.ts';
import { aHome } from './a-home.ts';
import type { HomeDeps } from './a-home.ts';

const ARN = 'arn:aws:batch:us-east-1:123456789012:compute-environment/ce' as ComputeEnvironmentArn;
const MOVED = { computeResources: { maxvCpus: 32 } };
const INVALID = { status: 'INVALID', statusReason: 'CLIENT_ERROR - The subnet does not exist.' } as const;

/** A home whose capacity takes long: each change waits until the test settles it. */
function aSlowHome() {
  const asked: { change: EnvironmentChange; changeId: string }[] = [];
  const home = aHome({
    applyEnvironment: async (_environment, change, changeId) => {
      asked.push({ change, changeId });
      return 'in-progress';
    },
  });
  return { ...home, asked, lastId: () => asked.at(-1)?.changeId ?? 'none' };
}

async function stored(deps: HomeDeps): Promise<ComputeEnvironment | undefined> {
  return (await getEnvironment(deps.table, ARN))?.record.environment;
}

function messageOf(answer: EnvironmentAnswer | Problems): string | undefined {
  if (Array.isArray(answer)) return (answer as Problems)[0]?.message;
  return 'problems' in answer ? answer.problems[0]?.message : undefined;
}

describe('a compute environment', () => {
  it('is answered as CREATING and becomes VALID', async () => {
    const { deps, settled } = aHome();
    expect(await createEnvironment(deps, SCOPE, aRequest())).toMatchObject({
      environment: { status: 'CREATING' },
    });
    expect(await stored(deps)).toMatchObject({ status: 'VALID', statusReason: 'ComputeEnvironment Healthy' });
    expect(settled).toEqual([ARN]);
  });
  it('becomes INVALID with the reason when its capacity cannot be made, and can be mended', async () => {
    let outcome: typeof INVALID | typeof HEALTHY = INVALID;
    const { deps } = aHome({ applyEnvironment: async () => outcome });
    await createEnvironment(deps, SCOPE, aRequest());
    expect(await stored(deps)).toMatchObject(INVALID);
    outcome = HEALTHY;
    await updateEnvironment(deps, ARN, MOVED);
    expect(await stored(deps)).toMatchObject({ status: 'VALID' });
  });
  it('refuses updates and deletes until the change under way is settled', async () => {
    const { deps, lastId } = aSlowHome();
    await createEnvironment(deps, SCOPE, aRequest({ state: 'DISABLED' }));
    expect(messageOf(await updateEnvironment(deps, ARN, MOVED))).toBe(
      'Cannot update, resource is being modified',
    );
    expect(messageOf(await deleteEnvironment(deps, ARN))).toBe('Cannot delete, resource is being modified');
    await settleEnvironment(deps, ARN, lastId(), HEALTHY);
    expect(await updateEnvironment(deps, ARN, MOVED)).toMatchObject({ environment: { status: 'UPDATING' } });
  });
  it('is gone once its deletion is settled, and can be made again', async () => {
    const { deps, asked, lastId } = aSlowHome();
    await createEnvironment(deps, SCOPE, aRequest({ state: 'DISABLED' }));
    await settleEnvironment(deps, ARN, lastId(), HEALTHY);
    expect(await deleteEnvironment(deps, ARN)).toEqual([]);
    expect(await stored(deps)).toMatchObject({ status: 'DELETING' });
    await settleEnvironment(deps, ARN, lastId(), HEALTHY);
    expect(await stored(deps)).toBeUndefined();
    expect(asked.map(({ change }) => change.kind)).toEqual(['create', 'delete']);
    expect(await createEnvironment(deps, SCOPE, aRequest())).toHaveProperty('environment');
  });
  it('stays, INVALID, when its capacity could not be taken down', async () => {
    const { deps, lastId } = aSlowHome();
    await createEnvironment(deps, SCOPE, aRequest({ state: 'DISABLED' }));
    await settleEnvironment(deps, ARN, lastId(), HEALTHY);
    await deleteEnvironment(deps, ARN);
    await settleEnvironment(deps, ARN, lastId(), INVALID);
    expect(await stored(deps)).toMatchObject(INVALID);
  });
  it('does not take the late outcome of an earlier change for that of a later one', async () => {
    const { deps, lastId, settled } = aSlowHome();
    await createEnvironment(deps, SCOPE, aRequest());
    await settleEnvironment(deps, ARN, lastId(), HEALTHY);
    await updateEnvironment(deps, ARN, MOVED);
    const first = lastId();
    await settleEnvironment(deps, ARN, first, HEALTHY);
    await updateEnvironment(deps, ARN, { state: 'DISABLED' });
    await settleEnvironment(deps, ARN, first, INVALID);
    expect(await stored(deps)).toMatchObject({ status: 'UPDATING' });
    expect(settled).toHaveLength(2);
  });
  it('exists once, also when two callers create it at the same moment', async () => {
    const { deps } = aHome();
    const answers = await Promise.all([1, 2, 3].map(() => createEnvironment(deps, SCOPE, aRequest())));
    expect(answers.filter((answer) => 'environment' in answer)).toHaveLength(1);
    expect(answers.filter((answer) => messageOf(answer) === 'Object already exists')).toHaveLength(2);
  });
  it('is one of at most 50 in its Region', async () => {
    const { deps } = aHome();
    for (let index = 0; index < 50; index += 1) {
      const answer = await createEnvironment(
        deps,
        SCOPE,
        aRequest({ computeEnvironmentName: `ce-${index}` }),
      );
      expect(answer).toHaveProperty('environment');
    }
    expect(messageOf(await createEnvironment(deps, SCOPE, aRequest()))).toMatch(
      /at most 50 compute environments/,
    );
    const elsewhere = { ...SCOPE, region: 'eu-west-1' };
    expect(await createEnvironment(deps, elsewhere, aRequest())).toHaveProperty('environment');
  });
  it('is not there to update, and deleting it is no mistake', async () => {
    const { deps } = aHome();
    expect(messageOf(await updateEnvironment(deps, ARN, MOVED))).toBe(
      'computeEnvironment ce does not exist.',
    );
    expect(await deleteEnvironment(deps, ARN)).toEqual([]);
  });
  it('applies every one of many concurrent updates or refuses it', async () => {
    const { deps } = aHome();
    await createEnvironment(deps, SCOPE, aRequest());
    const updates = [20, 21, 22, 23].map((maxvCpus) =>
      updateEnvironment(deps, ARN, { computeResources: { maxvCpus } }),
    );
    for (const answer of await Promise.all(updates)) {
      if ('problems' in answer) expect(messageOf(answer)).toBe('Cannot update, resource is being modified');
    }
    expect(await stored(deps)).toMatchObject({ status: 'VALID' });
  });
});

describe('after a crash', () => {
  it.each(['create', 'update', 'delete'] as const)('takes up a %s that was under way', async (kind) => {
    let crashed = kind === 'create';
    const { deps, failed } = aHome({
      applyEnvironment: async () => {
        if (crashed) throw new Error('the process ended here');
        return HEALTHY;
      },
    });
    await createEnvironment(deps, SCOPE, aRequest({ state: 'DISABLED' }));
    crashed = true;
    if (kind === 'update') await updateEnvironment(deps, ARN, MOVED);
    if (kind === 'delete') await deleteEnvironment(deps, ARN);
    const before = { create: 'CREATING', update: 'UPDATING', delete: 'DELETING' }[kind];
    expect(await stored(deps)).toMatchObject({ status: before });
    expect(failed).toMatchObject([{ arn: ARN, error: { message: 'the process ended here' } }]);
    crashed = false;
    expect(await resumeEnvironments(deps)).toBe(1);
    expect((await stored(deps))?.status).toBe(kind === 'delete' ? undefined : 'VALID');
    expect(await resumeEnvironments(deps)).toBe(0);
  });
});

describe('a compute environment and its queues', () => {
  const queue = (name: string) => ({
    jobQueueName: name,
    priority: 1,
    computeEnvironmentOrder: [{ order: 1, computeEnvironment: ARN }],
  });

  it('cannot be deleted while a queue uses it', async () => {
    const { deps } = aHome();
    await createEnvironment(deps, SCOPE, aRequest({ state: 'DISABLED' }));
    await createQueue(deps, SCOPE, queue('q'));
    expect(messageOf(await deleteEnvironment(deps, ARN))).toBe(
      'Cannot delete, found existing JobQueue relationship',
    );
  });
  it('is never lost under a queue that is created while it is deleted', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { deps } = aHome();
      await createEnvironment(deps, SCOPE, aRequest({ state: 'DISABLED' }));
      const [created, problems] = await Promise.all([
        createQueue(deps, SCOPE, queue('q')),
        deleteEnvironment(deps, ARN),
      ]);
      const isDeleted = (await stored(deps)) === undefined;
      expect('queue' in created).toBe(!isDeleted);
      expect(problems.length > 0).toBe(!isDeleted);
    }
  });
});
