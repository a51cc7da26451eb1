import { describe, expect, it } from 'vitest';
import {
  deleteEnvironmentProblems,
  deletingEnvironment,
  HEALTHY,
  settledEnvironment,
} from '../../../core/placement/compute-environment-change.ts';
import type { EnvironmentUse } from '../../../core/placement/compute-environment-change.ts';
import type { ComputeEnvironment } from '../../../core/placement/compute-environment.ts';
import { describeRules } from '../definition/rule-table.ts';
import { anEnvironment, FARGATE } from './an-environment.ts';

const UNUSED: EnvironmentUse = { queues: [], hasActiveJobs: false };
const disabled = anEnvironment({}, { state: 'DISABLED' });
const fargate = anEnvironment({ computeResources: FARGATE }, { state: 'DISABLED' });
type Case = readonly [ComputeEnvironment, EnvironmentUse];

describeRules<Case>(
  'DeleteComputeEnvironment',
  ([environment, use]) => deleteEnvironmentProblems(environment, use),
  [
    {
      rule: 'waits for the change under way',
      accepts: [
        [disabled, UNUSED],
        [anEnvironment({}, { state: 'DISABLED', status: 'INVALID' }), UNUSED],
      ],
      refuses: (['CREATING', 'UPDATING', 'DELETING'] as const).map((status) => [
        [anEnvironment({}, { state: 'DISABLED', status }), UNUSED],
        'Cannot delete, resource is being modified',
      ]),
    },
    {
      rule: 'wants the environment DISABLED first',
      accepts: [[disabled, UNUSED]],
      refuses: [[[anEnvironment(), UNUSED], 'Cannot delete, resource must be DISABLED']],
    },
    {
      rule: 'wants no queue to use it',
      accepts: [[disabled, UNUSED]],
      refuses: [
        [[disabled, { ...UNUSED, queues: ['q'] }], 'Cannot delete, found existing JobQueue relationship'],
      ],
    },
    {
      rule: 'wants no active jobs on Fargate',
      accepts: [
        [fargate, UNUSED],
        [disabled, { ...UNUSED, hasActiveJobs: true }],
      ],
      refuses: [
        [[fargate, { ...UNUSED, hasActiveJobs: true }], 'Cannot delete, compute environment has active jobs'],
      ],
    },
  ],
);

describe('the status of a compute environment', () => {
  it('is DELETING while its capacity is taken down', () => {
    expect(deletingEnvironment(disabled)).toEqual({ ...disabled, status: 'DELETING', statusReason: '' });
  });
  it('is what its change came to', () => {
    expect(settledEnvironment(anEnvironment({}, { status: 'CREATING' }), HEALTHY)).toMatchObject({
      status: 'VALID',
      statusReason: 'ComputeEnvironment Healthy',
    });
    const invalid = { status: 'INVALID', statusReason: 'CLIENT_ERROR - no such subnet' } as const;
    expect(settledEnvironment(anEnvironment(), invalid)).toMatchObject(invalid);
  });
});
