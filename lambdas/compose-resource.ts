// CloudFormation's custom resources: the same operations as over the wire, called from inside.
import { setTimeout as delay } from 'node:timers/promises';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { partitionOf } from '../core/ids.ts';
import type { Scope } from '../core/ids.ts';
import { answerStack } from './answer-stack.ts';
import { createApiRouter } from './api-router.ts';
import { CLIENT_OPTIONS, watchCalls } from './aws-clients.ts';
import { createCallOperation } from './call-operations.ts';
import { composeResourceDeps } from './compose-resource-deps.ts';
import { clock, composeStore } from './compose-store.ts';
import { readConfig } from './config.ts';
import type { ResourceEventDeps } from './resource-events.ts';
import { handleResourceEvent } from './resource-events.ts';
import type { ResourceEvent } from './resource-steps.ts';
import { createTelemetry, measured } from './telemetry.ts';

const PUT_TIMEOUT_MS = 5_000;

export function composeResource(): (event: ResourceEvent | SQSEvent) => Promise<void> {
  const config = readConfig('resource');
  const telemetry = createTelemetry('resource');
  const { account, region } = config;
  const cloud = composeStore(config, telemetry);
  const client = new SQSClient(CLIENT_OPTIONS);
  watchCalls(client, 'sqs', telemetry);
  const scope: Scope = { partition: partitionOf(region), region, account };
  const router = createApiRouter({
    store: cloud.store,
    clock,
    resources: composeResourceDeps(config, cloud, telemetry),
    // Nobody reaches this router but this function: what its stack may name was decided by who may deploy it.
    authenticate: () => Promise.resolve({ identity: serviceIdentity(scope), region }),
    log: telemetry.log,
  });
  const pause = (ms: number): Promise<void> => delay(ms);
  const deps: ResourceEventDeps = {
    call: createCallOperation(router),
    scope,
    nowMs: () => clock.now(),
    pause,
    sendLater: async (work, DelaySeconds) => {
      const MessageBody = JSON.stringify(work);
      await client.send(
        new SendMessageCommand({ QueueUrl: config.resourceQueueUrl, MessageBody, DelaySeconds }),
      );
    },
    answerStack: (event, answer) => answerStack({ put, pause }, event, answer),
    log: telemetry.log,
  };
  return (event) => measured(telemetry, () => handleResourceEvent(deps, event));
}

function serviceIdentity({ partition, account }: Scope) {
  return {
    arn: `arn:${partition}:cloudformation::${account}:slipway`,
    accountId: account,
    accessKeyId: '',
    principalId: 'cloudformation.amazonaws.com',
    type: 'AWSService',
  };
}

async function put(url: string, body: string): Promise<{ readonly ok: boolean; readonly status: number }> {
  const signal = AbortSignal.timeout(PUT_TIMEOUT_MS);
  // The address is signed without a content type.
  const { ok, status } = await fetch(url, {
    method: 'PUT',
    body: Buffer.from(body),
    headers: { 'content-type': '' },
    signal,
  });
  return { ok, status };
}
