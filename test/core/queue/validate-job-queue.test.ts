import { describe, expect, it } from 'vitest';
import type { ComputeEnvironment } from '../../../core/placement/compute-environment.ts';
import type { JobQueue } from '../../../core/queue/job-queue.ts';
import type { CreateQueueInput, Named, UpdateQueueInput } from '../../../core/queue/validate-job-queue.ts';
import {
  createQueueProblems,
  deletingQueue,
  healthyQueue,
  newQueue,
  TIME_LIMIT_REASONS,
  updatedQueue,
  updateQueueProblems,
} from '../../../core/queue/validate-job-queue.ts';
import { describeRules } from '../definition/rule-table.ts';
import {
  anEnvironment,
  anUnmanagedEnvironment,
  ec2With,
  EKS,
  FARGATE,
  MANAGED_INSTANCES,
  SCOPE,
  without,
} from '../placement/an-environment.ts';
import { aQueue, aQueueRequest, ENVIRONMENT, namedBy, orderOf, POLICY } from './a-queue.ts';

const spot = anEnvironment({ computeEnvironmentName: 'spot', computeResources: ec2With({ type: 'SPOT' }) });
const arm = anEnvironment({
  computeEnvironmentName: 'arm',
  computeResources: ec2With({ instanceTypes: ['m6g'] }),
});
const fargate = anEnvironment({ computeEnvironmentName: 'fargate', computeResources: FARGATE });
const managedInstances = anEnvironment({
  computeEnvironmentName: 'managed-instances',
  computeResources: MANAGED_INSTANCES,
});
const eks = anEnvironment({ computeEnvironmentName: 'eks', eksConfiguration: EKS });
const fourth = anEnvironment({ computeEnvironmentName: 'fourth' });
const unmanaged = anUnmanagedEnvironment({ computeEnvironmentName: 'unmanaged' });
const disabled = anEnvironment({ computeEnvironmentName: 'disabled' }, { state: 'DISABLED' });
const invalid = anEnvironment({ computeEnvironmentName: 'invalid' }, { status: 'INVALID' });
const creating = anEnvironment({ computeEnvironmentName: 'creating' }, { status: 'CREATING' });
const missing = anEnvironment({ computeEnvironmentName: 'missing' });
const all: Named = namedBy(
  [ENVIRONMENT, spot, arm, fargate, managedInstances, eks, fourth, unmanaged, disabled, invalid, creating],
  POLICY,
);
const ordered = (...environments: readonly ComputeEnvironment[]) =>
  aQueueRequest({ computeEnvironmentOrder: orderOf(...environments) });
const limited = (
  members: Partial<Record<'reason' | 'state' | 'action', string>> & { maxTimeSeconds?: number },
) =>
  aQueueRequest({
    jobStateTimeLimitActions: [
      { reason: TIME_LIMIT_REASONS[0], state: 'RUNNABLE', maxTimeSeconds: 600, action: 'CANCEL', ...members },
    ],
  });
const arnOfMissing = missing.ceArn;

