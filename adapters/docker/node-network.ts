// The network over which the containers of one attempt of a multi-node job reach each other. Its name follows from the group
// they share, so that any process finds it again; it lives from the first container's creation until the main node's
// container is forgotten.
import type { ContainerTask } from '../../engine/launch-ports.ts';
import { wholeTaskId } from '../../core/job/task-id.ts';
import { LABELS } from './container-names.ts';
import type { CreateSetting } from './create-setting.ts';
import type { EngineClient } from './engine-client.ts';
import { isStatus } from './engine-errors.ts';

/** A group is named by its main node's task. */
export function networkNameOf(nodeGroup: string): string {
  return `slipway-${nodeGroup}`;
}

/**
 * The network of a task: the group's own where containers would not reach each other by default, else the one that the
 * operator chose, over which they do.
 */
export function networkOf({ nodeGroup }: ContainerTask, { network }: Pick<CreateSetting, 'network'>): string {
  const isApart = network === 'bridge' || network === 'none';
  return nodeGroup !== undefined && isApart ? networkNameOf(nodeGroup) : network;
}

/** Makes the group's network unless it is there, or the group needs none. Repeatable. */
export async function ensureNodeNetwork(
  client: EngineClient,
  task: ContainerTask,
  setting: CreateSetting,
): Promise<void> {
  const name = networkOf(task, setting);
  if (task.nodeGroup === undefined || name === setting.network) return;
  const body = {
    Name: name,
    Driver: 'bridge',
    // Older Engines would make a second network of the same name.
    CheckDuplicate: true,
    // An operator who gives jobs no network gives nodes only each other.
    Internal: setting.network === 'none',
    Labels: { [LABELS.dataDir]: setting.dataDirId, [LABELS.task]: task.nodeGroup },
  };
  try {
    await client.call({ method: 'POST', path: '/networks/create', body });
  } catch (error) {
    if (!isStatus(error, 409)) throw error;
  }
}

/** Removes the network of the group that this task, or the one it is part of, names. None there (any more): nothing. */
export async function removeNodeNetwork(
  client: EngineClient,
  taskId: string,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await client.call({ method: 'DELETE', path: `/networks/${networkNameOf(wholeTaskId(taskId))}`, signal });
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
  }
}
