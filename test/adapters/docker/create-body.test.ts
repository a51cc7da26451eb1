import { describe, expect, it } from 'vitest';
import type { ContainerSpec } from '../../../core/job/spec.ts';
import { createBodyOf } from '../../../adapters/docker/create-body.ts';
import type { CreateBody } from '../../../adapters/docker/create-body.ts';
import type { CreateSetting } from '../../../adapters/docker/create-setting.ts';
import { aTask } from './a-task.ts';
import type { TaskWishes } from './a-task.ts';

const MIB = 1024 * 1024;
const TASK_ID = 'ab'.repeat(16);

function aSetting(wishes: Partial<CreateSetting> = {}): CreateSetting {
  const machine = { cpus: 4, hasBridge: true, showsGpusByDefault: false };
  return { dataDirId: 'd1', network: 'bridge', cpu: 'shares', machine, ...wishes };
}

function bodyOf(wishes: TaskWishes, setting: Partial<CreateSetting> = {}): CreateBody {
  const creation = createBodyOf(aTask({ taskId: TASK_ID, ...wishes }), aSetting(setting));
  if (!creation.fits) throw new Error(creation.reason);
  return creation.body;
}

const specBody = (spec: ContainerSpec): CreateBody => bodyOf({ spec });

function reasonFor(spec: ContainerSpec): string {
  const creation = createBodyOf(aTask({ spec }), aSetting());
  return creation.fits ? 'accepted' : creation.reason;
}

const noteOf = (body: CreateBody): string | undefined => body.Labels['slipway.note'];

