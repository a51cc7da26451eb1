import { describe, expect, it } from 'vitest';
import { observationsOf } from '../../../adapters/ecs/observations.ts';
import type { EcsTaskState } from '../../../adapters/ecs/task-state.ts';
import type { Exit } from '../../../engine/launch-ports.ts';

const JOB = '11111111-2222-4333-8444-555555555555';
const TASK_ID = 'c13b4cb40f1f4fe4a2971f76ae5a47ad';
const SEEN_AT = Date.parse('2026-01-23T18:00:00Z');
const CREATED = { createdAtMs: Date.parse('2026-01-23T17:57:34.402Z') };

/** As AWS shows it for a task on Fargate (ECS Developer Guide, "Task state change events"), with our own names. */
function aDetail(given: Partial<EcsTaskState> = {}): EcsTaskState {
  return {
    attachments: [
      {
        type: 'eni',
        details: [
          { name: 'subnetId', value: 'subnet-abcd1234' },
          { name: 'networkInterfaceId', value: 'eni-abcd1234' },
          { name: 'macAddress', value: '0a:98:eb:a7:29:ba' },
          { name: 'privateIPv4Address', value: '10.0.0.139' },
        ],
      },
    ],
    clusterArn: 'arn:aws:ecs:us-west-2:111122223333:cluster/AWSBatch-ce',
    containers: [
      {
        lastStatus: 'RUNNING',
        name: 'default',
        networkInterfaces: [{ privateIpv4Address: '10.0.0.139' }],
      },
    ],
    createdAt: '2026-01-23T17:57:34.402Z',
    desiredStatus: 'RUNNING',
    group: `slipway/${JOB}/1`,
    lastStatus: 'RUNNING',
    startedAt: '2026-01-23T17:57:58.103Z',
    startedBy: `slipway/${JOB}/1`,
    updatedAt: '2026-01-23T17:57:58.103Z',
    taskArn: `arn:aws:ecs:us-west-2:111122223333:task/AWSBatch-ce/${TASK_ID}`,
    ...given,
  };
}

function stopped(given: Partial<EcsTaskState>): EcsTaskState {
  const stoppedAt = '2026-01-23T17:59:00.000Z';
  return aDetail({ lastStatus: 'STOPPED', desiredStatus: 'STOPPED', stoppedAt, ...given });
}

describe('a task that runs', () => {
  it('is an attempt that runs since then, under ECS’s own id and with the address of its interface', () => {
    expect(observationsOf(aDetail(), SEEN_AT)).toEqual([
      {
        kind: 'running',
        attemptId: `${JOB}/1`,
        atMs: Date.parse('2026-01-23T17:57:58.103Z'),
        runtimeTaskId: TASK_ID,
        address: '10.0.0.139',
        launch: CREATED,
      },
    ]);
  });

  it.each([
    ['an event', '2026-01-23T17:57:41.120Z', '2026-01-23T17:57:56.004Z'],
    ['DescribeTasks', new Date('2026-01-23T17:57:41.120Z'), new Date('2026-01-23T17:57:56.004Z')],
  ])('tells from %s when its images were pulled', (_, pullStartedAt, pullStoppedAt) => {
    const [observation] = observationsOf(aDetail({ pullStartedAt, pullStoppedAt }), SEEN_AT);
    expect(observation?.launch).toEqual({
      ...CREATED,
      pullStartedAtMs: Date.parse('2026-01-23T17:57:41.120Z'),
      pullStoppedAtMs: Date.parse('2026-01-23T17:57:56.004Z'),
    });
  });

  it('on an instance without an interface of its own has no address', () => {
    const [observation] = observationsOf(
      aDetail({ attachments: [], containers: [{ name: 'default' }] }),
      SEEN_AT,
    );
    expect(observation).not.toHaveProperty('address');
  });

  it('still runs while a Spot warning asks for its end', () => {
    const detail = aDetail({ desiredStatus: 'STOPPED', stopCode: 'SpotInterruption' });
    expect(observationsOf(detail, SEEN_AT)).toMatchObject([{ kind: 'running' }]);
  });

  it('is known by its group where an event says less, and runs since the event', () => {
    const { lastStatus, taskArn, group } = aDetail({ group: `slipway/${JOB}-n2/3` });
    expect(observationsOf({ lastStatus, taskArn, group }, SEEN_AT)).toEqual([
      { kind: 'running', attemptId: `${JOB}#2/3`, atMs: SEEN_AT, runtimeTaskId: TASK_ID },
    ]);
  });

  it.each([
    'PROVISIONING',
    'PENDING',
    'ACTIVATING',
    'DEACTIVATING',
    'STOPPING',
    'DEPROVISIONING',
    'DELETED',
    undefined,
  ])('is not what %s says', (lastStatus) =>
    expect(observationsOf(aDetail({ lastStatus }), SEEN_AT)).toEqual([]),
  );

  it('of somebody else is nobody’s attempt', () => {
    const detail = aDetail({ startedBy: 'ecs-svc/1', group: 'service:web' });
    expect(observationsOf(detail, SEEN_AT)).toEqual([]);
  });
});

const ran = { startedAt: '2026-01-23T17:57:58.103Z' };
const neverRan = { startedAt: undefined };
const ended = (exitCode?: number, reason?: string) => ({
  containers: [{ name: 'default', lastStatus: 'STOPPED', exitCode, reason }],
});
const STARTED = { startedAtMs: Date.parse('2026-01-23T17:57:58.103Z') };
const ESSENTIAL = {
  stopCode: 'EssentialContainerExited',
  stoppedReason: 'Essential container in task exited',
};

