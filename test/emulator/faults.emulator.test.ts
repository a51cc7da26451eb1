// What goes wrong in an account: functions, tasks and messages are lost half-way, services throttle, a record cannot be
// processed, a new version is deployed, a permission is missing. No job may be lost by any of it.
import type { JobDetail } from '@aws-sdk/client-batch';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploySlipway, STACK } from './a-deployed-slipway.ts';
import type { ADeployedSlipway } from './a-deployed-slipway.ts';
import { deniedToOurRoles, loggedDenials, simulatedDenials } from './iam-audit.ts';
import { functionRoles, takePolicies } from './role-policies.ts';

/** The reconciler looks once a minute, and takes nothing for lost that may just be slow. */
const REPAIR_LIMIT_MS = 170_000;

let slipway: ADeployedSlipway;

beforeAll(async () => {
  slipway = await deploySlipway();
});
afterAll(() => slipway?.stop());

function several(count: number, name: string, script: string): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => slipway.submit(`${name}-${index}`, script)));
}

function endedAll(jobIds: readonly string[]): Promise<JobDetail[]> {
  return Promise.all(jobIds.map((jobId) => slipway.ended(jobId, REPAIR_LIMIT_MS)));
}

/** Containers of functions whose name says so, now. */
async function functionContainers(name: RegExp): Promise<string[]> {
  const { docker } = slipway.emulator;
  const format = '{{.ID}} {{.Label "fakecloud-lambda"}}';
  const listed = await docker.docker(['ps', '--filter', 'label=fakecloud-lambda', '--format', format]);
  return listed.split('\n').flatMap((line) => {
    const [id = '', label = ''] = line.split(' ');
    return id !== '' && name.test(label) ? [id] : [];
  });
}

async function killed(containers: readonly string[]): Promise<number> {
  const { docker } = slipway.emulator;
  // One that has ended meanwhile cannot be killed, and need not be.
  const kills = await Promise.allSettled(containers.map((id) => docker.docker(['kill', id])));
  return kills.filter(({ status }) => status === 'fulfilled').length;
}

async function containerOf({ container }: JobDetail): Promise<string> {
  const taskId = container?.taskArn?.split('/').at(-1) ?? '';
  const filter = `label=fakecloud-ecs-task=${taskId}`;
  return (await slipway.emulator.docker.docker(['ps', '--quiet', '--filter', filter])).trim();
}

const isRunning = ({ status }: JobDetail): boolean => status === 'RUNNING';

describe('a new version', () => {
  it('is deployed while jobs run and wait, and none is lost', async () => {
    const jobIds = await several(20, 'through-update', 'sleep 10');
    await slipway.until(jobIds[0] ?? '', isRunning);
    await slipway.redeploy({ retentionDays: '2' });
    const jobs = await endedAll(jobIds);
    expect(jobs.map(({ status, attempts }) => [status, attempts?.length])).toEqual(
      jobIds.map(() => ['SUCCEEDED', 1]),
    );
  });
});

describe('functions that are killed half-way', () => {
  it('leave every job to be done, once', async () => {
    const jobIds = await several(6, 'orphan', 'sleep 2');
    let kills = 0;
    for (let round = 0; round < 12; round += 1) {
      kills += await killed(
        await functionContainers(/ReactFunction|ScheduleFunction|LaunchFunction|ObserveFunction/),
      );
      await sleep(700);
    }
    expect(kills).toBeGreaterThan(0);
    const jobs = await endedAll(jobIds);
    expect(jobs.map(({ status, attempts }) => [status, attempts?.length])).toEqual(
      jobIds.map(() => ['SUCCEEDED', 1]),
    );
  });
});

describe('a task that is killed half-way', () => {
  it('is the end of an attempt, and the next one does the job', async () => {
    const jobId = await slipway.submit('killed-once', 'test $AWS_BATCH_JOB_ATTEMPT = 2 || sleep 300', {
      retryStrategy: { attempts: 2 },
    });
    await slipway.emulator.docker.docker(['kill', await containerOf(await slipway.until(jobId, isRunning))]);
    const job = await slipway.ended(jobId, REPAIR_LIMIT_MS);
    expect(job.status).toBe('SUCCEEDED');
    expect(job.attempts?.map(({ container }) => container?.exitCode)).toEqual([137, 0]);
  });

  it('is found by the reconciler when nobody was told', async () => {
    const { call } = slipway.emulator;
    const rule = await observingRule();
    const jobId = await slipway.submit('unheard', 'sleep 300');
    const container = await containerOf(await slipway.until(jobId, isRunning));
    await call('events', 'AWSEvents.DisableRule', { Name: rule });
    await slipway.emulator.docker.docker(['kill', container]);
    const job = await slipway.ended(jobId, REPAIR_LIMIT_MS);
    await call('events', 'AWSEvents.EnableRule', { Name: rule });
    expect(job).toMatchObject({ status: 'FAILED', container: { exitCode: 137 } });
  });
});

