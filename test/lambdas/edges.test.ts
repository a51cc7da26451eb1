import { describe, expect, it } from 'vitest';
import { createAuthenticate } from '../../lambdas/authenticate.ts';
import { apiRequestOf } from '../../lambdas/http-event.ts';
import type { IamCaller } from '../../lambdas/http-event.ts';
import { readWaitRequest } from '../../lambdas/machine-payloads.ts';
import { failureCauseOf, measureChange } from '../../lambdas/measure-jobs.ts';
import { observeEvent } from '../../lambdas/observe-event.ts';
import { onExit, onRunning } from '../../core/job/attempt-steps.ts';
import { onStopRequested } from '../../core/job/lifecycle.ts';
import type { AttemptExit } from '../../core/job/attempt-steps.ts';
import type { Job } from '../../core/job/job.ts';
import { onNoCapacity } from '../../core/job/no-capacity.ts';
import type { Observation } from '../../engine/launch-ports.ts';
import { aJob } from '../core/job/a-job.ts';
import { CALLER, httpEvent } from './a-cloud-home.ts';

describe('a request through the gateway', () => {
  it.each([
    ['decoded', '/v1/tags/arn:aws:batch:us-east-1:123456789012:job-queue/a b'],
    ['as it was sent', '/v1/tags/arn%3Aaws%3Abatch%3Aus-east-1%3A123456789012%3Ajob-queue%2Fa%20b'],
  ])('has the path that was signed, when the gateway hands it on %s', (_how, path) => {
    expect(apiRequestOf(httpEvent('GET', path)).rawPath).toBe(
      '/v1/tags/arn%3Aaws%3Abatch%3Aus-east-1%3A123456789012%3Ajob-queue%2Fa%20b',
    );
  });

  it('has its body as bytes, also when it came as Base64', () => {
    const body = Buffer.from('{"jobName":"ä"}');
    const event = {
      ...httpEvent('POST', '/v1/submitjob'),
      body: body.toString('base64'),
      isBase64Encoded: true,
    };
    expect(Buffer.from(apiRequestOf(event).body)).toEqual(body);
  });
});

describe('who a caller is', () => {
  const authenticate = (caller?: IamCaller) =>
    createAuthenticate({ account: '123456789012', region: 'us-east-1', iamCallerOf: () => caller })(
      apiRequestOf(httpEvent('POST', '/v1/describejobs', {})),
      0,
    );

  it.each([
    ['arn:aws:iam::123456789012:user/ann', 'IAMUser'],
    ['arn:aws:sts::123456789012:assumed-role/r/s', 'AssumedRole'],
    ['arn:aws:iam::123456789012:root', 'Root'],
    ['arn:aws:sts::123456789012:federated-user/f', 'FederatedUser'],
  ])('comes from IAM: %s is %s', async (userArn, type) => {
    expect(await authenticate({ ...CALLER, userArn })).toMatchObject({
      identity: { arn: userArn, type, accessKeyId: 'ASIAEXAMPLE' },
      region: 'us-east-1',
    });
  });

  it.each([
    ['nobody', undefined, 'MissingAuthenticationTokenException'],
    ['one without a name', { accountId: '123456789012' }, 'MissingAuthenticationTokenException'],
    ['one of another account', { ...CALLER, accountId: '999999999999' }, 'AccessDeniedException'],
  ])('is refused for %s', async (_who, caller, type) => {
    await expect(authenticate(caller)).rejects.toMatchObject({ type, status: 403 });
  });
});

describe('the payload of a machine', () => {
  const payload = { jobId: aJob('STARTING').jobId, attempt: 1, state: 'STARTING', taskToken: 't' };

  it('is taken as the machine sends it', () => {
    expect(readWaitRequest(payload)).toEqual(payload);
  });

  it.each([
    ['jobId', 'x', 'jobId must be a job id, but is "x".'],
    ['attempt', 0, 'attempt must be a number from 1, but is 0.'],
    ['state', 'DONE', 'state must be a waiting state of the machine, but is "DONE".'],
    ['taskToken', undefined, 'taskToken must be a task token, but is absent.'],
  ])('is refused for a wrong %s', (member, value, message) => {
    expect(() => readWaitRequest({ ...payload, [member]: value })).toThrow(message);
  });
});