/** Stop codes and reasons as AWS documents them. */
const ENDS: readonly [string, Partial<EcsTaskState>, Exit][] = [
  ['that succeeded', { ...ran, ...ESSENTIAL, ...ended(0) }, { cause: 'exited', exitCode: 0, ...STARTED }],
  ['that failed', { ...ran, ...ESSENTIAL, ...ended(3) }, { cause: 'exited', exitCode: 3, ...STARTED }],
  [
    'that ran out of memory',
    { ...ran, ...ESSENTIAL, ...ended(137, 'OutOfMemoryError: Container killed due to memory usage') },
    {
      cause: 'exited',
      exitCode: 137,
      reason: 'OutOfMemoryError: Container killed due to memory usage',
      ...STARTED,
    },
  ],
  [
    'whose image could not be pulled',
    {
      ...neverRan,
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'Task failed to start',
      ...ended(undefined, 'CannotPullContainerError: pull access denied'),
    },
    { cause: 'failed-to-start', reason: 'CannotPullContainerError: pull access denied' },
  ],
  [
    'whose secrets Fargate could not read',
    {
      ...neverRan,
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'ResourceInitializationError: unable to pull secrets',
      ...ended(),
    },
    { cause: 'failed-to-start', reason: 'ResourceInitializationError: unable to pull secrets' },
  ],
  [
    'whose container could not be started although the task was',
    { ...neverRan, ...ESSENTIAL, ...ended(undefined, 'CannotStartContainerError: no such file') },
    { cause: 'failed-to-start', reason: 'CannotStartContainerError: no such file' },
  ],
  [
    'that we stopped',
    { ...ran, stopCode: 'UserInitiated', stoppedReason: 'The job or its attempt is to end', ...ended(143) },
    { cause: 'exited', exitCode: 143, statusReason: 'The job or its attempt is to end', ...STARTED },
  ],
  [
    'that was stopped before it ran',
    { ...neverRan, stopCode: 'UserInitiated', stoppedReason: 'Task stopped by user', ...ended() },
    { cause: 'failed-to-start', reason: 'Task stopped by user' },
  ],
  [
    'that Fargate Spot took away',
    { ...ran, stopCode: 'SpotInterruption', stoppedReason: 'Your Spot Task was interrupted.', ...ended(143) },
    { cause: 'host-lost', exitCode: 143, statusReason: 'Your Spot Task was interrupted.', ...STARTED },
  ],
  [
    'that exited with 0 because its host went',
    { ...ran, stopCode: 'SpotInterruption', stoppedReason: 'Your Spot Task was interrupted.', ...ended(0) },
    { cause: 'host-lost', statusReason: 'Your Spot Task was interrupted.', ...STARTED },
  ],
  [
    'whose instance was terminated',
    { ...ran, stoppedReason: 'Host EC2 (instance i-0abc) terminated.', ...ended() },
    { cause: 'host-lost', statusReason: 'Host EC2 (instance i-0abc) terminated.', ...STARTED },
  ],
  [
    'whose Fargate host was retired',
    { ...ran, stopCode: 'TerminationNotice', stoppedReason: 'ECS is performing maintenance', ...ended(143) },
    { cause: 'host-lost', exitCode: 143, statusReason: 'ECS is performing maintenance', ...STARTED },
  ],
  ['that nobody saw the end of', { ...ran, ...ended() }, { cause: 'host-lost', ...STARTED }],
  [
    'stopped by a scheduler',
    { ...ran, stopCode: 'ServiceSchedulerInitiated', stoppedReason: 'Scaling activity', ...ended(0) },
    { cause: 'exited', exitCode: 0, ...STARTED },
  ],
];

describe('a task that stopped', () => {
  it.each(ENDS)('is an attempt %s', (_, given, exit) => {
    const detail = stopped(given);
    const [observation, ...more] = observationsOf(detail, SEEN_AT);
    expect(more).toEqual([]);
    const container = detail.containers?.[0];
    const { exitCode, reason } = container ?? {};
    expect(observation).toEqual({
      kind: 'exited',
      attemptId: `${JOB}/1`,
      atMs: Date.parse('2026-01-23T17:59:00.000Z'),
      runtimeTaskId: TASK_ID,
      launch: CREATED,
      exit: {
        ...exit,
        containers: [
          {
            name: 'default',
            ...(exitCode === undefined ? {} : { exitCode }),
            ...(reason === undefined ? {} : { reason }),
          },
        ],
      },
    });
  });

  it('of several containers tells of each, and leaves it to the job which of them counts', () => {
    const containers = [
      { name: 'init', exitCode: 0 },
      { name: 'app', exitCode: 2, reason: 'why' },
    ];
    const [observation] = observationsOf(stopped({ ...ESSENTIAL, containers }), SEEN_AT);
    expect(observation).toMatchObject({ exit: { cause: 'exited', containers } });
    expect(observation?.kind === 'exited' && observation.exit).not.toHaveProperty('exitCode');
  });

  it('counts by its own container, also beside one that somebody added', () => {
    const containers = [
      { name: 'aws-guardduty-agent-1', exitCode: 0 },
      { name: 'default', exitCode: 9 },
    ];
    expect(observationsOf(stopped({ ...ESSENTIAL, containers }), SEEN_AT)).toMatchObject([
      { exit: { exitCode: 9 } },
    ]);
  });

  it('means the same as DescribeTasks answers it', () => {
    const given = { ...ESSENTIAL, ...ended(1) };
    const asDates = {
      ...stopped(given),
      startedAt: new Date('2026-01-23T17:57:58.103Z'),
      stoppedAt: new Date('2026-01-23T17:59:00.000Z'),
    };
    expect(observationsOf(asDates, SEEN_AT)).toEqual(observationsOf(stopped(given), SEEN_AT));
  });
});
