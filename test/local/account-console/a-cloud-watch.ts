// The CloudWatch of an account, for a server on this machine: its events and its audit trail appear in log groups some time after they
// happened, the output of jobs is the server's own, and metrics count what the events say. Parts of it can be forbidden.
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { createAuditReader } from '../../../adapters/cloudwatch/audit-reader.ts';
import type { EventEnvelope } from '../../../adapters/cloudwatch/event-reader.ts';
import { createEventReader } from '../../../adapters/cloudwatch/event-reader.ts';
import type { HistoryNumbers } from '../../../adapters/cloudwatch/metric-history.ts';
import { createStreamLogs } from '../../../adapters/cloudwatch/stream-logs.ts';
import type { HomeAnswer } from '../../../api/home-endpoint.ts';
import { readServerSentEvents } from '../../../bin/read-server-sent-events.ts';
import { requestJson, sendSigned } from '../../../bin/signed-request.ts';
import type { AccountReaders } from '../../../local/account-readers.ts';
import type { LocalServer } from '../../../local/server.ts';
import type { LogGroupDouble } from '../../adapters/cloudwatch/a-log-group.ts';
import { aLogGroup, awsError } from '../../adapters/cloudwatch/a-log-group.ts';

export const ACCOUNT_HOME: Partial<HomeAnswer> = {
  kind: 'account',
  logGroups: { jobs: '/aws/batch/job', events: '/aws/events/slipway', audit: '/slipway/audit' },
  metricsNamespace: 'Slipway',
};

export interface CloudWatch {
  readonly events: LogGroupDouble;
  readonly audit: LogGroupDouble;
  readonly openReaders: () => Promise<AccountReaders>;
  /** Of a group: the identity may not read it, until it may again. */
  forbid(group: LogGroupDouble, isForbidden: boolean): void;
  stop(): void;
}

/** From an event to where it can be read. */
const LATE_MS = 300;
const LOOK_MS = 150;

export function aCloudWatch(server: LocalServer): CloudWatch {
  const stopped = new AbortController();
  const [events, audit] = [liveGroup('/aws/events/slipway'), liveGroup('/slipway/audit')];
  const forbidden = new Set<LogGroupDouble>();
  const target = { ...server, foundIn: 'a test' };
  copyEvents(target, events, stopped.signal).catch(unlessStopped(stopped.signal));
  copyAudit(target, audit, stopped.signal).catch(unlessStopped(stopped.signal));
  const retry = { maxAttempts: 2, firstWaitMs: 1, maxWaitMs: 2 };
  const optionsOf = (group: LogGroupDouble) => ({
    client: {
      send: async (...call: Parameters<typeof group.client.send>) => {
        if (forbidden.has(group)) throw awsError('AccessDeniedException', 'User: ada is not authorized');
        return group.client.send(...call);
      },
    } as LogGroupDouble['client'], // the same calls, some of them refused
    logGroup: group.name,
    nowMs: () => Date.now(),
    retry,
  });
  return {
    events,
    audit,
    forbid: (group, isForbidden) => void (isForbidden ? forbidden.add(group) : forbidden.delete(group)),
    async openReaders() {
      const { endpoint, region, credentials } = server;
      const logs = new CloudWatchLogsClient({ endpoint, region, credentials: { ...credentials } });
      return {
        events: createEventReader(optionsOf(events)),
        audit: createAuditReader(optionsOf(audit)),
        history: { read: async (minutes) => countedIn(events, minutes) },
        logs: (streamOf) => createStreamLogs({ client: logs, streamOf }),
        close: () => logs.destroy(),
      };
    },
    stop: () => stopped.abort(),
  };
}

/** Its clock goes by itself. */
function liveGroup(name: string): LogGroupDouble {
  return Object.defineProperty(aLogGroup({ name }), 'nowMs', { get: () => Date.now() });
}

function unlessStopped(stopped: AbortSignal): (error: unknown) => void {
  return (error) => {
    if (!stopped.aborted) throw error;
  };
}

type Target = Parameters<typeof requestJson>[0];

async function copyEvents(server: Target, group: LogGroupDouble, stopped: AbortSignal): Promise<void> {
  const stream = await sendSigned(server, {
    service: 'batch',
    method: 'GET',
    path: '/_local/events',
    query: { after: '0', follow: '1' },
    signal: stopped,
  });
  for await (const { data } of readServerSentEvents(stream)) {
    const value = JSON.parse(data) as EventEnvelope; // as the server writes it
    group.put({ atMs: Date.parse(value.time), ingestedAtMs: Date.now() + LATE_MS, value });
  }
}

async function copyAudit(server: Target, group: LogGroupDouble, stopped: AbortSignal): Promise<void> {
  let after = 0;
  while (!stopped.aborted) {
    const { records, next } = (await requestJson(server, {
      service: 'batch',
      method: 'GET',
      path: '/_slipway/audit',
      query: { after: String(after), limit: '1000' },
      signal: stopped,
    })) as { readonly records: readonly string[]; readonly next: number }; // as the server answers
    after = next;
    for (const text of records) {
      const { eventTime } = JSON.parse(text) as { readonly eventTime: string };
      group.put({ atMs: Date.parse(eventTime), ingestedAtMs: Date.now() + LATE_MS, value: text });
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

const MINUTE_MS = 60_000;

function countedIn({ entries }: LogGroupDouble, minutes: number): HistoryNumbers {
  const fromMs = (Math.floor(Date.now() / MINUTE_MS) - minutes + 1) * MINUTE_MS;
  const counts = (status: string): readonly number[] =>
    Array.from({ length: minutes }, (_, place) => {
      const [start, end] = [fromMs + place * MINUTE_MS, fromMs + (place + 1) * MINUTE_MS];
      const inTime = entries.filter(({ atMs }) => atMs >= start && atMs < end);
      return inTime.filter(({ text }) => isOfJob(text, status)).length;
    });
  const started = counts('RUNNING');
  return {
    fromMs,
    spanMs: MINUTE_MS,
    started,
    succeeded: counts('SUCCEEDED'),
    failed: counts('FAILED'),
    startMedianMs: started.map((count) => (count === 0 ? null : 900)),
    startSlowMs: started.map((count) => (count === 0 ? null : 2_500)),
  };
}

/** Arrays do not count, their children do. */
function isOfJob(text: string, status: string): boolean {
  const { detail } = JSON.parse(text) as EventEnvelope; // as it was put there
  const { size } = (detail['arrayProperties'] ?? {}) as { readonly size?: number };
  return detail['status'] === status && size === undefined;
}
