import { describe, expect, it } from 'vitest';
import type { ComputeEnvironmentArn, QueueArn } from '../../core/ids.ts';
import { settleEnvironment } from '../../engine/environments.ts';
import { getEnvironment } from '../../engine/store/compute-environments.ts';
import { getQueue } from '../../engine/store/queues.ts';
import { createApiRouter } from '../../lambdas/api-router.ts';
import type { StackAnswer } from '../../lambdas/answer-stack.ts';
import { answerStack } from '../../lambdas/answer-stack.ts';
import { createCallOperation } from '../../lambdas/call-operations.ts';
import type { ResourceEventDeps } from '../../lambdas/resource-events.ts';
import { handleResourceEvent } from '../../lambdas/resource-events.ts';
import type { ResourceEvent, ResourceWork } from '../../lambdas/resource-steps.ts';
import { SCOPE } from '../engine/a-local-engine.ts';
import { aCloudHome, sqsEventOf } from './a-cloud-home.ts';

const PREFIX = 'arn:aws:batch:us-east-1:123456789012:';
const CE_ARN = `${PREFIX}compute-environment/ce` as ComputeEnvironmentArn; // of this type
const QUEUE_ARN = `${PREFIX}job-queue/q` as QueueArn;
const CE_INPUT = {
  computeEnvironmentName: 'ce',
  type: 'MANAGED',
  serviceRole: 'arn:aws:iam::123456789012:role/batch',
  computeResources: { type: 'FARGATE', maxvCpus: 16, subnets: ['subnet-1'], securityGroupIds: ['sg-1'] },
};
const QUEUE_INPUT = {
  jobQueueName: 'q',
  priority: 1,
  computeEnvironmentOrder: [{ order: 1, computeEnvironment: CE_ARN }],
  tags: { team: 'a' },
};

function aStack() {
  const home = aCloudHome();
  const answers: StackAnswer[] = [];
  const later: { readonly work: ResourceWork; readonly delaySeconds: number }[] = [];
  const router = createApiRouter({
    store: home.store,
    clock: home.clock,
    resources: home.resources,
    authenticate: () =>
      Promise.resolve({
        identity: { arn: '', accountId: SCOPE.account, accessKeyId: '', principalId: '', type: 'AWSService' },
        region: SCOPE.region,
      }),
    log: () => undefined,
  });
  const deps: ResourceEventDeps = {
    call: createCallOperation(router),
    scope: SCOPE,
    nowMs: home.clock.now,
    pause: async (ms) => home.passMs(ms),
    sendLater: async (work, delaySeconds) => void later.push({ work, delaySeconds }),
    answerStack: async (_event, answer) => void answers.push(answer),
    log: () => undefined,
  };
  const event = (type: string, request: ResourceEvent['RequestType'], more: Partial<ResourceEvent> = {}) => ({
    RequestType: request,
    ResourceType: `Custom::Slipway${type}`,
    ResponseURL: 'https://example.com/',
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: type,
    ...more,
  });
  const properties = (input: object) => ({ ResourceProperties: { Input: JSON.stringify(input) } });
  return {
    home,
    deps,
    answers,
    later,
    event,
    properties,
    send: (given: ResourceEvent) => handleResourceEvent(deps, given),
    /** What the queue brings back, once its delay has passed. */
    comeBack: async () => {
      for (const { work, delaySeconds } of later.splice(0)) {
        home.passMs(delaySeconds * 1000);
        await handleResourceEvent(deps, sqsEventOf([JSON.stringify(work)]));
      }
    },
    settle: async (status: 'VALID' | 'INVALID' = 'VALID', statusReason = 'ok') => {
      const underWay = (await getEnvironment(home.table, CE_ARN))?.record.underWay;
      await settleEnvironment(home.resources, CE_ARN, underWay?.changeId ?? '', { status, statusReason });
    },
  };
}