describeRules('CreateJobQueue', (input: CreateQueueInput) => createQueueProblems(input, all), [
  {
    rule: 'names the queue in letters, digits, hyphens and underscores',
    accepts: [aQueueRequest({ jobQueueName: 'My_queue-1' })],
    refuses: [
      [
        aQueueRequest({ jobQueueName: 'my.queue' }),
        'Provided name my.queue is not supported pattern[a-zA-Z_0-9-]{1,128}',
      ],
    ],
  },
  {
    rule: 'has a priority of at least 0',
    accepts: [aQueueRequest({ priority: 0 }), aQueueRequest({ priority: 1000 })],
    refuses: [[aQueueRequest({ priority: -1 }), 'priority must be a whole number of at least 0, but is -1.']],
  },
  {
    rule: 'has one to three compute environments',
    accepts: [aQueueRequest(), ordered(ENVIRONMENT, spot, unmanaged)],
    refuses: [
      [
        without(aQueueRequest(), 'computeEnvironmentOrder'),
        'computeEnvironmentOrder must have 1 to 3 elements, but has 0.',
      ],
      [
        ordered(ENVIRONMENT, spot, unmanaged, fourth),
        'computeEnvironmentOrder must have 1 to 3 elements, but has 4.',
      ],
    ],
  },
  {
    rule: 'gives each compute environment one place of its own',
    accepts: [
      aQueueRequest({ computeEnvironmentOrder: [{ order: 0, computeEnvironment: ENVIRONMENT.ceArn }] }),
    ],
    refuses: [
      [
        ordered(ENVIRONMENT, ENVIRONMENT),
        `computeEnvironmentOrder[].computeEnvironment must be unique, but is "${ENVIRONMENT.ceArn}".`,
      ],
      [
        aQueueRequest({
          computeEnvironmentOrder: orderOf(ENVIRONMENT, spot).map((place) => ({ ...place, order: 1 })),
        }),
        'computeEnvironmentOrder[].order must be unique, but is "1".',
      ],
      [
        aQueueRequest({ computeEnvironmentOrder: [{ order: -1, computeEnvironment: ENVIRONMENT.ceArn }] }),
        'computeEnvironmentOrder[0].order must be a whole number of at least 0, but is -1.',
      ],
    ],
  },
  {
    rule: 'names compute environments that exist and are VALID, disabled or not',
    accepts: [ordered(disabled)],
    refuses: [
      [
        ordered(ENVIRONMENT, missing),
        `computeEnvironmentOrder[1].computeEnvironment ${arnOfMissing} does not exist.`,
      ],
      [
        ordered(invalid),
        `computeEnvironmentOrder[0].computeEnvironment ${invalid.ceArn} must be VALID, but is INVALID.`,
      ],
      [
        ordered(creating),
        `computeEnvironmentOrder[0].computeEnvironment ${creating.ceArn} must be VALID, but is CREATING.`,
      ],
    ],
  },
  {
    rule: 'mixes neither EC2 with Fargate nor architectures, but On-Demand with Spot',
    accepts: [ordered(ENVIRONMENT, spot), ordered(fargate), ordered(arm, unmanaged), ordered(eks)],
    refuses: [
      [
        ordered(ENVIRONMENT, fargate),
        'computeEnvironmentOrder must not mix EC2 and Fargate compute environments, but is ["EC2","FARGATE"].',
      ],
      [
        ordered(ENVIRONMENT, eks),
        'computeEnvironmentOrder must not mix EC2 and EKS compute environments, but is ["EC2","EKS"].',
      ],
      [
        ordered(managedInstances, ENVIRONMENT),
        'computeEnvironmentOrder must not mix ECS Managed Instances and EC2 compute environments, but is ["ECS_MANAGED_INSTANCES","EC2"].',
      ],
      [
        ordered(ENVIRONMENT, arm),
        'computeEnvironmentOrder must not mix architectures, but is ["x86_64","arm64"].',
      ],
    ],
  },
  {
    rule: 'agrees with its compute environments about its type',
    accepts: [
      aQueueRequest({ jobQueueType: 'ECS' }),
      { ...ordered(fargate), jobQueueType: 'ECS_FARGATE' },
      { ...ordered(eks), jobQueueType: 'EKS' },
      { ...ordered(managedInstances), jobQueueType: 'ECS_MANAGED_INSTANCES' },
    ],
    refuses: [
      [{ ...ordered(eks), jobQueueType: 'ECS' }, 'jobQueueType must be one of EKS, but is "ECS".'],
      [
        { ...ordered(managedInstances), jobQueueType: 'ECS' },
        'jobQueueType must be one of ECS_MANAGED_INSTANCES, but is "ECS".',
      ],
      [
        aQueueRequest({ jobQueueType: 'ECS_FARGATE' }),
        'jobQueueType must be one of ECS, but is "ECS_FARGATE".',
      ],
      [
        aQueueRequest({ jobQueueType: 'SAGEMAKER_TRAINING' }),
        'jobQueueType must be one of ECS, but is "SAGEMAKER_TRAINING".',
      ],
    ],
  },
  {
    rule: 'has no service environments',
    accepts: [aQueueRequest({ serviceEnvironmentOrder: [] })],
    refuses: [
      [
        aQueueRequest({ serviceEnvironmentOrder: [{}] }),
        'serviceEnvironmentOrder is not allowed here: service environments are not offered, but is [{}].',
      ],
    ],
  },
  {
    rule: 'names a policy that exists',
    accepts: [aQueueRequest({ schedulingPolicyArn: POLICY.arn })],
    refuses: [
      [
        aQueueRequest({ schedulingPolicyArn: `${POLICY.arn}x` }),
        `schedulingPolicyArn ${POLICY.arn}x does not exist.`,
      ],
    ],
  },
  {
    rule: 'cancels for a reason that the service reports and can act on',
    accepts: TIME_LIMIT_REASONS.map((reason) => limited({ reason })),
    refuses: ['UNDETERMINED', 'ACTION_REQUIRED', 'MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS', 'anything'].map(
      (reason) => [
        limited({ reason }),
        `jobStateTimeLimitActions[0].reason must be one of ${TIME_LIMIT_REASONS.join(', ')}, but is "${reason}".`,
      ],
    ),
  },
  {
    rule: 'cancels jobs in RUNNABLE after 10 minutes to 24 hours',
    accepts: [limited({ maxTimeSeconds: 86_400 })],
    refuses: [
      [
        limited({ state: 'RUNNING' }),
        'jobStateTimeLimitActions[0].state must be one of RUNNABLE, but is "RUNNING".',
      ],
      [
        limited({ action: 'TERMINATE' }),
        'jobStateTimeLimitActions[0].action must be one of CANCEL, but is "TERMINATE".',
      ],
      [
        limited({ maxTimeSeconds: 599 }),
        'jobStateTimeLimitActions[0].maxTimeSeconds must be a whole number from 600 to 86400, but is 599.',
      ],
      [
        limited({ maxTimeSeconds: 86_401 }),
        'jobStateTimeLimitActions[0].maxTimeSeconds must be a whole number from 600 to 86400, but is 86401.',
      ],
    ],
  },
  {
    rule: 'keeps to the limits of tags',
    accepts: [aQueueRequest({ tags: { a: 'b' } })],
    refuses: [
      [
        aQueueRequest({ tags: { 'aws:a': 'b' } }),
        'tags must not have keys that begin with aws:, but is "aws:a".',
      ],
    ],
  },
]);

