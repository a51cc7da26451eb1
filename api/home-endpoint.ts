// `GET /_slipway/home`: what kind of Slipway answers, and where in CloudWatch its output, events, audit trail and metrics are, so that
// tools find what belongs to an endpoint. Signed, authorised and recorded like any call; its action is `batch:DescribeJobQueues`.
import type { Scope } from '../core/ids.ts';
import type { SideEndpoint } from './endpoints.ts';

export interface HomeAnswer {
  readonly kind: 'account' | 'local';
  readonly account: string;
  readonly region: string;
  /** What containers run on. */
  readonly runtime: 'ecs' | 'docker' | 'process';
  /** Names; one that is absent is switched off. */
  readonly logGroups: {
    /** Of jobs whose definition names no other. */
    readonly jobs: string;
    readonly events?: string;
    readonly audit?: string;
  };
  /** Absent: no metrics are written. */
  readonly metricsNamespace?: string;
}

export function createHomeEndpoint(homeOf: (scope: Scope) => HomeAnswer): SideEndpoint {
  return {
    method: 'GET',
    path: /^\/_slipway\/home$/,
    service: 'batch',
    operation: 'GetHome',
    readOnly: true,
    readInput: () => ({}),
    handle: async ({ scope }) => homeOf(scope),
  };
}
