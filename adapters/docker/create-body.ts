// One attempt as the Engine's container-create request. Pure. Invariant: whatever the job asks for is either in the body,
// or said in a note, or the attempt is refused with a reason; nothing is dropped in silence.
import type { ContainerTask } from '../../engine/launch-ports.ts';
import type { CreateSetting } from './create-setting.ts';
import type { EngineMachine } from './engine-machine.ts';
import { mountsOf } from './mounts.ts';
import type { MountBody } from './mounts.ts';
import { LABELS, namesOf } from './container-names.ts';
import { networkOf } from './node-network.ts';
import { shortcomingsOf, unsupportedBy } from './shortcomings.ts';

export interface CreateBody {
  readonly Image: string;
  readonly Cmd?: readonly string[];
  readonly Env: readonly string[];
  readonly User?: string;
  readonly Hostname?: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly HostConfig: HostConfig;
}

export interface HostConfig extends MountBody {
  readonly NetworkMode: string;
  readonly ExtraHosts?: readonly string[];
  readonly Memory: number;
  readonly MemorySwap: number;
  readonly MemorySwappiness?: number;
  readonly CpuShares?: number;
  readonly NanoCpus?: number;
  readonly Privileged: boolean;
  readonly ReadonlyRootfs: boolean;
  readonly Init?: boolean;
  readonly ShmSize?: number;
  readonly Ulimits?: readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[];
  readonly Devices?: readonly DeviceMapping[];
  readonly DeviceRequests?: readonly DeviceRequest[];
  readonly LogConfig: { readonly Type: string; readonly Config: Readonly<Record<string, string>> };
  readonly AutoRemove: false;
}

interface DeviceMapping {
  readonly PathOnHost: string;
  readonly PathInContainer: string;
  readonly CgroupPermissions: string;
}

interface DeviceRequest {
  readonly Driver: string;
  readonly DeviceIDs: readonly string[];
  readonly Capabilities: readonly (readonly string[])[];
}

export type Creation =
  | {
      readonly fits: true;
      readonly body: CreateBody;
      /** `linux/arm64`; absent: whatever the image and the machine agree on. */
      readonly platform?: string;
    }
  | { readonly fits: false; readonly reason: string };

const MIB = 1024 * 1024;
/** The Engine refuses containers with less; Batch allows 4 MiB. */
const LEAST_MEMORY_MIB = 6;
/** The kernel's smallest weight. */
const LEAST_CPU_SHARES = 2;

/**
 * The log must stay whole until the attempt is settled, whatever the machine's own defaults are: no rotation, and a
 * container that outruns the disk waits instead of losing lines. A server that comes back reads what it missed from here.
 */
const LOG_CONFIG = {
  Type: 'json-file',
  Config: { 'max-size': '1000t', 'max-file': '1', compress: 'false', mode: 'blocking' },
} as const;

export function createBodyOf(task: ContainerTask, setting: CreateSetting): Creation {
  const { spec } = task;
  const reason = unsupportedBy(spec);
  if (reason !== undefined) return { fits: false, reason };
  const mounts = mountsOf(task);
  if (!mounts.fits) return mounts;
  const names = namesOf(task.taskId);
  const notes = [
    ...memoryNotes(task),
    ...cpuNotes(task, setting),
    ...networkNotes(task, setting),
    ...shortcomingsOf(spec),
  ];
  const platform = platformOf(spec.runtimePlatform?.cpuArchitecture);
  return {
    fits: true,
    body: {
      Image: spec.image ?? '',
      ...(task.command.length > 0 ? { Cmd: task.command } : {}),
      Env: environmentOf(task, setting.machine),
      ...(spec.user ? { User: spec.user } : {}),
      // As on AWS, a container on the host's network has the host's name.
      ...(setting.network === 'host' ? {} : { Hostname: names.hostname }),
      Labels: {
        [LABELS.attempt]: task.attemptId,
        [LABELS.task]: task.taskId,
        [LABELS.dataDir]: setting.dataDirId,
        ...(notes.length > 0 ? { [LABELS.note]: notes.join(' ') } : {}),
        ...(mounts.volumeNames.length > 0 ? { [LABELS.volumes]: mounts.volumeNames.join(',') } : {}),
      },
      HostConfig: hostConfigOf(task, setting, mounts.body),
    },
    ...(platform === undefined ? {} : { platform }),
  };
}

