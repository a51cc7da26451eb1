// A job's whole life through the functions, each handed the event that AWS would hand it.
import { describe, expect, it } from 'vitest';
import type { JobId } from '../../core/ids.ts';
import { awaitProgress, launchAttempt } from '../../engine/machine-functions.ts';
import { observe } from '../../engine/observe.ts';
import { listPlacements } from '../../engine/store/ledger.ts';
import { readWaitRequest } from '../../lambdas/machine-payloads.ts';
import { observeEvent } from '../../lambdas/observe-event.ts';
import type { ACloudHome } from './a-cloud-home.ts';
import { aCloudHome, httpEvent } from './a-cloud-home.ts';
import { aReadyHome, submit } from './a-ready-home.ts';

async function place(home: ACloudHome, jobId: JobId): Promise<void> {
  await home.react();
  await home.schedule();
  await home.react();
  expect(home.executions.get(`job ${jobId}`)).toEqual({ jobId, attempt: 1 });
}

const payload = (jobId: JobId, state: string) => ({ jobId, attempt: 1, state, taskToken: `token-${state}` });

async function taskEvent(home: ACloudHome, detail: object): Promise<void> {
  const event = {
    version: '0',
    id: 'e',
    'detail-type': 'ECS Task State Change',
    source: 'aws.ecs',
    time: new Date(home.clock.now()).toISOString(),
    detail,
  };
  await observeEvent(
    { observe: (seen) => observe({ store: home.store }, seen), nowMs: home.clock.now, log: () => undefined },
    event,
  );
}

describe('a job', () => {
  it('goes from its submission through placement, launch and the events of its task to SUCCEEDED', async () => {
    const home = await aReadyHome();
    const jobId = await submit(home);
    await place(home, jobId);
    await launchAttempt(home.machine, readWaitRequest(payload(jobId, 'STARTING')));

    const [task] = [...home.ecs.tasks.values()];
    const run = home.ecs.sent.find(({ operation }) => operation === 'RunTask');
    expect(run?.input).toMatchObject({ startedBy: `slipway/${jobId}/1`, count: 1 });
    const taskArn = task?.taskArn ?? '';
    home.passMs(5_000);
    await taskEvent(home, { taskArn, startedBy: `slipway/${jobId}/1`, lastStatus: 'RUNNING' });
    await home.react();
    expect(home.answered.at(-1)).toMatchObject({
      token: 'token-STARTING',
      end: { output: { status: 'RUNNING' } },
    });

    await awaitProgress(home.machine, readWaitRequest(payload(jobId, 'RUNNING')));
    home.passMs(5_000);
    await taskEvent(home, {
      taskArn,
      // What an emulator tells in place of who started it.
      group: `slipway/${jobId}/1`,
      lastStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ name: 'default', lastStatus: 'STOPPED', exitCode: 0 }],
    });
    await home.react();
    expect(home.answered.at(-1)).toMatchObject({
      token: 'token-RUNNING',
      end: { output: { status: 'SUCCEEDED' } },
    });

    const { body } = await home.call(httpEvent('POST', '/v1/describejobs', { jobs: [jobId] }));
    const id = taskArn.split('/').at(-1);
    expect(body).toMatchObject({
      jobs: [
        {
          status: 'SUCCEEDED',
          container: {
            exitCode: 0,
            taskArn: expect.stringContaining(`/${id}`),
            logStreamName: `hello/default/${id}`,
          },
        },
      ],
    });
    await home.schedule();
    expect((await listPlacements(home.table)).placements).toEqual([]);
    expect(home.published.map(({ detail }) => (detail as { status: string }).status)).toEqual([
      'RUNNABLE',
      'STARTING',
      'RUNNING',
      'SUCCEEDED',
    ]);
  });

  it('of an array ends with the last of its children, however often their ends are told', async () => {
    const home = await aReadyHome();
    const parentId = await submit(home, { arrayProperties: { size: 3 } });
    await home.react();
    await home.schedule();
    await home.react();
    for (const index of [2, 0, 1]) {
      const detail = {
        startedBy: `slipway/${parentId}_${index}/1`,
        lastStatus: 'STOPPED',
        containers: [{ exitCode: 0 }],
      };
      await taskEvent(home, detail);
      await taskEvent(home, detail);
      expect((await home.job(parentId)).status).toBe('PENDING');
    }
    await home.react();
    expect(await home.job(parentId)).toMatchObject({ status: 'SUCCEEDED', children: { SUCCEEDED: 3 } });
  });

  it('tells why it waits, and can be held, over the same API', async () => {
    const home = await aReadyHome();
    const jobId = await submit(home, {
      containerOverrides: {
        resourceRequirements: [
          { type: 'VCPU', value: '16' },
          { type: 'MEMORY', value: '65536' },
        ],
      },
    });
    home.passMs(1);
    await submit(home);
    await home.react();
    await home.schedule();
    await home.react();
    home.passMs(1);
    const second = await submit(home);
    await home.react();
    await home.schedule();
    const why = await home.call(httpEvent('GET', `/_slipway/jobs/${second}/why`));
    expect(why).toMatchObject({
      status: 200,
      body: { jobId: second, status: 'RUNNABLE', position: expect.any(Number) },
    });
    expect(await home.post(`/_slipway/jobs/${second}/hold`, {})).toMatchObject({ held: true });
    expect((await home.job(jobId)).status).toBe('STARTING');
  });
});

it('refuses who brings no identity', async () => {
  const home = aCloudHome();
  const event = httpEvent('POST', '/v1/describejobs', { jobs: [] });
  const { authorizer: _nobody, ...requestContext } = event.requestContext;
  expect((await home.call({ ...event, requestContext })).status).toBe(403);
});