async function observingRule(): Promise<string> {
  const answer = await slipway.emulator.call('events', 'AWSEvents.ListRules', {});
  const rules = answer['Rules'] as readonly { readonly Name: string; readonly EventPattern?: string }[]; // EventBridge's own shape
  const found = rules.find(({ EventPattern = '' }) => EventPattern.includes('ECS Task State Change'));
  if (!found) throw new Error(`no rule hears of tasks: ${rules.map(({ Name }) => Name).join(', ')}`);
  return found.Name;
}

describe('services that throttle', () => {
  it('delay jobs, and lose none', async () => {
    slipway.emulator.front.setFaults([
      { calls: /^dynamodb:(?!.*Query)/, share: 0.1, status: 400, code: 'ThrottlingException' },
      { calls: /^(ecs|states|sqs|events):/, share: 0.2, status: 400, code: 'ThrottlingException' },
    ]);
    try {
      const jobs = await endedAll(await several(6, 'throttled', 'true'));
      expect(jobs.map(({ status, attempts }) => [status, attempts?.length])).toEqual(
        jobs.map(() => ['SUCCEEDED', 1]),
      );
    } finally {
      slipway.emulator.front.setFaults([]);
    }
  });
});

describe('a record of the stream that cannot be processed', () => {
  it('comes to rest in the dead-letter queue, and those behind it are processed', async () => {
    await slipway.emulator.call('dynamodb', 'DynamoDB_20120810.PutItem', {
      TableName: `${STACK.toLowerCase()}-jobs`,
      Item: { pk: { S: 'job#poison' }, sk: { S: 'job' }, version: { S: 'not a number' }, body: { S: '{' } },
    });
    const behind = await slipway.submit('behind', 'true');
    expect(await slipway.ended(behind)).toMatchObject({ status: 'SUCCEEDED' });
    await expect
      .poll(async () => (await deadLetters()).filter((body) => body.includes('DDBStreamBatchInfo')), {
        timeout: 60_000,
      })
      .toHaveLength(1);
  });
});

async function deadLetters(): Promise<string[]> {
  const { call } = slipway.emulator;
  const { QueueUrls = [] } = (await call('sqs', 'AmazonSQS.ListQueues', {})) as {
    QueueUrls?: readonly string[];
  }; // SQS's own shape
  const bodies: string[] = [];
  for (const QueueUrl of QueueUrls) {
    // A look leaves them visible to the next one.
    const answer = await call('sqs', 'AmazonSQS.ReceiveMessage', {
      QueueUrl,
      VisibilityTimeout: 0,
      MaxNumberOfMessages: 10,
    });
    const messages = (answer['Messages'] ?? []) as readonly { readonly Body: string }[]; // SQS's own shape
    bodies.push(...messages.map(({ Body }) => Body));
  }
  return bodies;
}

describe('the roles of the functions', () => {
  it('allow all that was done', async () => {
    expect(await deniedToOurRoles(slipway.emulator)).toEqual([]);
  });

  it('are missed by the tests when a permission is', async () => {
    const { emulator } = slipway;
    const roles = await functionRoles(emulator, `${STACK}-`);
    const [launch, react] = [/FunctionsLaunchRole/, /FunctionsReactRole/].map(
      (name) => roles.find((role) => name.test(role)) ?? '',
    );
    const restore = [await takePolicies(emulator, launch ?? ''), await takePolicies(emulator, react ?? '')];
    const [logged, called] = [emulator.fakecloud.log.length, emulator.front.calls.length];
    await slipway.ended(await slipway.submit('unpermitted', 'true'));
    const byLog = loggedDenials(emulator.fakecloud.log.slice(logged), `${STACK}-`);
    const bySimulation = await simulatedDenials(emulator, emulator.front.calls.slice(called), `${STACK}-`);
    expect(byLog).toContainEqual(
      expect.objectContaining({ role: react, action: expect.stringMatching(/^dynamodb:/) }),
    );
    expect(bySimulation).toContainEqual(expect.objectContaining({ role: launch, action: 'ecs:RunTask' }));
    for (const give of restore) await give();
  });
});