function hostConfigOf(task: ContainerTask, setting: CreateSetting, mounts: MountBody): HostConfig {
  const { spec } = task;
  const linux = spec.linuxParameters ?? {};
  const extraHosts = extraHostsOf(setting);
  return {
    NetworkMode: networkOf(task, setting),
    ...(extraHosts.length > 0 ? { ExtraHosts: extraHosts } : {}),
    ...memoryOf(task),
    ...cpuOf(task, setting),
    Privileged: spec.privileged ?? false,
    ReadonlyRootfs: spec.readonlyRootFilesystem ?? false,
    ...(linux.initProcessEnabled === undefined ? {} : { Init: linux.initProcessEnabled }),
    ...(linux.sharedMemorySize === undefined ? {} : { ShmSize: linux.sharedMemorySize * MIB }),
    ...(spec.ulimits?.length ? { Ulimits: spec.ulimits.map(ulimitOf) } : {}),
    ...(linux.devices?.length ? { Devices: linux.devices.map(deviceOf) } : {}),
    ...(task.gpuIds.length > 0 ? { DeviceRequests: [gpuRequestOf(task.gpuIds)] } : {}),
    ...mounts,
    LogConfig: LOG_CONFIG,
    // A removed container has no exit code left to read when the server was down at its end.
    AutoRemove: false,
  };
}

function environmentOf(task: ContainerTask, machine: EngineMachine): readonly string[] {
  const hidesGpus = machine.showsGpusByDefault && task.gpuIds.length === 0;
  const environment = hidesGpus ? { ...task.environment, NVIDIA_VISIBLE_DEVICES: 'void' } : task.environment;
  return Object.entries(environment).map(([name, value]) => `${name}=${value}`);
}

/** `host.docker.internal`, by which a job reaches services of this machine (the server's own API among them). */
function extraHostsOf(setting: CreateSetting): readonly string[] {
  if (setting.network === 'none') return [];
  if (setting.network === 'host') return ['host.docker.internal:127.0.0.1'];
  return setting.machine.hasBridge ? ['host.docker.internal:host-gateway'] : [];
}

function memoryOf(task: ContainerTask): Pick<HostConfig, 'Memory' | 'MemorySwap' | 'MemorySwappiness'> {
  const memory = Math.max(task.demand.memoryMiB, LEAST_MEMORY_MIB) * MIB;
  const { maxSwap, swappiness } = task.spec.linuxParameters ?? {};
  return {
    Memory: memory,
    // The Engine counts memory and swap together; its own default would grant as much swap again.
    MemorySwap: memory + (maxSwap ?? 0) * MIB,
    // AWS ignores swappiness without maxSwap.
    ...(maxSwap === undefined || swappiness === undefined ? {} : { MemorySwappiness: swappiness }),
  };
}

function memoryNotes(task: ContainerTask): readonly string[] {
  const { memoryMiB } = task.demand;
  if (memoryMiB >= LEAST_MEMORY_MIB) return [];
  return [`Memory is ${LEAST_MEMORY_MIB} MiB, the least Docker allows, instead of ${memoryMiB} MiB.`];
}

function cpuOf(task: ContainerTask, setting: CreateSetting): Pick<HostConfig, 'CpuShares' | 'NanoCpus'> {
  const { vcpus } = task.demand;
  if (setting.cpu === 'limit') return { NanoCpus: Math.round(Math.min(vcpus, setting.machine.cpus) * 1e9) };
  return { CpuShares: Math.max(LEAST_CPU_SHARES, Math.round(vcpus * 1024)) };
}

function cpuNotes(task: ContainerTask, setting: CreateSetting): readonly string[] {
  const { cpus } = setting.machine;
  if (setting.cpu === 'shares' || task.demand.vcpus <= cpus) return [];
  return [`The CPU limit is ${cpus}, all this machine has, instead of ${task.demand.vcpus}.`];
}

/** On AWS the containers of a task find each other at localhost; here only where they share the host's network. */
function networkNotes({ partOf }: ContainerTask, { network }: CreateSetting): readonly string[] {
  if (partOf === undefined || network === 'host') return [];
  return ['Has a network of its own: the containers of a task share localhost only with --network host.'];
}

function ulimitOf(limit: NonNullable<ContainerTask['spec']['ulimits']>[number]): {
  Name: string;
  Soft: number;
  Hard: number;
} {
  return { Name: limit.name, Soft: limit.softLimit, Hard: limit.hardLimit };
}

type Device = NonNullable<NonNullable<ContainerTask['spec']['linuxParameters']>['devices']>[number];

const DEVICE_PERMISSIONS = [
  ['READ', 'r'],
  ['WRITE', 'w'],
  ['MKNOD', 'm'],
] as const;

function deviceOf(device: Device): DeviceMapping {
  const granted = device.permissions?.length ? device.permissions : ['READ', 'WRITE', 'MKNOD'];
  const letters = DEVICE_PERMISSIONS.filter(([word]) => granted.includes(word)).map(([, letter]) => letter);
  return {
    PathOnHost: device.hostPath,
    PathInContainer: device.containerPath || device.hostPath,
    CgroupPermissions: letters.join(''),
  };
}

function gpuRequestOf(gpuIds: readonly number[]): DeviceRequest {
  return { Driver: '', DeviceIDs: gpuIds.map(String), Capabilities: [['gpu']] };
}

const PLATFORMS: Readonly<Record<string, string>> = { ARM64: 'linux/arm64', X86_64: 'linux/amd64' };

function platformOf(architecture: string | undefined): string | undefined {
  return architecture === undefined ? undefined : PLATFORMS[architecture];
}