describe('createBodyOf', () => {
  it('labels the container with its attempt, task and data directory', () => {
    expect(bodyOf({ attemptId: 'j1/2' }).Labels).toEqual({
      'slipway.attempt': 'j1/2',
      'slipway.task': TASK_ID,
      'slipway.data-dir': 'd1',
    });
  });

  it('passes command and environment on as they are', () => {
    const body = bodyOf({ command: ['echo', 'a b'], environment: { A: '1', B: 'x=y', C: '' } });
    expect(body.Cmd).toEqual(['echo', 'a b']);
    expect(body.Env).toEqual(['A=1', 'B=x=y', 'C=']);
  });

  it("leaves an empty command to the image's own", () => {
    expect(bodyOf({ command: [] })).not.toHaveProperty('Cmd');
  });

  it('never lets the Engine remove a container, as its exit code may still be wanted', () => {
    expect(bodyOf({}).HostConfig.AutoRemove).toBe(false);
  });

  it('keeps the whole output whatever log rotation the machine has configured', () => {
    expect(bodyOf({}).HostConfig.LogConfig).toEqual({
      Type: 'json-file',
      Config: { 'max-size': '1000t', 'max-file': '1', compress: 'false', mode: 'blocking' },
    });
  });

  it.each<[string, ContainerSpec['linuxParameters'], object]>([
    ['no swap by default', undefined, { Memory: 64 * MIB, MemorySwap: 64 * MIB }],
    ['maxSwap on top of memory', { maxSwap: 10 }, { Memory: 64 * MIB, MemorySwap: 74 * MIB }],
    ['swappiness with maxSwap', { maxSwap: 10, swappiness: 5 }, { MemorySwappiness: 5 }],
    ['swappiness 0 with maxSwap', { maxSwap: 10, swappiness: 0 }, { MemorySwappiness: 0 }],
  ])('limits memory: %s', (_, linuxParameters, expected) => {
    expect(specBody(linuxParameters ? { linuxParameters } : {}).HostConfig).toMatchObject(expected);
  });

  it('ignores swappiness without maxSwap, as AWS does', () => {
    expect(specBody({ linuxParameters: { swappiness: 5 } }).HostConfig).not.toHaveProperty(
      'MemorySwappiness',
    );
  });

  it('raises memory to the least Docker allows and says so', () => {
    const body = bodyOf({ demand: { vcpus: 1, memoryMiB: 4, gpus: 0 } });
    expect(body.HostConfig.Memory).toBe(6 * MIB);
    expect(noteOf(body)).toBe('Memory is 6 MiB, the least Docker allows, instead of 4 MiB.');
  });

  it.each<[number, CreateSetting['cpu'], object]>([
    [2, 'shares', { CpuShares: 2048 }],
    [0.25, 'shares', { CpuShares: 256 }],
    [0.001, 'shares', { CpuShares: 2 }],
    [0.25, 'limit', { NanoCpus: 250_000_000 }],
    [8, 'limit', { NanoCpus: 4_000_000_000 }],
  ])('gives %s vCPUs as %s', (vcpus, cpu, expected) => {
    const { HostConfig } = bodyOf({ demand: { vcpus, memoryMiB: 64, gpus: 0 } }, { cpu });
    expect(HostConfig).toMatchObject(expected);
    expect('CpuShares' in HostConfig).toBe(cpu === 'shares');
    expect('NanoCpus' in HostConfig).toBe(cpu === 'limit');
  });

  it('says so when a CPU limit is cut to what the machine has', () => {
    const body = bodyOf({ demand: { vcpus: 8, memoryMiB: 64, gpus: 0 } }, { cpu: 'limit' });
    expect(noteOf(body)).toBe('The CPU limit is 4, all this machine has, instead of 8.');
  });

  it.each<[string, ContainerSpec, object]>([
    ['user', { user: '1000:1000' }, { User: '1000:1000' }],
    ['privileged', { privileged: true }, { HostConfig: { Privileged: true } }],
    ['a read-only root', { readonlyRootFilesystem: true }, { HostConfig: { ReadonlyRootfs: true } }],
    ['an init process', { linuxParameters: { initProcessEnabled: true } }, { HostConfig: { Init: true } }],
    [
      'shared memory in MiB',
      { linuxParameters: { sharedMemorySize: 2 } },
      { HostConfig: { ShmSize: 2 * MIB } },
    ],
    [
      'ulimits',
      { ulimits: [{ name: 'nofile', softLimit: 10, hardLimit: 20 }] },
      { HostConfig: { Ulimits: [{ Name: 'nofile', Soft: 10, Hard: 20 }] } },
    ],
  ])('applies %s', (_, spec, expected) => {
    expect(specBody(spec)).toMatchObject(expected);
  });

  it('maps devices, to the same path and with all permissions unless told otherwise', () => {
    const devices = [
      { hostPath: '/dev/fuse' },
      { hostPath: '/dev/a', containerPath: '/dev/b', permissions: ['MKNOD', 'READ'] },
    ];
    expect(specBody({ linuxParameters: { devices } }).HostConfig.Devices).toEqual([
      { PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'rwm' },
      { PathOnHost: '/dev/a', PathInContainer: '/dev/b', CgroupPermissions: 'rm' },
    ]);
  });

  it('shows exactly the GPUs that were placed', () => {
    expect(bodyOf({ gpuIds: [1, 3] }).HostConfig.DeviceRequests).toEqual([
      { Driver: '', DeviceIDs: ['1', '3'], Capabilities: [['gpu']] },
    ]);
  });

  it('shows no GPU to a job without one, also where every container would see them', () => {
    const machine = { cpus: 4, hasBridge: true, showsGpusByDefault: true };
    const body = bodyOf({ environment: { NVIDIA_VISIBLE_DEVICES: 'all' } }, { machine });
    expect(body.HostConfig).not.toHaveProperty('DeviceRequests');
    expect(body.Env).toEqual(['NVIDIA_VISIBLE_DEVICES=void']);
  });

  it.each<[string, boolean, readonly string[] | undefined]>([
    ['bridge', true, ['host.docker.internal:host-gateway']],
    ['bridge', false, undefined],
    ['mine', true, ['host.docker.internal:host-gateway']],
    ['host', true, ['host.docker.internal:127.0.0.1']],
    ['none', true, undefined],
  ])('on network %s (default bridge: %s) names the host %s', (network, hasBridge, expected) => {
    const { HostConfig } = bodyOf(
      {},
      { network, machine: { cpus: 1, hasBridge, showsGpusByDefault: false } },
    );
    expect(HostConfig.NetworkMode).toBe(network);
    expect(HostConfig.ExtraHosts).toEqual(expected);
  });

  it('says to one of several containers that it has a network of its own, except on the host’s', () => {
    const partOf = 'cd'.repeat(16);
    expect(noteOf(bodyOf({ partOf }))).toContain('share localhost only with --network host');
    expect(noteOf(bodyOf({ partOf }, { network: 'host' }))).toBeUndefined();
  });

  it("gives the container its own host name, except on the host's network", () => {
    expect(bodyOf({}).Hostname).toBe('abababababab');
    expect(bodyOf({}, { network: 'host' })).not.toHaveProperty('Hostname');
  });

  it.each([
    ['X86_64', 'linux/amd64'],
    ['ARM64', 'linux/arm64'],
    [undefined, undefined],
  ])('asks for the platform of architecture %s: %s', (cpuArchitecture, platform) => {
    const spec = cpuArchitecture === undefined ? {} : { runtimePlatform: { cpuArchitecture } };
    expect(createBodyOf(aTask({ spec }), aSetting())).toMatchObject(platform ? { platform } : { fits: true });
  });

  it.each<[string, ContainerSpec, string]>([
    ['no image', { image: '' }, 'CannotCreateContainerError: the job names no image.'],
    [
      'Windows',
      { runtimePlatform: { operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE' } },
      'CannotCreateContainerError: operatingSystemFamily must be LINUX on this machine, not WINDOWS_SERVER_2022_CORE.',
    ],
  ])('refuses %s', (_, spec, reason) => {
    expect(reasonFor(spec)).toBe(reason);
  });

  it.each<[string, ContainerSpec, string]>([
    [
      'a foreign log driver',
      { logConfiguration: { logDriver: 'splunk' } },
      "Output goes to the job's log here, not to the log driver splunk.",
    ],
    [
      'secrets',
      {
        secrets: [
          { name: 'A', valueFrom: 'x' },
          { name: 'B', valueFrom: 'y' },
        ],
      },
      'Secrets of AWS are not read on this machine; not set: A, B.',
    ],
    [
      'a job role',
      { jobRoleArn: 'arn:aws:iam::1:role/r' },
      'The job role arn:aws:iam::1:role/r gives no credentials on this machine.',
    ],
    [
      'repository credentials',
      { repositoryCredentials: { credentialsParameter: 'p' } },
      'Images are pulled with the registry logins of this machine, not with repositoryCredentials.',
    ],
    [
      'ephemeral storage',
      { ephemeralStorage: { sizeInGiB: 21 } },
      'Ephemeral storage is not limited to 21 GiB on this machine.',
    ],
  ])('runs a job with %s and says what it lacks', (_, spec, note) => {
    expect(noteOf(specBody(spec))).toBe(note);
  });

  it.each(['awslogs', 'json-file'])('has nothing to say about the log driver %s', (logDriver) => {
    expect(noteOf(specBody({ logConfiguration: { logDriver } }))).toBeUndefined();
  });
});