describe('a resource of a stack', () => {
  it('is made, and answered when it has settled, however often the event has to come back', async () => {
    const { send, event, properties, later, answers, comeBack, settle } = aStack();
    await send(event('ComputeEnvironment', 'Create', properties(CE_INPUT)));
    expect(answers).toEqual([]);
    expect(later).toHaveLength(1);
    await comeBack();
    expect(later.map(({ delaySeconds }) => delaySeconds)).toEqual([4]);
    await settle();
    await comeBack();
    expect(answers).toEqual([{ status: 'SUCCESS', physicalId: CE_ARN }]);
  });

  it('that cannot become valid fails with the reason, under the ARN by which the way back deletes it', async () => {
    const { send, event, properties, answers, comeBack, settle } = aStack();
    await send(event('ComputeEnvironment', 'Create', properties(CE_INPUT)));
    await settle('INVALID', 'CLIENT_ERROR - The subnet subnet-1 does not exist.');
    await comeBack();
    expect(answers).toEqual([
      {
        status: 'FAILED',
        physicalId: CE_ARN,
        reason: 'CLIENT_ERROR - The subnet subnet-1 does not exist.',
      },
    ]);
  });

  it('waits for what it names', async () => {
    const { send, event, properties, answers, comeBack, settle } = aStack();
    await send(event('JobQueue', 'Create', properties(QUEUE_INPUT)));
    expect(answers).toEqual([]);
    await send(event('ComputeEnvironment', 'Create', properties(CE_INPUT)));
    await settle();
    await comeBack();
    expect(answers).toContainEqual({ status: 'SUCCESS', physicalId: QUEUE_ARN });
  });

  it('that is refused was never made, so that its deletion deletes nothing', async () => {
    const { send, event, properties, answers } = aStack();
    await send(
      event('ComputeEnvironment', 'Create', properties({ computeEnvironmentName: 'ce', type: 'ODD' })),
    );
    expect(answers).toMatchObject([{ status: 'FAILED', physicalId: 'nothing-was-made' }]);
    await send(event('ComputeEnvironment', 'Delete', { PhysicalResourceId: 'nothing-was-made' }));
    expect(answers.at(-1)).toEqual({ status: 'SUCCESS', physicalId: 'nothing-was-made' });
  });

  it('is changed under its ARN, with its tags, and deleted after it was switched off', async () => {
    const { home, send, event, properties, answers, comeBack, settle } = aStack();
    await send(event('ComputeEnvironment', 'Create', properties(CE_INPUT)));
    await settle();
    await comeBack();
    await send(event('JobQueue', 'Create', properties(QUEUE_INPUT)));
    const changed = { ...QUEUE_INPUT, priority: 7, tags: { team: 'b' } };
    await send(event('JobQueue', 'Update', { ...properties(changed), PhysicalResourceId: QUEUE_ARN }));
    expect((await getQueue(home.table, QUEUE_ARN))?.record.queue).toMatchObject({
      priority: 7,
      tags: { team: 'b' },
    });
    await send(event('JobQueue', 'Delete', { PhysicalResourceId: QUEUE_ARN }));
    expect(await getQueue(home.table, QUEUE_ARN)).toBeUndefined();
    expect(answers.map(({ status }) => status)).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS', 'SUCCESS']);
  });

  it('that somebody else made under its name is left alone', async () => {
    const { home, send, event, properties, answers, settle } = aStack();
    await home.post('/v1/createcomputeenvironment', CE_INPUT);
    await settle();
    await send(event('ComputeEnvironment', 'Create', properties(CE_INPUT)));
    expect(answers).toMatchObject([{ status: 'FAILED', physicalId: 'nothing-was-made' }]);
  });

  it('of a definition is a new revision with each change', async () => {
    const { send, event, properties, answers } = aStack();
    const input = (image: string) => ({
      jobDefinitionName: 'd',
      type: 'container',
      containerProperties: {
        image,
        resourceRequirements: [
          { type: 'VCPU', value: '1' },
          { type: 'MEMORY', value: '512' },
        ],
      },
    });
    await send(event('JobDefinition', 'Create', properties(input('a'))));
    const first = `${PREFIX}job-definition/d:1`;
    await send(event('JobDefinition', 'Update', { ...properties(input('b')), PhysicalResourceId: first }));
    await send(event('JobDefinition', 'Delete', { PhysicalResourceId: first }));
    expect(answers.map(({ physicalId }) => physicalId)).toEqual([
      first,
      `${PREFIX}job-definition/d:2`,
      first,
    ]);
    expect(answers.every(({ status }) => status === 'SUCCESS')).toBe(true);
  });

  it('that never settles is given up within the hour, with what it waited for', async () => {
    const { send, event, properties, answers, later, comeBack } = aStack();
    await send(event('ComputeEnvironment', 'Create', properties(CE_INPUT)));
    for (let times = 0; later.length > 0 && times < 200; times += 1) await comeBack();
    expect(answers).toMatchObject([{ status: 'FAILED', physicalId: CE_ARN }]);
    expect(answers[0]).toHaveProperty('reason', expect.stringContaining('is CREATING'));
  });

  it('is answered as failed when it can neither go on nor come back', async () => {
    const { deps, event, properties, answers } = aStack();
    await handleResourceEvent(
      { ...deps, sendLater: () => Promise.reject(new Error('no queue')) },
      event('ComputeEnvironment', 'Create', properties(CE_INPUT)),
    );
    expect(answers).toMatchObject([{ status: 'FAILED', physicalId: CE_ARN }]);
  });
});

describe('the answer to a stack', () => {
  const event: ResourceEvent = {
    RequestType: 'Create',
    ResourceType: 'Custom::SlipwayJobQueue',
    ResponseURL: 'https://example.com/put',
    StackId: 's',
    RequestId: 'r',
    LogicalResourceId: 'l',
  };
  const putting = (outcomes: readonly boolean[]) => {
    const bodies: unknown[] = [];
    const put = async (_url: string, body: string) => {
      bodies.push(JSON.parse(body));
      const ok = outcomes[bodies.length - 1] ?? false;
      return { ok, status: ok ? 200 : 503 };
    };
    return { bodies, deps: { put, pause: async () => {} } };
  };

  it('is put until it is taken', async () => {
    const { bodies, deps } = putting([false, true]);
    await answerStack(deps, event, { status: 'FAILED', physicalId: 'p', reason: 'x'.repeat(5_000) });
    expect(bodies).toHaveLength(2);
    expect(bodies[1]).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'p', Reason: 'x'.repeat(1_000) });
  });

  it('that nobody takes is an error, and one that nobody waits for is none', async () => {
    const { deps } = putting([]);
    await expect(answerStack(deps, event, { status: 'SUCCESS', physicalId: 'p' })).rejects.toThrow(
      'status 503',
    );
    const { ResponseURL: _url, ...silent } = event;
    await expect(answerStack(deps, silent, { status: 'SUCCESS', physicalId: 'p' })).resolves.toBeUndefined();
  });
});
