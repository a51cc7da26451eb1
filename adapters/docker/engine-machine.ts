// What the Engine's machine offers, asked once: it decides what a container may ask for and what must be said instead.
import { isStatus } from './engine-errors.ts';
import type { EngineClient } from './engine-client.ts';
import { recordOf, textOf } from './container-state.ts';

export interface EngineMachine {
  readonly cpus: number;
  /** The default `bridge` network exists, and with it a gateway through which containers reach the host. */
  readonly hasBridge: boolean;
  /** Every container gets NVIDIA's hooks, so an image may show itself GPUs that nobody gave it. */
  readonly showsGpusByDefault: boolean;
}

export async function readEngineMachine(client: EngineClient): Promise<EngineMachine> {
  const [info, hasBridge] = await Promise.all([
    client.call({ method: 'GET', path: '/info' }).then(recordOf),
    bridgeExists(client),
  ]);
  return {
    cpus: typeof info['NCPU'] === 'number' && info['NCPU'] > 0 ? info['NCPU'] : 1,
    hasBridge,
    showsGpusByDefault: textOf(info['DefaultRuntime']) === 'nvidia',
  };
}

async function bridgeExists(client: EngineClient): Promise<boolean> {
  try {
    await client.call({ method: 'GET', path: '/networks/bridge' });
    return true;
  } catch (error) {
    if (isStatus(error, 404)) return false; // an Engine started with --bridge=none
    throw error;
  }
}
