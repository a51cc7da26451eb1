// A job's volumes, mount points and tmpfs as the Engine's mounts. Pure. Invariant: a mount point that cannot be had makes
// the attempt fail with a reason; a job must never run without the files it counts on.
import type { ContainerSpec } from '../../core/job/spec.ts';
import type { ContainerTask } from '../../engine/launch-ports.ts';
import { volumeNameOf } from './container-names.ts';

export interface MountBody {
  readonly Binds?: readonly string[];
  readonly Mounts?: readonly VolumeMount[];
  readonly Tmpfs?: Readonly<Record<string, string>>;
}

interface VolumeMount {
  readonly Type: 'volume';
  readonly Source: string;
  readonly Target: string;
  readonly ReadOnly: boolean;
  readonly VolumeOptions: { readonly Labels: Readonly<Record<string, string>> };
}

export type MountPlan =
  | { readonly fits: true; readonly body: MountBody; readonly volumeNames: readonly string[] }
  | { readonly fits: false; readonly reason: string };

type Volume = NonNullable<ContainerSpec['volumes']>[number];
type Placed =
  | { readonly kind: 'bind'; readonly bind: string }
  | { readonly kind: 'volume'; readonly mount: VolumeMount }
  | { readonly kind: 'refused'; readonly reason: string };

export function mountsOf(task: ContainerTask): MountPlan {
  const binds: string[] = [];
  const mounts: VolumeMount[] = [];
  for (const point of task.spec.mountPoints ?? []) {
    const placed = place(task, point);
    switch (placed.kind) {
      case 'refused':
        return { fits: false, reason: placed.reason };
      case 'bind':
        binds.push(placed.bind);
        break;
      case 'volume':
        mounts.push(placed.mount);
        break;
    }
  }
  const tmpfs = tmpfsOf(task.spec);
  return {
    fits: true,
    body: {
      ...(binds.length > 0 ? { Binds: binds } : {}),
      ...(mounts.length > 0 ? { Mounts: mounts } : {}),
      ...(Object.keys(tmpfs).length > 0 ? { Tmpfs: tmpfs } : {}),
    },
    volumeNames: [...new Set(mounts.map((mount) => mount.Source))],
  };
}

function place(task: ContainerTask, point: NonNullable<ContainerSpec['mountPoints']>[number]): Placed {
  const target = point.containerPath ?? '';
  const name = point.sourceVolume ?? '';
  const volume = task.spec.volumes?.find((candidate) => candidate.name === name);
  if (!volume) return refused(`mountPoints names the volume "${name}", which volumes does not define.`);
  if (!target.startsWith('/')) {
    return refused(
      `the mount point of volume "${name}" must have an absolute containerPath, not "${target}".`,
    );
  }
  if (volume.efsVolumeConfiguration) {
    return refused(
      `volume "${name}" is on Amazon EFS, which this machine cannot mount; use host.sourcePath.`,
    );
  }
  const readOnly = point.readOnly ?? false;
  const sourcePath = volume.host?.sourcePath ?? '';
  return sourcePath === ''
    ? taskVolume(task, volume, target, readOnly)
    : hostBind(name, sourcePath, target, readOnly);
}

/** A path that is missing on the host is made by the Engine, as on AWS. */
function hostBind(name: string, sourcePath: string, target: string, readOnly: boolean): Placed {
  if (!sourcePath.startsWith('/')) {
    return refused(`volume "${name}" must have an absolute host.sourcePath, not "${sourcePath}".`);
  }
  // The Engine's bind syntax has no way to write a colon inside a path.
  if (sourcePath.includes(':') || target.includes(':')) {
    return refused(`volume "${name}" must have paths without ":", not "${sourcePath}" and "${target}".`);
  }
  return { kind: 'bind', bind: `${sourcePath}:${target}:${readOnly ? 'ro' : 'rw'}` };
}

/** Without a host path the volume is the task's own: shared by its mount points and its containers, and gone with them. */
function taskVolume(task: ContainerTask, volume: Volume, target: string, readOnly: boolean): Placed {
  const owner = task.partOf ?? task.taskId;
  const mount: VolumeMount = {
    Type: 'volume',
    Source: volumeNameOf(owner, volume.name ?? ''),
    Target: target,
    ReadOnly: readOnly,
    VolumeOptions: { Labels: { 'slipway.task': owner } },
  };
  return { kind: 'volume', mount };
}

function refused(why: string): Placed {
  return { kind: 'refused', reason: `CannotCreateContainerError: ${why}` };
}

function tmpfsOf(spec: ContainerSpec): Readonly<Record<string, string>> {
  const entries = (spec.linuxParameters?.tmpfs ?? []).map((tmpfs) => {
    const options = [...(tmpfs.mountOptions ?? []), `size=${tmpfs.size}m`];
    return [tmpfs.containerPath, options.join(',')] as const;
  });
  return Object.fromEntries(entries);
}
