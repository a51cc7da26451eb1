// Services beside the way of a job that are down for longer than a function waits: IAM, which says who may call; CloudWatch Logs,
// which keeps the trail; EventBridge, which tells the world. Nobody is let in for that, and nothing is left out.
import { describe, expect, it } from 'vitest';
import { awsError } from '../../adapters/autoscaling/a-machine-aws.ts';
import type { Answer } from './cloud-client.ts';
import { askForJob, request } from './cloud-client.ts';
import { end, isIn, once, openClouds, statusOf, throttledFor } from './directed-cloud.ts';
import type { ChooseStrike } from './service-calls.ts';
import type { SimulatedCloud } from './simulated-cloud.ts';

const aCloud = openClouds();
const JOB = { jobName: 'job', jobQueue: 'queue0', jobDefinition: 'simulated' };

/** A cloud with a role that may submit to its queue. */
async function aGuardedCloud(): Promise<SimulatedCloud> {
  const cloud = await aCloud();
  cloud.iam.setPolicy('submitter', { actions: ['SubmitJob', 'DescribeJobs'], queues: ['queue0'] });
  cloud.iam.setPolicy('reader', { actions: ['DescribeJobs'], queues: [] });
  return cloud;
}

async function answerTo(
  cloud: SimulatedCloud,
  operation: string,
  body: typeof JOB | object,
  role?: string,
): Promise<Answer> {
  let answer: Answer | undefined;
  void request(cloud, operation, { ...body }, role).then((given) => (answer = given));
  await cloud.until('it is answered', () => answer !== undefined, 60_000);
  return answer ?? { status: 0, body: {} };
}

const jobsIn = (cloud: SimulatedCloud): number => cloud.rows.jobs.size;

describe('a caller', () => {
  it('reaches what the policies of their role allow, and nothing else', async () => {
    const cloud = await aGuardedCloud();
    expect((await answerTo(cloud, 'submitjob', JOB, 'submitter')).status).toBe(200);
    expect((await answerTo(cloud, 'submitjob', JOB, 'reader')).status).toBe(403);
    expect(jobsIn(cloud)).toBe(1);
    await end(cloud);
    expect(cloud.access.counts().logged).toBe(0);
  });

  it('keeps for a minute what was taken from them, and no longer', async () => {
    const cloud = await aGuardedCloud();
    expect((await answerTo(cloud, 'submitjob', JOB, 'submitter')).status).toBe(200);
    cloud.iam.setPolicy('submitter', { actions: ['DescribeJobs'], queues: [] });
    await cloud.advance(61_000);
    expect((await answerTo(cloud, 'submitjob', JOB, 'submitter')).status).toBe(403);
    await end(cloud);
  });

  it('waits a little where IAM is busy', async () => {
    const cloud = await aGuardedCloud();
    let left = 3;
    cloud.aim = (call) => (call.service === 'iam' && (left -= 1) >= 0 ? 'throttled' : undefined);
    expect((await answerTo(cloud, 'submitjob', JOB, 'submitter')).status).toBe(200);
    await end(cloud);
  });

  it.each<readonly [how: string, strike: 'throttled' | 'refused' | 'lost']>([
    ['throttles for a minute', 'throttled'],
    ['is down', 'refused'],
    ['cannot be reached', 'lost'],
  ])('is told to come again where IAM %s, and nothing is done', async (_how, strike) => {
    const cloud = await aGuardedCloud();
    cloud.aim = (call) => (call.service === 'iam' ? strike : undefined);
    const { status, body } = await answerTo(cloud, 'submitjob', JOB, 'submitter');
    expect(status).toBeGreaterThanOrEqual(500);
    expect(body['message']).toMatch(/^Access cannot be decided: .* Nothing was done\.$/);
    expect(jobsIn(cloud)).toBe(0);
    cloud.aim = () => undefined;
    expect((await answerTo(cloud, 'submitjob', JOB, 'submitter')).status).toBe(200);
    await end(cloud);
  });
});

describe('the audit trail', () => {
  it('keeps what a busy CloudWatch Logs refuses at first', async () => {
    const cloud = await aGuardedCloud();
    const { kept } = cloud.access.counts();
    for (const operation of ['CreateLogStream', 'PutLogEvents']) {
      cloud.aim = once('throttled', operation);
      // Beside one another, so that functions start anew, each with a stream of its own.
      await Promise.all([1, 2, 3, 4].map(() => answerTo(cloud, 'describejobs', { jobs: ['1'] }, 'reader')));
      expect(cloud.lines.some((line) => line.includes(`fault: ${operation}`))).toBe(true);
    }
    expect(cloud.access.counts()).toEqual({ kept: kept + 8, logged: 0 });
    await end(cloud);
  });

  it('is in the log of the function where CloudWatch Logs is down', async () => {
    const cloud = await aGuardedCloud();
    cloud.aim = throttledFor(cloud, 'logs', 30_000);
    expect((await answerTo(cloud, 'submitjob', JOB, 'submitter')).status).toBe(200);
    expect(cloud.access.counts().logged).toBe(1);
    await cloud.advance(30_000);
    expect((await answerTo(cloud, 'submitjob', JOB, 'submitter')).status).toBe(200);
    expect(cloud.access.counts().logged).toBe(1);
    await end(cloud);
  });

  it('has the call also where EventBridge refuses it at once and CloudWatch Logs takes its time', async () => {
    const cloud = await aGuardedCloud();
    const strikes: Record<string, ReturnType<ChooseStrike>> = {
      PutEvents: { error: awsError('AccessDeniedException', 'not authorized to perform: events:PutEvents') },
      PutLogEvents: { delayMs: 800 },
    };
    cloud.aim = (call, { functionName }) => (functionName === 'api' ? strikes[call.operation] : undefined);
    expect((await answerTo(cloud, 'submitjob', JOB, 'submitter')).status).toBe(200);
    cloud.aim = () => undefined;
    await end(cloud);
  });
});

describe('EventBridge', () => {
  const down = (cloud: SimulatedCloud, ms: number): ChooseStrike => {
    const untilMs = cloud.time.elapsedMs() + ms;
    return ({ service }, { functionName }) =>
      service === 'events' && functionName === 'react' && cloud.time.elapsedMs() < untilMs
        ? 'refused'
        : undefined;
  };

  it('that is down for less than a function waits delays, and nothing is put aside', async () => {
    const cloud = await aCloud();
    cloud.aim = down(cloud, 60_000);
    const id = await askForJob(cloud);
    await end(cloud);
    expect(statusOf(cloud, id)).toBe('SUCCEEDED');
    expect(cloud.stream.deadLetters).toEqual([]);
  });

  it('that is down for hours keeps no job from its end; what it was not told is put aside, and told when it is read again', async () => {
    const cloud = await aCloud();
    cloud.aim = down(cloud, 4 * 3_600_000);
    const ids = [await askForJob(cloud), await askForJob(cloud)];
    for (const id of ids) await cloud.until('it has ended', isIn(cloud, id, 'SUCCEEDED'), 4 * 3_600_000);
    await cloud.advance(4 * 3_600_000);
    expect(cloud.stream.deadLetters.length).toBeGreaterThan(0);
    expect(cloud.invariants.missingEvents().length).toBeGreaterThan(0);
    const commits = cloud.rows.count();
    cloud.stream.readAgain();
    await end(cloud);
    expect(cloud.invariants.missingEvents()).toEqual([]);
    expect(cloud.rows.count()).toBe(commits);
  });
});