type UpdateCase = readonly [JobQueue, UpdateQueueInput];
const fair = aQueue({ schedulingPolicyArn: 'arn:aws:batch:us-east-1:123456789012:scheduling-policy/old' });

describeRules('UpdateJobQueue', ([queue, input]: UpdateCase) => updateQueueProblems(queue, input, all), [
  {
    rule: 'waits for the change under way',
    accepts: [[aQueue(), { state: 'DISABLED' }]],
    refuses: (['CREATING', 'UPDATING', 'DELETING'] as const).map((status) => [
      [aQueue({ status }), { state: 'DISABLED' }],
      'Cannot update, resource is being modified',
    ]),
  },
  {
    rule: 'replaces the compute environments under the rules of creation',
    accepts: [
      [aQueue(), { computeEnvironmentOrder: orderOf(spot) }],
      [aQueue(), { computeEnvironmentOrder: orderOf(fargate) }],
    ],
    refuses: [
      [
        [aQueue(), { computeEnvironmentOrder: [] }],
        'computeEnvironmentOrder must have 1 to 3 elements, but has 0.',
      ],
      [
        [aQueue(), { computeEnvironmentOrder: orderOf(invalid) }],
        `computeEnvironmentOrder[0].computeEnvironment ${invalid.ceArn} must be VALID, but is INVALID.`,
      ],
    ],
  },
  {
    rule: 'replaces a policy, but neither adds nor removes one',
    accepts: [[fair, { schedulingPolicyArn: POLICY.arn }]],
    refuses: [
      [
        [aQueue(), { schedulingPolicyArn: POLICY.arn }],
        'schedulingPolicyArn cannot be added: job queue q was created without one.',
      ],
      [
        [fair, { schedulingPolicyArn: '' }],
        'schedulingPolicyArn cannot be removed from job queue q, only replaced.',
      ],
      [
        [fair, { schedulingPolicyArn: `${POLICY.arn}x` }],
        `schedulingPolicyArn ${POLICY.arn}x does not exist.`,
      ],
    ],
  },
  {
    rule: 'keeps the rules of its settings',
    accepts: [[aQueue(), { priority: 2, jobStateTimeLimitActions: [] }]],
    refuses: [[[aQueue(), { priority: -2 }], 'priority must be a whole number of at least 0, but is -2.']],
  },
]);

describe('a job queue', () => {
  it('begins ENABLED and CREATING, its compute environments in ascending order', () => {
    const places = orderOf(ENVIRONMENT, spot).map((place) => ({ ...place, order: 10 - place.order }));
    expect(newQueue(SCOPE, aQueueRequest({ computeEnvironmentOrder: places }), all)).toEqual({
      queueArn: 'arn:aws:batch:us-east-1:123456789012:job-queue/q',
      name: 'q',
      state: 'ENABLED',
      status: 'CREATING',
      statusReason: '',
      priority: 1,
      computeEnvironmentOrder: [
        { order: 8, computeEnvironment: spot.ceArn },
        { order: 9, computeEnvironment: ENVIRONMENT.ceArn },
      ],
      jobStateTimeLimitActions: [],
      jobQueueType: 'ECS',
      tags: {},
    });
  });
  it.each([
    [eks, 'EKS'],
    [managedInstances, 'ECS_MANAGED_INSTANCES'],
    [unmanaged, 'ECS'],
  ] as const)('has the type of its compute environments: %#', (environment, type) => {
    expect(newQueue(SCOPE, ordered(environment), all).jobQueueType).toBe(type);
  });
  it('has the type of its compute environments', () => {
    expect(newQueue(SCOPE, ordered(fargate), all).jobQueueType).toBe('ECS_FARGATE');
    const moved = updatedQueue(aQueue(), { computeEnvironmentOrder: orderOf(fargate) }, all);
    expect(moved).toMatchObject({ jobQueueType: 'ECS_FARGATE', status: 'UPDATING' });
  });
  it('keeps what an update does not mention', () => {
    expect(updatedQueue(fair, { priority: 5 }, all)).toEqual({
      ...fair,
      priority: 5,
      status: 'UPDATING',
      statusReason: '',
    });
  });
  it('takes the lists of an update whole', () => {
    const before = aQueue({ ...newQueue(SCOPE, limited({}), all), status: 'VALID' });
    expect(before.jobStateTimeLimitActions).toHaveLength(1);
    expect(updatedQueue(before, { jobStateTimeLimitActions: [] }, all).jobStateTimeLimitActions).toEqual([]);
  });
  it('ends its changes healthy, or goes through DELETING', () => {
    expect(healthyQueue(aQueue({ status: 'UPDATING' }))).toMatchObject({
      status: 'VALID',
      statusReason: 'JobQueue Healthy',
    });
    expect(deletingQueue(aQueue())).toMatchObject({ status: 'DELETING', statusReason: '' });
  });
});
