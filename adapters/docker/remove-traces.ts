// Takes an ended attempt's container, its volumes and the network of its group off the Engine.
import { inspectContainer, removeContainer, removeVolume } from './container-calls.ts';
import { namesOf, volumesIn } from './container-names.ts';
import type { EngineClient } from './engine-client.ts';
import { removeNodeNetwork } from './node-network.ts';
import type { Patience } from './patience.ts';

const TRIES = 5;

/**
 * `mayHave` false spares the question. What the Engine will not let go after some tries is reported and left: it
 * holds disk space, and no job waits for it.
 */
export async function removeTraces(
  client: EngineClient,
  taskId: string,
  mayHave: { readonly volumes: boolean; readonly network: boolean },
  patience: Patience,
  closing: AbortSignal,
): Promise<void> {
  const { container } = namesOf(taskId);
  // Known only as long as the container is there: a later try must not forget what an earlier one has read.
  const volumes = new Set<string>();
  for (let tries = 1; tries <= TRIES; tries += 1) {
    try {
      const found = mayHave.volumes ? await inspectContainer(client, container, closing) : undefined;
      for (const volume of volumesIn(found?.labels)) volumes.add(volume);
      await removeContainer(client, container, closing);
      for (const volume of volumes) await removeVolume(client, volume, closing);
      if (mayHave.network) await removeNodeNetwork(client, taskId, closing);
      return;
    } catch (error) {
      closing.throwIfAborted();
      patience.report(tries === TRIES ? 'docker.container.left-behind' : 'docker.container.busy', error);
      await patience.pause(tries, closing);
    }
  }
}
