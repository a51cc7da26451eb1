// The clients behind access control and the audit trail.
import { randomUUID } from 'node:crypto';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createAuditLogGroup } from '../adapters/cloudwatch/audit-log-group.ts';
import { createEventBridgeSink } from '../adapters/eventbridge/event-sink.ts';
import { createIamAuthorizer } from '../adapters/iam/iam-authorizer.ts';
import { createSecretKeys } from '../adapters/secretsmanager/secret-keys.ts';
import type { AccessKeyStore, AuditSink, Authorizer } from '../engine/access-ports.ts';
import type { EventSink } from '../engine/ports.ts';
import { CLIENT_OPTIONS, watchCalls } from './aws-clients.ts';
import { clock } from './compose-store.ts';
import type { ConfigOf } from './config.ts';
import type { Telemetry } from './telemetry.ts';

export function openOwnKeys(prefix: string, telemetry: Telemetry): AccessKeyStore {
  const client = new SecretsManagerClient(CLIENT_OPTIONS);
  watchCalls(client, 'secretsmanager', telemetry);
  const makeKey = (): never => {
    throw new Error(
      'the API reads keys and makes none: `slipway keys` makes them with its user’s own rights',
    );
  };
  return createSecretKeys({ client, prefix, clock, makeKey });
}

export function openIamAuthorizer(account: string, telemetry: Telemetry): Authorizer {
  const client = new IAMClient(CLIENT_OPTIONS);
  watchCalls(client, 'iam', telemetry);
  return createIamAuthorizer({ client, account, clock });
}

export interface Trail {
  /** Resolves when the records are sent, or lost and logged: the function may be frozen as soon as it has answered. */
  readonly sink: AuditSink;
  readonly events: EventSink;
}

export function openTrail(config: ConfigOf<'auditLogGroup' | 'eventBus'>, telemetry: Telemetry): Trail {
  const { auditLogGroup: logGroup } = config;
  const { log } = telemetry;
  const bus = new EventBridgeClient(CLIENT_OPTIONS);
  watchCalls(bus, 'events', telemetry);
  const events = createEventBridgeSink({ client: bus, eventBusName: config.eventBus, log });
  if (logGroup === undefined) return { sink: { record: () => Promise.resolve() }, events };
  const client = new CloudWatchLogsClient(CLIENT_OPTIONS);
  watchCalls(client, 'logs', telemetry);
  const kept = createAuditLogGroup({
    client,
    logGroup,
    logStream: `api/${randomUUID()}`,
    onLost: (records, error) => log('audit.unrecorded', { records, error: String(error) }),
  });
  const sink: AuditSink = {
    async record(records) {
      await kept.record(records);
      await kept.flush();
    },
  };
  return { sink, events };
}
