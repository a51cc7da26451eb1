// What a caller is told of the service it calls, from what the function is told of itself.
import type { HomeAnswer } from '../api/home-endpoint.ts';
import type { Config } from './config.ts';
import { METRICS_NAMESPACE } from './metrics.ts';

export function homeOf({
  account,
  region,
  logGroup,
  eventLogGroup,
  auditLogGroup,
}: Pick<Config<'api'>, 'account' | 'region' | 'logGroup' | 'eventLogGroup' | 'auditLogGroup'>): HomeAnswer {
  return {
    kind: 'account',
    account,
    region,
    runtime: 'ecs',
    logGroups: {
      jobs: logGroup,
      ...(eventLogGroup === undefined ? {} : { events: eventLogGroup }),
      ...(auditLogGroup === undefined ? {} : { audit: auditLogGroup }),
    },
    metricsNamespace: METRICS_NAMESPACE,
  };
}
