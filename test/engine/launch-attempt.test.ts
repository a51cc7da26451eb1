import { beforeEach, describe, expect, it } from 'vitest';
import type { JobId } from '../../core/ids.ts';
import { containerTaskOf } from '../../engine/container-task.ts';
import type { WaitRequest } from '../../engine/machine-functions.ts';
import type { MachineDeps } from '../../engine/machine-deps.ts';
import { launchAttempt } from '../../engine/machine-functions.ts';
import { observe } from '../../engine/observe.ts';
import type { Observation } from '../../engine/launch-ports.ts';
import { requestStop } from '../../engine/stop.ts';
import type { JobStore } from '../../engine/store/jobs.ts';
import { createJobStore, getJob, putOp } from '../../engine/store/jobs.ts';
import { aStore } from '../adapters/sqlite/a-store.ts';
import { aJob, JOB_ID } from '../core/job/a-job.ts';
import type { SimulatedLauncher } from './simulated-launcher.ts';
import { createSimulatedLauncher } from './simulated-launcher.ts';

const clock = { now: () => 5_000 };
const REQUEST: WaitRequest = { jobId: JOB_ID, attempt: 1, state: 'STARTING', taskToken: 'token' };
const GRACE_SECONDS = 7;

let store: JobStore;
let launcher: SimulatedLauncher;
let deps: MachineDeps;
let seen: Observation[];
let asked: string[];

beforeEach(async () => {
  // The jobs of these tests are from 1970; they are to be kept all the same.
  store = createJobStore(aStore().table, 10 ** 13);
  await store.table.write([putOp(store, aJob('STARTING'), 0)]);
  launcher = createSimulatedLauncher({ now: clock.now });
  seen = [];
  asked = [];
  launcher.onObservation((observation) => void seen.push(observation));
  deps = {
    store,
    clock,
    workflows: {
      ensure: async () => undefined,
      wake: async () => 0,
      park: async () => undefined,
      end: async () => undefined,
    },
    // Whoever is asked to stop takes its time.
    launcher: { ...launcher, stop: async (attempt, grace) => void asked.push(`${attempt} in ${grace} s`) },
    taskOf: (job) => containerTaskOf({ jobEnvironment: {}, executionEnv: 'AWS_ECS_EC2' }, job),
    stopGraceSeconds: GRACE_SECONDS,
  };
});

const terminate = () => requestStop({ store, clock }, JOB_ID, 'terminate', 'enough');
const job = async (jobId: JobId = JOB_ID) => (await getJob(store, jobId))?.job;

describe('launching an attempt that is to be stopped', () => {
  it('ends it at once when its container was never started', async () => {
    await terminate();
    await launchAttempt(deps, REQUEST);
    expect(await job()).toMatchObject({ status: 'FAILED', statusReason: 'enough', attempts: [{}] });
    expect(launcher.containers.size).toBe(0);
  });

  it('waits for the end of the container that an earlier call has started', async () => {
    // The earlier call failed after its container had been started, so the machine tries again.
    await launchAttempt(deps, REQUEST);
    await terminate();
    await launchAttempt(deps, REQUEST);
    expect(await job()).toMatchObject({ status: 'STARTING', stopRequest: { reason: 'enough' } });
    expect(asked).toEqual([`${JOB_ID}/1 in ${GRACE_SECONDS} s`]);

    launcher.exit(`${JOB_ID}/1`, { exitCode: 143 });
    for (const observation of seen) await observe({ store }, observation);
    expect(await job()).toMatchObject({ status: 'FAILED', attempts: [{ exitCode: 143 }] });
  });
});

describe('launching an attempt that the runtime refuses', () => {
  it('does not end it when it has been seen running meanwhile', async () => {
    const refusing = { ...deps.launcher, start: () => refuseLate() };
    async function refuseLate() {
      await observe({ store }, { kind: 'running', attemptId: `${JOB_ID}/1`, atMs: 4_000 });
      return { started: false as const, reason: 'CannotStartContainerError: there is one of that name' };
    }
    await launchAttempt({ ...deps, launcher: refusing }, REQUEST);
    expect(await job()).toMatchObject({ status: 'RUNNING' });
  });
});