describe('what is measured', () => {
  const LAUNCH = { createdAtMs: 2_100, pullStartedAtMs: 2_400, pullStoppedAtMs: 2_900 };
  const stagesOfChange = (before: Job, after: Job | undefined): [string, number, string][] => {
    const measured: [string, number, string][] = [];
    const measure = (metric: string, value: number, dimension: string): void => {
      if (metric === 'stageTime') measured.push([metric, value, dimension]);
    };
    if (after) measureChange({ measure }, before, after);
    return measured;
  };
  const stop = (kind: 'timeout' | 'terminate') =>
    onStopRequested(aJob('RUNNING'), { kind, reason: 'r', atMs: 4_000 }) as Job;
  const ends = (before: Job, exit: AttemptExit) =>
    failureCauseOf(before, onExit(before, 1, exit, 5_000) as Job);

  it.each([
    ['a success', aJob('RUNNING'), { cause: 'exited', exitCode: 0 }, undefined],
    ['an exit code', aJob('RUNNING'), { cause: 'exited', exitCode: 3 }, 'exit-code'],
    ['a start that failed', aJob('STARTING'), { cause: 'failed-to-start' }, 'failed-to-start'],
    ['a lost host', aJob('RUNNING'), { cause: 'host-lost' }, 'host-lost'],
    ['a timeout', stop('timeout'), { cause: 'exited', exitCode: 143 }, 'timeout'],
    ['a stop', stop('terminate'), { cause: 'exited', exitCode: 143 }, 'stopped'],
  ] as const)('tells %s', (_what, before, exit, cause) => {
    expect(ends(before, exit)).toBe(cause);
  });

  it('is the time in each stage of a job’s way', () => {
    const ended = onExit(aJob('RUNNING'), 1, { cause: 'exited', exitCode: 0 }, 9_000);
    const measured = [
      ...stagesOfChange(aJob('RUNNABLE'), aJob('STARTING')),
      ...stagesOfChange(aJob('STARTING'), aJob('RUNNING')),
      ...stagesOfChange(aJob('RUNNING'), ended),
    ];
    expect(measured).toEqual([
      ['stageTime', 500, 'queued'],
      ['stageTime', 1_000, 'started'],
      ['stageTime', 6_000, 'ran'],
    ]);
  });

  it('is the time of each step that the runtime tells apart', () => {
    expect(
      stagesOfChange(aJob('STARTING'), onRunning(aJob('STARTING'), 1, 3_000, { launch: LAUNCH })),
    ).toEqual([
      ['stageTime', 100, 'placed'],
      ['stageTime', 300, 'provisioned'],
      ['stageTime', 500, 'pulled'],
      ['stageTime', 100, 'started'],
    ]);
  });

  it('is what an attempt got through that never ran, or that nobody saw run', () => {
    const failed = { cause: 'failed-to-start', launch: LAUNCH } as const;
    const ended = onExit(aJob('STARTING'), 1, failed, 5_000);
    expect(stagesOfChange(aJob('STARTING'), ended).map(([, ms, stage]) => [stage, ms])).toEqual([
      ['placed', 100],
      ['provisioned', 300],
      ['pulled', 500],
    ]);
    const unseen = onExit(aJob('STARTING'), 1, { cause: 'exited', exitCode: 0, startedAtMs: 3_000 }, 5_000);
    expect(stagesOfChange(aJob('STARTING'), unseen).map(([, ms, stage]) => [stage, ms])).toEqual([
      ['started', 1_000],
      ['ran', 2_000],
    ]);
  });

  it('is nothing for a placement that found no capacity', () => {
    const back = onNoCapacity(aJob('STARTING'), { number: 1 }, 'RESOURCE:ENI', 3_000);
    expect(stagesOfChange(aJob('STARTING'), back)).toEqual([]);
  });
});

it('takes no event of a task for its own that somebody else started', async () => {
  const seen: Observation[] = [];
  await observeEvent(
    { observe: async (one) => (seen.push(one), 'changed'), nowMs: () => 0, log: () => undefined },
    {
      time: '2026-11-22T10:00:00Z',
      detail: { lastStatus: 'RUNNING', startedBy: 'ecs-svc/1', group: 'service:web' },
    },
  );
  expect(seen).toEqual([]);
});
