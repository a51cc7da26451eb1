import { expect, it } from 'vitest';
import { createHomeEndpoint } from '../../api/home-endpoint.ts';
import { homeOf } from '../../lambdas/home-of-account.ts';

const told = { account: '123456789012', region: 'eu-west-1', logGroup: '/aws/batch/job' };

it('tells callers where the output, the events, the audit trail and the metrics of the service are', () => {
  const groups = { eventLogGroup: '/aws/events/slipway', auditLogGroup: '/slipway/audit' };
  expect(homeOf({ ...told, ...groups })).toEqual({
    kind: 'account',
    account: '123456789012',
    region: 'eu-west-1',
    runtime: 'ecs',
    logGroups: { jobs: '/aws/batch/job', events: '/aws/events/slipway', audit: '/slipway/audit' },
    metricsNamespace: 'Slipway',
  });
});

it('tells nothing of what is switched off', () => {
  expect(homeOf(told).logGroups).toEqual({ jobs: '/aws/batch/job' });
});

it('is asked for at an address of its own, as a read', () => {
  const { path, method, readOnly } = createHomeEndpoint(() => homeOf(told));
  expect([method, path.test('/_slipway/home'), path.test('/_slipway/homes'), readOnly]).toEqual([
    'GET',
    true,
    false,
    true,
  ]);
});
