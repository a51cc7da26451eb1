// The launcher on a real Docker Engine: what jobs get, see and leave behind.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namesOf } from '../../../adapters/docker/container-names.ts';
import { createEngineClient } from '../../../adapters/docker/engine-client.ts';
import type { EngineClient } from '../../../adapters/docker/engine-client.ts';
import { isStatus } from '../../../adapters/docker/engine-errors.ts';
import type { ContainerSpec } from '../../../core/job/spec.ts';
import type { ContainerTask } from '../../../engine/launch-ports.ts';
import { aShellTask, aTask } from './a-task.ts';
import { loadTestImage } from './busybox-image.ts';
import { observe } from './observed-launcher.ts';
import type { ObservedLauncher } from './observed-launcher.ts';
import { startTestDocker } from './own-dockerd.ts';
import type { TestDocker } from './own-dockerd.ts';

let docker: TestDocker;
let folder: string;
let subject: ObservedLauncher;
let engine: EngineClient;
const used: ContainerTask[] = [];

const releases: (() => Promise<void>)[] = [];

beforeAll(async () => {
  docker = await startTestDocker();
  releases.push(() => docker.stop());
  folder = await mkdtemp(join(tmpdir(), 'slipway-docker-test-'));
  releases.push(() => rm(folder, { recursive: true }));
  engine = createEngineClient(docker.socketPath);
  await loadTestImage(docker.socketPath);
  subject = observe(folder, { socketPath: docker.socketPath, network: 'none' });
  releases.push(async () => {
    for (const task of used) await subject.launcher.forget(task.attemptId, task.taskId);
    await subject.launcher.close();
    engine.close();
  });
});
afterAll(async () => {
  for (const release of releases.reverse()) await release();
});

function kept(task: ContainerTask): ContainerTask {
  used.push(task);
  return task;
}

async function runScript(script: string, spec: ContainerSpec = {}): ReturnType<ObservedLauncher['run']> {
  return subject.run(kept(aShellTask(script, { spec })));
}

async function exists(path: string): Promise<boolean> {
  try {
    await engine.call({ method: 'GET', path });
    return true;
  } catch (error) {
    if (isStatus(error, 404)) return false;
    throw error;
  }
}

describe('an exit', () => {
  it.each([0, 1, 7, 137, 255])('has the code %i of the command', async (code) => {
    const { exit } = await runScript(`exit ${code}`);
    expect(exit).toEqual({ cause: 'exited', exitCode: code, startedAtMs: expect.any(Number) });
  });

  it('names the memory limit that killed the job', async () => {
    // Given a moment, as the Engine misses a kill in a container's first milliseconds.
    const task = kept(aTask({ command: ['sh', '-c', 'sleep 0.5; exec tail -c 64m /dev/zero'] }));
    const demand = { vcpus: 1, memoryMiB: 16, gpus: 0 };
    const { exit } = await subject.run({ ...task, demand });
    expect(exit).toMatchObject({
      exitCode: 137,
      reason: 'OutOfMemoryError: Container killed due to memory usage',
    });
  });

  it('is a failed start for a command that does not exist', async () => {
    const task = kept(aTask({ command: ['/no/such/program'] }));
    expect(await subject.launcher.start(task)).toEqual({ started: true });
    const { exit } = await subject.seen('exited', task.attemptId);
    expect(exit.cause).toBe('failed-to-start');
    expect(exit.reason).toMatch(/^CannotStartContainerError: Error response from daemon: .*no such file/);
    expect(exit).not.toHaveProperty('exitCode');
  });

  it('is a lost host when somebody removes the container', async () => {
    const task = kept(aShellTask('sleep 60'));
    await subject.launcher.start(task);
    await subject.seen('running', task.attemptId);
    const { container } = namesOf(task.taskId);
    await engine.call({ method: 'DELETE', path: `/containers/${container}`, query: { force: '1' } });
    const { exit } = await subject.seen('exited', task.attemptId);
    expect(exit.cause).toBe('host-lost');
  });
});

describe('a start', () => {
  it('is refused with the pull error when the image cannot be had', async () => {
    const outcome = await subject.launcher.start(aTask({ spec: { image: 'localhost:1/absent:2' } }));
    expect(outcome).toMatchObject({ started: false });
    expect(JSON.stringify(outcome)).toMatch(
      /CannotPullContainerError: Error response from daemon: .*refused/,
    );
  });

  it('repeated by two launchers runs one container', async () => {
    const task = kept(aShellTask('echo once'));
    const second = observe(folder, { socketPath: docker.socketPath, network: 'none' });
    expect(await subject.launcher.start(task)).toEqual({ started: true });
    await subject.seen('exited', task.attemptId);
    expect(await second.launcher.start(task)).toEqual({ started: true });
    await second.seen('exited', task.attemptId);
    await second.launcher.close();
    expect(await subject.log(task.taskId)).toBe('once\n');
  });

  it('tells when the container started', async () => {
    const beforeMs = Date.now();
    const task = kept(aTask());
    await subject.run(task);
    const { atMs } = await subject.seen('running', task.attemptId);
    expect(atMs).toBeGreaterThanOrEqual(beforeMs);
    expect(atMs).toBeLessThanOrEqual(Date.now());
  });
});

