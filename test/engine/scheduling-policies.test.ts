import { describe, expect, it } from 'vitest';
import { createPolicy, deletePolicy, updatePolicy } from '../../engine/scheduling-policies.ts';
import { getPolicies, getPolicy } from '../../engine/store/scheduling-policies.ts';
import { SCOPE } from '../core/placement/an-environment.ts';
import { aHome } from './a-home.ts';

const ARN = 'arn:aws:batch:us-east-1:123456789012:scheduling-policy/p';

describe('a scheduling policy', () => {
  it('exists once, also when two callers create it at the same moment', async () => {
    const { deps } = aHome();
    const answers = await Promise.all([1, 2].map(() => createPolicy(deps, SCOPE, { name: 'p' })));
    expect(answers.filter((answer) => 'policy' in answer)).toHaveLength(1);
  });
  it('keeps its users and tags when its body is replaced', async () => {
    const { deps } = aHome();
    await createPolicy(deps, SCOPE, { name: 'p', tags: { a: 'b' } });
    await updatePolicy(deps, ARN, { fairsharePolicy: { shareDecaySeconds: 60 } });
    expect((await getPolicy(deps.table, ARN))?.record).toEqual({
      policy: { arn: ARN, name: 'p', tags: { a: 'b' }, fairsharePolicy: { shareDecaySeconds: 60 } },
      usedBy: [],
    });
  });
  it('takes concurrent updates one after the other', async () => {
    const { deps } = aHome();
    await createPolicy(deps, SCOPE, { name: 'p' });
    const windows = [60, 120, 180, 240];
    await Promise.all(
      windows.map((shareDecaySeconds) => updatePolicy(deps, ARN, { fairsharePolicy: { shareDecaySeconds } })),
    );
    expect((await getPolicy(deps.table, ARN))?.version).toBe(1 + windows.length);
  });
  it('is gone after its deletion', async () => {
    const { deps } = aHome();
    await createPolicy(deps, SCOPE, { name: 'p' });
    expect(await deletePolicy(deps, ARN)).toEqual([]);
    expect(await getPolicies(deps.table, [ARN])).toEqual([undefined]);
    expect(await updatePolicy(deps, ARN, {})).toMatchObject({
      problems: [{ message: `arn ${ARN} does not exist.` }],
    });
  });
});
