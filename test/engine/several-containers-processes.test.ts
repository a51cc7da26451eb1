// Jobs of several containers as processes of this host: real commands, real signals, and servers that go away in between.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileLogs } from '../../adapters/files/file-logs.ts';
import { createProcessLauncher } from '../../adapters/process/process-launcher.ts';
import { createTaskGroupLauncher } from '../../adapters/task-group/task-group-launcher.ts';
import type { TaskContainer } from '../../core/definition/wire.ts';
import type { JobId } from '../../core/ids.ts';
import { containerTaskId } from '../../core/job/task-id.ts';
import { requestStop } from '../../engine/stop.ts';
import type { ALocalEngine } from './a-local-engine.ts';
import { aLocalEngine } from './a-local-engine.ts';
import { aScript, after, registerTask } from './several-containers.ts';

let folder: string;
let home: ALocalEngine | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-containers-'));
  writeFileSync(join(folder, 'trace'), '');
});
afterEach(async () => {
  await home?.engine.killAll();
  await home?.close();
  home = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a server on this test's data; what an earlier one left goes on in it. */
async function serve(): Promise<ALocalEngine> {
  const runtime = createTaskGroupLauncher(createProcessLauncher({ dataDir: folder, limits: 'off' }), {
    stopGraceSeconds: 5,
  });
  home = await aLocalEngine({ runtime, file: join(folder, 'slipway.db') });
  return home;
}

async function submit(containers: readonly TaskContainer[], attempts = 1): Promise<JobId> {
  const engine = home ?? (await serve());
  await registerTask(engine, 'task', containers);
  return engine.submit({ jobDefinition: 'task', retryStrategy: { attempts } });
}

/** As a container says it: a word in the test's own file. */
const say = (word: string): string => `echo ${word} >>${folder}/trace`;
const said = (): string[] => readFileSync(join(folder, 'trace'), 'utf8').split('\n').filter(Boolean);
/** Runs until the test allows its end, for at most ten seconds. */
const hold = (gate: string): string =>
  `i=0; until [ -e ${folder}/${gate} ] || [ $i -gt 500 ]; do i=$((i+1)); sleep 0.02; done`;
const open = (gate: string): void => writeFileSync(join(folder, gate), '');

const helper = (name: string, script: string, given: Partial<TaskContainer> = {}): TaskContainer =>
  aScript(name, script, { essential: false, ...given });

describe('the order of containers', () => {
  it('follows START, COMPLETE and SUCCESS', async () => {
    const jobId = await submit([
      aScript('main', say('main'), {
        dependsOn: [...after('server', 'START'), ...after('check', 'SUCCESS')],
      }),
      helper('check', say('check'), { dependsOn: after('fetch', 'COMPLETE') }),
      helper('fetch', `sleep 0.1; ${say('fetch')}; exit 4`),
      helper(
        'server',
        `trap '${say('server-stopped')}; exit 0' TERM; ${say('server')}; while :; do sleep 0.02; done`,
      ),
    ]);
    const job = await home?.ended(jobId);
    expect(job).toMatchObject({
      status: 'SUCCEEDED',
      attempts: [
        {
          exitCode: 0,
          containers: [
            { name: 'main', exitCode: 0 },
            { name: 'check', exitCode: 0 },
            { name: 'fetch', exitCode: 4 },
            { name: 'server', exitCode: 0 },
          ],
        },
      ],
    });
    expect(said().filter((word) => !word.startsWith('server'))).toEqual(['fetch', 'check', 'main']);
    expect(said().at(-1)).toBe('server-stopped');
  });

  it('writes each container’s output to a log of its own', async () => {
    const jobId = await submit([
      helper('init', 'echo from init $AWS_BATCH_JOB_ATTEMPT'),
      aScript('main', 'echo from main', { dependsOn: after('init', 'SUCCESS') }),
    ]);
    const job = await home?.ended(jobId);
    const logs = createFileLogs(folder);
    const textOf = async (number: number): Promise<string[] | undefined> =>
      (await logs.read(containerTaskId(job?.attempts[0]?.taskId ?? '', number), 0, 10))?.lines.map(
        ({ text }) => text,
      );
    expect(await textOf(1)).toEqual(['from init 1']);
    expect(await textOf(2)).toEqual(['from main']);
  });
});

describe('an essential container', () => {
  it('takes the others with it, which are killed when their grace is over', async () => {
    const jobId = await submit([
      // It ends only when the other has closed its ears.
      aScript('main', `${hold('deaf')}; exit 9`),
      aScript('deaf', `trap '' TERM; : >${folder}/deaf; while :; do sleep 0.02; done`, { stopTimeout: 1 }),
      helper('polite', 'while :; do sleep 0.02; done'),
    ]);
    expect(await home?.ended(jobId)).toMatchObject({
      status: 'FAILED',
      attempts: [{ exitCode: 9, containers: [{ exitCode: 9 }, { exitCode: 137 }, { exitCode: 143 }] }],
    });
  });

  it('is retried with all the others', async () => {
    const jobId = await submit(
      [
        helper('init', say('init')),
        aScript('main', `${say('main')}; [ $AWS_BATCH_JOB_ATTEMPT = 3 ]`, {
          dependsOn: after('init', 'COMPLETE'),
        }),
      ],
      3,
    );
    expect(await home?.ended(jobId)).toMatchObject({
      status: 'SUCCEEDED',
      attempts: [{ exitCode: 1 }, { exitCode: 1 }, { exitCode: 0 }],
    });
    expect(said()).toEqual(['init', 'main', 'init', 'main', 'init', 'main']);
  });
});

describe('terminating', () => {
  it('stops what runs and starts nothing more', async () => {
    const jobId = await submit([
      helper('init', `${say('init')}; while :; do sleep 0.02; done`),
      aScript('main', say('main'), { dependsOn: after('init', 'COMPLETE') }),
    ]);
    const engine = home as ALocalEngine; // submit has made it
    await expect.poll(said).toEqual(['init']);
    await requestStop({ store: engine.engine.store, clock: { now: Date.now } }, jobId, 'terminate', 'enough');
    expect(await engine.ended(jobId)).toMatchObject({ status: 'FAILED', statusReason: 'enough' });
    expect(said()).toEqual(['init']);
  });
});

describe('a server that goes away', () => {
  const chain = (): TaskContainer[] => [
    helper('init', `${say('init')}; ${hold('gate-init')}; ${say('init-end')}`),
    helper('second', say('second'), { dependsOn: after('init', 'SUCCESS') }),
    aScript('main', `${say('main')}; ${hold('gate-main')}; exit 6`, {
      dependsOn: after('second', 'SUCCESS'),
    }),
  ];

  it('comes back to the containers that run, and starts the rest once', async () => {
    const jobId = await submit(chain());
    await expect.poll(said).toEqual(['init']);
    await home?.close();
    const second = await serve();
    expect((await second.job(jobId)).status).toBe('STARTING');
    open('gate-init');
    await second.until(jobId, (job) => job.status === 'RUNNING');
    await home?.close();
    open('gate-main');
    const third = await serve();
    expect(await third.ended(jobId)).toMatchObject({
      status: 'FAILED',
      attempts: [
        {
          exitCode: 6,
          containers: [
            { name: 'init', exitCode: 0 },
            { name: 'second', exitCode: 0 },
            { name: 'main', exitCode: 6 },
          ],
        },
      ],
    });
    expect(said()).toEqual(['init', 'init-end', 'second', 'main']);
  });

  it('learns of ends that came while it was away, and goes on from there', async () => {
    const jobId = await submit(chain());
    await expect.poll(said).toEqual(['init']);
    await home?.close();
    home = undefined;
    open('gate-init');
    open('gate-main');
    await expect.poll(said).toEqual(['init', 'init-end']);
    const second = await serve();
    expect(await second.ended(jobId)).toMatchObject({ status: 'FAILED', attempts: [{ exitCode: 6 }] });
    expect(said()).toEqual(['init', 'init-end', 'second', 'main']);
  });
});
