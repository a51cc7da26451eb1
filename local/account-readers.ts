// What a Slipway in an AWS account has in CloudWatch, read with the caller's own IAM identity: events, audit trail, output, metrics.
// Which log groups those are its endpoint has told.
import type { AuditReader } from '../adapters/cloudwatch/audit-reader.ts';
import { createAuditReader } from '../adapters/cloudwatch/audit-reader.ts';
import type { EventReader } from '../adapters/cloudwatch/event-reader.ts';
import { createEventReader } from '../adapters/cloudwatch/event-reader.ts';
import type { MetricHistory } from '../adapters/cloudwatch/metric-history.ts';
import { createMetricHistory } from '../adapters/cloudwatch/metric-history.ts';
import { UnreadableError } from '../adapters/cloudwatch/reading.ts';
import type { StreamPlace } from '../adapters/cloudwatch/stream-logs.ts';
import { createStreamLogs } from '../adapters/cloudwatch/stream-logs.ts';
import type { HomeAnswer } from '../api/home-endpoint.ts';
import type { Logs } from '../engine/log-ports.ts';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export interface AccountPlace {
  readonly home: HomeAnswer;
  /** Of an IAM identity: access keys of Slipway's own mean nothing to CloudWatch. */
  readonly credentials: Credentials | (() => Promise<Credentials>);
  /** Absent: where AWS has them, or the standard variables say. */
  readonly endpoints?: { readonly logs?: string | undefined; readonly metrics?: string | undefined };
}

export interface AccountReaders {
  /** Absent: the service keeps no event log. */
  readonly events?: EventReader;
  readonly audit?: AuditReader;
  readonly history?: MetricHistory;
  /** `streamOf`: where a task writes. */
  logs(streamOf: (taskId: string) => StreamPlace | undefined): Logs;
  close(): void;
}

export async function openAccountReaders({
  home,
  credentials,
  endpoints = {},
}: AccountPlace): Promise<AccountReaders> {
  const [{ CloudWatchLogsClient }, { CloudWatchClient }] = await Promise.all([
    import('@aws-sdk/client-cloudwatch-logs'),
    import('@aws-sdk/client-cloudwatch'),
  ]);
  const { region, logGroups, metricsNamespace } = home;
  const options = { region, credentials };
  const logs = new CloudWatchLogsClient({ ...options, ...endpointOf(endpoints.logs) });
  const metrics = new CloudWatchClient({ ...options, ...endpointOf(endpoints.metrics) });
  const nowMs = (): number => Date.now();
  const { events, audit } = logGroups;
  return {
    ...(events === undefined ? {} : { events: createEventReader({ client: logs, logGroup: events, nowMs }) }),
    ...(audit === undefined ? {} : { audit: createAuditReader({ client: logs, logGroup: audit, nowMs }) }),
    ...(metricsNamespace === undefined
      ? {}
      : { history: createMetricHistory({ client: metrics, namespace: metricsNamespace, nowMs }) }),
    logs: (streamOf) => createStreamLogs({ client: logs, streamOf }),
    close() {
      logs.destroy();
      metrics.destroy();
    },
  };
}

/** A sentence for the user where CloudWatch cannot be read; nothing for any other error. */
export function readingProblem(
  error: unknown,
): Pick<UnreadableError, 'problem' | 'isExpired' | 'message'> | undefined {
  return error instanceof UnreadableError ? error : undefined;
}

function endpointOf(endpoint: string | undefined): { readonly endpoint?: string } {
  return endpoint === undefined ? {} : { endpoint };
}