describe('a container gets', () => {
  it('its environment, also values with quotes, equal signs and line breaks', async () => {
    const environment = { A: 'x="y" \'z\'', B: 'one\ntwo', C: '', AWS_BATCH_JOB_ID: 'j' };
    const { log } = await subject.run(kept(aTask({ command: ['env'], environment })));
    expect(log).toContain(`A=x="y" 'z'\n`);
    expect(log).toContain('B=one\ntwo\n');
    expect(log).toContain('C=\n');
    expect(log).toContain('AWS_BATCH_JOB_ID=j\n');
  });

  it('its user', async () => {
    const { log } = await runScript('id -u; id -g', { user: '1234:5678' });
    expect(log).toBe('1234\n5678\n');
  });

  it('its memory limit, CPU weight and host name', async () => {
    const task = kept(aTask({ demand: { vcpus: 0.5, memoryMiB: 32, gpus: 0 } }));
    await subject.run(task);
    const { container, hostname } = namesOf(task.taskId);
    const seen = await engine.call({ method: 'GET', path: `/containers/${container}/json` });
    const memory = 32 * 1024 * 1024;
    expect(seen).toMatchObject({
      Config: { Hostname: hostname },
      HostConfig: { Memory: memory, MemorySwap: memory, CpuShares: 512 },
    });
  });

  it('its ulimits', async () => {
    const { log } = await runScript('ulimit -Sn; ulimit -Hn', {
      ulimits: [{ name: 'nofile', softLimit: 111, hardLimit: 222 }],
    });
    expect(log).toBe('111\n222\n');
  });

  it('a root that it cannot write when it asks for that', async () => {
    const { exit, log } = await runScript('echo x > /file', { readonlyRootFilesystem: true });
    expect(exit.exitCode).not.toBe(0);
    expect(log).toContain('Read-only file system');
  });

  it('its tmpfs with size and options, its shared memory and an init process', async () => {
    const { log } = await runScript('df -k /scratch /dev/shm; mount | grep scratch; cat /proc/1/cmdline', {
      linuxParameters: {
        tmpfs: [{ containerPath: '/scratch', size: 3, mountOptions: ['noexec', 'ro'] }],
        sharedMemorySize: 5,
        initProcessEnabled: true,
      },
    });
    expect(log).toMatch(/3072 .*\/scratch/);
    expect(log).toMatch(/5120 .*\/dev\/shm/);
    expect(log).toMatch(/\/scratch type tmpfs \(ro,.*noexec/);
    expect(log).toContain('docker-init');
  });

  it('its devices with their permissions', async () => {
    const devices = [{ hostPath: '/dev/kmsg', containerPath: '/dev/mine', permissions: ['READ'] }];
    const { log } = await runScript('stat -c %F /dev/mine; echo x > /dev/mine || echo refused', {
      linuxParameters: { devices },
    });
    expect(log).toContain('character special file');
    expect(log).toContain('refused');
  });

  it('host folders, read-only where it is told so', async () => {
    await writeFile(join(folder, 'input'), 'from the host');
    const { exit, log } = await runScript('cat /in/input; echo back > /out/output; echo no > /in/x', {
      volumes: [{ name: 'shared', host: { sourcePath: folder } }],
      mountPoints: [
        { sourceVolume: 'shared', containerPath: '/in', readOnly: true },
        { sourceVolume: 'shared', containerPath: '/out' },
      ],
    });
    expect(exit.exitCode).not.toBe(0);
    expect(log).toContain('from the host');
    expect(log).toContain('Read-only file system');
    expect(await readFile(join(folder, 'output'), 'utf8')).toBe('back\n');
  });

  it('volumes of its own, shared by its mount points and gone when it is forgotten', async () => {
    const task = aShellTask('echo shared > /a/file; cat /b/file', {
      spec: {
        volumes: [{ name: 'v' }],
        mountPoints: ['/a', '/b'].map((containerPath) => ({ sourceVolume: 'v', containerPath })),
      },
    });
    const { log } = await subject.run(task);
    expect(log).toBe('shared\n');
    const volume = `/volumes/slipway-${task.taskId}-v`;
    expect(await exists(volume)).toBe(true);
    await subject.launcher.forget(task.attemptId, task.taskId);
    expect(await exists(volume)).toBe(false);
    expect(await exists(`/containers/${namesOf(task.taskId).container}/json`)).toBe(false);
  });

  it("the host's network when the operator says so, with the host under its name", async () => {
    const onHost = observe(folder, { socketPath: docker.socketPath, network: 'host' });
    const task = kept(aShellTask('grep host.docker.internal /etc/hosts; ls /sys/class/net | wc -l'));
    const { log } = await onHost.run(task);
    await onHost.launcher.close();
    const [address = '', interfaces] = log.split('\n');
    expect(address).toMatch(/^127\.0\.0\.1\s+host\.docker\.internal$/);
    expect(Number(interfaces)).toBeGreaterThan(1);
  });

  it('a network that the operator made', async () => {
    const Name = `slipway-test-${process.pid}`;
    await engine.call({ method: 'POST', path: '/networks/create', body: { Name, CheckDuplicate: true } });
    const onNetwork = observe(folder, { socketPath: docker.socketPath, network: Name });
    const task = aShellTask('ip addr | grep -c eth0@');
    const { log } = await onNetwork.run(task);
    await onNetwork.launcher.forget(task.attemptId, task.taskId);
    await onNetwork.launcher.close();
    await engine.call({ method: 'DELETE', path: `/networks/${Name}` });
    expect(log).toBe('1\n');
  });
});

describe('a stop', () => {
  const RUNNING = 'ready';

  async function startReady(task: ContainerTask): Promise<void> {
    await subject.launcher.start(kept(task));
    await subject.seen('running', task.attemptId);
    await expect.poll(() => subject.log(task.taskId).catch(() => ''), { timeout: 10_000 }).toContain(RUNNING);
  }

  it('lets a handler of SIGTERM finish', async () => {
    const task = aShellTask(`trap 'echo bye; exit 5' TERM; echo ${RUNNING}; while true; do sleep 0.1; done`);
    await startReady(task);
    await subject.launcher.stop(task.attemptId, 30);
    const { exit } = await subject.seen('exited', task.attemptId);
    expect(exit.exitCode).toBe(5);
    expect(await subject.log(task.taskId)).toBe(`${RUNNING}\nbye\n`);
  });

  it('kills what ignores SIGTERM after the grace', async () => {
    const task = aShellTask(`trap '' TERM; echo ${RUNNING}; while true; do sleep 0.1; done`);
    await startReady(task);
    const stoppedAtMs = Date.now();
    await subject.launcher.stop(task.attemptId, 1);
    const { exit } = await subject.seen('exited', task.attemptId);
    expect(exit.exitCode).toBe(137);
    expect(exit).not.toHaveProperty('reason');
    expect(Date.now() - stoppedAtMs).toBeGreaterThanOrEqual(1_000);
  });

  it('sent together with the start leaves nothing running', async () => {
    const task = kept(aShellTask('sleep 60'));
    const started = subject.launcher.start(task);
    await subject.launcher.stop(task.attemptId, 1);
    const outcome = await started;
    if (outcome.started) await subject.seen('exited', task.attemptId);
    else expect(outcome.reason).toBe('The attempt was stopped before its container started.');
    expect(await subject.launcher.start(task)).toEqual(outcome);
    expect(
      subject.observations.filter((one) => one.attemptId === task.attemptId && one.kind === 'running'),
    ).toEqual([]);
  });
});

describe('the log', () => {
  it('is complete for each of 100 containers that end at once, eight at a time', async () => {
    const tasks = Array.from({ length: 100 }, (_, index) =>
      aShellTask(`echo out ${index}; echo err ${index} >&2; printf end`, {}),
    );
    const queue = tasks.entries();
    const slot = async (): Promise<void> => {
      for (const [index, task] of queue) {
        const { exit, log } = await subject.run(task);
        expect(exit.exitCode).toBe(0);
        // stdout and stderr are two pipes, whose order nobody promises.
        const lines = log.replace('end', '').trim().split('\n').sort();
        expect(lines).toEqual([`err ${index}`, `out ${index}`]);
        expect(log).toContain('end');
        await subject.launcher.forget(task.attemptId, task.taskId);
      }
    };
    await Promise.all(Array.from({ length: 8 }, slot));
  });

  it('has every byte of a large output, in order, with lines longer than a frame', async () => {
    const { log } = await runScript(
      'seq 1 200000; head -c 100000 /dev/zero | tr "\\0" x; sleep 1; echo; seq 1 1000',
    );
    const numbers = (to: number): string =>
      Array.from({ length: to }, (_, index) => `${index + 1}\n`).join('');
    expect(log === `${numbers(200_000)}${'x'.repeat(100_000)}\n${numbers(1000)}`).toBe(true);
  });

  it('grows while the container runs', async () => {
    const task = kept(aShellTask('echo first; sleep 60'));
    await subject.launcher.start(task);
    await expect.poll(() => subject.log(task.taskId).catch(() => ''), { timeout: 10_000 }).toBe('first\n');
    await subject.launcher.stop(task.attemptId, 0);
    await subject.seen('exited', task.attemptId);
  });
});
