import { describe, expect, it } from 'vitest';
import { refusalByError, refusalOf } from '../../../adapters/ecs/launch-failures.ts';
import { ecsError, SERVER_FAILED } from './a-fake-ecs.ts';

describe('a failure of placement', () => {
  it.each([
    'RESOURCE:CPU',
    'RESOURCE:MEMORY',
    'RESOURCE:GPU',
    'RESOURCE:ENI',
    'RESOURCE:PORTS_UDP',
    'AGENT',
    'ATTRIBUTE',
    'LOCATION',
    'MISSING',
    'INACTIVE',
    'memberOf placement constraint unsatisfied.',
    'EMPTY CAPACITY PROVIDER',
    'Capacity is unavailable at this time. Please try again later or in a different availability zone',
    "You've reached the limit on the number of vCPUs you can run concurrently",
    'Something that nobody has documented yet',
  ])('for %s is the environment’s trouble, in ECS’s words', (reason) => {
    expect(refusalOf([{ reason }])).toEqual({ started: false, reason, kind: 'no-capacity' });
  });

  it('of several instances says each reason once', () => {
    const failures = [
      { reason: 'RESOURCE:CPU' },
      { reason: 'AGENT', detail: 'gone' },
      { reason: 'RESOURCE:CPU' },
    ];
    expect(refusalOf(failures)).toMatchObject({ reason: 'RESOURCE:CPU; AGENT: gone', kind: 'no-capacity' });
  });
});

describe('an error that ECS answers with', () => {
  it.each([
    ['InvalidParameterException', 'No Container Instances were found in your cluster.'],
    ['InvalidParameterException', 'The capacity provider slipway-ce was not found.'],
    ['ClientException', "You've reached the limit on the number of tasks you can run concurrently"],
    ['ClusterNotFoundException', 'Cluster not found.'],
    ['LimitExceededException', 'The limit for the resource was exceeded.'],
  ])('%s: %s is the environment’s trouble', (name, message) => {
    expect(refusalByError(ecsError(name, message))).toEqual({
      started: false,
      reason: message,
      kind: 'no-capacity',
    });
  });

  it.each([
    ['AccessDeniedException', 'not authorized to perform: iam:PassRole'],
    ['ClientException', 'ECS was unable to assume the role'],
    ['InvalidParameterException', 'Container Overrides length must be at most 8192'],
    ['PlatformUnknownException', 'The specified platform version does not exist.'],
    ['PlatformTaskDefinitionIncompatibilityException', 'not compatible'],
    ['UnsupportedFeatureException', 'not supported in this Region'],
    ['BlockedException', 'Your account was blocked'],
  ])('%s: %s is the job’s', (name, message) => {
    expect(refusalByError(ecsError(name, message))).toEqual({
      started: false,
      reason: `${name}: ${message}`,
    });
  });

  it('says nothing of the task when ECS itself failed, or we did', () => {
    expect(refusalByError(SERVER_FAILED)).toBeUndefined();
    expect(refusalByError(new TypeError('a bug'))).toBeUndefined();
    expect(refusalByError('text')).toBeUndefined();
  });
});
