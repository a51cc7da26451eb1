// What goes wrong in an account: functions, tasks and messages are lost half-way, services throttle, a record cannot be
// processed, a new version is deployed. No job may be lost by any of it.
import type { JobDetail } from '@aws-sdk/client-batch';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { STACK } from './a-deployed-slipway.ts';
import type { ADeployedSlipway } from './a-deployed-slipway.ts';

/** The reconciler looks once a minute, and leaves alone for two what may just be slow. */
const REPAIR_LIMIT_MS = 240_000;

let slipway: ADeployedSlipway;

export function describeFaults(deployed: () => ADeployedSlipway, unheardJob: () => string): void {
  beforeAll(() => {
    slipway = deployed();
  });

  describe('a new version', () => {
    it('is deployed while jobs run and wait, and none is lost', async () => {
      const jobIds = await several(12, 'through-update', 'sleep 10');
      await slipway.until(jobIds[0] ?? '', isRunning);
      await slipway.redeploy({ retentionDays: '2' });
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
      await slipway.emulator.docker.docker([
        'kill',
        await containerOf(await slipway.until(jobId, isRunning)),
      ]);
      const job = await slipway.ended(jobId, REPAIR_LIMIT_MS);
      expect(job.status).toBe('SUCCEEDED');
      expect(job.attempts?.map(({ container }) => container?.exitCode)).toEqual([137, 0]);
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

  describe('services that throttle', () => {
    it('delay jobs, and lose none', async () => {
      slipway.emulator.front.setFaults([
        { calls: /^dynamodb:(?!.*Query)/, share: 0.05, status: 400, code: 'ThrottlingException' },
        { calls: /^(ecs|states|sqs|events):/, share: 0.1, status: 400, code: 'ThrottlingException' },
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

  describe('a task whose end nobody was told', () => {
    it(
      'is found by the reconciler',
      async () => {
        const job = await slipway.ended(unheardJob(), REPAIR_LIMIT_MS);
        expect(job).toMatchObject({ status: 'FAILED', container: { exitCode: 137 } });
      },
      REPAIR_LIMIT_MS + 10_000,
    );
  });
}

/** Kills a job's task while the rule that hears of tasks is off, and gives the job's id. Best before anything else runs. */
export async function loseAnEvent(from: ADeployedSlipway): Promise<string> {
  slipway = from;
  const { call, docker } = slipway.emulator;
  const jobId = await slipway.submit('unheard', 'sleep 300');
  const job = await slipway.until(jobId, isRunning);
  const Name = await observingRule();
  await call('events', 'AWSEvents.DisableRule', { Name });
  try {
    await docker.docker(['kill', await containerOf(job)]);
    while (!(await hasStopped(job))) await sleep(200);
    // The event follows the state.
    await sleep(1_000);
  } finally {
    await call('events', 'AWSEvents.EnableRule', { Name });
  }
  return jobId;
}

async function hasStopped({ container }: JobDetail): Promise<boolean> {
  const taskArn = container?.taskArn ?? '';
  const target = 'AmazonEC2ContainerServiceV20141113.DescribeTasks';
  const answer = await slipway.emulator.call('ecs', target, {
    cluster: taskArn.split('/')[1],
    tasks: [taskArn],
  });
  const tasks = answer['tasks'] as readonly { readonly lastStatus: string }[]; // ECS's own shape
  return tasks.some(({ lastStatus }) => lastStatus === 'STOPPED');
}

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

async function observingRule(): Promise<string> {
  const answer = await slipway.emulator.call('events', 'AWSEvents.ListRules', {});
  const rules = answer['Rules'] as readonly { readonly Name: string; readonly EventPattern?: string }[]; // EventBridge's own shape
  const found = rules.find(({ EventPattern = '' }) => EventPattern.includes('ECS Task State Change'));
  if (!found) throw new Error(`no rule hears of tasks: ${rules.map(({ Name }) => Name).join(', ')}`);
  return found.Name;
}

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
